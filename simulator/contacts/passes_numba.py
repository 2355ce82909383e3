"""The search for passes compiled by numba: the same closed forms, with positions interpolated from a table.

Import this module only where numba is installed. Differences from the numpy path:

1. Positions come from a raster of 60 s by six-point Lagrange interpolation: within 3 mm for orbits of 90 minutes
   and more (r (w h)^6 (225/64) / 720, Abramowitz and Stegun 25.2.15), which is less than a microsecond of an edge.
2. Candidates are solved one after the other instead of all together.
"""

from __future__ import annotations

import itertools
from typing import Final

import numba
import numpy as np

from simulator.contacts.candidates import EARTH_RATE_RAD_S, LEAST_DOUBT_S, SHIFT_DOUBT, StationDirections, station_pace
from simulator.contacts.stations import StationGeometry
from simulator.orbits.model import Floats, Frame, Indices, PositionModel
from simulator.revolutions import Revolutions

_RASTER_S: Final = 60.0
_PADDING_STEPS: Final = 4
_TABLE_BYTES: Final = 24_000_000
_SHORTEST_CHUNK_S: Final = 1_800.0
_SLACK_S: Final = 30.0
_ROWS_PER_CALL: Final = 256
_MAX_ITERATIONS: Final = 90
_FREE_SECANT_STEPS: Final = 6
_TOLERANCE_S: Final = 1e-6
_SHORT_STEP_S: Final = 1e-3
_ENOUGH_RAD: Final = 0.03
_SEARCH_S: Final = 30.0

Columns = tuple[Indices, Indices, Floats, Floats]


def compiled_passes(
    positions: PositionModel,
    revolutions: Revolutions,
    geometry: StationGeometry,
    directions: StationDirections,
    reach: Floats,
    window_s: tuple[float, float],
    min_elevation_rad: float,
) -> list[Columns]:
    """Return the whole passes that culminate in a window, as lists of satellites, stations, rises and sets."""
    parts: list[Columns] = []
    if revolutions.i_sat.size == 0:
        return parts
    rate = revolutions.phase_rate_rad_s
    pace = station_pace(revolutions, reach)
    longest_s = float((reach.max(axis=1) / rate / np.maximum(1.0 - pace, 0.3) * 1.2).max()) + 300.0
    orbit_columns = _orbit_columns(revolutions, pace)
    station_columns = _station_columns(directions, geometry)
    for span_s in _spans(window_s, longest_s, positions.n_sats):
        raster_start_s = span_s[0] - longest_s - _PADDING_STEPS * _RASTER_S
        n_raster = int(np.ceil((span_s[1] + longest_s - raster_start_s) / _RASTER_S)) + _PADDING_STEPS
        raster_s = raster_start_s + _RASTER_S * np.arange(n_raster, dtype=np.float64)
        table = positions.block(raster_s, Frame.EARTH_FIXED)
        for first in range(0, revolutions.i_sat.size, _ROWS_PER_CALL):
            rows = slice(first, first + _ROWS_PER_CALL)
            parts.append(
                search_rows(
                    orbit_columns[rows],
                    revolutions.i_sat[rows],
                    reach[rows],
                    station_columns,
                    table,
                    np.array([revolutions.start_s, *span_s, raster_start_s, min_elevation_rad]),
                )
            )
    return parts


def _spans(window_s: tuple[float, float], longest_s: float, n_sats: int) -> list[tuple[float, float]]:
    """Return overlapping spans that hold every culmination of a window's passes, each with a table of bounded size."""
    start_s, end_s = window_s[0] - longest_s, window_s[1] + longest_s
    affordable_s = _TABLE_BYTES / (24.0 * n_sats) * _RASTER_S - 2.0 * longest_s
    n = int(np.ceil((end_s - start_s) / max(affordable_s, _SHORTEST_CHUNK_S)))
    edges = np.linspace(start_s, end_s, n + 1).tolist()
    return [(first - _SLACK_S, last + _SLACK_S) for first, last in itertools.pairwise(edges)]


def _orbit_columns(revolutions: Revolutions, pace: Floats) -> Floats:
    """Return what the compiled search needs of each orbit, (n_rows, 10)."""
    return np.stack(
        [
            revolutions.phase_rad,
            revolutions.phase_rate_rad_s,
            revolutions.raan_rad,
            revolutions.raan_rate_rad_s,
            revolutions.cos_inclination,
            revolutions.sin_inclination,
            revolutions.radius_m,
            revolutions.eccentricity,
            np.minimum(1.3 * pace, 0.6),
            revolutions.phase_bend_rad_s2,
        ],
        axis=-1,
    )


def _station_columns(directions: StationDirections, geometry: StationGeometry) -> Floats:
    """Return what the compiled search needs of each station, (n_stations, 10)."""
    angles = (directions.sin_latitude, directions.cos_latitude, directions.right_ascension_rad, directions.radius_m)
    return np.column_stack([*angles, geometry.position_m, geometry.up])


