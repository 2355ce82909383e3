from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenarios.cli.entry import run_command_line
from scenarios.config import library_names


@pytest.mark.parametrize("name", library_names())
def test_every_library_scenario_runs(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shortened = ("--set", "warm_up.orbits=0.02", "--set", "duration.orbits=0.06", "--runs", str(tmp_path))
    assert run_command_line(["run", name, *shortened, "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["n_tasks"] > 0
    ended = sum(summary[f"n_{fate}"] for fate in ("on_time", "late", "dropped", "lost"))
    # in so short a run some tasks still wait for models, which come from the ground
    assert ended + (summary["n_in_flight"] if "models" in summary else 0) == summary["n_tasks"]
    assert ended > 0
    assert summary["energy_ledger_relative_error"] < 1e-9  # the bound that a run must keep
