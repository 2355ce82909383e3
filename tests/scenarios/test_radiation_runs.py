"""Runs with radiation: upsets that depend on seed and orbit alone, books that close, bytes that come again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from radiation.upsets import UpsetList
from scenarios import load_scenario, run
from scenarios.build import build_world
from scenarios.cli.entry import run_command_line
from scenarios.config import Scenario
from scenarios.constellation import build_fleet
from scenarios.memory_kinds import MemoryKind, memory_kinds
from scenarios.radiation_upsets import UpsetPart, draw_upsets
from simulator.engine.task_ends import ARISEN_IN_RESET, LOST_IN_RESET
from simulator.results import read_run

SHORT = ("duration.orbits=0.4", "warm_up.orbits=0.1", "record.battery_traces=0")
DEVICE = (
    "radiation.device={based_on: carmen-2-rednet, cells: {rate_per_bit_day: 1e-5},"
    " functional_interrupts: {rate_per_device_day: 40}, logic_errors: {rate_per_device_day: 400}}"
)
PROTECTED = (DEVICE, "radiation.memory_mib=64", "radiation.protection={code: secded, scrubbing: {period_s: 30}}")
IN_THE_BELT = (
    "radiation.device={based_on: frontgrade-ut8r2m39, functional_interrupts: {proton: {model: weibull, "
    "saturation_cm2_per_device: 1e-5, threshold_mev: 5, width_mev: 20, exponent: 2.5}, heavy_ion: unknown}}",
    "satellites.altitude_km=1200",
)
STANDARD_ERRORS = 5.0


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    folder = tmp_path_factory.mktemp("runs")
    scenario = load_scenario("headline-6x11", (*SHORT, *PROTECTED))
    return {
        (name, attempt): run(scenario.with_scheduler(name), runs_folder=folder / attempt).folder
        for name, attempt in (("nearest-sunlit", "first"), ("nearest-sunlit", "second"), ("oec-local", "first"))
    }


@pytest.fixture(scope="module")
def summary(runs: dict[tuple[str, str], Path]) -> Any:
    return json.loads((runs["nearest-sunlit", "first"] / "summary.json").read_text())


def results_of(folder: Path) -> dict[str, bytes]:
    """Return the files of a run but for those that tell when it was made."""
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.name not in ("manifest.json", "done.json")
    }


def test_a_run_gives_the_same_bytes_again(runs: dict[tuple[str, str], Path]) -> None:
    first, second = (results_of(runs["nearest-sunlit", attempt]) for attempt in ("first", "second"))
    assert "upsets.parquet" in first
    assert first == second


def test_every_scheduler_sees_the_same_upsets(runs: dict[tuple[str, str], Path]) -> None:
    one, other = (runs[name, "first"] / "upsets.parquet" for name in ("nearest-sunlit", "oec-local"))
    assert one.read_bytes() == other.read_bytes()


def test_workers_change_nothing(tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    overrides = json.dumps([*SHORT, *PROTECTED])
    study.write_text(
        "schema_version: 1\nname: tiny\nscenario: headline-6x11\n"
        f"set: {overrides}\ncases: [{{name: base}}]\nschedulers: [oec-local]\nseeds: [1, 2]\n"
    )
    for n_workers in (1, 2):
        where = ("--runs", str(tmp_path / f"runs{n_workers}"), "--output", str(tmp_path / f"out{n_workers}"))
        assert run_command_line(["study", str(study), *where, "--workers", str(n_workers)]) == 0
    alone, together = (
        sorted((results_of(path) for path in (tmp_path / name).iterdir()), key=lambda files: files["summary.json"])
        for name in ("runs1", "runs2")
    )
    assert len(alone) == 2
    assert alone == together


def test_upsets_are_ordered_and_whole(runs: dict[tuple[str, str], Path], summary: Any) -> None:
    table = read_run(runs["nearest-sunlit", "first"]).table("upsets")
    satellite, t_s = table["satellite"].to_numpy(), table["t_s"].to_numpy()
    assert np.array_equal(np.lexsort((t_s, satellite)), np.arange(len(t_s)))
    assert t_s.min() >= 0.0
    assert t_s.max() < summary["end_s"]
    rows = table.to_pylist()
    stored_words = 64 * 2**20 * 72 // 64 // 4  # of 32 bits
    for row in rows:
        assert row["n_bits"] == sum(mask.bit_count() for mask in row["masks"])
        assert len(row["words"]) == len(row["masks"])
        assert all(0 <= word < stored_words for word in row["words"])
        assert all(0 < mask < 2**32 for mask in row["masks"])
        assert (row["outcome"] is None) == (row["effect"] != "cells")
        if row["n_bits"] == 1:
            assert row["outcome"] == "corrected"
    counted = summary["radiation"]
    assert sum(row["effect"] == "cells" for row in rows) == counted["effects"]["cells"]["events"]
    assert sum(row["n_bits"] for row in rows) == counted["populations"]["unspecified"]["bits"]


def test_counts_are_those_expected(summary: Any) -> None:
    """Events are Poisson: one standard error is the root of their mean."""
    bits, days = 66 * 72 * 2**23, summary["end_s"] / 86_400.0
    effects = summary["radiation"]["effects"]
    assert effects["cells"]["expected_bits"] == pytest.approx(bits * 1e-5 * days, rel=1e-3)  # but for edges of arrays
    assert effects["functional_interrupt"]["expected_events"] == pytest.approx(66 * 40 * days, rel=1e-12)
    assert effects["logic_error"]["expected_events"] == pytest.approx(66 * 400 * days, rel=1e-12)
    for effect in effects.values():
        assert abs(effect["events"] - effect["expected_events"]) < STANDARD_ERRORS * effect["expected_events"] ** 0.5


def test_resets_and_what_they_lose_add_up(runs: dict[tuple[str, str], Path], summary: Any) -> None:
    result = read_run(runs["nearest-sunlit", "first"])
    events = result.table("events").to_pylist()
    tasks = result.table("tasks").to_pylist()
    resets = [event for event in events if event["kind"] == "reset"]
    interrupts = summary["radiation"]["effects"]["functional_interrupt"]["events"]
    assert 0 < summary["radiation"]["n_resets"] == len(resets) <= interrupts
    counted = [task for task in tasks if task["counted"]]
    lost = [task for task in counted if task["reason"] in (LOST_IN_RESET, ARISEN_IN_RESET)]
    assert summary["radiation"]["n_tasks_lost_to_resets"] == len(lost) > 0
    hit = [task for task in counted if task["n_logic_errors"]]
    assert summary["radiation"]["n_tasks_hit_by_logic_errors"] == len(hit) > 0
    wrong = [task for task in hit if task["fate"] in ("on_time", "late")]
    assert summary["radiation"]["n_wrong_results"] == len(wrong) <= len(hit)
    errors = summary["radiation"]["effects"]["logic_error"]["events"]
    assert sum(task["n_logic_errors"] for task in tasks) <= errors


def test_logic_errors_mark_who_ran(runs: dict[tuple[str, str], Path]) -> None:
    """Each delivered task has as many errors as its processor had while it ran."""
    result = read_run(runs["nearest-sunlit", "first"])
    upsets = result.table("upsets")
    is_error = np.array(upsets["effect"].to_pylist()) == "logic_error"
    t_s, satellite = upsets["t_s"].to_numpy()[is_error], upsets["satellite"].to_numpy()[is_error]
    for task in result.table("tasks").to_pylist():
        if task["fate"] in ("on_time", "late") and task["place"] not in (None, "ground"):
            ran = (satellite == task["satellite"]) & (t_s >= task["start_s"]) & (t_s < task["finish_s"])
            assert task["n_logic_errors"] == ran.sum()


def test_scrubbing_is_in_the_ledger(tmp_path: Path) -> None:
    """20 W of it: base loads grow by what the column says, which is its power times the time with power."""
    costly = [*SHORT, *PROTECTED, "radiation.protection.access_pj_per_bit=1e6"]
    with_it, without = (
        run(load_scenario("headline-6x11", overrides), runs_folder=tmp_path) for overrides in (costly, SHORT)
    )
    power_w = 72 * 2**23 * 1e-6 / 30.0
    assert with_it.summary["radiation"]["upkeep_power_w"] == pytest.approx(power_w, rel=1e-12)
    assert with_it.summary["energy_ledger_relative_error"] <= 1e-9
    assert with_it.summary["n_brown_outs"] == 0
    energy = pq.read_table(with_it.folder / "energy.parquet")
    base_j, memory_j = energy["base_j"].to_numpy(), energy["memory_j"].to_numpy()
    np.testing.assert_allclose(memory_j / base_j, power_w / (30.0 + power_w), rtol=1e-12)
    assert with_it.summary["radiation"]["memory_energy_j"] == pytest.approx(memory_j.sum(), rel=1e-12)
    assert "memory_j" not in pq.read_schema(without.folder / "energy.parquet").names
    assert with_it.summary["battery_energy_j"] > without.summary["battery_energy_j"]


def test_sweeps_slow_the_processor_by_their_share_of_the_bandwidth() -> None:
    slow = [*SHORT, *PROTECTED, "radiation.protection.bandwidth_gbps=0.08"]
    share = 72 * 2**23 / 30.0 / 0.08e9
    assert 0.2 < share < 0.3
    plain, slowed = (build_world(load_scenario("headline-6x11", overrides))[0] for overrides in (SHORT, slow))
    assert slowed.modes[0].speed == pytest.approx((1.0 - share) * plain.modes[0].speed, rel=1e-12)


def test_a_run_without_radiation_says_nothing_of_it(tmp_path: Path) -> None:
    result = run(load_scenario("headline-6x11", SHORT), runs_folder=tmp_path)
    assert "radiation" not in result.summary
    assert not (result.folder / "upsets.parquet").exists()
    assert "n_logic_errors" not in pq.read_schema(result.folder / "tasks.parquet").names
    assert read_run(result.folder).table("upsets").num_rows == 0


def drawn(scenario: Scenario, end_s: float) -> list[UpsetList]:
    """Return the lists of upsets that a run would write."""
    lists: list[UpsetList] = []

    def take(parts: Sequence[UpsetPart]) -> None:
        lists.extend(part.upsets for part in parts)

    draw_upsets(kinds_of(scenario), scenario, build_fleet(scenario).positions, end_s, take)
    return lists


def kinds_of(scenario: Scenario) -> tuple[MemoryKind, ...]:
    fleet = build_fleet(scenario)
    return memory_kinds(scenario, fleet.positions.names, fleet.topology.planes)


def of_satellite(lists: list[UpsetList], satellite: int) -> list[tuple[object, ...]]:
    chosen = [upsets.selected(upsets.satellite == satellite) for upsets in lists]
    return [
        (*(getattr(upsets, name).tolist() for name in ("t_s", "population", "effect", "word", "mask", "latitude_rad")),)
        for upsets in chosen
        if upsets.n_events
    ]


def test_a_satellite_has_the_same_upsets_in_any_fleet_and_any_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first satellites of a plane of eight that leads a pattern of one plane, and of three."""
    shape = ("satellites.satellites_per_plane=8", "satellites.phasing=0", "satellites.raan_spread_deg=360")
    small, large = (
        load_scenario("headline-6x11", (*SHORT, *IN_THE_BELT, *shape, f"satellites.planes={n_planes}"))
        for n_planes in (1, 3)
    )
    alone, together = drawn(small, 6000.0), drawn(large, 6000.0)
    monkeypatch.setattr("scenarios.radiation_tracks.PLACES_PER_TRACK", 2000)
    in_pieces = drawn(large, 6000.0)
    assert len(in_pieces) > len(together)
    for satellite in range(8):
        found = of_satellite(alone, satellite)
        assert found
        assert found == of_satellite(together, satellite) == of_satellite(in_pieces, satellite)


