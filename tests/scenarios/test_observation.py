"""Scenarios whose tasks are captures: keys, tables, summary, ledger."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenarios import run
from scenarios.config import ScenarioError, scenario_from_text
from scenarios.config.problems import UnfitScenarioError
from simulator.results import read_run
from simulator.tasks.observation import OpportunityWindows

TASKS = """\
tasks:
  kind: observation
  sensor: {sensor}
  targets: {targets}
  capture_s: 20
  payload_power_w: 50
  data_gbit: 0.2
  work_s_per_gbit: 150
"""
GRID = "{kind: grid, step_deg: 8, latitude_deg: [-56, 56]}"


@pytest.fixture
def observing(minimal_text: str):
    """Build a scenario of six satellites that capture; more lines go below `tasks`."""

    def build(*overrides: str, sensor: str = "radar", targets: str = GRID, folder: Path = Path()):
        tasks = TASKS.format(sensor=sensor, targets=targets)
        text = minimal_text.replace("tasks:\n  kind: poisson\n  load: 0.36\n", tasks)
        return scenario_from_text(text, overrides, folder=folder)

    return build


@pytest.mark.parametrize("sensor", ["optical", "radar"])
def test_tables_summary_and_ledger_tell_the_same(observing, tmp_path, sensor) -> None:
    result = run(observing("tasks.load=0.05", sensor=sensor), runs_folder=tmp_path)
    finished, told = read_run(result.folder), result.summary["observation"]
    captures = {row["task_id"]: row for row in finished.table("captures").to_pylist()}
    tasks = finished.table("tasks").to_pylist()
    assert len(captures) == len(tasks) == result.summary["n_arrived_whole_run"] > 50
    for task in tasks:
        capture = captures[task["task_id"]]
        assert (capture["satellite"], capture["t_s"] + 10.0) == (task["source"], task["arrival_s"])
        assert task["work_s"] == pytest.approx(30.0, rel=1e-12)
        assert np.radians(0.0) <= capture["off_nadir_rad"] <= np.radians(30.0)
        assert sensor == "radar" or capture["sun_elevation_rad"] >= np.radians(10.0) - 1e-9
    counted = [task for task in tasks if task["counted"]]
    window_s = result.summary["end_s"] - result.summary["warm_up_s"]
    assert result.summary["load"] == pytest.approx(30.0 * len(counted) / (6 * window_s), rel=1e-12)
    # a share of the captures at random: 30 s of work each, so 0.05 within four binomial deviations
    deviation = 0.05 * np.sqrt((1.0 - told["share_taken"]) / len(counted))
    assert abs(result.summary["load"] - 0.05) < 4.0 * deviation
    assert told["n_captures"] == len(counted)
    assert told["data_bits"] == pytest.approx(2e8 * len(counted), rel=1e-12)
    names = {captures[task["task_id"]]["target"] for task in counted}
    assert told["n_targets_captured"] == len(names) <= told["n_targets"]
    energy = finished.table("energy").to_pylist()
    n_of = [sum(task["source"] == i_sat for task in tasks) for i_sat in range(6)]
    assert [row["payload_j"] for row in energy] == pytest.approx([50.0 * 20.0 * n for n in n_of], rel=1e-9)
    assert told["payload_j"] == pytest.approx(1000.0 * len(tasks), rel=1e-9)
    assert result.summary["energy_ledger_relative_error"] < 1e-9


def test_arrivals_are_the_same_for_every_scheduler(observing, tmp_path) -> None:
    columns = ["task_id", "source", "arrival_s", "input_bits", "deadline_s"]
    rows = []
    for scheduler in ("oec-local", "phoenix"):
        result = run(observing("tasks.share_taken=0.5").with_scheduler(scheduler), runs_folder=tmp_path)
        table = read_run(result.folder).table("tasks", columns)
        rows.append(sorted(table.to_pylist(), key=lambda row: row["task_id"]))
    assert rows[0] == rows[1]


def test_captures_are_solved_for_once_for_a_load_and_all_schedulers(observing, tmp_path, monkeypatch) -> None:
    solved = []
    solve = OpportunityWindows._solved_until
    monkeypatch.setattr(OpportunityWindows, "_solved_until", lambda *a: (solved.append(a[1]), solve(*a))[1])
    loads = [
        run(observing("tasks.load=0.0437", f"scheduler={name}"), runs_folder=tmp_path).summary["load"]
        for name in ("oec-local", "phoenix")
    ]
    assert loads[0] == loads[1] > 0.0
    assert len(solved) == 1


def test_other_runs_know_no_captures(minimal_text: str, tmp_path) -> None:
    result = run(scenario_from_text(minimal_text, ("duration.orbits=0.2", "warm_up.orbits=0.1")), runs_folder=tmp_path)
    assert not (result.folder / "captures.parquet").exists()
    assert "payload_j" not in read_run(result.folder).table("energy").column_names
    assert "observation" not in result.summary


def test_targets_are_written_in_three_ways(observing, tmp_path) -> None:
    (tmp_path / "targets.csv").write_text("name,latitude_deg,longitude_deg\nQuito,-0.18,-78.47\nOslo,50,10.75\n")
    quito = "{name: Quito, latitude_deg: -0.18, longitude_deg: -78.47}"
    places = f"[{quito}, {{name: Oslo, latitude_deg: 50, longitude_deg: 10.75}}]"
    longer = ("duration.days=0.6", "duration.orbits=null", "tasks.maximum_off_nadir_deg=50")
    from_file = observing(*longer, targets="{kind: file, path: targets.csv}", folder=tmp_path)
    from_list = observing(*longer, targets=f"{{kind: list, places: {places}}}")
    assert from_file.input_files == (tmp_path / "targets.csv",)
    tables = [
        read_run(run(scenario, runs_folder=tmp_path / "runs").folder).table("captures").to_pylist()
        for scenario in (from_file, from_list)
    ]
    assert tables[0] == tables[1]
    assert {row["target"] for row in tables[0]} == {"Quito", "Oslo"}
    first_of = {row["target"]: row for row in reversed(tables[0])}
    resting = observing(*longer, "tasks.revisit_s=86400", targets=f"{{kind: list, places: {places}}}")
    left = read_run(run(resting, runs_folder=tmp_path / "runs").folder).table("captures").to_pylist()
    assert sorted(row["t_s"] for row in left) == sorted(row["t_s"] for row in first_of.values())


def test_the_data_of_a_swath(observing) -> None:
    swath = "{length_km: 20, width_km: 10, ground_sample_distance_m: 5, bits_per_pixel: 12, bands: 4, compression: 2}"
    tasks = observing("tasks.data_gbit=null", f"tasks.swath={swath}").tasks
    # 4000 x 2000 pixels of 48 bits, halved
    assert tasks.data_bits == pytest.approx((192e6, 192e6), rel=1e-12)
    assert tasks.mean_runtime_s == pytest.approx(0.192 * 150.0, rel=1e-12)


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["tasks.load=0.1", "tasks.share_taken=0.5"], "both load and share_taken are given"),
        (["tasks.data_gbit=null"], "neither data_gbit nor swath is given"),
        (
            ["tasks.swath={length_km: 1, width_km: 1, ground_sample_distance_m: 1}"],
            "both data_gbit and swath are given",
        ),
        (["tasks.minimum_off_nadir_deg=30"], "the least off-nadir angle is not below the largest (30 against 30)"),
        (["tasks.targets={kind: file, path: none.csv}"], "no such file (got 'none.csv')"),
        (["tasks.targets={kind: grid, step_deg: 0.1}"], "more than a million"),
        (["tasks.targets={kind: grid, step_deg: 1, latitude_deg: [10, 5]}"], "latitudes must be south then north"),
        (["tasks.data_gbit=0"], "must be greater than 0"),
        (["tasks.deadline_s=20"], "the longest deadline, 20 s, is below the shortest run, 30 s"),
        (["tasks.deliver_to=ground"], "results must reach the ground, but there is no station"),
        (["tasks.sensor=lidar"], "must be one of optical, radar"),
    ],
)
def test_mistakes_are_told_with_a_remedy(observing, overrides, told) -> None:
    with pytest.raises(ScenarioError) as refusal:
        observing(*overrides)
    (problem,) = refusal.value.problems
    assert told in problem.what
    assert problem.remedy
    assert problem.path[0] == "tasks"


def test_a_load_beyond_what_geometry_gives_is_refused(observing, tmp_path) -> None:
    with pytest.raises(
        UnfitScenarioError, match=r"tasks\.load = 0.9: all \d+ captures that are possible make 0\.\d+; lower the load"
    ):
        run(observing("tasks.load=0.9"), runs_folder=tmp_path)


def test_broken_targets_are_told_by_line(observing, tmp_path) -> None:
    (tmp_path / "targets.csv").write_text("name,latitude_deg,longitude_deg\nQuito,-100,0\n")
    with pytest.raises(ValueError, match=r"targets\.csv:2: latitude_deg: '-100' is no number"):
        run(observing(targets="{kind: file, path: targets.csv}", folder=tmp_path), runs_folder=tmp_path / "runs")
