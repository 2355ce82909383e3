from __future__ import annotations

import errno
import importlib
import io
import json
import math
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from scenarios import execution
from scenarios.cli.entry import run_command_line
from scenarios.cli.progress import progress_of
from scenarios.cli.tables import comparison_tables, signalling_table
from scenarios.cli.wear_tables import wear_table
from scenarios.config import dump_scenario, library_names, load_scenario
from scenarios.config.key_tree import all_key_paths
from scenarios.config.problems import UnfitScenarioError
from scenarios.lifetime_ratios import LifetimeRatios
from scenarios.outage_plans import OutageFileError
from simulator.results import DamagedRunError
from simulator.tasks.observation.target_files import TargetFileError

TLE = """\
MADE UP
1 90001U 26999A   26171.50000000  .00000000  00000-0  20000-3 0    16
2 90001  53.0000  20.0000 0001000 300.0000  60.0000 15.05000000  1004
"""


@pytest.fixture
def tiny(tmp_path: Path, minimal_text: str) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(minimal_text.replace("{orbits: 2}", "{orbits: 0.3}\nwarm_up: {orbits: 0.1}"))
    return path


def test_init_writes_a_scenario_that_validates_and_keeps_what_exists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new" / "scenario.yaml"
    assert run_command_line(["init", str(path)]) == 0
    text = path.read_text()
    assert text.splitlines()[0] == "# yaml-language-server: $schema=./sunwise-scenario.schema.json"
    assert json.loads((path.parent / "sunwise-scenario.schema.json").read_text())["title"] == "Sunwise scenario"
    assert run_command_line(["validate", str(path)]) == 0
    path.write_text("mine")
    assert run_command_line(["init", str(path)]) == 2
    assert "--force" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert run_command_line(["init", str(path), "--force"]) == 0
    assert path.read_text() == text


def test_the_template_names_every_key(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    run_command_line(["init", str(path)])
    text = path.read_text()
    keys = {key.rpartition(".")[2] for key in all_key_paths()}
    below_patterns = {"boxes", "weight", "low", "high"}  # shown by the ranges and in the library
    assert {key for key in keys - below_patterns if f"{key}:" not in text} == set()


def test_the_schema_is_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["additionalProperties"] is False


def test_validate_takes_several_and_tells_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: x\n")
    assert run_command_line(["validate", "iridium", str(broken)]) == 3
    output = capsys.readouterr()
    assert output.out.splitlines() == ["iridium: valid", f"{broken}: 6 problems"]
    assert run_command_line(["validate", "iridium", str(broken), "--json"]) == 3
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["valid"] for row in rows] == [True, False]
    assert rows[1]["problems"][0] == {
        "source": str(broken), "line": 1, "column": 1, "key": "schema_version",
        "what": "required key is missing", "remedy": "add schema_version: 1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("adversity", "told"),
    [
        ("outages: [{kind: satellite, satellite: 0, from_h: 0.4, until_h: 30}]", None),
        (
            "outages: [{kind: satellite, satellite: 0, from_h: 0}, {kind: satellite, satellite: 0, from_h: 30}]",
            "adversity.outages[1]: from_h = 30 is not before the end of the duration, 0.478 h",
        ),
        (
            "demand_surges: [{from_h: 31, factor: 2}, {from_h: 32, factor: 2}]",
            "adversity.demand_surges[0] and 1 more of 2: from_h = 31 is not",
        ),
        ("schedule: outages.csv", "adversity.schedule: its first outage, at 33 h, is not"),
    ],
    ids=["in time", "outage", "surges", "schedule"],
)
def test_what_begins_after_the_end_is_told_by_validate_and_run(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], adversity: str, told: str | None
) -> None:
    """The period at 550 km is 5,739 s, 0.3 of which are 0.478 h."""
    row = f"{33 * 3600},{34 * 3600},satellite,0,-1,-1,"
    (tmp_path / "outages.csv").write_text(f"from_s,until_s,kind,satellite,neighbour,station,output_share\n{row}\n")
    scenario = [str(tiny), "--set", f"adversity={{{adversity}}}"]
    assert run_command_line(["validate", *scenario, "--json"]) == 0
    output = capsys.readouterr()
    (row_told,) = json.loads(output.out)["rows"]
    assert row_told["valid"]
    assert run_command_line(["run", *scenario, "--runs", str(tmp_path / "runs"), "--json"]) == 0
    run_output = capsys.readouterr()
    warnings = json.loads(run_output.out).get("warnings", [])
    assert row_told["warnings"] == warnings
    assert len(warnings) == (told is not None)
    for warning in warnings:
        assert warning.startswith(told)
        assert f"warning: {tiny}: {warning}\n" in output.err
        assert f"warning: {warning}\n" in run_output.err


