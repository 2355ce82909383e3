from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
from sgp4.api import Satrec
from sgp4.omm import initialize, parse_csv

from simulator.orbits.element_files import read_orbit_file
from simulator.orbits.orbit_record import OrbitRecord
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.timescale import parse_epoch
from tests.simulator.orbits.orbit_texts import LINE_1, LINE_2, NAME, NOTATIONS, as_json, as_kvn, omm, summed, tle

FIELDS_OF_SATREC = ("no_kozai", "ecco", "inclo", "nodeo", "argpo", "mo", "bstar", "ndot", "jdsatepoch", "jdsatepochF")


@pytest.fixture
def read(tmp_path):
    def read_text(text: str, name: str = "orbits.dat") -> tuple[OrbitRecord, ...]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return read_orbit_file(tmp_path / name)

    return read_text


def assert_same_orbit(ours: Satrec, theirs: Satrec) -> None:
    for field in FIELDS_OF_SATREC:
        # conversions of units in another order: a few units in the last place
        assert getattr(ours, field) == pytest.approx(getattr(theirs, field), rel=1e-14, abs=1e-18), field


def test_a_tle_is_what_sgp4_reads(read):
    (record,) = read(tle())
    assert record.name == "25544"
    assert record.international_designator == "98067A"
    assert_same_orbit(record.to_satrec(), Satrec.twoline2rv(summed(LINE_1), summed(LINE_2)))


@pytest.mark.parametrize("name_line", [NAME, f"0 {NAME}", f"{NAME}             "])
def test_a_name_line_gives_the_name(read, name_line):
    assert read(tle(name=name_line))[0].name == NAME


def test_tle_with_line_ends_of_windows_blank_lines_comments_and_a_byte_order_mark(read):
    text = "\ufeff# from somewhere\r\n\r\n" + tle(name=NAME).replace("\n", "\r\n") + "\r\n"
    assert read(text)[0].catalogue_number == 25544


@pytest.mark.parametrize(("spelling", "number"), [("A0000", 100_000), ("J0001", 180_001), ("Z9999", 339_999)])
def test_alpha5_numbers(read, spelling, number):
    lines = [line.replace("25544", spelling, 1) for line in (LINE_1, LINE_2)]
    (record,) = read(tle(*lines))
    assert record.catalogue_number == number
    assert record.to_satrec().satnum == number


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation_of_an_omm_gives_the_orbit_of_the_tle(read, notation):
    (record,) = read(NOTATIONS[notation](omm()))
    (of_tle,) = read(tle(name=NAME))
    assert record.name == NAME
    assert record.epoch_day_fraction == pytest.approx(of_tle.epoch_day_fraction, abs=1e-13)  # 10 ns
    same = {"epoch_day_fraction": 0.0}
    numbers, numbers_of_tle = (asdict(replace(r, **same)) for r in (record, of_tle))
    assert numbers == numbers_of_tle


def test_an_omm_is_what_sgp4_reads(read):
    text = NOTATIONS["csv"](omm())
    satellite = Satrec()
    initialize(satellite, next(iter(parse_csv(text.splitlines()))))
    ours = read(text)[0].to_satrec()
    epoch = parse_epoch("2026-03-16T00:00:00Z")
    r_ours, r_theirs = (s.sgp4(epoch.utc_day, epoch.utc_day_fraction)[1] for s in (ours, satellite))
    # sgp4 keeps an OMM's epoch as days since 1949 (4e-12 d, 3 mm of motion)
    assert np.abs(np.subtract(r_ours, r_theirs)).max() < 1e-5


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("number", [340_000, 799_500_123])
def test_numbers_that_sgp4_cannot_spell_stay_real(read, notation, number):
    records = read(NOTATIONS[notation](omm(), omm(NORAD_CAT_ID=str(number), OBJECT_NAME="NEW & BIG")))
    assert [record.catalogue_number for record in records] == [25544, number]
    assert records[1].name == "NEW & BIG"
    model = Sgp4Model(records, parse_epoch("2026-03-16T00:00:00Z"))
    first, second = model.all_at(0.0)
    assert np.array_equal(first, second)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_without_a_name_the_number_is_the_name(read, notation):
    assert read(NOTATIONS[notation](omm(without=("OBJECT_NAME",))))[0].name == "25544"


def test_one_json_object_with_numbers_is_a_file_too(read):
    text = as_json(omm()).strip()[1:-1].replace('"15.49815350"', "15.4981535").replace('"25544"', "25544")
    assert read(text)[0].catalogue_number == 25544


def test_epoch_by_day_of_year_and_with_z(read):
    (by_day,) = read(as_kvn(omm(EPOCH="2026-074T12:25:40.104192Z")))
    (by_month,) = read(as_kvn(omm()))
    assert by_day == by_month


def test_what_is_inside_counts_not_the_suffix(read):
    assert read(tle(), "orbits.json")[0].catalogue_number == 25544
    assert read(as_json(omm()), "orbits.tle")[0].catalogue_number == 25544


def test_ten_thousand_satellites_keep_their_order(read):
    lines = [(LINE_1.replace("25544", f"{n:05d}", 1), LINE_2.replace("25544", f"{n:05d}", 1)) for n in range(10_000)]
    records = read("".join(tle(*pair) for pair in lines))
    assert [record.catalogue_number for record in records] == list(range(10_000))
