from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenarios.beam import sweeps
from scenarios.beam.case import BeamCase
from scenarios.beam.methods import ALL_METHODS, Budget, Outcome, outcome_of
from scenarios.cli.entry import run_command_line
from scenarios.cli.exit_codes import ExitCode
from simulator.metasurface.presets import PRESETS

SMALL = ["--layers", "2", "--atoms", "9", "--channels", "3", "--seed", "7"]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert run_command_line(["beam", *arguments, "--json"]) == ExitCode.DONE
    return json.loads(capsys.readouterr().out)


def test_one_method_tells_rates_bounds_and_users(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("solve", *SMALL, "--power-dbm", "15", "--method", "ao", "--steps", "4")
    found = told(capsys, *asked)
    assert found["total_power_w"] == pytest.approx(0.0316227766)
    assert (found["n_layers"], found["n_atoms"], found["n_users"]) == (2, 9, 4)
    users = np.array(found["user_rates_bps_hz"])
    assert users.shape == (3, 4)
    np.testing.assert_allclose(users.sum(axis=1), found["rates"])
    assert found["mean_rate_bps_hz"] == pytest.approx(np.mean(found["rates"]))
    assert found["mean_rate_mbps"] == pytest.approx(10.0 * found["mean_rate_bps_hz"])
    low, high = found["mean_rate_bps_hz95"]
    assert low < found["mean_rate_bps_hz"] < high
    assert found["mean_rate_bps_hz"] < found["interference_free_bps_hz"] < found["bound_bps_hz"]
    assert found["active_users"] == (users >= 0.1).sum(axis=1).tolist()
    assert found["cpu_s"] > 0.0
    again = told(capsys, *asked)
    assert {**again, "cpu_s": 0.0} == {**found, "cpu_s": 0.0}


def test_methods_meet_the_same_channels_and_the_first_ones_stay(capsys: pytest.CaptureFixture[str]) -> None:
    both = told(capsys, "solve", *SMALL, "--method", "codebook,zf", "--starts", "5")["methods"]
    assert [row["method"] for row in both] == ["codebook", "zf"]
    alone = told(capsys, "solve", *SMALL, "--method", "zf", "--channels", "2")
    assert alone["rates"] == pytest.approx(both[1]["rates"][:2], rel=1e-12)


def test_impairments_cost_rate(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("solve", *SMALL, "--method", "adam", "--starts", "2", "--steps", "60")
    perfect = told(capsys, *asked)["mean_rate_bps_hz"]
    for flaw in (
        ("--dead", "0.3"),
        ("--phase-noise-deg", "40"),
        ("--channel-error", "0.5"),
        ("--least-amplitude", "0"),
    ):
        unaware = told(capsys, *asked, *flaw, "--unaware")["mean_rate_bps_hz"]
        assert unaware < 0.95 * perfect
    assert told(capsys, *asked, "--least-amplitude", "0")["mean_rate_bps_hz"] > 1.2 * unaware


def test_tables_and_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["beam", "solve", *SMALL, "--method", "ao,random", "--steps", "2", "--figures", str(tmp_path)]
    assert run_command_line(asked) == ExitCode.DONE
    out = capsys.readouterr().out
    for words in ("an2023: 2 layers, 9 atoms each, 4 users, 15 dBm; 3 channels, 10 MHz", "active", "(proven)"):
        assert words in out
    swept = ["beam", "sweep", *SMALL, "--methods", "ao,quantised", "--steps", "2", "--output", str(tmp_path), "--over"]
    for axis, values in (("power", "0,20"), ("layers", "1,2"), ("bits", "1,2"), ("time", "0.5,1"), ("users", "1,2")):
        assert run_command_line([*swept, axis, "--values", values, "--figures", str(tmp_path)]) == ExitCode.DONE
        printed = capsys.readouterr().out
        assert f"sum rate by {axis}" in " ".join(printed.split())  # titles are folded
        assert printed.count(" +- ") == 4  # no cell is cut
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "beam_users.png",
        *(f"beam_rate_by_{axis}.png" for axis in ("power", "layers", "bits", "time", "users")),
    }


def test_sweep_points_are_those_of_solve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--over", "power", "--values", "5,25", "--methods", "mrt", "--output", str(tmp_path))
    points = told(capsys, "sweep", *SMALL, *asked)["points"]
    for point, power in zip(points, ("5", "25"), strict=True):
        solved = told(capsys, "solve", *SMALL, "--method", "mrt", "--power-dbm", power)
        assert point["mean_rate_bps_hz"] == pytest.approx(solved["mean_rate_bps_hz"])


def test_an_interrupted_sweep_keeps_its_points_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [
        "sweep",
        *SMALL,
        "--over",
        "power",
        "--values",
        "5,15,25",
        "--methods",
        "random",
        "--output",
        str(tmp_path),
    ]
    asked += ["--json"]
    solved: list[float] = []

    def until_ctrl_c(case: BeamCase, method: str, budget: Budget) -> Outcome:
        if len(solved) == 2:
            raise KeyboardInterrupt
        solved.append(case.total_power_w)
        return outcome_of(case, method, budget)

    monkeypatch.setattr(sweeps, "outcome_of", until_ctrl_c)
    assert run_command_line(["beam", *asked]) == ExitCode.INTERRUPTED
    assert len(list(tmp_path.glob("*.json"))) == 2
    solved[:] = solved[:1]  # one more may be solved, and only one is asked for
    assert run_command_line(["beam", *asked]) == ExitCode.DONE
    assert solved == pytest.approx([10.0**-2.5, 10.0**-0.5])
    first = capsys.readouterr().out
    monkeypatch.setattr(sweeps, "outcome_of", None)
    assert run_command_line(["beam", *asked]) == ExitCode.DONE
    assert capsys.readouterr().out == first  # times too
    monkeypatch.undo()
    others = told(capsys, *asked[:-1], "--seed", "8")["points"]  # another point, another file
    assert others[0]["mean_rate_bps_hz"] != json.loads(first)["points"][0]["mean_rate_bps_hz"]
    for path in tmp_path.glob("*.json"):
        path.write_text("{")
    assert run_command_line(["beam", *asked]) == ExitCode.USAGE
    assert "is no point of a sweep; delete it" in " ".join(capsys.readouterr().err.split())


def test_thin_stacks_are_told_unless_they_are_passive(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["beam", "solve", "--layers", "14", "--atoms", "9", "--channels", "1", "--method", "random"]
    assert run_command_line(asked) == ExitCode.DONE
    assert "the stack gains energy" in capsys.readouterr().err
    assert run_command_line([*asked, "--passive"]) == ExitCode.DONE
    assert capsys.readouterr().err == ""


def test_own_matrices_and_losses_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A gap that passes nothing leaves no rate; 20 dB in each of two layers leave about a ten-thousandth."""
    asked = ("solve", *SMALL, "--method", "random")
    plain = told(capsys, *asked)["mean_rate_bps_hz"]
    lossy = told(capsys, *asked, "--insertion-loss-db", "20")["mean_rate_bps_hz"]
    assert 5e-5 < lossy / plain < 5e-4  # a rate this small is in proportion to power, that of the plain stack less so
    np.save(tmp_path / "none.npy", np.zeros((9, 9)))
    assert told(capsys, *asked, "--transfer", str(tmp_path / "none.npy"))["mean_rate_bps_hz"] == 0.0
    np.save(tmp_path / "small.npy", np.zeros((4, 4)))
    for name, words in (("small.npy", "between_layers has the shape (4, 4)"), ("lost.npy", "as numpy.save writes it")):
        assert run_command_line(["beam", *asked, "--transfer", str(tmp_path / name)]) == ExitCode.USAGE
        assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--method", "aoo"], "method 'aoo': write all, or some of adam"),
        (["--method", "ao,ao"], "name each once"),
        (["--preset", "an"], "--preset 'an': write an2023"),
        (["--atoms", "24"], "n_atoms = 24: give a square, such as 16 or 25"),
        (["--atoms", "1"], "--users 4: give at most as many as atoms, 1"),
        (["--method", "codebook", "--steps", "3"], "n_steps = 3: codebook take none"),
        (["--method", "wmmse", "--least-amplitude", "0.5"], "take adam or lbfgs"),
    ],
)
def test_wrong_options_are_told(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["beam", "solve", *SMALL, *arguments]) == ExitCode.USAGE
    assert words in capsys.readouterr().err


def test_wrong_sweeps_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in (
        (["--over", "pover"], "--over 'pover': write power"),
        (["--values", "a,b"], "--values 'a,b': write numbers"),
        (["--over", "layers", "--values", "1.5"], "layers = 1.5: give whole numbers"),
        (["--over", "time", "--methods", "zf"], "no steps to spend time on"),
    ):
        assert run_command_line(["beam", "sweep", *SMALL, *arguments, "--output", str(tmp_path)]) == ExitCode.USAGE
        assert words in capsys.readouterr().err


def test_every_method_and_preset_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "beamforming.md").read_text()
    for name in (*ALL_METHODS, *PRESETS):
        assert f"`{name}`" in page
    assert run_command_line(["beam", "solve", "--help"]) == ExitCode.DONE
    listed = " ".join(capsys.readouterr().out.replace("\u2502", " ").split())
    for name in (*ALL_METHODS, *PRESETS):
        assert name in listed.replace("- ", "-").replace(" -", "-")  # names may be folded at a hyphen
