"""Whole studies of seconds: what they write, and that neither workers nor interruptions change it."""

from __future__ import annotations

import contextlib
import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from scenarios.cli.entry import run_command_line
from simulator.results import read_run

SLOW_STUDY = """\
schema_version: 1
name: slow
scenario: headline-6x11
set: [duration.orbits=0.5, warm_up.orbits=0.1]
cases: [{name: base}, {name: heavy, set: [tasks.load=0.6]}]
schedulers: [oec-local, nearest-sunlit]
seeds: [1, 2, 3]
"""
TABLES = ("table.csv", "table.json", "runs.csv", "report.md")


def _study(folder: Path, name: str, *arguments: str, n_workers: int = 1) -> int:
    runs = ("--runs", str(folder / f"{name}-runs"), "--output", str(folder / name), "--workers", str(n_workers))
    return run_command_line(["study", str(folder / "tiny.yaml"), *runs, *arguments])


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def _command(file: Path, folder: Path) -> subprocess.Popen[str]:
    where = ("--runs", str(folder / "runs"), "--output", str(folder / "out"), "--workers", "2")
    command = [sys.executable, "-m", "scenarios.cli", "study", str(file), *where]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _finished(folder: Path) -> dict[str, float]:
    """Return when each finished run was written."""
    return {path.parent.name: path.stat().st_mtime for path in (folder / "runs").glob("*/done.json")}


def _wait_for_runs(folder: Path, n_runs: int) -> None:
    end_s = time.monotonic() + 60.0
    while len(_finished(folder)) < n_runs:
        assert time.monotonic() < end_s, "no run has finished"
        time.sleep(0.02)


