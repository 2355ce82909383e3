from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sgp4

from simulator.orbits.element_files import records_of_text
from simulator.orbits.model import Frame
from simulator.orbits.orbit_file_error import ProblemList
from simulator.orbits.orbit_record import OrbitRecord, records_of_shell
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.tle import LINE_LENGTH, checksum
from simulator.orbits.walker import WalkerShell
from simulator.timescale import Epoch, parse_epoch

PACKAGE = Path(sgp4.__file__).parent
EPOCH = parse_epoch("2026-03-15T00:00:00Z")


def sound(line: str) -> str:
    """The verification file has wrong checksums in places; it tests propagation."""
    return line[: LINE_LENGTH - 1] + str(checksum(line))


def verification_records() -> list[tuple[OrbitRecord, float, float]]:
    """Satellites of SGP4-VER.TLE, each with the first and last time asked for, in minutes."""
    lines = [line for line in (PACKAGE / "SGP4-VER.TLE").read_text().splitlines() if line[:1] in "12"]
    found = []
    for line_1, line_2 in zip(lines[::2], lines[1::2], strict=True):
        problems = ProblemList(path=Path("SGP4-VER.TLE"))
        (record,) = records_of_text(f"{sound(line_1)}\n{sound(line_2)}\n", problems)
        start, end, _ = line_2[LINE_LENGTH:].split()
        found.append((record, float(start), float(end)))
    return found


def published_states() -> list[np.ndarray]:
    """Rows of minutes, position in km and velocity in km/s of tcppver.out, one array per satellite."""
    blocks: list[list[list[float]]] = []
    for line in (PACKAGE / "tcppver.out").read_text().splitlines():
        if "xx" in line:
            blocks.append([])
        else:
            blocks[-1].append([float(word) for word in line.split()[:7]])
    return [np.array(block) for block in blocks]


def test_the_published_verification_run_comes_out_of_our_model():
    failed_codes, n_compared = [], 0
    for (record, first_min, last_min), rows in zip(verification_records(), published_states(), strict=True):
        at_elements = Epoch(
            text="", utc_day=record.epoch_day, utc_day_fraction=record.epoch_day_fraction, tt_minus_utc_s=64.184
        )
        model = Sgp4Model([record], at_elements)
        position_m, velocity_m_s = model.states_at(np.zeros(len(rows), dtype=np.intp), rows[:, 0] * 60.0)
        failures = model.failures(first_min * 60.0, last_min * 60.0)
        failed_codes += [failure.code for failure in failures]
        assert all(failure.reason and failure.name == record.name for failure in failures)
        if failures and failures[0].t_s == 0.0:
            assert np.isnan(position_m).all()  # the file repeats the satellite before it
            continue
        n_compared += len(rows)
        # the file was written by another build with another compiler; the wheel's own test allows 2e-7 km too
        assert np.abs(position_m - rows[:, 1:4] * 1e3).max() < 2e-4
        assert np.abs(velocity_m_s - rows[:, 4:7] * 1e3).max() < 2e-4
    assert failed_codes == [1, 1, 6, 6, 4, 3, 6]
    assert n_compared > 600


def test_teme_positions_of_orekit(orekit, epoch):
    lines = "\n".join(f"{satellite['l1']}\n{satellite['l2']}" for satellite in orekit["sats"])
    problems = ProblemList(path=Path("orekit"))
    records = records_of_text(lines, problems)
    assert not problems.problems
    model = Sgp4Model(records, epoch)
    for i_sat, satellite in enumerate(orekit["sats"]):
        rows = np.array(satellite["pos_t_teme_gcrf_itrf_sun"])
        ours_m = model.at(np.full(len(rows), i_sat), rows[:, 0])
        assert np.linalg.norm(ours_m - rows[:, 1:4] * 1e3, axis=1).max() < 1e-3  # two programs, 1 mm promised


def some_records(n_planes: int = 3) -> tuple[OrbitRecord, ...]:
    shell = WalkerShell(n_planes=n_planes, n_slots=4, altitude_m=550e3, inclination_rad=0.9)
    return records_of_shell(shell, EPOCH)


