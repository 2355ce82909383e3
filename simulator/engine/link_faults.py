"""Links that fail and recover along the run."""

from __future__ import annotations

from collections.abc import Callable

from simulator.engine.clock import Clock
from simulator.network.grid import Topology
from simulator.network.outages import LinkOutages, Outage


class LinkFaults:
    """Asks for the next outage of every link, one at a time, and tells when it begins and ends.

    Parameters
    ----------
    clock : Clock
    topology : Topology
        Its links fail; each is told by its row in `links`.
    outages : LinkOutages
        When they are out of order.
    on_failure, on_recovery : callable
        Called with a link at the start and at the end of each outage.
    """

    def __init__(
        self,
        clock: Clock,
        topology: Topology,
        outages: LinkOutages,
        on_failure: Callable[[int], None],
        on_recovery: Callable[[int], None],
    ) -> None:
        self._clock = clock
        self._outages = [outages.of_link(a, b) for a, b in topology.links.tolist()]
        self._on_failure = on_failure
        self._on_recovery = on_recovery

    def start(self) -> None:
        """Set the first failure of every link."""
        for link in range(len(self._outages)):
            self._await_failure(link)

    def _await_failure(self, link: int) -> None:
        outage = next(self._outages[link], None)
        if outage is not None:
            self._clock.at(outage[0], self._fail, (link, outage))

    def _fail(self, argument: tuple[int, Outage]) -> None:
        link, (_, end_s) = argument
        self._clock.at(end_s, self._recover, link)
        self._on_failure(link)

    def _recover(self, link: int) -> None:
        self._on_recovery(link)
        self._await_failure(link)
