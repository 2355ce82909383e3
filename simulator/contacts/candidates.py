"""One candidate pass per station, satellite and revolution: when it comes nearest, if near enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.contacts.stations import StationGeometry
from simulator.orbits.earth_rotation import earth_rotation
from simulator.orbits.model import Floats, Indices
from simulator.revolutions import Revolutions, wrapped
from simulator.timescale import Epoch

EARTH_RATE_RAD_S: Final = 7.292115855e-5
"""Mean sidereal rate (Aoki et al. 1982), for guesses only."""

REACH_TURNS: Final = 0.3
"""How far outside a window a pass may culminate and still overlap it: half a pass is shorter."""

_TILT_RAD: Final = 0.0044
_PLANE_ERROR_RAD: Final = 0.006
_STEEPEST_RAD: Final = 1.2
_MAX_FIXED_POINT_STEPS: Final = 8
_ENOUGH_S: Final = 30.0
LEAST_DOUBT_S: Final = 4.0
SHIFT_DOUBT: Final = 0.3
_RADIUS_ERROR_M: Final = 25_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StationDirections:
    """Geocentric directions of stations at the start of a window; every array has shape (n_stations,)."""

    sin_latitude: Floats
    cos_latitude: Floats
    right_ascension_rad: Floats
    radius_m: Floats

    def taken(self, index: Indices | tuple[slice, None]) -> StationDirections:
        """Return the directions that an index of numpy picks."""
        return StationDirections(
            sin_latitude=self.sin_latitude[index],
            cos_latitude=self.cos_latitude[index],
            right_ascension_rad=self.right_ascension_rad[index],
            radius_m=self.radius_m[index],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Culminations that may be passes; shape (n,). `row` indexes the revolutions, `time_s` is good to `doubt_s`."""

    row: Indices
    i_station: Indices
    time_s: Floats
    doubt_s: Floats


def station_directions(geometry: StationGeometry, epoch: Epoch, t_s: float) -> StationDirections:
    """Return where stations are among the stars at a time, by Greenwich mean sidereal time (1982)."""
    sidereal_rad = float(earth_rotation(epoch).angle_rad(t_s))
    x, y, z = geometry.position_m.T
    radius_m = np.sqrt(x * x + y * y + z * z)
    return StationDirections(
        sin_latitude=z / radius_m,
        cos_latitude=np.hypot(x, y) / radius_m,
        right_ascension_rad=np.arctan2(y, x) + sidereal_rad,
        radius_m=radius_m,
    )


def visibility_angle_rad(radius_m: Floats, station_radius_m: Floats, min_elevation_rad: float) -> Floats:
    """Return the angle at the Earth's centre between a station and a satellite that stands on the mask."""
    angle_rad: Floats = (
        np.arccos(np.minimum(station_radius_m * np.cos(min_elevation_rad) / radius_m, 1.0)) - min_elevation_rad
    )
    return angle_rad


def reach_rad(revolutions: Revolutions, stations: StationDirections, min_elevation_rad: float) -> Floats:
    """Return the largest distance from the ground track at which a pass is possible, (n_rows, n_stations).

    Allows for the height that eccentricity adds, for a vertical up to 0.25 deg off the geocentric one, and for the
    station's way towards the plane between abreast and culmination.
    """
    highest_m = revolutions.radius_m * (1.0 + revolutions.eccentricity) + _RADIUS_ERROR_M
    mask_rad = max(min_elevation_rad - _TILT_RAD, -np.pi / 2)
    visible_rad = visibility_angle_rad(highest_m[:, None], stations.radius_m, mask_rad) + _PLANE_ERROR_RAD
    pace = (EARTH_RATE_RAD_S / revolutions.phase_rate_rad_s)[:, None]
    return visible_rad + np.tan(np.minimum(visible_rad, _STEEPEST_RAD)) * pace**2


