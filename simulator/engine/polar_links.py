"""Links between planes that are off near the poles."""

from __future__ import annotations

from simulator.engine.clock import Clock
from simulator.engine.link_states import LinkStates
from simulator.engine.solved_switches import SolvedSwitches
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
        self._positions = positions
        self._cutoff_rad = cutoff_rad
        self._links = links
        self._cross_links: list[list[int]] = [
            [topology.link_id(i_sat, other) for other in topology.neighbours(i_sat) if _differ(topology, i_sat, other)]
            for i_sat in range(topology.n_sats)
        ]
        self._switches = SolvedSwitches(clock, topology.n_sats, self._set)

    def extend(self, start_s: float, end_s: float) -> None:
        """Set what happens during [start_s, end_s); what is so at a start that is now is so at once."""
        self._switches.play(latitude_crossings(self._positions, self._cutoff_rad, start_s, end_s))

    def _set(self, i_sat: int, is_beyond: bool) -> None:
        for link in self._cross_links[i_sat]:
            if is_beyond:
                self._links.fail(link)
            else:
                self._links.recover(link)


def _differ(topology: Topology, a: int, b: int) -> bool:
    """Whether two satellites are of different planes."""
    return topology.plane_of[a] != topology.plane_of[b]
