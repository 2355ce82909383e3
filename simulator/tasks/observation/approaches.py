"""When satellites come closest to targets that they then have in view, solved for, not stepped through.

Time is cut into segments of a few degrees of orbit. In each, a k-d tree of the targets tells which of them lie near
the ground track, so that work grows with approaches and not with satellites times targets; the range rate at the two
ends of the segment tells whether the closest approach lies between them, and so in exactly one segment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from simulator.constants import EARTH_GRAVITY_M3_S2
from simulator.contacts.candidates import EARTH_RATE_RAD_S
from simulator.contacts.stations import StationGeometry, elevation_margin_m
from simulator.orbits.model import Floats, Frame, Indices, PositionModel
from simulator.roots import bracketed_roots
from simulator.tasks.observation.sensor import Sensor

_SEGMENTS_PER_TURN: Final = 90
"""At perigee's pace; a segment is then about as long as a swath is wide."""

_NODES_PER_CHUNK: Final = 16_384
_SLACK_RAD: Final = 0.005
"""For verticals off the geocentric ones, 0.0034 rad at most, and for curved tracks."""

_HEIGHT_SLACK_M: Final = 25_000.0


Wanted: TypeAlias = Callable[[Indices, Floats], NDArray[np.bool_]]
"""Tells of targets at times, (n,) each, whether an approach up to a segment later is worth solving for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approaches:
    """Closest approaches inside the sensor's limits; every array has shape (n,).

    `time_s` is when the range is least, `off_nadir_rad` the angle then.
    """

    i_sat: Indices
    i_target: Indices
    time_s: Floats
    off_nadir_rad: Floats


def closest_approaches(
    positions: PositionModel,
    targets: StationGeometry,
    sensor: Sensor,
    start_s: float,
    end_s: float,
    is_wanted: Wanted | None = None,
) -> Approaches:
    """Return the closest approaches in [start_s, end_s) at which a target is inside the sensor's limits.

    Parameters
    ----------
    positions : PositionModel
        The fleet; satellites without a position approach nothing.
    targets : StationGeometry
        Earth-fixed places and verticals.
    sensor : Sensor
        Its off-nadir limits; a target must also have the satellite above its horizon.
    start_s, end_s : float
        Seconds after the epoch. Adjoining spans share no approach and lose none.
    is_wanted : callable, optional
        Leaves out approaches early, which saves most of their cost.

    Returns
    -------
    Approaches
        Sorted by satellite, then time, then target.

    Raises
    ------
    ValueError
        If the span is empty or not finite.

    Notes
    -----
    Times are within 1e-5 s of where the range rate vanishes by the velocities of the model; those of SGP4 are not quite
    the derivatives of its positions, which moves a time by milliseconds in low orbits. On a circle around a round Earth
    the off-nadir angle is least there too.
    """
    if not (np.isfinite(start_s) and np.isfinite(end_s) and start_s < end_s):
        raise ValueError(f"start_s = {start_s}, end_s = {end_s}: give finite times with start_s < end_s")
    parts = [
        _solved(positions, targets, sensor, candidates if is_wanted is None else candidates.wanted(is_wanted))
        for candidates in _candidates(positions, targets, sensor, (start_s, end_s))
    ]
    if not parts:
        nobody, never = np.empty(0, dtype=np.intp), np.empty(0)
        return Approaches(i_sat=nobody, i_target=nobody, time_s=never, off_nadir_rad=never)
    i_sat, i_target, time_s, off_nadir_rad = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((i_target, time_s, i_sat))
    return Approaches(
        i_sat=i_sat[order], i_target=i_target[order], time_s=time_s[order], off_nadir_rad=off_nadir_rad[order]
    )


def off_nadir_angle_rad(
    positions: PositionModel, targets: StationGeometry, i_sat: Indices, i_target: Indices, t_s: Floats
) -> Floats:
    """Return the angle at satellites from the Earth's centre to targets at times, all (n,) -> (n,).

    It is pi where the satellite is below the target's horizon, and nan where it has no position.
    """
    position_m = positions.at(i_sat, t_s, Frame.EARTH_FIXED)
    target_m = targets.position_m[i_target]
    line_m = target_m - position_m
    along_m2 = -np.einsum("nx,nx->n", line_m, position_m)
    across_m2 = np.linalg.norm(np.cross(line_m, position_m), axis=1)
    is_hidden = elevation_margin_m(position_m, target_m, targets.up[i_target], 0.0) < 0.0
    return np.where(is_hidden, np.pi, np.arctan2(across_m2, along_m2))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidates:
    """Pairs that come closest between two times: the range falls at the first and does not at the second; all (n,)."""

    i_sat: Indices
    i_target: Indices
    begin_s: Floats
    end_s: Floats
    begin_closing_m2_s: Floats
    end_closing_m2_s: Floats

    def wanted(self, is_wanted: Wanted) -> _Candidates:
        """Return those that are worth solving for."""
        kept = np.flatnonzero(is_wanted(self.i_target, self.begin_s))
        return _Candidates(**{field.name: getattr(self, field.name)[kept] for field in fields(self)})


def _candidates(
    positions: PositionModel, targets: StationGeometry, sensor: Sensor, span_s: tuple[float, float]
) -> Iterator[_Candidates]:
    """Yield the pairs that come closest in some segment with the target near the track, a few satellites at a time."""
    known = np.flatnonzero(np.isfinite(positions.mean_orbits.semi_major_axis_m))
    if known.size == 0 or targets.n_stations == 0:
        return
    rate_rad_s = _fastest_rate_rad_s(positions, known)
    n_segments = int(np.ceil((span_s[1] - span_s[0]) * rate_rad_s * _SEGMENTS_PER_TURN / (2.0 * np.pi)))
    border_s = np.linspace(*span_s, n_segments + 1)
    half_rad = 0.5 * (border_s[1] - border_s[0]) * (rate_rad_s + EARTH_RATE_RAD_S)
    near_rad = _near_rad(positions, known, _reach_rad(positions, known, targets, sensor), half_rad)
    tree = cKDTree(_directions(targets.position_m))
    n_sats = max(1, _NODES_PER_CHUNK // n_segments)
    for first in range(0, known.size, n_sats):
        yield _near_track(positions, targets, known[first : first + n_sats], border_s, tree, near_rad)


def _near_track(
    positions: PositionModel,
    targets: StationGeometry,
    i_sat: Indices,
    border_s: Floats,
    tree: cKDTree,
    near_rad: float,
) -> _Candidates:
    """Return the candidates of some satellites over all segments."""
    shape = (i_sat.size, border_s.size)
    sats, times = np.broadcast_to(i_sat[:, None], shape), np.broadcast_to(border_s, shape)
    position_m, velocity_m_s = positions.states_at(sats.ravel(), times.ravel(), Frame.EARTH_FIXED)
    position_m, velocity_m_s = position_m.reshape(*shape, 3), velocity_m_s.reshape(*shape, 3)
    middles = _directions(position_m[:, :-1] + position_m[:, 1:]).reshape(-1, 3)
    known = np.flatnonzero(np.isfinite(middles).all(axis=1))
    chord = 2.0 * np.sin(0.5 * min(near_rad, np.pi))
    pairs = cKDTree(middles[known]).sparse_distance_matrix(tree, chord, output_type="ndarray") if known.size else _NONE
    row, segment = np.divmod(known[pairs["i"]], border_s.size - 1)
    i_target = pairs["j"].astype(np.intp)
    begin = _closing_m2_s(position_m[row, segment], velocity_m_s[row, segment], targets.position_m[i_target])
    comes = np.flatnonzero(begin > 0.0)
    row, segment, i_target, begin = row[comes], segment[comes], i_target[comes], begin[comes]
    end = _closing_m2_s(position_m[row, segment + 1], velocity_m_s[row, segment + 1], targets.position_m[i_target])
    leaves = np.flatnonzero(end <= 0.0)
    segment = segment[leaves]
    return _Candidates(
        i_sat=i_sat[row[leaves]],
        i_target=i_target[leaves],
        begin_s=border_s[segment],
        end_s=border_s[segment + 1],
        begin_closing_m2_s=begin[leaves],
        end_closing_m2_s=end[leaves],
    )


_NONE: Final = np.empty(0, dtype=[("i", np.intp), ("j", np.intp), ("v", np.float64)])


def _solved(
    positions: PositionModel, targets: StationGeometry, sensor: Sensor, candidates: _Candidates
) -> tuple[Indices, Indices, Floats, Floats]:
    """Return satellites, targets, times and angles of the candidates inside the sensor's limits."""
    i_sat, i_target = candidates.i_sat, candidates.i_target

    def closing(which: Indices, t_s: Floats) -> Floats:
        position_m, velocity_m_s = positions.states_at(i_sat[which], t_s, Frame.EARTH_FIXED)
        return _closing_m2_s(position_m, velocity_m_s, targets.position_m[i_target[which]])

    length_s = candidates.end_s - candidates.begin_s
    slope = (candidates.end_closing_m2_s - candidates.begin_closing_m2_s) / length_s
    guess_s = candidates.begin_s - candidates.begin_closing_m2_s / slope
    time_s = bracketed_roots(closing, candidates.begin_s, candidates.end_s, guess_s, slope, tolerance_s=1e-5)
    angle_rad = off_nadir_angle_rad(positions, targets, i_sat, i_target, time_s)
    kept = np.flatnonzero((angle_rad >= sensor.min_off_nadir_rad) & (angle_rad <= sensor.max_off_nadir_rad))
    return i_sat[kept], i_target[kept], time_s[kept], angle_rad[kept]


