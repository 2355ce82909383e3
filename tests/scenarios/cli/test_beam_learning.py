"""`sunwise beam train`, `evaluate` and `claims` with tiny budgets: what they print and keep, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from onboard_models.beamforming.adam import AdamSolver
from onboard_models.beamforming.alternating import AlternatingSolver
from scenarios.beam import methods
from scenarios.cli import beam_learning_commands
from scenarios.cli.entry import run_command_line
from scenarios.cli.exit_codes import ExitCode

TINY = ("--atoms", "4", "--layers", "1", "--users", "2")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert run_command_line(["beam", *arguments, "--json"]) == ExitCode.DONE
    return json.loads(capsys.readouterr().out)


def test_a_policy_is_trained_kept_and_evaluated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("train", "policy", *TINY, "--steps", "10", "--output", str(tmp_path))
    trained = told(capsys, *asked)
    path = Path(trained["policy"])
    assert path == tmp_path / "an2023-4.onnx"
    assert trained["plan"]["shape"]["n_users"] == 2
    first = path.read_bytes()
    path.unlink()
    assert run_command_line(["beam", *asked]) == ExitCode.DONE  # from the checkpoint, without a step more
    assert "0 CPU s" not in capsys.readouterr().err
    assert path.read_bytes() == first

    evaluated = ("evaluate", "--policy", str(path), "--channels", "3", "--seed", "5")
    ours = told(capsys, *evaluated)
    solved = told(capsys, "solve", *TINY, "--channels", "3", "--seed", "5", "--method", "random")
    assert set(ours) - set(solved) == {"policy", "sha256", "cpu_s_per_channel"}
    assert set(solved) <= set(ours)
    assert ours["bound_bps_hz"] == solved["bound_bps_hz"]  # the same channels
    assert ours["mean_rate_bps_hz"] == pytest.approx(np.mean(ours["rates"]))
    assert 0.0 < ours["mean_rate_bps_hz"] < ours["bound_bps_hz"]
    refined = told(capsys, *evaluated, "--refine", "5")
    assert np.all(np.array(refined["rates"]) >= np.array(ours["rates"]) - 1e-9)
    assert run_command_line(["beam", *evaluated]) == ExitCode.DONE
    assert "an2023: 1 layers, 4 atoms each, 2 users" in " ".join(capsys.readouterr().out.split())


def test_agents_are_trained_drawn_and_not_trained_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("train", "ddpg", *TINY, "--channels", "2", "--seeds", "3", "--steps", "256", "--output", str(tmp_path))
    curve = told(capsys, *asked, "--figures", str(tmp_path / "figures"))
    assert curve["algorithm"] == "ddpg"
    assert curve["n_environment_steps"] == [128, 256]
    shape = (len(curve["n_environment_steps"]), 3, 2)
    best, actor = np.array(curve["best_bps_hz"]), np.array(curve["actor_bps_hz"])
    assert best.shape == actor.shape == shape
    assert np.all(np.diff(best, axis=0) >= 0.0)
    assert (tmp_path / "figures" / "beam_learning.png").is_file()
    assert told(capsys, *asked) == curve  # times too: nothing was trained


def test_claims_are_judged_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beam_learning_commands, "_ATOMS", (4, 9))
    monkeypatch.setattr(beam_learning_commands, "_LAYERS", (1, 2))
    monkeypatch.setattr(beam_learning_commands, "_MOST_STARTS", 2)
    quick = {"adam": AdamSolver(n_starts=2, n_steps=5), "ao": AlternatingSolver(n_steps=2)}
    monkeypatch.setattr(methods, "SOLVERS", {**methods.SOLVERS, **quick})
    asked = ["claims", "--atoms", "4", "--channels", "2", "--seeds", "1", "--steps", "256", "--model-channels", "3"]
    asked += ["--output", str(tmp_path)]
    found = told(capsys, *asked)
    assert {claim["verdict"] for claim in found["claims"]} <= {"holds", "fails", "not shown"}
    assert {curve["algorithm"] for curve in found["curves"]} == {"td3", "ddpg"}
    of_agents, at_equal_time = found["claims"][:2]
    assert "equal steps (256)" in of_agents["under"]
    assert "equal CPU time" in at_equal_time["under"]
    td3 = np.array(found["curves"][0]["actor_bps_hz"])[-1].mean(axis=0)
    one_start = np.array(found["references"]["AO, one start"])
    differences = [one["difference"][0] for one in of_agents["comparisons"]]
    assert pytest.approx((td3 - one_start).mean()) in differences
    assert run_command_line(["beam", *asked]) == ExitCode.DONE
    printed = " ".join(capsys.readouterr().out.split())
    assert "claim" in printed
    assert "AO, one start" in printed


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["train", "sarsa"], ExitCode.USAGE, "'sarsa': write policy, td3 or ddpg"),
        (["train", "td3", "--profile", "best"], ExitCode.USAGE, "profile 'best': write recommended or faithful"),
        (["train", "policy", "--preset", "an"], ExitCode.USAGE, "--preset 'an': write an2023"),
        (["train", "policy", "--atoms", "24"], ExitCode.USAGE, "n_atoms = 24: give a square, such as 16 or 25"),
        (["train", "policy", "--atoms", "4", "--users", "5"], ExitCode.USAGE, "give at most as many as atoms, 4"),
        (["train", "td3", "--atoms", "4", "--users", "5"], ExitCode.USAGE, "give at most as many as atoms, 4"),
        (["train", "td3", "--steps", "0"], ExitCode.USAGE, "greater than or equal to 1"),
        (["evaluate", "--policy", "none.onnx"], ExitCode.INPUT_REFUSED, "cannot read the policy none.onnx"),
        (["evaluate", "--policy", "none.onnx"], ExitCode.INPUT_REFUSED, "shipped ones: an2023-25, an2023-49"),
        (["evaluate", "--policy", "station-ka-49", "--preset", "x"], ExitCode.USAGE, "--preset 'x': write an2023"),
        (["claims", "--profile", "best"], ExitCode.USAGE, "profile 'best': write recommended or faithful"),
        (["claims", "--atoms", "5"], ExitCode.USAGE, "n_atoms = 5: give a square, such as 4 or 9"),
        (["claims", "--channels", "1"], ExitCode.USAGE, "greater than or equal to 2"),
    ],
)
def test_wrong_options_are_told(
    arguments: list[str], code: ExitCode, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["beam", *arguments]) == code
    assert words in " ".join(capsys.readouterr().err.replace("\u2502", " ").split())


def test_files_that_are_no_policies_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.onnx").write_text("nothing")
    assert run_command_line(["beam", "evaluate", "--policy", str(tmp_path / "text.onnx")]) == ExitCode.INPUT_REFUSED
    assert "cannot read the policy" in capsys.readouterr().err
    networks = Path(beam_learning_commands.__file__).parents[2] / "onboard_models"
    other = next(path for path in sorted(networks.rglob("*.onnx")) if "beamforming" not in path.parts)
    assert run_command_line(["beam", "evaluate", "--policy", str(other)]) == ExitCode.INPUT_REFUSED
    assert "no policy that `sunwise beam train` wrote" in capsys.readouterr().err


def test_without_torch_training_is_told_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beam_learning_commands, "find_spec", lambda name: None)
    for asked in (["train", "policy"], ["claims"]):
        assert run_command_line(["beam", *asked]) == ExitCode.RUN_FAILED
        assert "pip install sunwise[train]" in capsys.readouterr().err