@numba.njit(cache=True)
def _margin_m(track: Floats, station: Floats, raster_start_s: float, sin_mask: float, t_s: float) -> float:
    """Return the height over the mask, with the position from six raster points by Lagrange's formula."""
    place = (t_s - raster_start_s) / _RASTER_S
    index = int(place)
    if index < 2 or index + 3 >= track.shape[0]:
        return np.nan
    p = place - index
    a, b, c, d, e, f = p + 2.0, p + 1.0, p, p - 1.0, p - 2.0, p - 3.0
    abc, edf = a * b * c, d * e * f
    w0, w1, w2 = -b * c * edf / 120.0, a * c * edf / 24.0, -a * b * edf / 12.0
    w3, w4, w5 = abc * e * f / 12.0, -abc * d * f / 24.0, abc * d * e / 120.0
    squared, height = 0.0, 0.0
    for axis in range(3):
        value = (
            w0 * track[index - 2, axis]
            + w1 * track[index - 1, axis]
            + w2 * track[index, axis]
            + w3 * track[index + 1, axis]
            + w4 * track[index + 2, axis]
            + w5 * track[index + 3, axis]
            - station[4 + axis]
        )
        squared += value * value
        height += value * station[7 + axis]
    return float(height - sin_mask * np.sqrt(squared))


@numba.njit(cache=True)
def _top(
    track: Floats, station: Floats, raster_start_s: float, sin_mask: float, centre_s: float, width_s: float
) -> tuple[float, float]:
    """Return time and value of the highest point near a time: nine probes four times over, then a parabola."""
    for _ in range(3):
        best_s, best = centre_s, -np.inf
        for probe in range(9):
            t_s = centre_s + width_s * (probe / 4.0 - 1.0)
            value = _margin_m(track, station, raster_start_s, sin_mask, t_s)
            if value > best:
                best_s, best = t_s, value
        centre_s, width_s = best_s, width_s / 4.0
    below = _margin_m(track, station, raster_start_s, sin_mask, centre_s - width_s)
    middle = _margin_m(track, station, raster_start_s, sin_mask, centre_s)
    above = _margin_m(track, station, raster_start_s, sin_mask, centre_s + width_s)
    curvature = below - 2.0 * middle + above
    if curvature < 0.0:
        centre_s += width_s * min(max(0.5 * (below - above) / curvature, -1.0), 1.0)
    return centre_s, _margin_m(track, station, raster_start_s, sin_mask, centre_s)


@numba.njit(cache=True)
def _edge_s(
    track: Floats,
    station: Floats,
    raster_start_s: float,
    sin_mask: float,
    inside_s: float,
    outside_s: float,
    guess_s: float,
    slope: float,
) -> float:
    """Return the root between a time above and a time below the mask; the scheme of `bracketed_roots`."""
    top_s, t_s, step_s = inside_s, guess_s, 0.0
    value = _margin_m(track, station, raster_start_s, sin_mask, t_s)
    for iteration in range(_MAX_ITERATIONS):
        if np.isnan(value):
            return np.nan
        if value > 0.0:
            inside_s = t_s
        else:
            outside_s = t_s
        next_s = t_s - value / slope if slope != 0.0 else np.nan
        is_secant = (next_s - inside_s) * (next_s - outside_s) <= 0.0
        if iteration > _FREE_SECANT_STEPS and iteration % 2 == 1:
            is_secant = False
        if not is_secant:
            next_s = 0.5 * (inside_s + outside_s)
        next_step_s = next_s - t_s
        error_s = abs(next_step_s) * max(abs(step_s), abs(next_step_s)) / max(2.0 * abs(next_s - top_s), 1e-9)
        if abs(step_s) < _SHORT_STEP_S:
            error_s = abs(next_step_s)
        is_done = iteration > 0 and is_secant and error_s < _TOLERANCE_S
        if is_done or abs(outside_s - inside_s) < _TOLERANCE_S:
            return next_s
        previous, t_s, step_s = value, next_s, next_step_s
        value = _margin_m(track, station, raster_start_s, sin_mask, t_s)
        if abs(step_s) >= _SHORT_STEP_S:
            slope = (value - previous) / step_s
    return np.nan


@numba.njit(cache=True)
def _culmination_s(
    orbit: Floats, station: Floats, start_s: float, t_s: float, sin_loose: float
) -> tuple[float, float, float]:
    """Return the time abreast of the station, the sine of its angle over the plane, and the shift to culmination."""
    for turn in range(8):
        xi = station[2] + EARTH_RATE_RAD_S * (t_s - start_s) - (orbit[2] + orbit[3] * (t_s - start_s))
        sin_xi = np.sin(xi)
        if turn == 1 and abs(station[0] * orbit[4] - station[1] * sin_xi * orbit[5]) > sin_loose:
            break
        across = station[1] * sin_xi * orbit[4] + station[0] * orbit[5]
        ahead = (
            np.arctan2(across, station[1] * np.cos(xi))
            - orbit[0]
            - (orbit[1] + orbit[9] * (t_s - start_s)) * (t_s - start_s)
        )
        ahead -= 2.0 * np.pi * np.floor(ahead / (2.0 * np.pi) + 0.5)
        t_s += ahead / orbit[1]
        if abs(ahead) < _ENOUGH_RAD:
            break
    xi = station[2] + EARTH_RATE_RAD_S * (t_s - start_s) - (orbit[2] + orbit[3] * (t_s - start_s))
    height = station[0] * orbit[4] - station[1] * np.sin(xi) * orbit[5]
    climb = -station[1] * np.cos(xi) * orbit[5] * EARTH_RATE_RAD_S
    return t_s, height, -height * climb / (max(1.0 - height * height, 1e-9) * orbit[1] * orbit[1])


