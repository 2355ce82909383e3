from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import skyfield_data
from skyfield.api import load, load_file

from simulator.orbits.constellations import CONSTELLATIONS, raan_of_local_time_rad
from simulator.orbits.position_models import position_model
from simulator.timescale import parse_epoch

EPHEMERIS = Path(skyfield_data.__file__).parent / "data" / "de421.bsp"


def test_every_constellation_has_a_source_and_its_size():
    sizes = {name: constellation.shell.n_sats for name, constellation in CONSTELLATIONS.items()}
    assert sizes == {
        "starlink-shell-1": 1584,
        "oneweb": 720,
        "kuiper": 1156,
        "telesat": 351,
        "iridium": 66,
        "mhspo": 192,
        "dawn-dusk": 20,
    }
    assert all(constellation.source for constellation in CONSTELLATIONS.values())


@pytest.mark.parametrize("text", ["2026-03-20T00:00:00Z", "2026-06-21T12:00:00Z", "2026-12-01T06:00:00Z"])
def test_dawn_dusk_plane_faces_the_sun_at_any_epoch(text):
    epoch = parse_epoch(text)
    shell = CONSTELLATIONS["dawn-dusk"].shell_at(epoch)
    with closing(load_file(str(EPHEMERIS))) as planets:
        instant = load.timescale(builtin=True).tt_jd(epoch.utc_day, float(epoch.tt_fraction(0.0)))
        right_ascension, _, _ = planets["earth"].at(instant).observe(planets["sun"]).radec(epoch="date")
    expected_rad = right_ascension.radians + 0.5 * np.pi
    # aberration (1e-4 rad), light time and the equation of the equinoxes (8e-5 rad)
    assert np.cos(shell.raan_rad - expected_rad) > 1 - 0.5 * 3e-4**2


def test_sun_synchronous_node_follows_the_sun():
    epoch = parse_epoch("2026-03-20T00:00:00Z")
    model = position_model(CONSTELLATIONS["dawn-dusk"].shell_at(epoch), epoch)
    turn_deg_per_year = np.degrees(model.mean_orbits.raan_rate_rad_s[0]) * 365.2422 * 86_400.0
    assert turn_deg_per_year == pytest.approx(360.0, abs=1.0)  # 0.01 deg of inclination is 0.5 deg a year


def test_local_time_moves_the_node_fifteen_degrees_an_hour():
    epoch = parse_epoch("2026-03-20T00:00:00Z")
    step_rad = raan_of_local_time_rad(epoch, 19.0) - raan_of_local_time_rad(epoch, 18.0)
    assert np.mod(step_rad, 2 * np.pi) == pytest.approx(np.pi / 12, abs=1e-12)  # rounding
