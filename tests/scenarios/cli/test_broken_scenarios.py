"""Broken scenario files: each is refused with exit code 3, the place, and what to write instead."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.cli.entry import run_command_line

# What to replace in the minimal scenario, by what, where the message points, and what it must say.
# Lines of the minimal scenario: 1 schema_version, 2 name, 3 epoch, 4 satellites, 5 kind, 6 planes, 7 per plane,
# 8 phasing, 9 altitude, 10 inclination, 11 duration, 12 tasks, 13 kind, 14 load, 15 scheduler.
EDITS: dict[str, tuple[str, str, str, str]] = {
    "missing version": ("schema_version: 1\n", "", ":1:1", "required key is missing; add schema_version: 1"),
    "future version": ("schema_version: 1", "schema_version: 7", ":1:17", "install a newer sunwise"),
    "option out of range": (
        "scheduler: oec-local",
        "scheduler: phoenix\nscheduler_options: {order: c}",
        ":16:28",
        "(got 'c'); write 'a'",
    ),
    "open quote": ("name: minimal", 'name: "minimal', ":2:7", "quoted scalar"),
    "name with slash": ("name: minimal", "name: a/b", ":2:7", "letters, digits"),
    "name is a number": ("name: minimal", "name: 5", ":2:7", 'put it in quotes: name: "5"'),
    "name missing": ("name: minimal\n", "", ":1:1", "add name: my-scenario"),
    "epoch without Z": ("00:00:00Z", "00:00:00", ":3:8", "for example 2026-06-21T00:00:00Z"),
    "epoch in no month": ("2026-06-21", "2026-13-21", ":3:8", "not an instant of UTC"),
    "unknown kind": ("kind: walker", "kind: walkre", ":5:3", "did you mean 'walker'?"),
    "no kind": ("  kind: walker\n", "", ":4:1", "add a line `kind: ...`"),
    "typing slip": ("planes: 2", "plains: 2", ":6:3", "did you mean 'planes'?"),
    "text for a number": ("planes: 2", "planes: two", ":6:11", "must be a whole number (got 'two')"),
    "quoted number": ("planes: 2", 'planes: "2"', ":6:11", "write for example planes: 6"),
    "fraction of a plane": ("planes: 2", "planes: 2.5", ":6:11", "must be a whole number (got 2.5)"),
    "truth for a number": ("planes: 2", "planes: true", ":6:11", "must be a whole number (got true)"),
    "negative planes": ("planes: 2", "planes: -2", ":6:11", "between 1 and 10000 (got -2)"),
    "no value": ("planes: 2", "planes:", ":6:10", "must be a whole number (got null)"),
    "too many": (
        "planes: 2\n  satellites_per_plane: 3",
        "planes: 9999\n  satellites_per_plane: 9999",
        ":6:11",
        "use fewer planes",
    ),
    "phasing above planes": ("phasing: 1", "phasing: 5", ":8:12", "write phasing: 1"),
    "altitude in metres": ("altitude_km: 550", "altitude_m: 550000", ":9:3", "is written altitude_km: 550"),
    "altitude of a mole": ("altitude_km: 550", "altitude_km: -550", ":9:16", "between 160 and 40000 (got -550)"),
    "altitude without unit": ("altitude_km: 550", "altitude: 550", ":9:3", "did you mean 'altitude_km'?"),
    "altitude too long": ("altitude_km: 550", f"altitude_km: {'9' * 350}", ":9:16", "altitude_km"),
    "NaN": ("inclination_deg: 53", "inclination_deg: .nan", ":10:20", "must be a finite number (got nan)"),
    "infinity": ("inclination_deg: 53", "inclination_deg: .inf", ":10:20", "must be a finite number (got inf)"),
    "inclination in radians": ("inclination_deg: 53", "inclination_rad: 0.925", ":10:3", "inclination_deg: 52.99"),
    "two units of time": ("{orbits: 2}", "{orbits: 2, days: 1}", ":11:11", "exactly one of orbits, seconds, days"),
    "no unit of time": ("{orbits: 2}", "7200", ":11:11", "write for example duration: {orbits: 4}"),
    "wrong unit of time": ("{orbits: 2}", "{hours: 2}", ":11:12", "known keys here: orbits, seconds, days"),
    "no time at all": ("{orbits: 2}", "{orbits: 0}", ":11:11", "must be greater than 0"),
    "warm-up eats all": ("{orbits: 2}", "{seconds: 60}", ":1:1", "lengthen duration or shorten warm_up"),
    "load twice": ("load: 0.36", "load: 0.36\n  rate_per_satellite_hz: 1", ":15:26", "keep one"),
    "range as a negative number": (
        "load: 0.36",
        "load: 0.36\n  input_mbit: -1",
        ":15:15",
        "tasks.input_mbit: must be between 0 and 1000000000 (got -1); write for example input_mbit: {low: 100,",
    ),
    "range as zero": ("load: 0.36", "load: 0.36\n  runtime_s: 0", ":15:14", "tasks.runtime_s: must be greater than 0"),
    "no load": ("  load: 0.36\n", "", ":13:3", "write for example load: 0.36"),
    "negative load": ("load: 0.36", "load: -1", ":14:9", "greater than 0"),
    "range turned around": ("load: 0.36", "load: 1\n  runtime_s: {low: 9, high: 3}", ":15:29", "swap the two"),
    "half a range": ("load: 0.36", "load: 1\n  runtime_s: {low: 9}", ":15:3", "tasks.runtime_s.high: required"),
    "deadline before arrival": (
        "load: 0.36",
        "load: 1\n  deadline_s: -5",
        ":15:15",
        "tasks.deadline_s: must be between",
    ),
    "deadline too short": ("load: 0.36", "load: 1\n  deadline_s: 5", ":15:15", "lengthen deadline_s"),
    "deadline of zero": ("load: 0.36", "load: 1\n  deadline_s: 0", ":15:15", "must be greater than 0"),
    "nowhere to deliver": ("load: 0.36", "load: 1\n  deliver_to: ground", ":15:15", "add stations under ground"),
    "box upside down": (
        "load: 0.36",
        "load: 1\n  pattern: {kind: ground, boxes: [{latitude_deg: [9, 3], longitude_deg: [0, 1], weight: 1}]}",
        ":15:50",
        "south then north",
    ),
    "box with one edge": (
        "load: 0.36",
        "load: 1\n  pattern: {kind: ground, boxes: [{latitude_deg: 9, longitude_deg: [0, 1], weight: 1}]}",
        ":15:50",
        "write for example latitude_deg: [36, 60]",
    ),
    "no such orbit file": (
        "kind: walker\n  planes: 2\n  satellites_per_plane: 3\n  phasing: 1\n  altitude_km: 550\n  inclination_deg: 53",
        "kind: file\n  path: no.tle",
        ":6:9",
        "write the path relative to the scenario file",
    ),
    "no such trace": ("kind: poisson\n  load: 0.36", "kind: trace\n  path: no.csv", ":14:9", "no such file"),
    "section of another kind": ("kind: poisson", "kind: trace\n  path: x", ":15:3", "another kind of tasks"),
    "unknown scheduler": ("oec-local", "phenix", ":15:12", "did you mean 'phoenix'?"),
    "scheduler is a list": ("oec-local", "[oec-local]", ":15:12", "must be text"),
    "alias": ("oec-local", "*name", ":15:12", "an alias (*name) is not allowed; write the value out"),
    "tab": ("  load: 0.36", "\tload: 0.36", ":14:1", "indent with spaces, not tabs"),
    "open bracket": ("{orbits: 2}", "{orbits: 2", ":12:6", "YAML syntax"),
    "key twice": ("scheduler: oec-local", "name: again\nscheduler: oec-local", ":15:1", "first in line 2"),
}

# What to add after line 15, where the message points, and what it must say.
ADDITIONS: dict[str, tuple[str, str, str]] = {
    "battery of a joule": (
        "power: {base_power_w: 40, battery_capacity_kj: 0.0399}",
        ":16:48",
        "write 0.04 or more",
    ),
    "battery of a group": (
        "fleet: {groups: [{name: small, planes: [0], power: {battery_capacity_kj: 0.02}}]}",
        ":16:",
        "fleet.groups[0].power.battery_capacity_kj: lasts 30 W of base_power_w",
    ),
    "negative capacity": ("power: {battery_capacity_kj: -340}", ":16:30", "greater than 0"),
    "capacity in watt-hours": ("power: {battery_capacity_wh: 94.4}", ":16:9", "is written battery_capacity_kj: 339.84"),
    "percent": ("power: {charge_efficiency: 95}", ":16:28", "at most 1 (got 95)"),
    "power is a list": ("power: [200, 30]", ":16:8", "section of `key: value` lines"),
    "misplaced key": ("altitude_km: 550", ":16:1", "it belongs elsewhere: satellites.altitude_km"),
    "station at latitude 95": (
        "ground:\n  stations:\n    - {name: A, latitude_deg: 95, longitude_deg: 0}", ":18:31", "-90 and 90 (got 95)"
    ),
    "two stations of one name": (
        "ground:\n  stations:\n" + "    - {name: A, latitude_deg: 5, longitude_deg: 0}\n" * 2, ":19:14", "own name"
    ),
    "no channel": (
        "ground:\n  stations:\n    - {name: A, latitude_deg: 5, longitude_deg: 0, channels: 0}", ":18:62", "1 and 10000"
    ),
    "stations is a section": ("ground: {stations: {name: A}}", ":16:20", "must be a list"),
    "rate in Mbit/s": ("links: {rate_mbps: 100}", ":16:9", "100 mbps is written rate_gbps: 0.1"),
    "unknown topology": ("links: {topology: plusgrid}", ":16:19", "did you mean 'plus_grid'?"),
    "rate of zero": ("links: {rate_gbps: 0}", ":16:20", "greater than 0"),
    "no modes": ("processor: {modes: []}", ":16:20", "needs at least 1"),
    "modes of one name": ("processor: {modes: [{name: a}, {name: a}]}", ":16:39", "give each mode its own name"),
    "option of another": ("scheduler_options: {ordr: a}", ":16:27", "oec-local has no such option; its options: none"),
    "list as option": ("scheduler_options: {a: [1]}", ":16:24", "lists and sections are not options"),
    "negative seed": ("seed: -1", ":16:7", "between 0 and"),
    "negative age": ("state_age_s: -1", ":16:14", "between 0 and"),
    "traces in words": ("record: {battery_traces: x}", ":16:26", "must be a whole number (got 'x')"),
    "warm-up as long as all": ("warm_up: {orbits: 2}", ":16:10", "lengthen duration"),
    "shadow of a cube": ("shadow: {body: cube}", ":16:16", "must be one of wgs84, sphere"),
    "anchor": ("seed: &seed 1", ":16:7", "an anchor (&seed) is not allowed"),
    "tag": ("seed: !!python/name:os.system 1", ":16:7", "is not allowed; remove it"),
    "second scenario": ("---\nseed: 1", ":16:1", "keep one scenario per file"),
}  # fmt: skip

# Whole files.
FILES: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", ":1:1", "start from the scenario that `sunwise init` writes"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ":1:1", "a scenario is UTF-8 text"),
    "a list": (b"- 1\n", ":1:1", "not a list of `key: value` lines"),
    "latin-1": ("name: Z\xfcrich\n".encode("latin-1"), ":1:8", "not UTF-8 text (byte 0xfc)"),
    "too deep": (b"a: " + b"[" * 100_000, ":1:", "levels deep"),
    "a TLE": (b"1 25544U 98067A   26079.5 .0 0 0 0 9\n2 25544  51.6 0 0 0 0 15.5\n", ":1:1", "`sunwise init`"),
}


def _refused(path: Path, where: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run_command_line(["validate", str(path)])
    output = capsys.readouterr()
    assert code == 3
    assert f"{path}{where}" in output.err
    assert told in output.err
    assert "Traceback" not in output.err + output.out
    lines = output.err.splitlines()
    for line in lines:
        assert line.startswith(f"{path}:"), "every line names its place"
    assert len({line.partition(": ")[0] for line in lines}) == len(lines), "every place is named once"


@pytest.mark.parametrize("case", EDITS)
def test_edited_scenarios_are_refused(
    case: str, minimal_text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new, where, told = EDITS[case]
    assert minimal_text.count(old) == 1
    path = tmp_path / "broken.yaml"
    path.write_text(minimal_text.replace(old, new))
    _refused(path, where, told, capsys)


@pytest.mark.parametrize("case", ADDITIONS)
def test_scenarios_with_something_wrong_added_are_refused(
    case: str, minimal_text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    addition, where, told = ADDITIONS[case]
    path = tmp_path / "broken.yaml"
    path.write_text(f"{minimal_text}{addition}\n")
    _refused(path, where, told, capsys)


@pytest.mark.parametrize("case", FILES)
def test_what_is_no_scenario_is_refused(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, where, told = FILES[case]
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    _refused(path, where, told, capsys)


def test_an_anchor_bomb_is_refused_in_a_moment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines))
    assert run_command_line(["run", str(path)]) == 3
    told = capsys.readouterr().err
    assert f"{path}:1:5: an anchor (&a0) is not allowed; write the value out" in told
    assert "more" in told.splitlines()[-1]  # the list is cut


@pytest.mark.parametrize("command", ["validate", "run", "compare", "sunlight", "contacts"])
def test_a_missing_scenario_is_refused_by_every_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line([command, "headline-6x1.yaml"]) == 3
    told = capsys.readouterr().err
    assert "no such file; did you mean the library's 'headline-6x11'?" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("case", ["altitude in metres", "key twice", "alias"])
def test_real_processes_leave_with_code_3(case: str, minimal_text: str, tmp_path: Path) -> None:
    old, new, where, told = EDITS[case]
    path = tmp_path / "broken.yaml"
    path.write_text(minimal_text.replace(old, new))
    ended = subprocess.run(
        [sys.executable, "-m", "scenarios.cli", "run", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 3
    assert ended.stdout == ""
    assert f"{path}{where}" in ended.stderr
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