def row_chunks(revolutions: Revolutions, n_stations: int, span_s: float, n_per_chunk: int) -> Iterator[slice]:
    """Cut rows into runs with at most about `n_per_chunk` candidates each."""
    turns = int(np.ceil(span_s / revolutions.period_s.min())) + 2 if revolutions.i_sat.size else 1
    step = max(1, n_per_chunk // max(1, turns * n_stations))
    n_rows = revolutions.i_sat.size
    return (slice(first, min(first + step, n_rows)) for first in range(0, n_rows, step))


def find_candidates(
    revolutions: Revolutions, rows: slice, stations: StationDirections, end_s: float, reach: Floats
) -> Candidates:
    """Return the culminations near enough to a station, for some rows; `reach` as from `reach_rad`.

    Notes
    -----
    In the frame of node and orbit a station at latitude phi, xi east of the node, has the argument of latitude
    atan2(cos phi sin xi cos i + sin phi sin i, cos phi cos xi) and the height sin phi cos i - cos phi sin xi sin i
    over the plane. Where the satellite's phase equals that argument (a fixed point, as stations are slow) it is abreast
    of the station; it culminates a little before or after, because the height h changes: -h h' / ((1 - h^2) n^2).
    """
    grid = np.arange(rows.start, rows.stop, dtype=np.intp)[:, None, None]
    pace = station_pace(revolutions, reach)[grid]
    time_s = _tile_times(revolutions, grid, stations, end_s, pace)
    column = stations.taken((slice(None), None))
    time_s = time_s + _time_to_culmination(revolutions, grid, column, time_s)
    loose_rad = reach[rows, :, None] + 0.5 * EARTH_RATE_RAD_S * revolutions.period_s[grid] * pace
    height = _height_over_plane(revolutions, grid, column, time_s)
    is_wanted = np.abs(height) <= np.sin(np.minimum(loose_rad, np.pi / 2))
    row, i_station, tile = np.nonzero(is_wanted)
    time_s = time_s[row, i_station, tile]
    row, picked = row + rows.start, stations.taken(i_station)
    for _ in range(_MAX_FIXED_POINT_STEPS):
        step_s = _time_to_culmination(revolutions, row, picked, time_s)
        time_s = time_s + step_s
        if np.abs(step_s).max(initial=0.0) < _ENOUGH_S:
            break
    height = _height_over_plane(revolutions, row, picked, time_s)
    shift_s = _shift_to_culmination(revolutions, row, picked, time_s, height)
    keep = np.abs(height) <= np.sin(np.minimum(reach[row, i_station], np.pi / 2))
    beyond_s = REACH_TURNS * revolutions.period_s[row]
    keep &= (time_s > revolutions.start_s - beyond_s) & (time_s < end_s + beyond_s)
    row, i_station, time_s, shift_s = row[keep], i_station[keep], time_s[keep], shift_s[keep]
    is_new = np.ones(row.size, dtype=np.bool_)  # two tiles may lead to one culmination
    is_same_pair = (row[1:] == row[:-1]) & (i_station[1:] == i_station[:-1])
    is_new[1:] = ~is_same_pair | (np.diff(time_s) > 0.4 * revolutions.period_s[row[1:]])
    row, i_station, time_s, shift_s = row[is_new], i_station[is_new], time_s[is_new], shift_s[is_new]
    doubt_s = LEAST_DOUBT_S + 2.5 * (revolutions.eccentricity / revolutions.phase_rate_rad_s)[row]
    doubt_s += SHIFT_DOUBT * np.abs(shift_s)
    return Candidates(row=row, i_station=i_station, time_s=time_s + shift_s, doubt_s=doubt_s)


def station_pace(revolutions: Revolutions, reach: Floats) -> Floats:
    """Return a bound on the pace of stations' arguments of latitude over that of the satellite, (n_rows,)."""
    steepest = np.cos(np.minimum(reach.max(axis=1), _STEEPEST_RAD))
    return np.asarray(EARTH_RATE_RAD_S / revolutions.phase_rate_rad_s / steepest, dtype=np.float64)


def _tile_times(
    revolutions: Revolutions, grid: Indices, stations: StationDirections, end_s: float, pace: Floats
) -> Floats:
    """Return times (n_rows, n_stations, n_tiles), a little closer than a turn, so that no culmination falls between."""
    tile_s = revolutions.period_s[grid] * (1.0 - np.minimum(1.3 * pace, 0.6))
    first_s = revolutions.start_s - (REACH_TURNS + 0.1) * revolutions.period_s[grid]
    span_s = end_s + (REACH_TURNS + 0.1) * revolutions.period_s[grid] - first_s
    n_tiles = int(np.ceil((span_s / tile_s).max())) + 1
    shape = (grid.size, stations.radius_m.size, n_tiles)
    return np.asarray(np.broadcast_to(first_s + tile_s * np.arange(n_tiles), shape), dtype=np.float64)


def _offset_from_node(revolutions: Revolutions, row: Indices, stations: StationDirections, t_s: Floats) -> Floats:
    """Return how far east of the node stations stand."""
    turned_rad = EARTH_RATE_RAD_S * (t_s - revolutions.start_s)
    return np.asarray(stations.right_ascension_rad + turned_rad - revolutions.raan_at(row, t_s), dtype=np.float64)


def _time_to_culmination(revolutions: Revolutions, row: Indices, stations: StationDirections, t_s: Floats) -> Floats:
    """Return the time the satellite needs to the station's present argument of latitude, within half a turn."""
    xi = _offset_from_node(revolutions, row, stations, t_s)
    across = stations.cos_latitude * np.sin(xi) * revolutions.cos_inclination[row]
    across += stations.sin_latitude * revolutions.sin_inclination[row]
    argument = np.arctan2(across, stations.cos_latitude * np.cos(xi))
    ahead = wrapped(argument - revolutions.phase_at(row, t_s))
    return np.asarray(ahead / revolutions.phase_rate_rad_s[row], dtype=np.float64)


def _height_over_plane(revolutions: Revolutions, row: Indices, stations: StationDirections, t_s: Floats) -> Floats:
    """Return the sine of the stations' angle over the orbital plane."""
    xi = _offset_from_node(revolutions, row, stations, t_s)
    across = stations.cos_latitude * np.sin(xi) * revolutions.sin_inclination[row]
    return np.asarray(stations.sin_latitude * revolutions.cos_inclination[row] - across, dtype=np.float64)


def _shift_to_culmination(
    revolutions: Revolutions, row: Indices, stations: StationDirections, t_s: Floats, height: Floats
) -> Floats:
    """Return the time from abreast to culmination, for a station that moves towards the plane or away from it."""
    xi = _offset_from_node(revolutions, row, stations, t_s)
    climb = -stations.cos_latitude * np.cos(xi) * revolutions.sin_inclination[row] * EARTH_RATE_RAD_S
    return np.asarray(-height * climb / ((1.0 - height**2) * revolutions.phase_rate_rad_s[row] ** 2), dtype=np.float64)
