"""Passes of satellites over stations: one candidate per station, satellite and revolution, edges by bracketed roots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.contacts.candidates import (
    EARTH_RATE_RAD_S,
    Candidates,
    find_candidates,
    reach_rad,
    row_chunks,
    station_directions,
    visibility_angle_rad,
)
from simulator.contacts.stations import GroundStation, StationGeometry, elevation_margin_m, station_geometry
from simulator.orbits.model import Floats, Frame, Indices, MeanOrbits, PositionModel
from simulator.revolutions import Revolutions, anchored_revolutions, is_nearly_circular, scan_step_s, sub_windows
from simulator.roots import assigned_to_border, bracketed_roots, positive_spans, refined_maxima

_CANDIDATES_PER_CHUNK: Final = 65_536
_FASTEST_STATION_PACE: Final = 1.0 / 6.0
_SEARCH_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PassTable:
    """Passes above the mask, half-open, sorted by rise; every array has shape (n_passes,).

    `rise_s` is nan where the satellite is up already at the start of the asked span (such passes come first), `set_s`
    where it is still up at the end.
    """

    i_sat: Indices
    i_station: Indices
    rise_s: Floats
    set_s: Floats


def solve_passes(
    positions: PositionModel,
    stations: Sequence[GroundStation],
    start_s: float,
    end_s: float,
    min_elevation_rad: float,
) -> PassTable:
    """Return all passes that overlap [start_s, end_s).

    Parameters
    ----------
    positions : PositionModel
        The fleet; satellites without a position have no pass.
    stations : sequence of GroundStation
    start_s, end_s : float
        Seconds after the epoch.
    min_elevation_rad : float
        Geometric elevation of the mask, without refraction.

    Raises
    ------
    ValueError
        If the span is empty or not finite or the mask is outside [-10 deg, 90 deg).

    Notes
    -----
    Edges are within 2e-5 s of the roots for passes of minutes, and within 6 ms of Orekit's, whose Earth has polar
    motion. Nearly circular orbits of less than four hours start from closed-form culminations; others are scanned at
    1/64 turn of perigee's pace, with every local maximum below the mask followed to its top. An edge belongs to the
    span that holds it, start included and end not; the sign at a border decides about an edge right on it.
    """
    if not (np.isfinite(start_s) and np.isfinite(end_s) and start_s < end_s):
        raise ValueError(f"start_s = {start_s}, end_s = {end_s}: give finite times with start_s < end_s")
    if not -np.pi / 18 <= min_elevation_rad < np.pi / 2:
        degrees = np.degrees(min_elevation_rad)
        raise ValueError(f"min_elevation_rad = {min_elevation_rad} ({degrees:.6g} deg): between -10 and 90 deg")
    geometry, orbits = station_geometry(stations), positions.mean_orbits
    search = _Search(positions=positions, orbits=orbits, geometry=geometry, min_elevation_rad=min_elevation_rad)
    parts = [_no_passes()]
    if geometry.n_stations:
        is_fast = is_nearly_circular(orbits) & _is_fast(orbits)
        for window_s in sub_windows(start_s, end_s):
            parts.extend(_fast_passes(search, np.flatnonzero(is_fast), window_s))
        others = np.flatnonzero(~is_fast & np.isfinite(orbits.eccentricity))
        parts.extend(_scanned_passes(search, int(i_sat), (start_s, end_s)) for i_sat in others)
    return _assembled(search, parts, start_s, end_s)


_Part = tuple[Indices, Indices, Floats, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """What all parts of one search share."""

    positions: PositionModel
    orbits: MeanOrbits
    geometry: StationGeometry
    min_elevation_rad: float

    def margin_m(self, i_sat: Indices, i_station: Indices, t_s: Floats) -> Floats:
        """Return how far satellites stand above the mask."""
        position_m = self.positions.at(i_sat, t_s, Frame.EARTH_FIXED)
        station_m, up = self.geometry.position_m[i_station], self.geometry.up[i_station]
        return elevation_margin_m(position_m, station_m, up, float(np.sin(self.min_elevation_rad)))


def _is_fast(orbits: MeanOrbits) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which satellites move so much faster than stations that the fixed point of culminations converges."""
    rate = orbits.argument_of_latitude_rate_rad_s
    return np.asarray(rate * _FASTEST_STATION_PACE > EARTH_RATE_RAD_S, dtype=np.bool_)