@pytest.mark.parametrize(("epoch", "n_days"), [("2026-07-19", None), ("2026-07-21", 32), ("2016-06-20", 3652)])
def test_elements_far_from_the_run_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], epoch: str, n_days: int | None
) -> None:
    """The elements are of day 171.5 of 2026, 20 June 12:00, and a day is simulated: 29.5, 31.5 and 3,652.5 days."""
    file = tmp_path / "made-up.tle"
    file.write_text(TLE)
    changes = (f"epoch={epoch}T00:00:00Z", f"satellites.path={file}", "duration={days: 1}", "links.topology=none")
    arguments = ["validate", "real-satellites", *(part for change in changes for part in ("--set", change)), "--json"]
    assert run_command_line(arguments) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    if n_days is None:
        assert row["warnings"] == []
        return
    (warning,) = row["warnings"]
    assert f"the span simulated, {epoch} to" in warning
    assert f"elements of 2026-06-20, up to {n_days} days away" in warning


@pytest.mark.parametrize(
    ("name", "text", "override", "code", "told"),
    [
        (
            "targets.csv",
            "name,latitude_deg,longitude_deg\nA,95,0\n",
            "tasks={kind: observation, targets: {kind: file, path: FILE}, sensor: radar,"
            " data_gbit: 1, work_s_per_gbit: 1}",
            4,
            "FILE:2: latitude_deg",
        ),
        ("tasks.csv", "arrival_s\n1\n", "tasks={kind: trace, path: FILE}", 4, "FILE"),
        ("outages.csv", "kind\nship\n", "adversity={schedule: FILE}", 4, "FILE: column"),
        ("orbits.tle", TLE[:40], "satellites={kind: file, path: FILE}", 4, "FILE"),
        (
            "unused.csv",
            "",
            "adversity={outages: [{kind: link, between: [0, 0], from_h: 0}]}",
            3,
            "adversity.outages[0]: no link from 0 to 0",
        ),
    ],
    ids=["targets", "trace", "outages", "orbits", "link"],
)
def test_validate_refuses_what_run_refuses_in_the_same_words(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, override: str, code: int,
    told: str,
) -> None:  # fmt: skip
    file = tmp_path / name
    file.write_text(text)
    scenario = [str(tiny), "--set", override.replace("FILE", str(file))]
    messages = []
    for command in (["validate", *scenario], ["run", *scenario, "--runs", str(tmp_path / "runs")]):
        assert run_command_line(command) == code
        messages.append(capsys.readouterr().err)
    assert messages[0] == messages[1]
    assert told.replace("FILE", str(file)) in messages[0]
    assert run_command_line(["validate", *scenario, "--json"]) == code
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert [problem["what"] for problem in row["problems"]] == messages[0].splitlines()


def test_every_library_scenario_validates(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["validate", *library_names()]) == 0
    assert capsys.readouterr().err == ""


