from __future__ import annotations

import json
from pathlib import Path

import pytest

from onboard_models.catalogue import find_model, read_catalogue
from scenarios.cli.entry import run_command_line
from scenarios.cli.exit_codes import ExitCode


def test_models_lists_what_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["models", "--json"]) == ExitCode.DONE
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["name"] for row in rows] == [model.name for model in read_catalogue()]
    assert (rows[0]["name"], rows[0]["dtype"], len(rows[0]["sha256"])) == ("cnn", "float32", 64)
    assert run_command_line(["models"]) == ExitCode.DONE
    assert "cnn-int8" in capsys.readouterr().out


def test_a_network_is_trained_written_and_entered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("N_VALIDATION", "N_TEST"):
        monkeypatch.setattr(f"onboard_models.zoo.production.{name}", 200)
    options = ("--output", str(tmp_path), "--epochs", "1", "--patches", "640", "--json")
    assert run_command_line(["train-model", "small-equal-width", *options]) == ExitCode.DONE
    told = capsys.readouterr()
    (row,) = json.loads(told.out)["rows"]
    assert "small-equal-width: epoch 1 of 1" in told.err
    model = find_model("small-equal-width", tmp_path)
    assert (model.sha256, len(model.model_bytes), model.n_test_patches) == (row["sha256"], row["n_bytes"], 200)
    before = model.model_bytes
    model.path.unlink()
    assert run_command_line(["train-model", "small-equal-width", *options]) == ExitCode.DONE
    assert "epoch" not in capsys.readouterr().err  # all epochs are in the checkpoint
    assert find_model("small-equal-width", tmp_path).model_bytes == before


def test_training_tells_what_it_needs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenarios.cli.model_commands.find_spec", lambda package: None)
    assert run_command_line(["train-model", "cnn"]) == ExitCode.RUN_FAILED
    assert "pip install sunwise[train]" in capsys.readouterr().err


def test_unknown_networks_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["train-model", "cnm", "--output", str(tmp_path)]) == ExitCode.RUN_FAILED
    assert "did you mean 'cnn'" in capsys.readouterr().err
