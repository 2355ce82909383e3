"""How long the links are, and the network of an instant as a graph to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.network.grid import Topology
from simulator.orbits.model import Floats, PositionModel

if TYPE_CHECKING:
    import networkx


def link_lengths_m(topology: Topology, positions_m: Floats) -> Floats:
    """Return the length of every link.

    Parameters
    ----------
    topology : Topology
        Links, (n_links, 2).
    positions_m : (n_sats, 3), float64
        Positions of all satellites at one time in any one frame.

    Returns
    -------
    lengths_m : (n_links,), float64
        nan where a position is nan.
    """
    first, second = np.ascontiguousarray(topology.links.T)
    squares_m2 = np.zeros(topology.n_links)
    for along_axis_m in np.ascontiguousarray(positions_m.T):  # columns: three times faster than rows
        difference_m = along_axis_m.take(first) - along_axis_m.take(second)
        squares_m2 += difference_m * difference_m
    return np.sqrt(squares_m2)


def line_of_sight_range_m(orbit_radius_m: float, blocking_radius_m: float) -> float:
    """Return how far two satellites on one sphere may be apart before the Earth stands between them.

    The chord between them touches the sphere of `blocking_radius_m` (Earth, plus the atmosphere one wants to avoid).
    """
    if not 0.0 <= blocking_radius_m < orbit_radius_m:
        raise ValueError(f"blocking_radius_m = {blocking_radius_m}: must be from 0 to the orbit's {orbit_radius_m}")
    return 2.0 * float(np.sqrt(orbit_radius_m**2 - blocking_radius_m**2))


class LinkLengths:
    """Length and light time of every link, as of the last `refresh`.

    Attributes
    ----------
    t_s : float
        Time of the last refresh.
    lengths_m : (n_links,), float64
    is_usable : (n_links,), bool
        Both ends have a position and are within `max_range_m` of each other.
    propagation_s : list of float, one per link
        A list, because reading one number from it is several times faster than from an array.
    """

    def __init__(self, topology: Topology, positions: PositionModel, *, max_range_m: float = np.inf) -> None:
        if topology.n_sats != positions.n_sats:
            raise ValueError(f"topology has {topology.n_sats} satellites, positions {positions.n_sats}; must be equal")
        if not max_range_m > 0.0:
            raise ValueError(f"max_range_m = {max_range_m}: must be positive")
        self.topology = topology
        self.positions = positions
        self.max_range_m = max_range_m
        self._positions_m = np.empty((topology.n_sats, 3))
        self.t_s = np.nan
        self.refresh(0.0)

    def refresh(self, t_s: float) -> None:
        """Take the lengths of `t_s`."""
        if self.t_s == t_s:
            return
        self.t_s = t_s
        self._positions_m = self.positions.all_at(t_s, out=self._positions_m)
        self.lengths_m = link_lengths_m(self.topology, self._positions_m)
        self.is_usable = self.lengths_m <= self.max_range_m
        self.propagation_s: list[float] = (self.lengths_m / SPEED_OF_LIGHT_M_S).tolist()


def as_networkx(topology: Topology, positions_m: Floats, *, max_range_m: float = np.inf) -> networkx.Graph[int]:
    """Return the network of an instant as an undirected graph.

    Parameters
    ----------
    topology : Topology
        Nodes carry `plane` and `slot`.
    positions_m : (n_sats, 3), float64
        Positions of that instant. Nodes carry `position_m`; edges `length_m` and `delay_s`, the light time.
    max_range_m : float
        Longer links, and links of satellites without a position, are left out.
    """
    import networkx

    graph: networkx.Graph[int] = networkx.Graph()
    for satellite in range(topology.n_sats):
        graph.add_node(
            satellite,
            plane=topology.plane_of[satellite],
            slot=topology.slot_of[satellite],
            position_m=tuple(positions_m[satellite].tolist()),
        )
    lengths_m = link_lengths_m(topology, positions_m).tolist()
    for (a, b), length_m in zip(topology.links.tolist(), lengths_m, strict=True):
        if length_m <= max_range_m:
            graph.add_edge(a, b, length_m=length_m, delay_s=length_m / SPEED_OF_LIGHT_M_S)
    return graph
