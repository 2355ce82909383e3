from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenarios.cli.entry import run_command_line

SHORT = "{orbits: 0.8}\nwarm_up: {orbits: 0.1}"


@pytest.fixture
def tiny(tmp_path: Path, minimal_text: str) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(minimal_text.replace("{orbits: 2}", SHORT))
    return path


def test_bound_prints_its_curve_and_holds_runs_against_it(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = str(tmp_path / "runs")
    command = ["bound", str(tiny), "--set", "power.solar_power_w=100", "--at", "1,0.5", "--runs", runs]
    assert run_command_line([*command, "--schedulers", "oec-local,phoenix", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [row["share"] for row in document["rows"]] == [1.0, 0.5]
    assert document["base_load_floor"] > 0.1
    for run in document["schedulers"]:
        assert run["is_comparable"]
        # the bound is lowered by 1e-9 for rounding
        assert run["depth_gap"] >= -1e-9
        assert run["energy_gap_j"] >= -1e-9 * run["battery_energy_j"]
    for row in document["rows"]:
        for figure in ("max_depth_of_discharge", "battery_energy_j"):
            assert row[figure]["bound"] >= row[figure]["floor"] * (1.0 - 2e-9)
            assert row[figure]["binding"]
    assert run_command_line(command) == 0
    assert "least possible" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--at", "2"], ["--at", "much"], ["--schedulers", "none-such"]])
def test_bound_refuses_what_it_cannot_read(
    tiny: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["bound", str(tiny), *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err
