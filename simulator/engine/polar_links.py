"""Links between planes that are off near the poles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.engine.clock import Clock
from simulator.engine.link_states import LinkStates
from simulator.network.grid import Topology
from simulator.network.polar_spans import latitude_crossings
from simulator.orbits.model import PositionModel


class PolarLinks:
    """Switches the links of a satellite to other planes off while it is nearer to a pole than a latitude.

    The times at which satellites cross that latitude are solved a window ahead.

    Parameters
    ----------
    clock : Clock
    positions : PositionModel
    topology : Topology
    cutoff_rad : float
        Geocentric latitude, north and south.
    links : LinkStates
    """

    def __init__(
        self, clock: Clock, positions: PositionModel, topology: Topology, cutoff_rad: float, links: LinkStates
    ) -> None:
        self._clock = clock
        self._positions = positions
        self._cutoff_rad = cutoff_rad
        self._links = links
        self._is_beyond = [False] * topology.n_sats
        self._cross_links: list[list[int]] = [
            [topology.link_id(i_sat, other) for other in topology.neighbours(i_sat) if _differ(topology, i_sat, other)]
            for i_sat in range(topology.n_sats)
        ]

    def extend(self, start_s: float, end_s: float) -> None:
        """Set what happens during [start_s, end_s); what is so at a start that is now is so at once."""
        crossings = latitude_crossings(self._positions, self._cutoff_rad, start_s, end_s)
        self._go_on(iter(list(zip(*(column.tolist() for column in crossings), strict=True))))

    def _go_on(self, crossings: Iterator[Sequence[float]]) -> None:
        """Let happen what is due, and await the next crossing."""
        for t_s, satellite, is_beyond in crossings:
            if t_s > self._clock.now:
                self._clock.at(t_s, self._happen, (crossings, int(satellite), bool(is_beyond)))
                return
            self._set(int(satellite), bool(is_beyond))

    def _happen(self, argument: tuple[Iterator[Sequence[float]], int, bool]) -> None:
        crossings, satellite, is_beyond = argument
        self._set(satellite, is_beyond)
        self._go_on(crossings)

    def _set(self, i_sat: int, is_beyond: bool) -> None:
        if is_beyond == self._is_beyond[i_sat]:
            return
        self._is_beyond[i_sat] = is_beyond
        for link in self._cross_links[i_sat]:
            if is_beyond:
                self._links.fail(link)
            else:
                self._links.recover(link)


def _differ(topology: Topology, a: int, b: int) -> bool:
    """Whether two satellites are of different planes."""
    return topology.plane_of[a] != topology.plane_of[b]