def test_interrupts_come_where_protons_are_trapped() -> None:
    """At 550 km trapped protons are in the anomaly, which lies within 100 W to 50 E and 60 S to 10 N."""
    lists = drawn(load_scenario("headline-6x11", (*SHORT, IN_THE_BELT[0])), 20_000.0)
    trapped = np.concatenate([np.stack((u.population, u.latitude_rad, u.longitude_rad)) for u in lists], axis=1)
    latitude, longitude = np.degrees(trapped[1:, trapped[0] == 1])
    assert latitude.size > 100
    assert ((longitude > -100.0) & (longitude < 50.0) & (latitude > -60.0) & (latitude < 10.0)).all()


def test_an_orbit_outside_the_tables_ends_a_run_with_the_satellite_named(tmp_path: Path) -> None:
    """Real satellites are known only when their file is read; nothing of the run is left."""
    lines = [
        "1 00001U          26074.00000000  .00000000  00000-0  00000+0 0    02",
        "2 00001  53.0000   0.0000 0000000   0.0000   0.0000 02.00000000    03",
    ]
    assert all(sum(int(c) for c in line[:68].replace("-", "1") if c.isdigit()) % 10 == int(line[68]) for line in lines)
    (tmp_path / "high.tle").write_text("\n".join(lines) + "\n")
    text = (tmp_path / "scenario.yaml").write_text
    text(
        "schema_version: 1\nname: high\nepoch: 2026-03-15T00:00:00Z\n"
        "satellites: {kind: file, path: high.tle}\nduration: {seconds: 600}\nwarm_up: {seconds: 60}\n"
        "links: {topology: none}\ntasks: {kind: poisson, load: 0.1}\nscheduler: oec-local\n"
        "radiation: {device: frontgrade-ut8r2m39}\n"
    )
    scenario = load_scenario(tmp_path / "scenario.yaml")
    with pytest.raises(ValueError, match=r"radiation: satellite \S+ is at an altitude of .* 300 to 2,000 km"):
        run(scenario, runs_folder=tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []


def test_steps_of_a_minute_change_mean_rates_by_less_than_a_thousandth() -> None:
    """Of trapped protons, whose rates change fastest along the orbit; two steps of different places of the belt."""
    expected = []
    for step_s in (10, 60):
        shape = ("satellites.planes=2", "satellites.satellites_per_plane=5")
        scenario = load_scenario("headline-6x11", (*SHORT, IN_THE_BELT[0], *shape, f"radiation.step_s={step_s}"))
        upsets = draw_upsets(kinds_of(scenario), scenario, build_fleet(scenario).positions, 86_400.0)
        expected.append(upsets.survey.expected_events.sum(axis=0)[0])
    assert expected[1] == pytest.approx(expected[0], rel=1e-3)
    assert expected[1] != expected[0]


def test_commands_tell_of_radiation_and_the_library_has_an_example(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("radiation-6x11", "--runs", str(tmp_path))
    assert run_command_line(["run", *where]) == 0
    told = capsys.readouterr()
    assert "radiation: solar phase 0.83 (of the date 2026.47" in told.err
    assert "its response is estimated, not measured" in told.err
    for label in ("upsets by trapped protons", "words that flipped", "resets of computers", "memory upkeep"):
        assert label in told.out
    short = [argument for override in SHORT for argument in ("--set", override)]
    assert run_command_line(["compare", *where, *short, "--schedulers", "oec-local,nearest-sunlit"]) == 0
    assert "tasks lost" in capsys.readouterr().out
    assert run_command_line(["compare", *where, *short, "--schedulers", "oec-local,nearest-sunlit", "--json"]) == 0
    one, other = json.loads(capsys.readouterr().out)["rows"]
    assert one["radiation"]["populations"] == other["radiation"]["populations"]
    assert one["radiation"]["populations"]["trapped_protons"]["events"] > 0
