"""Which links are out of order, for whatever reasons, and how long they take to come back."""

from __future__ import annotations

from collections.abc import Callable

from simulator.engine.clock import Clock
from simulator.network.grid import Topology


class LinkStates:
    """Counts what keeps each link from working; one that comes back is acquired first.

    Parameters
    ----------
    clock : Clock
    topology : Topology
        A link is told by its row in `links`.
    acquisition_s : float
        For which terminals search for each other before a link that comes back carries anything.
    on_failure, on_recovery : callable
        Called with a link that stops working, and with one that works again.
    """

    def __init__(
        self,
        clock: Clock,
        topology: Topology,
        acquisition_s: float,
        on_failure: Callable[[int], None],
        on_recovery: Callable[[int], None],
    ) -> None:
        self._clock = clock
        self._topology = topology
        self._acquisition_s = acquisition_s
        self._on_failure = on_failure
        self._on_recovery = on_recovery
        self._n_reasons = [0] * topology.n_links
        self._acquired_s: dict[int, float] = {}

    def fail(self, link: int) -> None:
        """Take one more reason why a link does not work."""
        self._n_reasons[link] += 1
        if self._n_reasons[link] == 1 and self._acquired_s.pop(link, None) is None:
            self._on_failure(link)

    def recover(self, link: int) -> None:
        """Take a reason away; the link is acquired when none is left."""
        self._n_reasons[link] -= 1
        if self._n_reasons[link] == 0:
            if self._acquisition_s > 0.0:
                self._acquire(link)
            else:
                self._on_recovery(link)

    def satellite_returns(self, i_sat: int) -> None:
        """Acquire the links of a satellite anew whose terminals were off."""
        if not self._acquisition_s > 0.0:
            return
        for neighbour in self._topology.neighbours(i_sat):
            link = self._topology.link_id(i_sat, neighbour)
            if self._n_reasons[link] == 0:
                if link not in self._acquired_s:
                    self._on_failure(link)
                self._acquire(link)

    def _acquire(self, link: int) -> None:
        self._acquired_s[link] = acquired_s = self._clock.now + self._acquisition_s
        self._clock.at(acquired_s, self._end_acquisition, (link, acquired_s))

    def _end_acquisition(self, argument: tuple[int, float]) -> None:
        link, acquired_s = argument
        if self._acquired_s.get(link) == acquired_s:  # else it failed again, or began anew
            del self._acquired_s[link]
            self._on_recovery(link)
