"""Closest approaches against positions sampled every second, closed forms and a published ephemeris."""

from __future__ import annotations

import warnings
from itertools import pairwise

import numpy as np
import pytest

from simulator.constants import EARTH_GRAVITY_M3_S2
from simulator.orbits.model import Frame
from simulator.sunlight import sun_path
from simulator.tasks.observation import Approaches, Sensor, closest_approaches
from simulator.tasks.observation.approaches import off_nadir_angle_rad
from simulator.tasks.observation.daylight import TargetSun, daylight_moments

ORBIT_S = 5739.0
AMBIGUOUS_RAD = 1e-4
"""On an ellipse the angle changes where the range is least: by up to 3e-5 rad in the time by which samples are off."""


def _sensor(max_deg: float = 30.0, min_deg: float = 0.0, sun_deg: float | None = None) -> Sensor:
    return Sensor(
        max_off_nadir_rad=np.radians(max_deg),
        min_off_nadir_rad=np.radians(min_deg),
        min_sun_elevation_rad=None if sun_deg is None else np.radians(sun_deg),
        capture_s=10.0,
    )


def _sampled(fleet, i_sat: int, samples, place_m, up) -> tuple[np.ndarray, np.ndarray]:
    """Return times and off-nadir angles of all least ranges of one pair, above the horizon, from samples at 1 Hz.

    The angle follows from the law of cosines in the triangle of Earth's centre, satellite and target.
    """
    t_s, position_m = samples
    square = ((position_m - place_m) ** 2).sum(axis=1)
    k = np.flatnonzero((square[1:-1] < square[:-2]) & (square[1:-1] <= square[2:])) + 1
    before, at, after = square[k - 1], square[k], square[k + 1]
    top_s = t_s[k] + 0.5 * (before - after) / (before - 2.0 * at + after)
    at_m = fleet.at(np.full(k.size, i_sat), top_s, Frame.EARTH_FIXED)
    r, rho, ground = np.linalg.norm(at_m, axis=1), np.linalg.norm(at_m - place_m, axis=1), np.linalg.norm(place_m)
    angle = np.arccos((r**2 + rho**2 - ground**2) / (2.0 * r * rho))
    is_seen = ((at_m - place_m) @ up >= 0.0) & (top_s >= 0.0) & (top_s < t_s[-1] - 2.0)
    return top_s[is_seen], angle[is_seen]


@pytest.mark.parametrize("limits_deg", [(0.0, 30.0), (20.0, 45.0), (0.0, 80.0)])
@pytest.mark.parametrize("which", ["shell", "mixed"])
def test_against_samples_every_second(shell, mixed_fleet, places, which, limits_deg) -> None:
    fleet, n_orbits = (shell(), 3) if which == "shell" else (mixed_fleet, 5)
    latitude, longitude = np.meshgrid([-52.0, -20.0, 4.0, 35.0, 80.0], [-150.0, -60.0, 10.0])
    geometry = places(latitude.ravel(), longitude.ravel()).geometry()
    low, high = np.radians(limits_deg)
    t_s = np.arange(-2.0, n_orbits * ORBIT_S + 3.0)
    found = closest_approaches(fleet, geometry, _sensor(limits_deg[1], limits_deg[0]), 0.0, t_s[-1] - 2.0)
    n_true = 0
    for i_sat in range(fleet.n_sats):
        samples = (t_s, fleet.at(np.full(t_s.size, i_sat), t_s, Frame.EARTH_FIXED))
        # a parabola through samples of the squared range errs by less than 1 ms. SGP4's velocities differ from the
        # derivatives of its positions by up to 0.07 m/s, 1 m/s on the ellipse: 10 ms in low orbits, more for slow ones
        is_low = fleet.mean_orbits.argument_of_latitude_rate_rad_s[i_sat] > 1e-3
        within_s = 1e-3 if which == "shell" else (1e-2 if is_low else 0.5)
        for i_target in range(geometry.n_stations):
            time_s, angle = _sampled(fleet, i_sat, samples, geometry.position_m[i_target], geometry.up[i_target])
            mine = (found.i_sat == i_sat) & (found.i_target == i_target)
            must = (angle > low + AMBIGUOUS_RAD) & (angle < high - AMBIGUOUS_RAD)
            may = (angle > low - AMBIGUOUS_RAD) & (angle < high + AMBIGUOUS_RAD)
            assert must.sum() <= mine.sum() <= may.sum(), (i_sat, i_target)
            n_true += int(must.sum())
            if mine.any():
                nearest = np.abs(found.time_s[mine][:, None] - time_s[may]).argmin(axis=1)
                assert np.unique(nearest).size == nearest.size
                assert np.abs(found.time_s[mine] - time_s[may][nearest]).max() < within_s
                assert np.abs(found.off_nadir_rad[mine] - angle[may][nearest]).max() < AMBIGUOUS_RAD
    assert n_true > 10


