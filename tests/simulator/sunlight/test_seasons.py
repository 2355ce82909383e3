"""Days of sunlight against the closed forms of circular orbits and a low-precision Sun."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.orbits.shell_series import ShellSeriesModel
from simulator.orbits.walker import WalkerShell
from simulator.sunlight.illumination import solve_illumination, sunlit_windows
from simulator.sunlight.seasons import DAY_S, solve_daily_sunlight
from simulator.sunlight.shadow import ShadowModel
from simulator.timescale import parse_epoch

EARTH_M = 6_378_137.0
ALTITUDE_M = 550e3
EPOCH = "2026-01-01T00:00:00Z"
POINT_SUN = ShadowModel(body="sphere", radius_m=EARTH_M, sun="point")


@pytest.fixture(scope="module")
def shell():
    elements = WalkerShell(n_planes=4, n_slots=1, altitude_m=ALTITUDE_M, inclination_rad=np.radians(53.0), phasing=0.0)
    return ShellSeriesModel(elements, parse_epoch(EPOCH))


@pytest.fixture(scope="module")
def year(shell):
    return solve_daily_sunlight(shell, 0.0, 365, POINT_SUN)


def almanac_sun(day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Right ascension and declination of the Astronomical Almanac's low-precision Sun (0.01 deg), n days after 2000."""
    mean_rad, anomaly_rad = np.radians(280.460 + 0.9856474 * day), np.radians(357.528 + 0.9856003 * day)
    ecliptic_rad = mean_rad + np.radians(1.915) * np.sin(anomaly_rad) + np.radians(0.020) * np.sin(2 * anomaly_rad)
    tilt_rad = np.radians(23.439 - 4e-7 * day)
    ascension = np.arctan2(np.cos(tilt_rad) * np.sin(ecliptic_rad), np.cos(ecliptic_rad))
    return ascension, np.arcsin(np.sin(tilt_rad) * np.sin(ecliptic_rad))


def closed_form_beta_rad(shell) -> np.ndarray:
    """Angle of a circular orbit whose node moves evenly: sin(beta) = normal . Sun, in the middle of each day."""
    orbits, middle_s = shell.mean_orbits, DAY_S * (np.arange(365) + 0.5)
    ascension, declination = almanac_sun(9496.5 + middle_s / DAY_S)  # 2026 January 1.0 is JD 2461041.5
    node = orbits.raan_rad[:, None] + orbits.raan_rate_rad_s[:, None] * middle_s
    inclination = orbits.inclination_rad[:, None]
    sine = np.sin(inclination) * np.cos(declination) * np.sin(node - ascension)
    return np.arcsin(sine + np.cos(inclination) * np.sin(declination))


def eclipse_fraction(beta_rad: np.ndarray) -> np.ndarray:
    """Share of a circular orbit in a cylinder of shadow."""
    ratio = np.sqrt(ALTITUDE_M**2 + 2 * EARTH_M * ALTITUDE_M) / ((EARTH_M + ALTITUDE_M) * np.cos(beta_rad))
    return np.arccos(np.minimum(ratio, 1.0)) / np.pi


def test_beta_is_that_of_the_closed_form(shell, year):
    # 0.01 deg of the Sun; short periods of J2 tilt the orbit's plane by 4e-4 rad = 0.025 deg twice an orbit
    assert np.degrees(np.abs(year.beta_rad - closed_form_beta_rad(shell)).max()) < 0.05


def test_eclipses_are_those_of_the_closed_form(shell, year):
    beta_rad = closed_form_beta_rad(shell)
    period_s = 2.0 * np.pi / shell.mean_orbits.argument_of_latitude_rate_rad_s[0]
    # beta moves by up to 2.6 deg in half a day, so only days between two with nearly the same fraction are compared
    fraction = eclipse_fraction(beta_rad)
    around = np.stack([fraction[:, :-2], fraction[:, 1:-1], fraction[:, 2:]])
    is_steady = np.ptp(around, axis=0) < 0.004
    assert is_steady.sum() > 400
    lit = year.sunlit_share[:, 1:-1][is_steady]
    # half the change from day to day, short periods, and the last revolution that a day cuts
    assert np.abs(lit - (1.0 - fraction[:, 1:-1][is_steady])).max() < 0.006
    longest_s = year.longest_eclipse_s[:, 1:-1][is_steady]
    assert np.abs(longest_s / period_s - fraction[:, 1:-1][is_steady]).max() < 0.005
    # the textbook's longest eclipse at 550 km: 35.61 min at beta = 0
    assert year.longest_eclipse_s.max() / 60.0 == pytest.approx(35.61, abs=0.06)


def test_days_without_eclipse_are_those_beyond_the_critical_angle(shell, year):
    beta_deg = np.degrees(np.abs(closed_form_beta_rad(shell)))
    critical_deg = np.degrees(np.arcsin(EARTH_M / (EARTH_M + ALTITUDE_M)))  # 67.02 deg
    is_free = year.longest_eclipse_s == 0.0
    assert np.all(beta_deg[is_free] > critical_deg)
    # 2.6 deg in half a day, and another 0.4 deg for the orbit's own J2 and the oblate node
    assert np.all(beta_deg[~is_free] < critical_deg + 3.0)
    assert np.all(year.sunlit_share[is_free] == 1.0)
    # the season: a shell of 53 deg is only fully lit where |declination| > 14.0 deg, to 0.4 deg or a day
    day = np.arange(365)
    _, declination = almanac_sun(9497.0 + day)
    assert np.degrees(np.abs(declination))[is_free.any(axis=0)].min() > 14.0 - 0.4


def test_days_are_cut_from_passages_solved_whole(shell):
    model = ShadowModel()
    days = solve_daily_sunlight(shell, 5_000.0, 12, model)
    chosen = [0, 9, 10, 11]  # on both sides of the border between two solved spans
    for day in chosen:
        start_s = 5_000.0 + day * DAY_S
        windows = sunlit_windows(solve_illumination(shell, start_s, start_s + DAY_S, model))
        length_s = np.add.reduceat(windows.end_s - windows.start_s, windows.offsets[:-1])
        # edges are good to 1e-6 s; there are thirty of them
        assert days.sunlit_share[:, day] * DAY_S == pytest.approx(length_s, abs=1e-3)
    is_dark = days.longest_eclipse_s > 0.0
    assert is_dark.any()
    assert np.all((days.longest_umbra_s < days.longest_eclipse_s) == is_dark)


def test_a_satellite_without_a_position_is_nan(kepler_fleet):
    fleet = kepler_fleet([7e6, 7e6], 53.0, [np.nan, 0.0])
    days = solve_daily_sunlight(fleet, 0.0, 2)
    assert np.isnan(days.sunlit_share[0]).all()
    assert np.isfinite(days.sunlit_share[1]).all()


def test_no_day_is_refused(shell):
    with pytest.raises(ValueError, match="n_days = 0"):
        solve_daily_sunlight(shell, 0.0, 0)
