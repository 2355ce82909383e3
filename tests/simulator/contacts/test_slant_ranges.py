"""Slant ranges read from polynomials equal those of the position model."""

import numpy as np
import pytest

from simulator.contacts.passes import solve_passes
from simulator.contacts.slant_ranges import SlantRanges
from simulator.contacts.stations import GroundStation, station_geometry
from simulator.orbits.model import Frame
from simulator.orbits.position_models import position_model
from simulator.orbits.walker import WalkerShell
from simulator.timescale import parse_epoch

STATIONS = (
    GroundStation(name="Singapore", latitude_rad=0.024, longitude_rad=1.812),
    GroundStation(name="Punta Arenas", latitude_rad=-0.9285, longitude_rad=-1.2374),
)


@pytest.fixture(scope="module")
def shell():
    walker = WalkerShell(
        n_planes=3,
        n_slots=4,
        phasing=1,
        altitude_m=550e3,
        inclination_rad=0.925,
        raan_spread_rad=2.0 * np.pi,
        raan_rad=0.1,
    )
    return position_model(walker, parse_epoch("2026-06-21T00:00:00Z"))


@pytest.fixture(scope="module")
def passes(shell):
    found = solve_passes(shell, STATIONS, 0.0, 86_400.0, np.radians(5.0))
    whole = np.isfinite(found.rise_s) & np.isfinite(found.set_s)
    return [column[whole] for column in (found.i_sat, found.i_station, found.rise_s, found.set_s)]


def direct_m(shell, i_sat, i_station, t_s):
    at_m = shell.at(i_sat, t_s, Frame.EARTH_FIXED)
    return np.linalg.norm(at_m - station_geometry(STATIONS).position_m[i_station], axis=1)


def test_range_equals_the_distance_of_positions(shell, passes):
    i_sat, i_station, rise_s, set_s = passes
    assert i_sat.size > 50
    ranges = SlantRanges(shell, STATIONS)
    ranges.add(i_sat, i_station, rise_s, set_s)
    for share in (0.0, 0.13, 0.5, 0.77, 1.0):
        t_s = np.clip(rise_s + share * (set_s - rise_s), rise_s, set_s)
        expected_m = direct_m(shell, i_sat, i_station, t_s)
        read_m = [ranges.range_m(*of) for of in zip(i_sat.tolist(), i_station.tolist(), t_s.tolist(), strict=True)]
        # a pass of at most 10 minutes is 0.33 rad to either side: 2 R rho 0.33^8 / (8! 2^7) over twice the range is
        # is 2 mm at a range of 600 km; 1 cm, 33 ps of light, leaves room for the turning station
        np.testing.assert_allclose(read_m, expected_m, rtol=0.0, atol=1e-2)


def test_unknown_and_forgotten_times_are_computed(shell, passes):
    i_sat, i_station, rise_s, set_s = passes
    ranges = SlantRanges(shell, STATIONS)
    ranges.add(i_sat, i_station, rise_s, set_s)
    ranges.forget_before(86_400.0)
    expected_m = direct_m(shell, i_sat[:1], i_station[:1], rise_s[:1])[0]
    # one position at a time may round differently from many: nanometres
    assert ranges.range_m(int(i_sat[0]), int(i_station[0]), float(rise_s[0])) == pytest.approx(expected_m, abs=1e-6)