def test_adjoining_spans_share_and_lose_nothing(shell, places) -> None:
    fleet, geometry = shell(), places(np.linspace(-50.0, 50.0, 120), np.linspace(-170.0, 170.0, 120)).geometry()
    edges_s = [0.0, 1000.0, 1000.1, 4321.0, 9000.0]
    whole = closest_approaches(fleet, geometry, _sensor(), 0.0, edges_s[-1])
    parts = [closest_approaches(fleet, geometry, _sensor(), *span) for span in pairwise(edges_s)]
    order = np.lexsort(
        (np.concatenate([part.time_s for part in parts]), np.concatenate([part.i_sat for part in parts]))
    )
    assert whole.time_s.size > 50
    for field in ("i_sat", "i_target"):
        joined = np.concatenate([getattr(part, field) for part in parts])[order]
        np.testing.assert_array_equal(joined, getattr(whole, field))
    joined_s = np.concatenate([part.time_s for part in parts])[order]
    np.testing.assert_allclose(joined_s, whole.time_s, rtol=0.0, atol=2e-5)  # the accuracy that each promises


@pytest.mark.parametrize("latitude_deg", [0.0, 30.0, 45.0])
def test_captures_of_a_target_per_day_against_coverage_in_closed_form(shell, places, latitude_deg) -> None:
    """A track crosses a parallel twice a turn, anywhere alike; a target is seen within the reach to either side.

    With the track at angle b to the meridian the reach w takes up 2 w / (cos(latitude) cos(b)) of the parallel. Seen
    from the turning Earth tan(b) = (n cos(i) - omega cos(latitude)^2) / (n sqrt(cos(latitude)^2 - cos(i)^2)).
    """
    fleet = shell(6, 11)
    targets = places(latitude_deg, np.linspace(-180.0, 175.0, 72))
    geometry, day_s = targets.geometry(), 86_400.0
    found = closest_approaches(fleet, geometry, _sensor(15.0), 0.0, day_s)
    radius_m, ground_m = 6_378_137.0 + 550e3, float(np.linalg.norm(geometry.position_m[0]))
    off_nadir = np.radians(15.0)
    reach = np.arcsin(radius_m / ground_m * np.sin(off_nadir)) - off_nadir
    rate = float(fleet.mean_orbits.argument_of_latitude_rate_rad_s[0])
    assert rate == pytest.approx(np.sqrt(EARTH_GRAVITY_M3_S2 / radius_m**3), rel=2e-3)
    turn = 7.292115855e-5 - float(fleet.mean_orbits.raan_rate_rad_s[0])
    cos_latitude, cos_i = np.cos(np.radians(latitude_deg)), np.cos(np.radians(53.0))
    east = cos_i - turn / rate * cos_latitude**2
    north = np.sqrt(cos_latitude**2 - cos_i**2)
    cos_b = north / np.hypot(east, north)
    per_turn = 2.0 * 2.0 * reach / (2.0 * np.pi * cos_latitude * cos_b)
    expected = fleet.n_sats * day_s * rate / (2.0 * np.pi) * per_turn
    # 66 x 15 tracks over 72 targets are even to about one in fifty; second order of the reach adds reach^2 < 0.1 %
    assert found.time_s.size / targets.n_targets == pytest.approx(expected, rel=0.02)


