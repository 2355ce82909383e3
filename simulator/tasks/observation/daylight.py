"""Where the Sun stands over targets, and which moment of a pass a camera takes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.contacts.stations import StationGeometry
from simulator.orbits.earth_rotation import earth_rotation, turned_to_earth_fixed
from simulator.orbits.model import Floats, Indices, PositionModel
from simulator.roots import bracketed_roots
from simulator.sunlight.sun import SunPath
from simulator.tasks.observation.approaches import Approaches, off_nadir_angle_rad
from simulator.tasks.observation.sensor import Sensor
from simulator.timescale import Epoch

_CLIMB_RAD_S: Final = 2.0 * np.pi / 86_164.0
"""The Sun's elevation changes by no more than the sky turns."""


class TargetSun:
    """The Sun over targets: geometric elevations, without refraction (0.5 deg at the horizon, 0.1 deg at 10 deg)."""

    def __init__(self, targets: StationGeometry, epoch: Epoch, sun: SunPath) -> None:
        self._targets = targets
        self._rotation = earth_rotation(epoch)
        self._sun = sun

    def sin_elevation(self, i_target: Indices, t_s: Floats) -> Floats:
        """Return the sine of the Sun's elevation over targets at times, (n,), (n,) -> (n,)."""
        sun_m = turned_to_earth_fixed(self._sun.position_m(t_s), self._rotation.angle_rad(t_s))
        line_m = sun_m - self._targets.position_m[i_target]
        height_m = np.einsum("nx,nx->n", line_m, self._targets.up[i_target])
        return np.asarray(height_m / np.linalg.norm(line_m, axis=1), dtype=np.float64)

    def elevation_rad(self, i_target: Indices, t_s: Floats) -> Floats:
        """Return the Sun's elevation over targets at times, (n,), (n,) -> (n,)."""
        return np.asarray(np.arcsin(self.sin_elevation(i_target, t_s)), dtype=np.float64)

    def may_reach(
        self, least_rad: float, within_s: Floats | float, i_target: Indices, t_s: Floats
    ) -> NDArray[np.bool_]:
        """Say over which targets the Sun could stand so high within a time before or after: (n,), (n,) -> (n,)."""
        lowest_rad = np.maximum(least_rad - _CLIMB_RAD_S * np.asarray(within_s), -0.5 * np.pi)
        return np.asarray(self.sin_elevation(i_target, t_s) >= np.sin(lowest_rad), dtype=np.bool_)


def daylight_moments(
    positions: PositionModel, targets: StationGeometry, sensor: Sensor, approaches: Approaches, sun: TargetSun
) -> Floats:
    """Return when a camera takes each approach, nan where the Sun never stands high enough: (n,).

    It is the moment of the pass nearest to the closest approach at which the Sun has the elevation that the sensor
    asks for: mostly the closest approach itself; where the Sun rises or sets over the target during the pass, the
    moment at which it stands exactly so high. A pass lasts while the target is inside the largest off-nadir angle, and
    a quarter of a turn to either side at most.
    """
    assert sensor.min_sun_elevation_rad is not None, "a radar needs no Sun"
    least = float(np.sin(sensor.min_sun_elevation_rad))
    moment_s = approaches.time_s.copy()
    is_dark = sun.sin_elevation(approaches.i_target, moment_s) < least
    moment_s[is_dark] = np.nan
    rate_rad_s = positions.mean_orbits.argument_of_latitude_rate_rad_s[approaches.i_sat]
    quarter_s = 0.5 * np.pi / rate_rad_s
    may_be_lit = sun.may_reach(sensor.min_sun_elevation_rad, quarter_s, approaches.i_target, approaches.time_s)
    near = np.flatnonzero(is_dark & may_be_lit)
    if near.size:
        moment_s[near] = _edges_of_day(positions, targets, sensor, approaches, sun, near, quarter_s[near])
    return moment_s


def _edges_of_day(
    positions: PositionModel,
    targets: StationGeometry,
    sensor: Sensor,
    approaches: Approaches,
    sun: TargetSun,
    near: Indices,
    quarter_s: Floats,
) -> Floats:
    """Return when day begins or ends over the target within the pass, nan where it does not."""
    i_sat, i_target, top_s = approaches.i_sat[near], approaches.i_target[near], approaches.time_s[near]
    least = float(np.sin(sensor.min_sun_elevation_rad or 0.0))

    def inside(which: Indices, t_s: Floats) -> Floats:
        return sensor.max_off_nadir_rad - off_nadir_angle_rad(positions, targets, i_sat[which], i_target[which], t_s)

    moment_s = np.full(near.size, np.nan)
    for side in (1.0, -1.0):
        outside_s = top_s + side * quarter_s
        guess_s = top_s + side * 0.02 * quarter_s
        slope = np.full(near.size, -side * sensor.max_off_nadir_rad) / (0.04 * quarter_s)
        edge_s = bracketed_roots(inside, top_s, outside_s, guess_s, slope)
        is_lit = np.isfinite(edge_s) & (sun.sin_elevation(i_target, edge_s) >= least) & np.isnan(moment_s)
        lit = np.flatnonzero(is_lit)

        def height(which: Indices, t_s: Floats, lit: Indices = lit) -> Floats:
            return sun.sin_elevation(i_target[lit[which]], t_s) - least

        dark = height(np.arange(lit.size), top_s[lit])
        light = height(np.arange(lit.size), edge_s[lit])
        climb = (light - dark) / (edge_s[lit] - top_s[lit])
        moment_s[lit] = bracketed_roots(height, edge_s[lit], top_s[lit], top_s[lit] - dark / climb, climb)
    return moment_s