@numba.njit(cache=True)
def _pass_edges_s(
    track: Floats,
    orbit: Floats,
    station: Floats,
    abreast_s: float,
    shift_s: float,
    raster_start_s: float,
    mask_rad: float,
) -> tuple[float, float]:
    """Return rise and set of the pass that culminates near a time; nan where there is none."""
    sin_mask, cos_mask = np.sin(mask_rad), np.cos(mask_rad)
    rate, r, station_m = orbit[1], orbit[6], station[3]
    top_s = abreast_s + shift_s
    top_m = _margin_m(track, station, raster_start_s, sin_mask, top_s)
    doubt_s = LEAST_DOUBT_S + 2.5 * orbit[7] / rate + SHIFT_DOUBT * abs(shift_s)
    if abs(top_m) < 1_000.0 + 2.5 * rate * rate * r * doubt_s * doubt_s:
        top_s, top_m = _top(track, station, raster_start_s, sin_mask, top_s, _SEARCH_S + 2.0 * doubt_s)
    if not top_m > 0.0:
        return np.nan, np.nan
    cos_visible = np.cos(np.arccos(min(station_m * cos_mask / r, 1.0)) - mask_rad)
    under = r * r - station_m * (station_m * cos_mask * cos_mask + 2.0 * top_m)
    cos_least = (station_m + top_m + (np.sqrt(max(under, 0.0)) - station_m * sin_mask) * sin_mask) / r
    angle = np.arccos(min(cos_visible / max(cos_least, cos_visible), 1.0))
    ground_rate = rate - EARTH_RATE_RAD_S * orbit[4]
    range_m = np.sqrt(r * r + station_m * station_m - 2.0 * r * station_m * cos_visible)
    slope = (r + sin_mask * r * station_m / range_m) * cos_visible * np.tan(angle) * ground_rate
    half_s, far_s = angle / ground_rate, np.pi / rate
    rise_s = _edge_s(track, station, raster_start_s, sin_mask, top_s, top_s - far_s, top_s - half_s, slope)
    set_s = _edge_s(track, station, raster_start_s, sin_mask, top_s, top_s + far_s, top_s + half_s, -slope)
    return rise_s, set_s


@numba.njit(cache=True)
def search_rows(
    orbits: Floats, i_sat: Indices, reach: Floats, stations: Floats, table: Floats, times: Floats
) -> Columns:
    """Return the passes of some orbits that culminate within a span.

    Parameters
    ----------
    orbits, stations : columns as from `_orbit_columns` and `_station_columns`
    reach : (n_rows, n_stations), rad
    table : (n_sats, n_raster, 3), Earth-fixed positions
    times : start of the phases, start and end of the span, start of the raster, mask in rad
    """
    start_s, first_s, last_s, raster_start_s, mask_rad = times[0], times[1], times[2], times[3], times[4]
    capacity = 1024
    found = np.empty((capacity, 4))
    n = 0
    for row in range(orbits.shape[0]):
        orbit, track = orbits[row], table[i_sat[row]]
        period_s = 2.0 * np.pi / orbit[1]
        tile_s = period_s * (1.0 - orbit[8])
        for i_station in range(stations.shape[0]):
            station = stations[i_station]
            sin_reach = np.sin(min(reach[row, i_station], 0.5 * np.pi))
            sin_loose = np.sin(min(reach[row, i_station] + 0.5 * EARTH_RATE_RAD_S * period_s * orbit[8], 0.5 * np.pi))
            latest_s, t_s = -np.inf, first_s + 0.3 * period_s
            while t_s < last_s + tile_s - 0.3 * period_s:
                abreast_s, height, shift_s = _culmination_s(orbit, station, start_s, t_s, sin_loose)
                t_s += tile_s
                if (
                    abs(height) > sin_reach
                    or not first_s <= abreast_s < last_s
                    or abreast_s - latest_s < 0.4 * period_s
                ):
                    continue
                latest_s = abreast_s
                rise_s, set_s = _pass_edges_s(track, orbit, station, abreast_s, shift_s, raster_start_s, mask_rad)
                if np.isnan(rise_s) or np.isnan(set_s):
                    continue
                if n == capacity:
                    capacity *= 2
                    grown = np.empty((capacity, 4))
                    grown[:n] = found
                    found = grown
                found[n, 0], found[n, 1], found[n, 2], found[n, 3] = i_sat[row], i_station, rise_s, set_s
                n += 1
    return found[:n, 0].astype(np.intp), found[:n, 1].astype(np.intp), found[:n, 2].copy(), found[:n, 3].copy()
