"""Links that are lost where they become too long, and acquired anew where they are short enough again."""

from __future__ import annotations

from simulator.engine.clock import Clock
from simulator.engine.link_states import LinkStates
from simulator.engine.solved_switches import SolvedSwitches
from simulator.network.grid import Topology
from simulator.network.range_spans import range_crossings
from simulator.orbits.model import PositionModel


class RangeLinks:
    """Switches a link off while it is longer than a range; the times are solved a window ahead.

    Parameters
    ----------
    clock : Clock
    positions : PositionModel
    topology : Topology
    max_range_m : float
    links : LinkStates
    """

    def __init__(
        self, clock: Clock, positions: PositionModel, topology: Topology, max_range_m: float, links: LinkStates
    ) -> None:
        self._positions = positions
        self._topology = topology
        self._max_range_m = max_range_m
        self._links = links
        self._switches = SolvedSwitches(clock, topology.n_links, self._set)

    def extend(self, start_s: float, end_s: float) -> None:
        """Set what happens during [start_s, end_s); what is so at a start that is now is so at once."""
        self._switches.play(range_crossings(self._positions, self._topology, self._max_range_m, start_s, end_s))

    def _set(self, link: int, is_out: bool) -> None:
        if is_out:
            self._links.fail(link)
        else:
            self._links.recover(link)