def test_the_sun_over_targets_is_skyfields(places) -> None:
    skyfield_data = pytest.importorskip("skyfield_data")
    from skyfield.api import wgs84
    from skyfield.iokit import Loader

    from tests.simulator.tasks.observation.conftest import EPOCH

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # skyfield-data warns that its Earth orientation file is old
        loader = Loader(skyfield_data.get_skyfield_data_path())
    ephemeris, scale = loader("de421.bsp"), loader.timescale(builtin=True)
    targets = places([0.0, 51.5, -33.9, 78.2], [0.0, -0.1, 151.2, 15.4])
    t_s = np.linspace(0.0, 86_400.0, 49)
    sun = TargetSun(targets.geometry(), EPOCH, sun_path(EPOCH, 0.0, 86_400.0))
    instants = scale.tt_jd(EPOCH.utc_day + EPOCH.tt_fraction(t_s))
    for i_target in range(targets.n_targets):
        place = wgs84.latlon(
            float(np.degrees(targets.latitude_rad[i_target])), float(np.degrees(targets.longitude_rad[i_target]))
        )
        truth = (ephemeris["earth"] + place).at(instants).observe(ephemeris["sun"]).apparent().altaz()[0].degrees
        ours = np.degrees(sun.elevation_rad(np.full(t_s.size, i_target), t_s))
        # Skyfield's Sun is the apparent one: light time and aberration move it by 0.0057 deg
        assert np.abs(ours - truth).max() < 0.0065
    ephemeris.close()


def _all_within(fleet, geometry, i_sat: int, i_target: int, top_s: float, limit_rad: float) -> np.ndarray:
    """Return times of a pass, a tenth of a second apart, at which a target is inside the limit."""
    t_s = top_s + np.arange(-120.0, 120.0, 0.1)
    shape = np.ones(t_s.size, dtype=np.intp)
    return t_s[off_nadir_angle_rad(fleet, geometry, i_sat * shape, i_target * shape, t_s) <= limit_rad]


def test_the_moment_of_daylight_nearest_to_the_closest_approach(shell, places) -> None:
    fleet = shell(6, 11)
    latitude, longitude = np.meshgrid(np.linspace(-50.0, 50.0, 8), np.linspace(-180.0, 160.0, 18))
    geometry, sensor = places(latitude.ravel(), longitude.ravel()).geometry(), _sensor(45.0, 0.0, 10.0)
    approaches = closest_approaches(fleet, geometry, sensor, 0.0, 3.0 * ORBIT_S)
    sun = TargetSun(geometry, fleet.epoch, sun_path(fleet.epoch, 0.0, 3.0 * ORBIT_S))
    moment_s = daylight_moments(fleet, geometry, sensor, approaches, sun)
    top = np.degrees(sun.elevation_rad(approaches.i_target, approaches.time_s))
    np.testing.assert_array_equal(moment_s[top >= 10.0], approaches.time_s[top >= 10.0])
    assert np.isnan(moment_s[top < 9.0]).all()  # the Sun climbs by at most 0.25 deg a minute, and a pass is shorter
    close = np.flatnonzero((top >= 9.0) & (top < 10.0))
    n_moved = 0
    for i in close.tolist():
        i_sat, i_target = int(approaches.i_sat[i]), int(approaches.i_target[i])
        t_s = _all_within(fleet, geometry, i_sat, i_target, float(approaches.time_s[i]), sensor.max_off_nadir_rad)
        lit_s = t_s[np.degrees(sun.elevation_rad(np.full(t_s.size, i_target), t_s)) >= 10.0]
        if lit_s.size == 0:
            # the pass may last up to a sample longer than it shows
            edge = np.isnan(moment_s[i]) or np.abs(moment_s[i] - t_s).min() < 0.1
            assert edge
            continue
        expected_s = lit_s[np.abs(lit_s - approaches.time_s[i]).argmin()]
        assert moment_s[i] == pytest.approx(expected_s, abs=0.1)
        reached = np.degrees(sun.elevation_rad(np.array([i_target]), moment_s[[i]]))
        assert reached[0] == pytest.approx(10.0, abs=1e-7)  # 1e-6 s of the Sun's climb is 4e-9 deg
        n_moved += 1
    assert n_moved >= 5


def test_nobody_is_approached_by_nobody(shell, places) -> None:
    geometry = places([85.0], [0.0]).geometry()
    none = closest_approaches(shell(), geometry, _sensor(), 0.0, 1000.0)
    assert isinstance(none, Approaches)
    assert none.time_s.size == 0
    with pytest.raises(ValueError, match="start_s = 5"):
        closest_approaches(shell(), geometry, _sensor(), 5.0, 5.0)