def _no_passes() -> _Part:
    """Return an empty list of passes."""
    return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), np.empty(0), np.empty(0)


def _fast_passes(search: _Search, i_sat: Indices, window_s: tuple[float, float]) -> list[_Part]:
    """Return passes of fast, nearly circular satellites over a window of at most a day."""
    revolutions = anchored_revolutions(search.positions, search.orbits, i_sat, *window_s)
    stations = station_directions(search.geometry, search.positions.epoch, window_s[0])
    reach = reach_rad(revolutions, stations, search.min_elevation_rad)
    parts = []
    for rows in row_chunks(revolutions, search.geometry.n_stations, window_s[1] - window_s[0], _CANDIDATES_PER_CHUNK):
        candidates = find_candidates(revolutions, rows, stations, window_s[1], reach)
        parts.append(_solve_candidates(search, revolutions, candidates))
    return parts


def _solve_candidates(search: _Search, revolutions: Revolutions, candidates: Candidates) -> _Part:
    """Return the passes among candidates, whole."""
    row, i_station = candidates.row, candidates.i_station
    i_sat = revolutions.i_sat[row]
    top_s, top_m = _culminations(search, revolutions, candidates)
    is_up = top_m > 0.0
    row, i_station, i_sat, top_s, top_m = row[is_up], i_station[is_up], i_sat[is_up], top_s[is_up], top_m[is_up]
    half_s, slope = _guess_half(search, revolutions, row, i_station, top_m)
    which = np.tile(np.arange(row.size, dtype=np.intp), 2)
    side = np.repeat([-1.0, 1.0], row.size)

    def margin(problem: Indices, t_s: Floats) -> Floats:
        pair = which[problem]
        return search.margin_m(i_sat[pair], i_station[pair], t_s)

    top2_s = top_s[which]
    outside_s = top2_s + side * 0.5 * revolutions.period_s[row][which]
    edges_s = bracketed_roots(margin, top2_s, outside_s, top2_s + side * half_s[which], -side * slope[which])
    rise_s, set_s = edges_s[: row.size], edges_s[row.size :]
    is_pass = np.isfinite(rise_s) & np.isfinite(set_s)
    return i_sat[is_pass], i_station[is_pass], rise_s[is_pass], set_s[is_pass]


def _culminations(search: _Search, revolutions: Revolutions, candidates: Candidates) -> tuple[Floats, Floats]:
    """Return time and height over the mask of culminations; the top is searched for where it decides."""
    row, i_station, top_s = candidates.row, candidates.i_station, candidates.time_s.copy()
    i_sat = revolutions.i_sat[row]
    top_m = search.margin_m(i_sat, i_station, top_s)
    rate, doubt_s = revolutions.phase_rate_rad_s[row], candidates.doubt_s
    # curvature of the margin is at most about five times the centripetal acceleration
    doubt_m = 1_000.0 + 2.5 * rate**2 * revolutions.radius_m[row] * doubt_s**2
    near = np.flatnonzero(np.abs(top_m) < doubt_m)

    def margin(problem: Indices, t_s: Floats) -> Floats:
        return search.margin_m(i_sat[near[problem]], i_station[near[problem]], t_s)

    top_s[near], top_m[near] = refined_maxima(margin, top_s[near], _SEARCH_S + 2.0 * doubt_s[near])
    return top_s, top_m