def _closing_m2_s(position_m: Floats, velocity_m_s: Floats, target_m: Floats) -> Floats:
    """Return range times speed of approach: positive while a satellite comes nearer; all (n, 3) -> (n,)."""
    return np.asarray(np.einsum("nx,nx->n", target_m - position_m, velocity_m_s), dtype=np.float64)


def _directions(position_m: Floats) -> Floats:
    """Return unit vectors: (..., 3) -> (..., 3)."""
    return np.asarray(position_m / np.linalg.norm(position_m, axis=-1, keepdims=True), dtype=np.float64)


def _fastest_rate_rad_s(positions: PositionModel, known: Indices) -> float:
    """Return the highest angular rate that any satellite has, at its perigee."""
    orbits = positions.mean_orbits
    eccentricity = orbits.eccentricity[known]
    perigee_m = orbits.semi_major_axis_m[known] * (1.0 - eccentricity)
    return float(np.sqrt(EARTH_GRAVITY_M3_S2 * (1.0 + eccentricity) / perigee_m**3).max())


def _near_rad(positions: PositionModel, known: Indices, reach_rad: float, half_rad: float) -> float:
    """Return how far from the middle of a segment a target can be that is approached within reach inside the segment.

    The line of sight is then square to the motion, and so is the target, but for the motion along the radius, of which
    there is no more than the eccentricity: the middle is at most half a segment away along the track, and Pythagoras'
    theorem on the sphere bounds the distance.
    """
    across = float(np.cos(reach_rad) * np.cos(half_rad))
    radial_rad = float(1.5 * positions.mean_orbits.eccentricity[known].max())
    return min(float(np.arccos(across)) + radial_rad, reach_rad + half_rad) + _SLACK_RAD


def _reach_rad(positions: PositionModel, known: Indices, targets: StationGeometry, sensor: Sensor) -> float:
    """Return the largest angle at the Earth's centre between a satellite and a target inside its limits.

    Law of sines: sin(reach + off-nadir) = r / R sin(off-nadir) for the radii r of the satellite and R of the target,
    where the line reaches the ground; acos(R / r), the horizon, where it does not.
    """
    orbits = positions.mean_orbits
    highest_m = (orbits.semi_major_axis_m[known] * (1.0 + orbits.eccentricity[known])).max() + _HEIGHT_SLACK_M
    ratio = float(highest_m / np.linalg.norm(targets.position_m, axis=1).min())
    sine = ratio * np.sin(sensor.max_off_nadir_rad)
    if sine >= 1.0:
        return float(np.arccos(1.0 / ratio))
    return float(np.arcsin(sine) - sensor.max_off_nadir_rad)
