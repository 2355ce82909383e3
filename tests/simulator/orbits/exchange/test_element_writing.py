"""TLE and OMM: written and read again, by us and by the package sgp4."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sgp4.api import Satrec
from sgp4.omm import initialize, parse_csv, parse_xml

from simulator.orbits.constellations import CONSTELLATIONS
from simulator.orbits.element_files import read_orbit_file
from simulator.orbits.exchange.elements import difference, elements_of
from simulator.orbits.exchange.oem_writing import oem_lines
from simulator.orbits.exchange.omm_writing import OMM_NOTATIONS, omm_lines
from simulator.orbits.exchange.tle_writing import catalogue_text, tle_lines
from simulator.orbits.exchange.tracks import Tracks
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.tle import checksum
from tests.simulator.orbits.exchange.fleets import EPOCH, low_orbits, read_again, record, shell
from tests.simulator.orbits.orbit_texts import LINE_1, LINE_2, NAME, tle

DAY_S = 86_400.0


def again(lines, path: Path):
    path.write_text("\n".join(lines) + "\n")
    return read_orbit_file(path)


def test_a_tle_comes_back_letter_by_letter(tmp_path):
    """Up to what is not kept: element set number and revolutions."""
    (tmp_path / "a.tle").write_text(tle(name=NAME))
    name, line_1, line_2 = tle_lines(read_orbit_file(tmp_path / "a.tle"))
    assert name == NAME
    assert line_1[:64] == LINE_1[:64]
    assert line_2[:63] == LINE_2[:63]
    assert [int(line[-1]) for line in (line_1, line_2)] == [checksum(line_1), checksum(line_2)]
    ours, theirs = Satrec.twoline2rv(line_1, line_2), Satrec.twoline2rv(LINE_1, LINE_2)
    assert ours.sgp4(EPOCH.utc_day, 0.25) == theirs.sgp4(EPOCH.utc_day, 0.25)


@pytest.mark.parametrize("notation", OMM_NOTATIONS)
def test_an_omm_comes_back_number_by_number(tmp_path, notation):
    records = (replace(record("A & <B>", international_designator="98067A"), epoch_day_fraction=0.25), record("C", 2))
    found = again(omm_lines(records, notation), tmp_path / "a.txt")
    for ours, theirs in zip(found, records, strict=True):
        assert ours.name == theirs.name
        assert ours.catalogue_number == theirs.catalogue_number
        assert ours.international_designator == theirs.international_designator
        numbers = ("mean_motion_rad_s", "eccentricity", "inclination_rad", "raan_rad", "mean_anomaly_rad")
        for field in (*numbers, "argument_of_perigee_rad", "bstar_per_earth_radius", "epoch_day_fraction"):
            # there and back between units: a few units in the last place
            assert getattr(ours, field) == pytest.approx(getattr(theirs, field), rel=1e-15, abs=1e-18), field


def test_the_package_sgp4_reads_our_omm(tmp_path):
    truth = low_orbits()
    for notation, parse in (("csv", parse_csv), ("xml", parse_xml)):
        path = tmp_path / f"a.{notation}"
        again(omm_lines(truth.records, notation), path)
        with path.open() as file:
            fields = list(parse(file))
        for row, i_sat in zip(fields, range(2), strict=True):
            satellite = Satrec()
            initialize(satellite, row)
            position_km = satellite.sgp4(EPOCH.utc_day, 0.5)[1]
            truth_m = truth.at(np.array([i_sat]), np.array([0.5 * DAY_S]))[0]
            # sgp4 keeps the epoch as days since 1949: 4e-12 d, 3 mm of motion
            assert np.linalg.norm(np.array(position_km) * 1e3 - truth_m) < 0.01


@pytest.mark.parametrize("name", CONSTELLATIONS)
def test_walker_shells_as_elements_are_where_the_model_has_them(tmp_path, name):
    """The numbers that docs/exchange.md tells."""
    model = shell(name)
    satellites = tuple(range(0, model.n_sats, max(1, model.n_sats // 20)))
    records = elements_of(model, satellites)
    of_omm = difference(model, satellites, again(omm_lines(records, "csv"), tmp_path / "a.csv"), 0.0, DAY_S)
    of_tle = difference(model, satellites, again(tle_lines(records), tmp_path / "a.tle"), 0.0, DAY_S)
    assert 0.001 < of_omm.rms_m <= of_omm.max_m < 0.03
    assert of_omm.max_m <= of_tle.max_m < 8.0  # half of 1e-4 deg is 6 m along the orbit, and as much across it
    spoilt = [replace(r, mean_anomaly_rad=r.mean_anomaly_rad + 1e-3) for r in records]
    assert difference(model, satellites, spoilt, 0.0, DAY_S).rms_m == pytest.approx(1e-3 * 7e6, rel=0.15)


def test_states_as_elements_tell_how_far_they_are(tmp_path):
    truth = low_orbits()
    tracks = Tracks(positions=truth, satellites=(0, 1), start_s=0.0, end_s=DAY_S, step_s=60.0)
    model = read_again(oem_lines(tracks, ["UNKNOWN"] * 2), tmp_path / "a.oem")
    records = elements_of(model, (1, 0))
    assert [r.name for r in records] == ["B, second", "A"]
    found = difference(model, (1, 0), records, 0.0, DAY_S)
    # drag, which is not fitted, bends a day's track by a parabola: 1.5 n B* rho... measured by the fit itself
    assert found.max_m == pytest.approx(max(fit.max_m for fit in model.fits), rel=0.1)
    assert 500.0 < found.max_m < 1100.0  # docs/exchange.md


def test_numbers_beyond_five_digits_are_alpha_5_or_refused():
    assert [catalogue_text(n) for n in (5, 99_999, 100_000, 180_001, 339_999)] == [
        "00005", "99999", "A0000", "J0001", "Z9999",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="339999 at most; write an OMM"):
        catalogue_text(340_000)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"eccentricity": 1.0 - 1e-9}, "eccentricity"),
        ({"mean_motion_dot_rad_s2": 1.0}, "derivative of the mean motion"),
        ({"bstar_per_earth_radius": 1e12}, "too large for a TLE"),
        ({"epoch_day": 2_500_000.5}, "a TLE has years from 1957 to 2056"),
    ],
)
def test_elements_without_a_place_in_the_columns_are_refused(changes, told):
    with pytest.raises(ValueError, match=told):
        list(tle_lines([replace(record(), **changes)]))


@pytest.mark.parametrize("value", [0.0, 1e-5, -0.12345e-3, 0.99999999, 12.3456, 1e-12, 9.999995e-4])
def test_drag_has_five_digits(tmp_path, value):
    (found,) = again(tle_lines([record(bstar_per_earth_radius=value)]), tmp_path / "a.tle")
    assert found.bstar_per_earth_radius == pytest.approx(value, rel=5e-5, abs=1e-10)


def test_names_that_look_like_lines_are_marked(tmp_path):
    names = ("2 legs", "0 gravity", "# one", "plain")
    records = [record(name, number) for number, name in enumerate(names, start=1)]
    assert tuple(found.name for found in again(tle_lines(records), tmp_path / "a.tle")) == names


def test_an_epoch_at_the_end_of_a_year_and_of_a_day_is_right(tmp_path):
    last = replace(record(), epoch_day=2_461_405.5, epoch_day_fraction=1.0 - 1e-12)  # 2026-12-31, all but 86 ns
    for lines in (tle_lines([last]), omm_lines([last], "kvn")):
        (found,) = again(lines, tmp_path / "a.txt")
        assert found.epoch_day - last.epoch_day + found.epoch_day_fraction == pytest.approx(1.0, abs=1e-11)


def test_along_the_orbit_a_tle_loses_half_a_digit_of_one_angle(tmp_path):
    """Not the digits of epoch, node, perigee and anomaly one on top of the other, up to 15 m."""
    rng = np.random.default_rng(5)
    records = [
        replace(
            record(f"S{number}", number, eccentricity=1e-3, raan_rad=raan, mean_anomaly_rad=anomaly),
            epoch_day_fraction=fraction,
            argument_of_perigee_rad=perigee,
        )
        for number, (raan, anomaly, perigee, fraction) in enumerate(rng.uniform(0.0, 1.0, (60, 4)).tolist())
    ]
    truth, found = (Sgp4Model(r, EPOCH) for r in (records, again(tle_lines(records), tmp_path / "a.tle")))
    i_sat, t_s = np.arange(60), np.full(60, -3600.0)
    (position_m, velocity_m_s), off_m = truth.states_at(i_sat, t_s), found.at(i_sat, t_s) - truth.at(i_sat, t_s)
    along_m = np.einsum("nx,nx->n", off_m, velocity_m_s) / np.linalg.norm(velocity_m_s, axis=1)
    half_digit_m = np.radians(0.5e-4) * np.linalg.norm(position_m, axis=1).max()
    # half of 1e-8 rev/day over a day, and 2 e of what went from perigee to anomaly
    assert 0.5 * half_digit_m < np.abs(along_m).max() < 1.05 * half_digit_m