def _guess_half(
    search: _Search, revolutions: Revolutions, row: Indices, i_station: Indices, top_m: Floats
) -> tuple[Floats, Floats]:
    """Return guessed half-durations and the sizes of the slope of the margin at the edges.

    On a circle over a round Earth cos(gamma) = cos(psi) cos(n t): gamma is the angle from the station, psi its least.
    """
    mask_rad = search.min_elevation_rad
    r = revolutions.radius_m[row]
    station_m = np.linalg.norm(search.geometry.position_m, axis=1)[i_station]
    visible_rad = visibility_angle_rad(r, station_m, mask_rad)
    sin_mask = np.sin(mask_rad)
    # range and height at the top: r^2 = R^2 + 2 R h + rho^2 with h = top + rho sin(mask)
    under = r * r - station_m * (station_m * np.cos(mask_rad) ** 2 + 2.0 * top_m)
    top_range_m = np.sqrt(np.maximum(under, 0.0)) - station_m * sin_mask
    cos_least = (station_m + top_m + top_range_m * sin_mask) / r
    cos_visible = np.cos(visible_rad)
    angle = np.arccos(np.clip(cos_visible / np.maximum(cos_least, cos_visible), -1.0, 1.0))
    rate = revolutions.phase_rate_rad_s[row] - EARTH_RATE_RAD_S * revolutions.cos_inclination[row]
    range_m = np.sqrt(r * r + station_m**2 - 2.0 * r * station_m * cos_visible)
    stiffness_m = r + sin_mask * r * station_m / range_m  # -d(margin) / d(1 - cos gamma) on the mask
    return angle / rate, stiffness_m * cos_visible * np.tan(angle) * rate


def _scanned_passes(search: _Search, i_sat: int, span_s: tuple[float, float]) -> _Part:
    """Return the passes of one satellite by a scan, cut two steps outside the span."""
    step_s = scan_step_s(search.orbits, i_sat)
    n = int(np.ceil((span_s[1] - span_s[0]) / step_s)) + 5
    t_s = np.linspace(span_s[0] - 2.0 * step_s, span_s[1] + 2.0 * step_s, n)
    rises, sets, owners = [], [], []
    for i_station in range(search.geometry.n_stations):

        def margin(_: Indices, at_s: Floats, i_station: int = i_station) -> Floats:
            return search.margin_m(np.full(at_s.size, i_sat), np.full(at_s.size, i_station), at_s)

        spans = positive_spans(margin, t_s)
        rises.append(spans[0])
        sets.append(spans[1])
        owners.append(np.full(spans.shape[1], i_station, dtype=np.intp))
    owner = np.concatenate(owners)
    return np.full(owner.size, i_sat, dtype=np.intp), owner, np.concatenate(rises), np.concatenate(sets)


def _assembled(search: _Search, parts: list[_Part], start_s: float, end_s: float) -> PassTable:
    """Sort passes, drop what two windows both found, keep what overlaps the span and cut it there."""
    i_sat, i_station, rise_s, set_s = (np.concatenate(column) for column in zip(*parts, strict=True))

    def margin(which: Indices, t_s: Floats) -> Floats:
        return search.margin_m(all_sats[which], all_stations[which], t_s)

    all_sats, all_stations = i_sat, i_station
    for border_s in (start_s, end_s):
        rise_s = assigned_to_border(margin, rise_s, border_s, is_start=True)
        set_s = assigned_to_border(margin, set_s, border_s, is_start=False)
    keep = (set_s > start_s) & (rise_s < end_s)
    i_sat, i_station, rise_s, set_s = i_sat[keep], i_station[keep], rise_s[keep], set_s[keep]
    order = np.lexsort((rise_s, i_station, i_sat))
    i_sat, i_station, rise_s, set_s = i_sat[order], i_station[order], rise_s[order], set_s[order]
    is_new = np.ones(i_sat.size, dtype=np.bool_)
    is_new[1:] = (np.diff(i_sat) != 0) | (np.diff(i_station) != 0) | (rise_s[1:] >= set_s[:-1])
    rise_s = np.where(rise_s >= start_s, rise_s, np.nan)
    set_s = np.where(set_s < end_s, set_s, np.nan)
    by_rise = np.argsort(np.nan_to_num(rise_s[is_new], nan=-np.inf), kind="stable")
    return PassTable(
        i_sat=i_sat[is_new][by_rise],
        i_station=i_station[is_new][by_rise],
        rise_s=rise_s[is_new][by_rise],
        set_s=set_s[is_new][by_rise],
    )
