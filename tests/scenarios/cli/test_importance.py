from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from scenarios.cli.entry import run_command_line
from scenarios.cli.exit_codes import ExitCode
from tests.onboard_models.small_graphs import images, plain_cnn


@pytest.fixture
def own(tmp_path: Path) -> list[str]:
    onnx.save(plain_cnn(channels=(4, 6)), tmp_path / "mine.onnx")
    np.savez(tmp_path / "mine.npz", x=images(24, 12), y=np.arange(24) % 5)
    return [str(tmp_path / "mine.onnx"), "--dataset", str(tmp_path / "mine.npz"), "--trials", "40", "--images", "8"]


def test_importance_tells_layers_criteria_and_plans(
    own: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["importance", *own, "--criteria", "fisher,depth", "--budget-bytes", "200", "--json"]
    arguments += ["--check-plans", "60"]
    assert run_command_line([*arguments, "--figures", str(tmp_path / "figures")]) == ExitCode.DONE
    told = capsys.readouterr().out
    found = json.loads(told)
    assert sorted(row["criterion"] for row in found["criteria"]) == ["depth", "fisher", "parameter-count"]
    (network,) = found["networks"]
    assert [row["layer"] for row in network["layers"]] == ["conv0", "conv1", "head"]
    assert sum(row["share_of_silent"] for row in network["layers"]) == pytest.approx(1.0)
    for row in network["layers"]:
        assert [stratum["n_trials"] for stratum in row["strata"]] == [2, 16, 10, 12]
        assert row["silent_per_flip95"][0] <= row["silent_per_flip"] <= row["silent_per_flip95"][1]
        assert set(row["scores"]) == {"fisher", "depth", "parameter-count"}
    assert all(plan["cost_bytes"] <= 200.0 for plan in network["plans"])
    assert [trial["order"] for trial in network["plan_trials"]] == [
        "measured harm",
        "fisher",
        "depth",
        "parameter-count",
    ]
    for trial in network["plan_trials"]:
        assert trial["cost_bytes"] <= 200.0
        assert trial["share_removed95"][0] <= trial["share_removed"] <= trial["share_removed95"][1]
    assert network["regret"]["parameter-count"] == pytest.approx(
        next(row["regret"] for row in found["criteria"] if row["criterion"] == "parameter-count")
    )
    assert {path.suffix for path in (tmp_path / "figures").iterdir()} == {".csv", ".pdf", ".png"}
    assert run_command_line(arguments) == ExitCode.DONE
    assert capsys.readouterr().out == told


def test_importance_prints_tables(own: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["importance", *own, "--criteria", "mean-weight", "--check-plans", "40"]
    assert run_command_line(arguments) == ExitCode.DONE
    told = capsys.readouterr().out
    for words in (
        "mine: secded by plan, 40 fresh flips",
        "mine: harm of one flipped bit, 40 flips per layer",
        "checksum-reload",
        "criteria over 1 network",
    ):
        assert words in told


def test_importance_refuses_what_it_cannot_rank(own: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["importance", *own, "--criteria", "fischer"]) == ExitCode.USAGE
    assert "write all, or some of mean-weight" in capsys.readouterr().err
    assert run_command_line(["importance", "cnn", "--guard", "tmrr"]) == ExitCode.USAGE
    assert "give one of tmr" in capsys.readouterr().err
    assert run_command_line(["importance", "cnn-int8"]) == ExitCode.RUN_FAILED
    assert "such as cnn instead of cnn-int8" in capsys.readouterr().err


def test_importance_tells_what_it_needs(
    own: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scenarios.cli.importance_commands.find_spec", lambda package: None)
    assert run_command_line(["importance", *own]) == ExitCode.RUN_FAILED
    assert "pip install sunwise[train]" in capsys.readouterr().err
