from __future__ import annotations

import numpy as np
import pytest
from skyfield.api import load
from skyfield.framelib import itrs
from skyfield.sgp4lib import theta_GMST1982

from simulator.orbits.earth_rotation import (
    earth_rotation,
    teme_from_gcrs,
    turned_from_earth_fixed,
    turned_to_earth_fixed,
    ut1_minus_utc_s,
)
from simulator.orbits.model import Frame
from simulator.orbits.orbit_record import records_of_shell
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.skyfield_satellites import to_earth_satellite
from simulator.orbits.walker import WalkerShell
from simulator.timescale import parse_epoch

EPOCHS = ("2020-06-21T06:00:00Z", "2023-10-10T10:10:10Z", "2026-03-15T00:00:00Z")


def skyfield_times(epoch, t_s):
    return load.timescale(builtin=True).tt_jd(epoch.utc_day, epoch.tt_fraction(t_s))


@pytest.mark.parametrize("text", EPOCHS)
def test_sidereal_time_agrees_with_skyfield(text):
    epoch, t_s = parse_epoch(text), np.linspace(0.0, 14 * 86_400.0, 57)
    times = skyfield_times(epoch, t_s)
    theta_rad = np.array([theta_GMST1982(t.whole, t.ut1_fraction)[0] for t in times])
    error_rad = np.mod(earth_rotation(epoch).angle_rad(t_s) - theta_rad + np.pi, 2 * np.pi) - np.pi
    assert abs(error_rad[0]) < 1e-9  # the same formula; Julian dates in one double carry 4e-5 s * 7e-5 rad/s
    # held UT1 - UTC: at most 2 ms a day, 14 days, 7.3e-5 rad/s
    assert np.abs(error_rad).max() < 2e-3 * 14 * 7.3e-5


def test_ut1_agrees_with_skyfield():
    for text in EPOCHS:
        epoch = parse_epoch(text)
        # from the same table by another route; a double holds a Julian date to 4e-5 s
        assert ut1_minus_utc_s(epoch) == pytest.approx(float(skyfield_times(epoch, 0.0).dut1), abs=1e-4)


@pytest.mark.parametrize("text", EPOCHS)
def test_earth_fixed_positions_agree_with_skyfield(text):
    epoch, t_s = parse_epoch(text), np.linspace(0.0, 86_400.0, 97)
    shell = WalkerShell(n_planes=1, n_slots=1, altitude_m=550e3, inclination_rad=0.9)
    records = records_of_shell(shell, epoch)
    ours_m = Sgp4Model(records, epoch).block(t_s, Frame.EARTH_FIXED)[0]
    theirs_m = to_earth_satellite(records[0]).at(skyfield_times(epoch, t_s)).frame_xyz(itrs).m.T
    # held UT1 - UTC: 2 ms at 7 km * 7.3e-5 rad/s is 1 m; skyfield leaves polar motion out as we do
    assert np.linalg.norm(ours_m - theirs_m, axis=1).max() < 1.0


@pytest.mark.parametrize("text", EPOCHS)
def test_teme_from_gcrs_agrees_with_skyfield(text):
    epoch, t_s = parse_epoch(text), np.linspace(0.0, 86_400.0, 25)
    shell = WalkerShell(n_planes=1, n_slots=1, altitude_m=550e3, inclination_rad=0.9)
    records = records_of_shell(shell, epoch)
    teme_m = Sgp4Model(records, epoch).block(t_s)[0]
    gcrs_m = to_earth_satellite(records[0]).at(skyfield_times(epoch, t_s)).xyz.m.T
    turned_m = np.einsum("nij,nj->ni", teme_from_gcrs(epoch, t_s), gcrs_m)
    # IAU 2000A in both; skyfield's precession is that of 2006 too, terms differ below 1e-9 rad (7 mm); margin of ten
    assert np.linalg.norm(turned_m - teme_m, axis=1).max() < 0.1


def test_gcrs_positions_of_orekit(orekit, epoch):
    for satellite in orekit["sats"]:
        rows = np.array(satellite["pos_t_teme_gcrf_itrf_sun"])
        turned_km = np.einsum("nij,nj->ni", teme_from_gcrs(epoch, rows[:, 0]), rows[:, 4:7])
        # Orekit's TEME uses the nutation of 1980 with corrections left out: 0.03" is 1.1 m at 7000 km
        assert np.linalg.norm(turned_km - rows[:, 1:4], axis=1).max() < 2e-3


def test_itrf_positions_of_orekit_up_to_polar_motion(orekit, epoch):
    for satellite in orekit["sats"]:
        rows = np.array(satellite["pos_t_teme_gcrf_itrf_sun"])
        ours_km = turned_to_earth_fixed(rows[:, 1:4], earth_rotation(epoch).angle_rad(rows[:, 0]))
        # polar motion, left out here, is 0.4" = 14 m at most
        assert np.linalg.norm(ours_km - rows[:, 7:10], axis=1).max() < 15e-3


def test_turning_there_and_back_is_identity():
    vectors, angle_rad = np.random.default_rng(2).normal(size=(50, 3)), np.linspace(-9.0, 9.0, 50)
    back = turned_from_earth_fixed(turned_to_earth_fixed(vectors, angle_rad), angle_rad)
    assert np.abs(back - vectors).max() < 1e-14  # rounding