def test_run_prints_one_summary_and_reuses_a_finished_run(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", str(tiny), "--runs", str(tmp_path / "runs"), "--seed", "5", "--scheduler", "phoenix", "--json"]
    assert run_command_line(arguments) == 0
    first = capsys.readouterr()
    summary = json.loads(first.out)
    assert (summary["scheduler"], summary["seed"]) == ("phoenix", 5)
    assert Path(summary["folder"]).parent == tmp_path / "runs"
    assert "tiny" not in first.out
    assert "minimal, phoenix: 10 %" in first.err
    assert run_command_line(arguments) == 0
    second = capsys.readouterr()
    assert second.out == first.out
    assert "reused" in second.err
    assert run_command_line(arguments[:-1]) == 0
    assert "on time" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_folder_that_takes_no_runs_is_told_before_anything_starts(
    tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Nobody can make a folder in /proc."""
    monkeypatch.setattr(execution, "build_world", lambda _scenario: pytest.fail("the run has started"))
    assert run_command_line([command, str(tiny), "--runs", "/proc/none"]) == 74
    told = "sunwise: no run can be written to /proc/none (No such file or directory); name another folder with --runs"
    assert capsys.readouterr().err.splitlines()[-1].startswith(told)


def test_compare_prints_schedulers_side_by_side(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compare", str(tiny), "--runs", str(tmp_path / "runs"), "--schedulers", "oec-local, phoenix"]
    assert run_command_line([*arguments, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["scheduler"] for row in rows] == ["oec-local", "phoenix"]
    assert rows[0]["n_tasks"] == rows[1]["n_tasks"], "the same tasks for all"
    required = {
        "scheduler", "seed", "n_tasks", "n_on_time", "n_late", "n_dropped", "n_lost", "n_in_flight",
        "max_depth_of_discharge", "mean_max_depth_of_discharge", "p99_max_depth_of_discharge", "battery_energy_j",
        "battery_energy_tasks_j", "mean_hops", "mean_completion_s", "share_by_place", "energy_ledger_relative_error",
        "min_xu_lifetime_years", "median_power_law_lifetime_years", "fifteen_point_lifetime_ratio",
    }  # fmt: skip
    assert required <= set(rows[0])
    assert rows[0]["fifteen_point_lifetime_ratio"] == {"worst": 1.0, "median": 1.0}
    deepest, reference = (row["max_depth_of_discharge"] for row in (rows[1], rows[0]))
    ratio = rows[1]["fifteen_point_lifetime_ratio"]["worst"]
    assert ratio == pytest.approx(2.0 ** ((reference - deepest) / 0.15), rel=1e-12)
    assert run_command_line(arguments) == 0
    table = capsys.readouterr().out
    assert "oec-local" in table
    assert "phoenix" in table
    assert max(map(len, table.splitlines())) <= 80, "fits a plain terminal"


def test_lifetimes_stand_beside_their_models_and_endless_ones_are_dashes() -> None:
    years = {"min_xu_lifetime_years": 2.5, "median_xu_lifetime_years": 3.125, "min_power_law_lifetime_years": 7.0}
    rows = [
        {"scheduler": "x", **years, "median_power_law_lifetime_years": None},
        {"scheduler": "my_module:ASchedulerWithAVeryLongNameOfItsOwn", **years, "median_power_law_lifetime_years": 8.0},
    ]
    ratios = [LifetimeRatios(worst=worst, by_satellite=np.array([1.0, worst, worst])) for worst in (1.0, 2.9)]
    table = wear_table(rows, ratios)
    cells = [list(column.cells) for column in table.columns]
    assert [column[0] for column in cells] == ["x", "2.50", "3.12", "7.00", "-", "1.00 x", "1.00 x"]
    assert [column[1] for column in cells][4:] == ["8.00", "2.90 x", "2.90 x"]
    told = io.StringIO()
    Console(file=told, width=80).print(table)
    assert "…" not in told.getvalue()
    for name in ("Xu et al. 2018", "power law", "15-point rule"):
        assert name in " ".join(told.getvalue().split())


def test_the_comparison_shows_missing_numbers_as_dashes() -> None:
    places = {"ground": math.nan, "source_sunlit": None}
    row = {
        "scheduler": "x", "seed": 1, "n_tasks": 0, "n_on_time": 0, "max_depth_of_discharge": 0.0,
        "p99_max_depth_of_discharge": math.nan,
        "battery_energy_j": None, "mean_completion_s": math.nan, "mean_hops": None, "share_by_place": places,
    }  # fmt: skip
    outcome, where = comparison_tables("t", [row, row])
    row_of_long_name = {**row, "scheduler": "my_package.my_module:ASchedulerWithAVeryLongNameOfItsOwn", "n_tasks": 9}
    told = io.StringIO()
    Console(file=told, width=80).print(*comparison_tables("t", [row, row_of_long_name]))
    assert "0.00 %" in told.getvalue()
    assert "…" not in told.getvalue()
    cells = [list(column.cells) for column in outcome.columns]
    assert [column[1] for column in cells] == ["x", "-", "0.000", "-", "-", "-", "-", "-"]
    assert [next(iter(column.cells)) for column in where.columns] == ["x", "-", "-", "-", "-", "-"]


def test_what_is_known_for_nothing_is_ideal_and_what_is_told_is_counted() -> None:
    own = {"control_messages_per_satellite_h": 12.34, "control_bits_per_satellite_h": 6400.0}
    ideal = {"state_reports_per_satellite_h": None, "state_report_bits_per_satellite_h": None}
    told = {"state_reports_per_satellite_h": 120.0, "state_report_bits_per_satellite_h": 23040.0}
    table = signalling_table([{"scheduler": "x", **own, **ideal}, {"scheduler": "phoenix-no-deferral", **own, **told}])
    cells = [list(column.cells) for column in table.columns]
    assert [column[0] for column in cells] == ["x", "ideal", "ideal", "12.3", "6.4"]
    assert [column[1] for column in cells][1:] == ["120.0", "23.0", "12.3", "6.4"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["compare", "headline-6x11", "--schedulers", "oec-local,phenix"], 2, "did you mean 'phoenix'?"),
        (["compare", "headline-6x11", "--schedulers", "phoenix,phoenix"], 2, "named twice"),
        (["compare", "headline-6x11", "--schedulers", ","], 2, "name at least one"),
        (["run", "headline-6x11", "--scheduler", "nope"], 3, "use one of oec-local"),
        (["run", "headline-6x11", "--set", "power.base_power=3"], 3, "did you mean 'base_power_w'?"),
        (["run", "headline-6x11", "--seed", "-1"], 2, "--seed"),
        (["rnu"], 2, "run"),
        (["sunlight", "nothing.tle", "--start", "2026-03-15T00:00:00Z"], 4, "no such file"),
        (["sunlight", "iridium", "--start", "yesterday"], 2, "for example 2026-06-21T00:00:00Z"),
        (["sunlight", "iridium", "--duration", "1 week"], 2, "for example 6h"),
        (["contacts", "iridium", "--station", "Dublin,95,0,0"], 2, "write NAME,LAT,LON,HEIGHT_M"),
        (["contacts", "iridium", "--station", "Dublin"], 2, "write NAME,LAT,LON,HEIGHT_M"),
        (["contacts", "iridium", "--station", "A,nan,0,0"], 2, "write NAME,LAT,LON,HEIGHT_M"),
        (["contacts", "iridium", "--min-elevation", "95"], 2, "--min-elevation"),
        (["compare", "headline-6x11", "--schedulers", "no_such:Thing"], 2, "cannot import module 'no_such'"),
        (["run", "headline-6x11", "--scheduler", "no_such:Thing"], 3, "cannot import module 'no_such'"),
        (["run", "headline-6x11", "--scheduler", "json:Thing"], 3, "has no 'Thing'"),
        (["plot", "nowhere"], 4, "no such folder"),
        (["check-scheduler", "nope"], 2, "package.module:Class"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_on_the_command_line_are_told(
    arguments: list[str], code: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run_command_line(arguments) == code
    output = capsys.readouterr()
    assert output.out == ""
    assert told in output.err
    assert "Traceback" not in output.err


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/runs/x"),
            74,
            "cannot write: No space left on device (/runs/x)",
        ),
        (OSError(errno.EFBIG, "File too large"), 74, "cannot write"),
        (PermissionError(errno.EACCES, "Permission denied", "/runs"), 74, "choose another folder"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/runs/x"), 74, "choose another folder"),
        (DamagedRunError("r/tasks.parquet is missing"), 4, "r/tasks.parquet is missing"),
        (OutageFileError("o.csv:2: kind 'ship'"), 4, "o.csv:2: kind 'ship'"),
        (TargetFileError(["t.csv: holds no targets"]), 4, "t.csv: holds no targets"),
        (OSError(errno.ENOENT, "No such file or directory", "x"), 1, "No such file or directory (x)"),
        (ValueError("load = 3: too much"), 1, "load = 3: too much"),
        (UnfitScenarioError("tasks.load = 3: too much"), 3, "tasks.load = 3: too much"),
        (MemoryError(), 1, "out of memory"),
        (RuntimeError("ledger"), 1, "SUNWISE_TRACEBACK=1"),
        (KeyboardInterrupt(), 130, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_failures_of_a_run_become_exit_codes(
    error: BaseException, code: int, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(execution, "run", fail)
    assert run_command_line(["run", "headline-6x11"]) == code
    output = capsys.readouterr()
    assert told in output.err
    assert output.out == ""
    assert "Traceback" not in output.err


def test_a_traceback_is_shown_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUNWISE_TRACEBACK", "1")
    monkeypatch.setattr(execution, "run", lambda *_arguments, **_options: 1 / 0)
    assert run_command_line(["run", "headline-6x11"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_broken_orbit_files_are_refused_with_4(
    tmp_path: Path, minimal_text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.tle").write_text(TLE.replace("0    16", "0    19"))
    scenario = tmp_path / "a.yaml"
    head, tail = minimal_text.split("satellites:\n")
    scenario.write_text(f"{head}satellites: {{kind: file, path: bad.tle}}\nduration{tail.split('duration')[1]}")
    for arguments in (
        ["sunlight", str(tmp_path / "bad.tle"), "--start", "2026-06-20T12:00:00Z"],
        ["contacts", str(scenario), "--station", "A,0,0,0"],
        ["run", str(scenario), "--runs", str(tmp_path / "runs")],
    ):
        assert run_command_line(arguments) == 4
        told = capsys.readouterr().err
        assert "bad.tle:2" in told
        assert "checksum" in told
        assert "Traceback" not in told


def test_sunlight_rows_keep_their_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.tle"
    path.write_text(TLE)
    arguments = ["sunlight", str(path), "--start", "2026-06-20T12:00:00Z", "--duration", "1d"]
    assert run_command_line([*arguments, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert all(set(row) == {"satellite", "kind", "entry_s", "exit_s"} for row in rows)
    assert {row["satellite"] for row in rows} == {"MADE UP"}
    umbras = [row for row in rows if row["kind"] == "umbra" and None not in row.values()]
    penumbras = [row for row in rows if row["kind"] == "penumbra" and None not in row.values()]
    assert len(umbras) in (14, 15)  # about one in each of the day's 15.05 revolutions
    for umbra in umbras:
        assert any(p["entry_s"] < umbra["entry_s"] < umbra["exit_s"] < p["exit_s"] for p in penumbras)
    assert run_command_line(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(rows)
    assert lines[0].split() == ["satellite", "kind", "entry_s", "exit_s", "lasts_s", "first_utc"]


def test_orbit_elements_need_a_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.tle"
    path.write_text(TLE)
    assert run_command_line(["sunlight", str(path)]) == 2
    assert "--start 2026-03-15T00:00:00Z" in capsys.readouterr().err


def test_contacts_rows_keep_their_contract(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["contacts", "iridium", "--start", "2026-03-20T01:00:00Z", "--duration", "2h", "--json"]
    arguments += ["--station", "Dublin,53.4,-6.2,10", "--station", "Cape Town,-33.9,18.4", "--min-elevation", "30"]
    assert run_command_line(arguments) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert all(set(row) == {"satellite", "station", "rise_s", "set_s"} for row in rows)
    assert {row["station"] for row in rows} == {"Dublin", "Cape Town"}
    whole = [row for row in rows if row["rise_s"] is not None and row["set_s"] is not None]
    # At 780 km and above 30 degrees a pass through the zenith lasts 5.0 min; no pass is longer.
    assert all(0.0 < row["set_s"] - row["rise_s"] < 330.0 for row in whole)
    assert all(0.0 <= row["rise_s"] < 7200.0 for row in whole)


def test_start_shifts_the_same_sky(capsys: pytest.CaptureFixture[str]) -> None:
    def exits(start: str) -> dict[str, float]:
        run_command_line(["sunlight", "iridium", "--start", start, "--duration", "30min", "--json"])
        rows = json.loads(capsys.readouterr().out)["rows"]
        return {row["satellite"]: row["exit_s"] for row in rows if row["kind"] == "umbra" and row["exit_s"] is not None}

    early, late = exits("2026-03-20T00:00:00Z"), exits("2026-03-20T00:10:00Z")
    both = {name for name in early.keys() & late.keys() if early[name] > 600.0}
    assert both
    for name in both:
        assert early[name] - late[name] == pytest.approx(600.0, abs=1e-4)  # the solver's own tolerance is 5e-6 s


def test_progress_is_one_plain_line_per_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_of("job") as progress:
        for i_step in range(1001):
            progress(i_step / 1000.0)
    assert capsys.readouterr().err.splitlines() == [f"job: {tenth}0 %" for tenth in range(1, 11)]


def test_figures_are_drawn_beside_a_comparison_and_for_one_run(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["compare", str(tiny), "--runs", str(tmp_path / "runs"), "--figures", str(tmp_path / "both"), "--json"]
    assert run_command_line(arguments) == 0
    folder = json.loads(capsys.readouterr().out)["rows"][0]["folder"]
    assert run_command_line(["plot", folder, "--out", str(tmp_path / "one")]) == 0
    assert capsys.readouterr().out == ""
    for figures in ("both", "one"):
        assert list((tmp_path / figures).glob("*.png"))
        assert list((tmp_path / figures).glob("*.pdf"))


@pytest.mark.parametrize(
    ("passed", "was_run", "code", "word"),
    [(True, True, 0, "held"), (False, True, 1, "broken"), (False, False, 1, "not run")],
)
def test_laws_are_told_one_by_one(
    passed: bool,
    was_run: bool,
    code: int,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = SimpleNamespace(name="never looks ahead", passed=passed, detail="12 decisions [seen]", was_run=was_run)
    module = ModuleType("scenarios.law_checks")
    module.check_scheduler = lambda _path: [report]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "scenarios.law_checks", module)
    assert run_command_line(["check-scheduler", "simulator.records:Scheduler"]) == code
    table = capsys.readouterr().out
    assert "never looks ahead" in table
    assert "12 decisions [seen]" in table
    assert word in table
    assert run_command_line(["check-scheduler", "phoenix", "--json"]) == code
    assert json.loads(capsys.readouterr().out) == {"rows": [vars(report)]}


def test_set_reaches_the_run(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", str(tiny), "--runs", str(tmp_path / "runs"), "--set", "tasks.load=0.1", "--json"]
    assert run_command_line(arguments) == 0
    folder = Path(json.loads(capsys.readouterr().out)["folder"])
    assert (folder / "scenario.yaml").read_text() == dump_scenario(load_scenario(tiny, ("tasks.load=0.1",)))


_OWN = """\
from scenarios import Scheduler
from simulator.records import Run
{extra}

class Own(Scheduler):
    name = "own"

    def decide(self, task, view):
        return Run(satellite={place})
"""


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with own modules in it forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return tmp_path


def test_a_scheduler_of_ones_own_is_run_again_when_it_or_what_it_imports_changes(
    own_folder: Path, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(place: str) -> str:
        for name in ("own_module", "own_helper"):
            sys.modules.pop(name, None)
        (own_folder / "own_helper.py").write_text(f"def place(task):\n    return {place}\n")
        importlib.invalidate_caches()
        assert run_command_line(["run", str(tiny), "--scheduler", "own_module:Own"]) == 0
        return capsys.readouterr().err.splitlines()[-1]

    (own_folder / "own_module.py").write_text(_OWN.format(extra="import own_helper", place="own_helper.place(task)"))
    first = told("task.source")
    assert first.startswith("run folder: ")
    assert told("task.source") == first.replace("run folder", "reused")
    assert told("0 * task.source").startswith("run folder: ")


def test_options_of_another_scheduler_are_left_out_with_a_note(
    own_folder: Path, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Alike by `run` and by `compare`; options named beside the other scheduler are its own."""
    tiny.write_text(
        tiny.read_text().replace("scheduler: oec-local", "scheduler: phoenix\nscheduler_options: {order: b}")
    )
    assert run_command_line(["run", str(tiny), "--scheduler", "bent-pipe"]) == 0
    told = capsys.readouterr().err
    assert "scheduler_options are those of phoenix: not used for bent-pipe" in told
    assert run_command_line(["compare", str(tiny), "--schedulers", "phoenix,bent-pipe"]) == 0
    beside = capsys.readouterr().err
    assert beside.count("not used for") == 1
    folder = told.splitlines()[-1].partition(": ")[2]
    assert f"bent-pipe: reused {folder}" in beside
    options = ["--set", "scheduler_options.max_hops=1"]
    assert run_command_line(["run", str(tiny), "--scheduler", "nearest-sunlit", *options]) == 0
    folder = capsys.readouterr().err.splitlines()[-1].partition(": ")[2]
    assert "max_hops: 1" in (Path(folder) / "scenario.yaml").read_text()
    assert run_command_line(["run", str(tiny), "--scheduler", "phoenix"]) == 0
    assert "not used for" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "extra", "code", "text"),
    [
        ("1 // 0", "", 1, "own_broken.py:9: unexpected ZeroDivisionError"),
        ("int('x')", "", 1, "own_broken.py:9: invalid literal"),
        ("-5", "", 1, "no such place"),
        ("exit(0)", "", 1, "own_broken.py:9: scheduler own_broken:Own left Python (SystemExit: 0)"),
        ("0", "raise SystemExit(0)", 3, "importing module 'own_broken' failed (SystemExit: 0)"),
        ("0", "1 / 0", 3, "importing module 'own_broken' failed (ZeroDivisionError"),
        ("0", "def (", 3, "importing module 'own_broken' failed (SyntaxError"),
    ],
)
def test_a_broken_scheduler_of_ones_own_is_told_with_its_place(
    own_folder: Path, tiny: Path, place: str, extra: str, code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sys.modules.pop("own_broken", None)
    (own_folder / "own_broken.py").write_text(_OWN.format(extra=extra, place=place))
    importlib.invalidate_caches()
    assert run_command_line(["run", str(tiny), "--scheduler", "own_broken:Own"]) == code
    error = capsys.readouterr().err
    assert text in error
    assert "Traceback" not in error


def test_what_is_no_scheduler_is_refused_before_the_run(
    own_folder: Path, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["run", str(tiny), "--scheduler", "fractions:Fraction"]) == 3
    assert "fractions:Fraction gives a Fraction, no Scheduler" in capsys.readouterr().err
    assert not list((own_folder / "runs").glob("*"))


def test_the_manifest_keeps_the_overrides(tiny: Path, tmp_path: Path) -> None:
    assert run_command_line(["run", str(tiny), "--set", "power.base_power_w=20", "--runs", str(tmp_path / "r")]) == 0
    (manifest,) = (tmp_path / "r").glob("*/manifest.json")
    assert json.loads(manifest.read_text())["overrides"] == ["power.base_power_w=20"]


def test_commands_that_write_files_tell_them_as_json(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["init", str(tmp_path / "a.yaml"), "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert run_command_line(["run", str(tiny), "--runs", str(tmp_path / "runs")]) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    capsys.readouterr()
    assert run_command_line(["plot", str(folder), "--out", str(tmp_path / "out"), "--json"]) == 0
    files += json.loads(capsys.readouterr().out)["files"]
    assert len(files) > 2
    assert all(Path(file).is_file() for file in files)