def _is_alive(process_id: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _wait_for_end(process_ids: list[str]) -> None:
    end_s = time.monotonic() + 10.0
    while any(_is_alive(int(process_id)) for process_id in process_ids):
        assert time.monotonic() < end_s, "a worker outlives the study"
        time.sleep(0.05)


def test_one_worker_or_two_same_bytes(tiny):
    assert _study(tiny.parent, "one", "--bounds", n_workers=1) == 0
    assert _study(tiny.parent, "two", "--bounds", n_workers=2) == 0
    one, two = _files(tiny.parent / "one" / "tiny"), _files(tiny.parent / "two" / "tiny")
    assert one == two
    figures = {
        f"{name}.{kind}" for name in ("depths", "times", "bars", "sunlit", "gaps") for kind in ("png", "pdf", "csv")
    }
    assert set(one) == {*TABLES, *figures}


@pytest.mark.usefixtures("without_figures")
def test_table_holds_means_intervals_and_paired_differences(tiny, capsys):
    assert _study(tiny.parent, "out", "--json") == 0
    (document,) = json.loads(capsys.readouterr().out)["studies"]
    runs, rows = _rows(tiny.parent / "out" / "tiny" / "runs.csv"), _rows(tiny.parent / "out" / "tiny" / "table.csv")
    assert [(row["case"], row["scheduler"]) for row in rows] == [
        ("light", "oec-local"),
        ("light", "phoenix"),
        ("heavy", "oec-local"),
        ("heavy", "phoenix"),
    ]
    for row, entry in zip(rows, document["rows"], strict=True):
        own, reference = (
            [run for run in runs if (run["case"], run["scheduler"]) == (row["case"], scheduler)]
            for scheduler in (row["scheduler"], "phoenix")
        )
        for measure in ("max_depth_of_discharge", "battery_energy_j", "mean_completion_s"):
            values, others = (np.array([float(run[measure]) for run in part]) for part in (own, reference))
            low, high = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
            assert float(row[measure]) == pytest.approx(values.mean(), rel=1e-12)
            assert float(row[f"{measure}_half_width"]) == pytest.approx((high - low) / 2.0, rel=1e-9)
            if row["scheduler"] == "phoenix":
                assert row[f"{measure}_difference"] == ""
                continue
            low, high = stats.ttest_rel(values, others).confidence_interval(0.95)
            assert float(row[f"{measure}_difference"]) == pytest.approx((low + high) / 2.0, rel=1e-9)
            assert float(row[f"{measure}_difference_half_width"]) == pytest.approx((high - low) / 2.0, rel=1e-9)
            assert entry["differences"][measure]["n_seeds"] == 3


@pytest.mark.usefixtures("without_figures")
def test_figures_of_a_run_are_those_of_its_summary_and_the_same_seed_is_the_same_arrivals(tiny):
    assert _study(tiny.parent, "out") == 0
    runs = _rows(tiny.parent / "out" / "tiny" / "runs.csv")
    arrivals: dict[tuple[str, str], set[bytes]] = {}
    for row in runs:
        run = read_run(tiny.parent / "out-runs" / row["run"])
        assert float(row["max_depth_of_discharge"]) == run.summary["max_depth_of_discharge"]
        assert float(row["completed_share"]) == run.summary["share_on_time"]
        tasks = run.table("tasks", ["arrival_s", "work_s", "fate", "counted"]).to_pylist()
        counted = [task for task in tasks if task["counted"]]
        done_s = sum(task["work_s"] for task in counted if task["fate"] == "on_time")
        expected = done_s / sum(task["work_s"] for task in counted)
        assert float(row["completed_work_share"]) == pytest.approx(expected, rel=1e-12)
        arrivals.setdefault((row["case"], row["seed"]), set()).add(
            np.sort([task["arrival_s"] for task in tasks]).tobytes()
        )
    assert all(len(different) == 1 for different in arrivals.values())
    assert len(set().union(*arrivals.values())) == 6  # each seed and each load has its own


@pytest.mark.usefixtures("without_figures")
def test_finished_runs_and_bounds_are_reused(tiny):
    assert _study(tiny.parent, "out", "--reduced", "--bounds") == 0
    before = {
        path: path.stat().st_mtime_ns
        for folder in ("out-runs", "out/bounds")
        for path in (tiny.parent / folder).rglob("*.json")
    }
    tables = {name: (tiny.parent / "out" / "tiny" / name).read_bytes() for name in TABLES}
    assert len([path for path in before if path.parent.name == "bounds"]) == 4
    assert _study(tiny.parent, "out", "--reduced", "--bounds") == 0
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert tables == {name: (tiny.parent / "out" / "tiny" / name).read_bytes() for name in TABLES}


def test_one_seed_says_that_there_is_no_interval(tiny, capsys):
    assert _study(tiny.parent, "out", "--reduced") == 0
    assert "seed 1 alone: no intervals" in capsys.readouterr().out
    report = (tiny.parent / "out" / "tiny" / "report.md").read_text()
    assert "seed 1 alone: no intervals" in report
    assert "\N{PLUS-MINUS SIGN}" not in report
    assert all(
        row["max_depth_of_discharge_half_width"] == "" for row in _rows(tiny.parent / "out" / "tiny" / "table.csv")
    )


def test_a_failing_scheduler_stops_no_other_and_is_told_at_the_end(tiny, capsys, monkeypatch):
    monkeypatch.chdir(tiny.parent)
    code = "from scenarios import Scheduler\n\n\nclass Broken(Scheduler):\n    name = 'broken'\n\n"
    code += "    def decide(self, task, view):\n        raise RuntimeError('no idea where to run this')\n"
    (tiny.parent / "broken_module.py").write_text(code)
    assert _study(tiny.parent, "out", "--seeds", "1,2", "--schedulers", "broken_module:Broken,oec-local") == 1
    told = capsys.readouterr()
    failed = [line for line in told.err.splitlines() if line.startswith("failed: ")]
    assert len(failed) == 4
    assert failed[0].startswith("failed: tiny: light, broken_module:Broken, seed 1: ")
    assert "no idea where to run this" in failed[0]
    rows = _rows(tiny.parent / "out" / "tiny" / "table.csv")
    assert [(row["case"], row["scheduler"], row["n_seeds"]) for row in rows] == [
        ("light", "oec-local", "2"),
        ("heavy", "oec-local", "2"),
    ]
    assert "no idea where to run this" in (tiny.parent / "out" / "tiny" / "report.md").read_text()


@pytest.mark.usefixtures("without_figures")
def test_an_equal_run_of_two_studies_is_run_once(tiny, capsys):
    other = tiny.parent / "other.yaml"
    other.write_text(tiny.read_text().replace("name: tiny", "name: other"))
    where = ("--runs", str(tiny.parent / "runs"), "--output", str(tiny.parent / "out"), "--workers", "1")
    assert run_command_line(["study", str(tiny), str(other), "--reduced", *where]) == 0
    assert len(list((tiny.parent / "runs").iterdir())) == 4
    first, second = (_rows(tiny.parent / "out" / name / "runs.csv") for name in ("tiny", "other"))
    assert first == second
    assert run_command_line(["study", str(tiny), str(tiny), "--reduced", *where]) == 0  # named twice, meant once


def test_an_interrupted_study_keeps_finished_runs_and_goes_on(tmp_path):
    file = tmp_path / "slow.yaml"
    file.write_text(SLOW_STUDY)
    interrupted, undisturbed = tmp_path / "interrupted", tmp_path / "undisturbed"
    kept: dict[str, float] = {}
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)):
        with _command(file, interrupted) as process:
            _wait_for_runs(interrupted, len(kept) + 1)
            workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            process.send_signal(number)
            _, told = process.communicate(timeout=30)
        assert process.returncode == code
        assert "Traceback" not in told
        _wait_for_end(workers)
        before, kept = kept, _finished(interrupted)
        assert before.items() <= kept.items()
        assert len(before) < len(kept) < 12, "the study was not interrupted in its middle: the test tried nothing"
        if number != signal.SIGKILL:
            assert {path.name for path in (interrupted / "runs").iterdir()} == set(kept)
    for folder in (interrupted, undisturbed):
        where = ("--runs", str(folder / "runs"), "--output", str(folder / "out"), "--workers", "1")
        assert run_command_line(["study", str(file), *where]) == 0
        assert len(_finished(folder)) == 12
    assert kept.items() <= _finished(interrupted).items()
    for name in TABLES:
        first, second = ((folder / "out" / "slow" / name).read_bytes() for folder in (interrupted, undisturbed))
        assert first == second
