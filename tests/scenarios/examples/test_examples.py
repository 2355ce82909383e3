"""The examples run, and what they leave is byte for byte what the command line leaves: from another process, with
another hash seed, in another folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.examples import compare_schedulers, custom_scheduler, run_a_scenario

RESULTS = ("*.parquet", "scenario.yaml", "summary.json")
"""What must be the same; the manifest and the log hold times of day."""


def call(arguments: list[str], folder: Path, hash_seed: int) -> str:
    """Run Python in a folder and return what it printed."""
    folder.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def command_line(arguments: list[str], changes: list[str], folder: Path) -> None:
    overrides = [word for change in changes for word in ("--set", change)]
    call(["-m", "scenarios.cli", *arguments, *overrides, "--runs", "runs"], folder, hash_seed=2)


def results_by_scheduler(folder: Path) -> dict[str, dict[str, bytes]]:
    """Read the files of every run in a folder, by the name of the scheduler in its scenario."""
    found = {}
    for run in (folder / "runs").iterdir():
        (line,) = [line for line in (run / "scenario.yaml").read_text().splitlines() if line.startswith("scheduler:")]
        found[line.partition(": ")[2]] = {
            path.name: path.read_bytes() for pattern in RESULTS for path in run.glob(pattern)
        }
    return found


@pytest.mark.parametrize(
    ("example", "arguments", "schedulers"),
    [
        (run_a_scenario, ["run", "headline-6x11"], {"phoenix"}),
        (
            compare_schedulers,
            ["compare", "headline-6x11", "--schedulers", ",".join(compare_schedulers.SCHEDULERS)],
            set(compare_schedulers.SCHEDULERS),
        ),
        (
            custom_scheduler,
            ["compare", "headline-6x11", "--schedulers", f"oec-local,{custom_scheduler.ITS_NAME}"],
            {"oec-local", custom_scheduler.ITS_NAME},
        ),
    ],
    ids=lambda value: getattr(value, "__name__", "").rpartition(".")[2],
)
def test_an_example_gives_the_bytes_of_the_command_line(tmp_path, example, arguments, schedulers):
    printed = call(["-m", example.__name__], tmp_path / "example", hash_seed=1)
    command_line(arguments, example.CHANGES, tmp_path / "command")
    by_example, by_command = (results_by_scheduler(tmp_path / place) for place in ("example", "command"))
    assert set(by_example) == set(by_command) == schedulers
    for scheduler in schedulers:
        assert {"tasks.parquet", "scenario.yaml", "summary.json"} <= by_example[scheduler].keys()
        assert by_example[scheduler].keys() == by_command[scheduler].keys()
        for name, content in by_example[scheduler].items():
            assert content == by_command[scheduler][name], f"{name} of {scheduler}"
    assert "on time" in printed


def test_a_second_call_finds_the_finished_run(tmp_path, capsys):
    run_a_scenario.main(tmp_path / "runs")
    (run,) = (tmp_path / "runs").iterdir()
    written = (run / "done.json").stat().st_mtime_ns
    run_a_scenario.main(tmp_path / "runs")
    first, second = capsys.readouterr().out.split("phoenix: ")[1:]
    assert first == second
    assert (run / "done.json").stat().st_mtime_ns == written
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_the_scheduler_of_ones_own_is_ten_lines():
    source = Path(custom_scheduler.__file__).read_text()
    body = source[source.index("class GreedyBatteryScheduler") : source.index("def main")]
    code = [line for line in body.splitlines() if line.strip() and '"""' not in line]
    assert len(code) <= 10
