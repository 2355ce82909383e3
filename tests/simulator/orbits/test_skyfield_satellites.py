from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skyfield.api import EarthSatellite, load

from simulator.orbits.element_files import records_of_text
from simulator.orbits.orbit_file_error import ProblemList
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.skyfield_satellites import from_earth_satellite, to_earth_satellite
from simulator.timescale import parse_epoch
from tests.simulator.orbits.orbit_texts import LINE_1, LINE_2, NAME, as_kvn, omm, summed, tle

EPOCH = parse_epoch("2026-03-16T00:00:00Z")


def record_of(text: str):
    (record,) = records_of_text(text, ProblemList(path=Path("test")))
    return record


def test_what_skyfield_gives_is_what_the_file_gives():
    satellite = EarthSatellite(summed(LINE_1), summed(LINE_2), NAME, load.timescale(builtin=True))
    taken, read = from_earth_satellite(satellite), record_of(tle(name=NAME))
    assert (taken.name, taken.catalogue_number) == (read.name, read.catalogue_number)
    ours, theirs = (Sgp4Model([record], EPOCH).all_at(0.0) for record in (taken, read))
    assert np.abs(ours - theirs).max() < 1e-6  # units converted in another order: 1e-15 of 7e6 m and some revolutions


def test_without_a_name_skyfield_satellites_are_called_by_number():
    satellite = EarthSatellite(summed(LINE_1), summed(LINE_2), None, load.timescale(builtin=True))
    assert from_earth_satellite(satellite).name == "25544"


@pytest.mark.parametrize(("number", "number_in_sgp4"), [("25544", 25544), ("799500123", 0)])
def test_what_skyfield_gets_flies_alike_and_comes_back(number, number_in_sgp4):
    record = record_of(as_kvn(omm(NORAD_CAT_ID=number)))
    satellite = to_earth_satellite(record)
    assert satellite.name == NAME
    assert satellite.model.satnum == number_in_sgp4
    back = from_earth_satellite(satellite)
    assert back.mean_motion_rad_s == pytest.approx(record.mean_motion_rad_s, rel=1e-15)
    ours, theirs = (Sgp4Model([r], EPOCH).all_at(3_600.0) for r in (record, back))
    assert np.abs(ours - theirs).max() < 1e-6  # as above