@pytest.mark.parametrize("frame", Frame)
def test_pairs_all_and_block_agree(frame):
    model = Sgp4Model([replace(record, eccentricity=0.01) for record in some_records()], EPOCH)
    t_s = np.linspace(-3_600.0, 86_400.0, 70)
    block = model.block(t_s, frame)
    rng = np.random.default_rng(5)
    i_sat, column = rng.integers(0, 12, 60), rng.integers(0, 70, 60)  # both single and array calls
    assert (
        np.abs(model.at(i_sat, t_s[column], frame) - block[i_sat, column]).max() < 1e-6
    )  # same code; 1e-13 rad * 7e6 m
    out = np.empty((12, 3))
    assert model.all_at(t_s[9], frame, out) is out
    assert np.abs(out - block[:, 9]).max() < 1e-6


def test_velocity_in_the_earth_fixed_frame_is_what_is_seen_there():
    model = Sgp4Model(some_records(), EPOCH)
    i_sat, t_s, h_s = np.arange(12), np.linspace(0.0, 80_000.0, 12), 0.05
    _, velocity = model.states_at(i_sat, t_s, Frame.EARTH_FIXED)
    ahead, behind = (model.at(i_sat, t_s + s, Frame.EARTH_FIXED) for s in (h_s, -h_s))
    # SGP4's velocity is not the exact derivative of its position: 2 cm/s; leaving out Earth rotation would cost 500 m/s
    assert np.abs(velocity - (ahead - behind) / (2 * h_s)).max() < 0.05


def test_unpropagatable_satellites_are_nan_and_a_record_beside_healthy_ones():
    healthy, dragging, broken = some_records()[:3]
    dragging = replace(dragging, bstar_per_earth_radius=5.0, name="dragging")
    broken = replace(broken, mean_motion_rad_s=1e-2, name="below ground")
    model = Sgp4Model([healthy, dragging, broken], EPOCH)
    last = model.all_at(86_400.0)
    assert np.isnan(last).all(axis=1).tolist() == [False, True, True]
    by_name = {failure.name: failure for failure in model.failures(0.0, 86_400.0)}
    assert list(by_name) == ["dragging", "below ground"]
    assert by_name["below ground"].t_s == 0.0
    first_s = by_name["dragging"].t_s
    good, bad = model.at(np.array([1, 1]), np.array([first_s - 1.0, first_s]))
    assert np.isfinite(good).all()
    assert np.isnan(bad).all()
    assert np.isfinite(model.at(np.array([0]), np.array([0.0]))).all()
    assert np.isfinite(model.mean_orbits.eccentricity).tolist() == [True, True, False]
    assert model.failures(0.0, 60.0) == tuple(f for f in model.failures(0.0, 86_400.0) if f.t_s < 60.0)


def test_mean_orbits_follow_the_satellites():
    model = Sgp4Model(some_records(), parse_epoch("2026-03-17T12:00:00Z"))
    orbits = model.mean_orbits
    position_m = model.all_at(0.0)
    u, node = orbits.argument_of_latitude_rad, orbits.raan_rad
    height_m = orbits.semi_major_axis_m * np.sin(u) * np.sin(orbits.inclination_rad)
    assert np.abs(position_m[:, 2] - height_m).max() < 30e3  # J2 and J3 about the mean circle
    assert node.shape == (12,)


def test_a_block_of_a_big_fleet_needs_little_memory():
    records = [replace(some_records()[i % 12], catalogue_number=i + 1) for i in range(3_000)]
    model = Sgp4Model(records, EPOCH)
    t_s = np.arange(0.0, 14 * 86_400.0, 14_400.0)
    out = np.empty((3_000, t_s.size, 3))
    tracemalloc.start()
    try:
        model.block(t_s, Frame.EARTH_FIXED, out)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 20e6  # chunks of 1024 satellites by 64 times: positions, velocities and their turned copies


def test_an_empty_fleet_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        Sgp4Model([], EPOCH)
