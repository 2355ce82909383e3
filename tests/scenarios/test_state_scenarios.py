"""Runs of satellites that a file of states places, against runs of the orbits that the states came from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scenarios.cli.entry import run_command_line
from scenarios.config import Scenario, load_scenario
from scenarios.constellation import build_fleet
from scenarios.execution import run
from simulator.orbits.exchange.oem_writing import oem_lines
from simulator.orbits.exchange.state_csv import state_csv_lines
from simulator.orbits.exchange.tracks import Tracks
from simulator.orbits.orbit_file_error import OrbitFileError

SHORT = ("duration={seconds: 4000}", "warm_up={seconds: 1000}", "satellites.limit=8")
# the run, and a period of 5,740 s ahead of it
NEEDED_S = 4000.0 + 5740.0


def states_of(scenario: Scenario, path: Path, end_s: float = NEEDED_S) -> Path:
    """Write the states of a scenario's satellites, every minute."""
    positions = build_fleet(scenario).positions
    satellites = tuple(range(positions.n_sats))
    frame = "EME2000" if path.suffix == ".oem" else "TEME"
    tracks = Tracks(positions=positions, satellites=satellites, start_s=0.0, end_s=end_s, step_s=60.0, frame=frame)
    lines = oem_lines(tracks, ["UNKNOWN"] * len(satellites)) if path.suffix == ".oem" else state_csv_lines(tracks)
    path.write_text("\n".join(lines) + "\n")
    return path


def of_states(path: Path, *overrides: str) -> Scenario:
    section = f"satellites={{kind: states, path: {path}}}"
    return load_scenario("real-satellites", (section, *SHORT[:2], *overrides))


@pytest.mark.parametrize("name", ["states.oem", "states.csv"])
def test_a_run_of_states_is_the_run_of_their_orbits(tmp_path, name):
    """Stations, sunlight, links and batteries: micrometres of position move nothing by more than rounding."""
    truth = load_scenario("real-satellites", SHORT)
    path = states_of(truth, tmp_path / name)
    ours, theirs = (run(s, runs_folder=tmp_path / "runs").summary for s in (of_states(path), truth))
    for key in ("n_tasks", "n_on_time", "n_dropped"):
        assert ours[key] == theirs[key], key
    assert ours["n_tasks"] > 100
    # the fitted mean motion is one that has felt drag: the period, and with it windows, differs in the ninth digit
    assert ours["max_depth_of_discharge"] == pytest.approx(theirs["max_depth_of_discharge"], rel=1e-8)


def test_the_states_that_ship_are_the_orbits_that_they_came_from():
    """docs/exchange.md: 4 cm in the middle of a file of states four minutes apart, 1.1 m at its ends."""
    states, truth = (
        build_fleet(load_scenario(name)).positions for name in ("satellites-from-states", "real-satellites")
    )
    assert states.names == truth.names[:3]
    t_s = np.arange(0.0, 2.0 * 5740.0, 50.0)
    error_m = np.linalg.norm(states.block(t_s) - truth.block(t_s)[:3], axis=-1)
    at_ends = (t_s < 1200.0) | (t_s > 2.0 * 5740.0 - 1200.0)
    assert error_m[:, ~at_ends].max() < 0.06
    assert error_m[:, at_ends].max() < 1.3


def test_states_that_end_too_soon_are_refused_with_dates(tmp_path, capsys):
    path = states_of(load_scenario("real-satellites", SHORT), tmp_path / "states.oem", NEEDED_S - 600.0)
    with pytest.raises(OrbitFileError) as error:
        build_fleet(of_states(path))
    told = str(error.value)
    assert told.count("\n") == 7, "every satellite is named"
    assert "SYNTHETIC-01: nothing from 2026-06-21T02:33:00.000Z on: its states reach from 2026-06-21T00:00:00" in told
    assert "the run needs 2026-06-21T00:00:00.000Z to 2026-06-21T02:42:" in told
    scenario = tmp_path / "s.yaml"
    text = (Path(__file__).parents[2] / "scenarios" / "library" / "real-satellites.yaml").read_text()
    text = text.replace("kind: file", "kind: states").replace("synthetic-24.csv", "states.oem")
    scenario.write_text(text)
    assert run_command_line(["run", str(scenario), "--runs", str(tmp_path / "runs")]) == 4
    assert "shorten duration or move epoch" in capsys.readouterr().err
    late = of_states(path, "epoch=2026-06-20T23:00:00Z")
    with pytest.raises(OrbitFileError, match="nothing from 2026-06-20T23:00"):
        build_fleet(late)
    for far in ("epoch=2026-12-21T00:00:00Z", "epoch=2025-12-21T00:00:00Z"):  # no orbit of SGP4 fits from so far
        with pytest.raises(OrbitFileError, match=r"the run begins at 202\d-12-21T00:00:00\.000Z: move epoch"):
            build_fleet(of_states(path, far))


def test_shadows_and_passes_end_where_the_states_do(tmp_path, capsys):
    """A file of 2.4 hours asked for a day: what its hours hold, and no edge that searches see beyond."""
    path = states_of(load_scenario("real-satellites", SHORT), tmp_path / "states.oem", 8640.0)
    for command, first, second in (
        (["sunlight"], "entry_s", "exit_s"),
        (["contacts", "--station", "A,-40,120", "--station", "B,0,-100", "--min-elevation", "0"], "rise_s", "set_s"),
    ):
        rows = []
        for duration in ("2.4h", "24h"):
            asked = [*command, str(path), "--start", "2026-06-21T00:00:00Z", "--duration", duration, "--json"]
            assert run_command_line(asked) == 0
            rows.append(json.loads(capsys.readouterr().out)["rows"])
        inside = [(row["satellite"], row[first], row[second]) for row in rows[0]]
        assert len(inside) > 10
        assert [(row["satellite"], row[first], row[second]) for row in rows[1]] == [
            (name, first_s and pytest.approx(first_s, abs=1e-6), second_s and pytest.approx(second_s, abs=1e-6))
            for name, first_s, second_s in inside
        ]


def test_sunlight_and_contacts_take_files_of_states(tmp_path, capsys):
    path = states_of(load_scenario("real-satellites", SHORT), tmp_path / "states.oem")
    when = ["--start", "2026-06-21T00:00:00Z", "--duration", "2h", "--json"]
    assert run_command_line(["sunlight", str(path), *when]) == 0
    assert capsys.readouterr().out.count('"umbra"') > 8
    assert run_command_line(["contacts", str(path), *when, "--station", "Quito,-0.2,-78.5"]) == 0
    assert '"Quito"' in capsys.readouterr().out
    assert run_command_line(["sunlight", str(path), *when[:3], "1d"]) == 0
    assert "SYNTHETIC-01: no position from" in capsys.readouterr().err
    assert run_command_line(["sunlight", str(path)]) == 2
    assert "--start" in capsys.readouterr().err
