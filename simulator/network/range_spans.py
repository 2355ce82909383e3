"""When links become longer than a range, and when they are within it again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.constants import EARTH_GRAVITY_M3_S2
from simulator.network.grid import Topology
from simulator.network.level_crossings import brief_visits, in_order, level_crossings
from simulator.orbits.model import Floats, Indices, PositionModel
from simulator.revolutions import scan_step_s


def range_crossings(
    positions: PositionModel, topology: Topology, max_range_m: float, start_s: float, end_s: float
) -> tuple[Floats, Indices, NDArray[np.bool_]]:
    """Return when links leave a range, and when they come back.

    Parameters
    ----------
    positions : PositionModel
    topology : Topology
        A link is told by its row in `links`.
    max_range_m : float
        Above 0. A link of a satellite without a position is out of it.
    start_s, end_s : float

    Returns
    -------
    t_s, link, is_out : (n,), in order of time (of links at equal times)
        `is_out` is what holds from then on. All links are told of at `start_s` first.

    Notes
    -----
    Lengths are sampled 64 times a turn. An extreme is at most half a step from a sample, and a length changes by at
    most the speeds of both ends: extremes that could lie on the other side of the range are followed.
    """
    if not max_range_m > 0.0:
        raise ValueError(f"max_range_m = {max_range_m}: must be positive")
    orbits = positions.mean_orbits
    known = np.flatnonzero(np.isfinite(orbits.semi_major_axis_m))
    step_s = min((scan_step_s(orbits, int(i_sat)) for i_sat in known), default=end_s - start_s)
    t_s = np.linspace(start_s, end_s, int(np.ceil((end_s - start_s) / step_s)) + 1)
    first, second = np.ascontiguousarray(topology.links.T)

    def excess(link: Indices, at_s: Floats) -> Floats:
        return _excess(positions.at(first[link], at_s) - positions.at(second[link], at_s), max_range_m)

    def room(link: Indices, at_s: Floats) -> Floats:
        return -excess(link, at_s)

    position_m = positions.block(t_s)
    values = _excess(position_m[first] - position_m[second], max_range_m)
    perigee_m_s = np.sqrt(
        EARTH_GRAVITY_M3_S2 / orbits.semi_major_axis_m * (1.0 + orbits.eccentricity) / (1.0 - orbits.eccentricity)
    )
    fastest_m_s = float(np.max(perigee_m_s[known], initial=0.0))
    nearest = 2.0 * fastest_m_s * 0.5 * step_s / max_range_m
    returns = [(at_s, link, ~is_in) for at_s, link, is_in in brief_visits(room, t_s, -values, nearest)]
    return in_order([level_crossings(excess, t_s, values, nearest), *returns])


def _excess(apart_m: Floats, max_range_m: float) -> Floats:
    """Return by what part of the range lengths exceed it, (..., 3) -> (...); 1 if unknown."""
    excess = np.linalg.norm(apart_m, axis=-1) / max_range_m - 1.0
    return np.where(np.isnan(excess), 1.0, excess)
