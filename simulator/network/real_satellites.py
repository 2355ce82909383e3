"""Planes and links of satellites that were not launched as a formula."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulator.constants import WGS84_EQUATORIAL_RADIUS_M
from simulator.network.grid import Topology, topology_of
from simulator.network.lengths import line_of_sight_range_m
from simulator.orbits.model import Floats, MeanOrbits

_TURN_RAD = 2.0 * np.pi
_Labels = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneGaps:
    """How far apart sorted values must be to belong to different shells or planes.

    The defaults part the 10,281 Starlink satellites of 30 April 2026 as they were launched: 72 planes, 5 degrees
    apart, at 540 km and 53 degrees, for example. Satellites of one plane share their node within 0.2 degrees there,
    satellites of one shell their altitude within a few hundred metres; those that climb or sink fall into groups of
    their own.
    """

    inclination_rad: float = np.radians(0.1)
    semi_major_axis_m: float = 1e3
    raan_rad: float = np.radians(1.0)

    def __post_init__(self) -> None:
        for name in ("inclination_rad", "semi_major_axis_m", "raan_rad"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} = {getattr(self, name)}: a gap must be positive")


def neighbours_of_real_satellites(
    mean_orbits: MeanOrbits,
    *,
    max_range_m: float = 5.0e6,
    blocking_radius_m: float = WGS84_EQUATORIAL_RADIUS_M + 80e3,
    has_cross_links: bool = True,
    gaps: PlaneGaps | None = None,
) -> Topology:
    """Link satellites to their neighbours in plane and to the nearest in the adjacent planes of their shell.

    Parameters
    ----------
    mean_orbits : MeanOrbits
        Elements at the epoch. Satellites whose elements are nan stay alone.
    max_range_m : float
        No link is made that can become longer than this in the mean circular orbits.
    blocking_radius_m : float
        No link is made that can pass through the sphere of this radius: by default the Earth and the lowest 80 km of
        air, as is usual for optical links.
    has_cross_links : bool
        Whether to link adjacent planes at all.
    gaps : PlaneGaps, optional
        Where planes end; by default `PlaneGaps()`.

    Returns
    -------
    topology : Topology
        Planes by inclination, altitude and node; satellites of a plane by argument of latitude. At most two links in
        plane and one to each adjacent plane per satellite; isolated satellites are fine.

    Notes
    -----
    Between orbits of one size and inclination whose nodes differ by D, satellites whose arguments of latitude differ
    by d are close to sqrt((d + D cos i)^2 + (D sin i cos u)^2) radii apart. The first term is constant: the smallest
    one decides who is linked to whom, and both together at u = 0 decide whether a link keeps within range.
    """
    if not max_range_m > 0.0:
        raise ValueError(f"max_range_m = {max_range_m}: must be positive")
    shells = _planes_by_shell(mean_orbits, gaps or PlaneGaps())
    links: list[tuple[int, int]] = []
    for shell in shells:
        lowest_m = min(mean_orbits.semi_major_axis_m[plane].min() for plane in shell)
        if not lowest_m > blocking_radius_m:
            continue
        range_m = min(max_range_m, line_of_sight_range_m(lowest_m, blocking_radius_m))
        for plane in shell:
            links += _links_in_plane(mean_orbits, plane, range_m)
        if has_cross_links:
            for west, east in _adjacent(shell):
                links += _links_across(mean_orbits, west, east, range_m)
    return topology_of(links, [plane.tolist() for shell in shells for plane in shell])


def _planes_by_shell(orbits: MeanOrbits, gaps: PlaneGaps) -> list[list[_Labels]]:
    """Return shells of planes by node, of satellites by argument of latitude."""
    is_known = np.isfinite(orbits.semi_major_axis_m + orbits.inclination_rad + orbits.raan_rad)
    shells: list[list[_Labels]] = []
    for same_tilt in _groups(np.flatnonzero(is_known), orbits.inclination_rad, gaps.inclination_rad):
        for same_size in _groups(same_tilt, orbits.semi_major_axis_m, gaps.semi_major_axis_m):
            planes = _groups(same_size, np.mod(orbits.raan_rad, _TURN_RAD), gaps.raan_rad, turn=_TURN_RAD)
            latitude_rad = np.mod(orbits.argument_of_latitude_rad, _TURN_RAD)
            shells.append([plane[np.argsort(latitude_rad[plane], kind="stable")] for plane in planes])
    shells += [[np.array([alone])] for alone in np.flatnonzero(~is_known)]
    return shells


def _groups(members: _Labels, values: Floats, gap: float, turn: float | None = None) -> list[_Labels]:
    """Return members in order of value, cut where two values are more than `gap` apart; on a circle if `turn`."""
    if len(members) == 0:
        return []
    members = members[np.argsort(values[members], kind="stable")]
    cuts = np.flatnonzero(np.diff(values[members]) > gap) + 1
    groups = np.split(members, cuts)
    if turn is not None and len(groups) > 1 and values[members[0]] + turn - values[members[-1]] <= gap:
        groups[0] = np.concatenate([groups.pop(), groups[0]])
    return groups


def _adjacent(shell: list[_Labels]) -> list[tuple[_Labels, _Labels]]:
    """Return pairs of neighbouring planes, each pair once, the last with the first if there are more than two."""
    pairs = list(pairwise(shell))
    if len(shell) > 2:
        pairs.append((shell[-1], shell[0]))
    return pairs


def _links_in_plane(orbits: MeanOrbits, plane: _Labels, max_range_m: float) -> list[tuple[int, int]]:
    """Return links from each satellite of a plane to the next, those within range."""
    if len(plane) < 2:
        return []
    following = np.roll(plane, -1)
    step_rad = np.mod(np.diff(orbits.argument_of_latitude_rad[[plane, following]], axis=0)[0], _TURN_RAD)
    length_m = 2.0 * orbits.semi_major_axis_m[plane] * np.sin(0.5 * step_rad)
    is_near = (length_m <= max_range_m) & (step_rad < np.pi)
    return list(zip(plane[is_near].tolist(), following[is_near].tolist(), strict=True))


def _links_across(orbits: MeanOrbits, west: _Labels, east: _Labels, max_range_m: float) -> list[tuple[int, int]]:
    """Return links between two planes, nearest pairs first, at most one per satellite."""
    node_rad = _signed(orbits.raan_rad[east][None, :] - orbits.raan_rad[west][:, None])
    tilt_rad, radius_m = orbits.inclination_rad[west][:, None], orbits.semi_major_axis_m[west][:, None]
    latitude_rad = orbits.argument_of_latitude_rad
    along_rad = _signed(latitude_rad[east][None, :] - latitude_rad[west][:, None] + node_rad * np.cos(tilt_rad))
    length_m = radius_m * np.hypot(along_rad, node_rad * np.sin(tilt_rad))
    rows, columns = np.nonzero(length_m <= max_range_m)
    order = np.argsort(np.abs(along_rad[rows, columns]), kind="stable")
    has_east, has_west = set[int](), set[int]()
    links = []
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in has_east and column not in has_west:
            has_east.add(row)
            has_west.add(column)
            links.append((int(west[row]), int(east[column])))
    return links


def _signed(angle_rad: Floats) -> Floats:
    """Return angles as -pi to pi."""
    signed_rad: Floats = np.mod(angle_rad + np.pi, _TURN_RAD) - np.pi
    return signed_rad
