"""The command as other programs see it: real processes, signals, limits and streams."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.cli.entry import run_command_line

COMMAND = (sys.executable, "-m", "scenarios.cli")
# pydantic is not among them: typer itself imports it.
HEAVY = (
    "numpy",
    "scipy",
    "matplotlib",
    "skyfield",
    "sgp4",
    "simpy",
    "pyarrow",
    "networkx",
    "erfa",
    "yaml",
    "onnx",
    "onnxruntime",
    "torch",
)
_REPORT = """
import json, sys
from scenarios.cli.entry import run_command_line
code = run_command_line(sys.argv[1:])
print(json.dumps({"code": code, "modules": sorted(sys.modules)}), file=sys.stderr)
"""


def _run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=120, check=False, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("run", "--help"),
        ("compare", "-h"),
        ("study", "-h"),
        ("upsets", "-h"),
        ("radiation", "map", "-h"),
        ("--version",),
    ],
)
def test_help_is_instant_because_nothing_heavy_is_imported(arguments: tuple[str, ...]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _REPORT, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    report = json.loads(ended.stderr)
    assert report["code"] == 0
    assert [name for name in HEAVY if name in report["modules"]] == []


def test_help_teaches_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["--help"]) == 0
    top = capsys.readouterr().out
    assert "sunwise run headline-6x11" in " ".join(top.split())
    files = ("init", "validate", "schema")
    for command in (
        *files,
        "run",
        "compare",
        "study",
        "plot",
        "sunlight",
        "contacts",
        "upsets",
        "devices",
        "check-scheduler",
    ):
        assert command in top
        assert run_command_line([command, "--help"]) == 0
        assert re.search("Examples?: sunwise", " ".join(capsys.readouterr().out.split()))


def test_importing_the_package_is_light() -> None:
    code = "import sys, scenarios; print([m for m in sys.argv[1:] if m in sys.modules], sorted(dir(scenarios)))"
    ended = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "[] ['Scheduler', 'compare', 'load_scenario', 'run']"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_no_result(number: signal.Signals, code: int, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    arguments = ("run", "headline-6x11", "--scheduler", "oec-local", "--set", "duration.orbits=40", "--runs", str(runs))
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()  # it runs
        process.send_signal(number)
        output, rest = process.communicate(timeout=60)
    assert "headline-6x11, oec-local: 10 %" in line
    assert process.returncode == code
    assert output == ""
    assert "run the same command again" in rest
    assert "Traceback" not in rest
    assert not list(runs.glob("*/done.json"))


def test_a_full_disk_ends_with_74_and_no_result(tmp_path: Path) -> None:
    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # below the size of the task table

    runs = tmp_path / "runs"
    arguments = (
        "run",
        "headline-6x11",
        "--scheduler",
        "oec-local",
        "--set",
        "duration.orbits=1.2",
        "--runs",
        str(runs),
    )
    ended = _run(*arguments, preexec_fn=limit_files)
    assert ended.returncode == 74
    assert "cannot write" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(runs.glob("*/done.json"))


def test_colour_is_for_terminals_that_want_it() -> None:
    forced = {**os.environ, "NO_COLOR": "1", "TERM": "xterm-256color"}
    for environment in (dict(os.environ), forced):
        ended = _run("compare", "headline-6x11", "--schedulers", "x", env=environment)
        assert ended.returncode == 2
        assert "\x1b[" not in ended.stdout + ended.stderr
    assert "\x1b[" not in _run("--help", env=forced).stdout


def test_a_reader_that_goes_away_is_no_disaster() -> None:
    command = f"{' '.join(COMMAND)} sunlight oneweb --duration 1d | head -n 1"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120, check=True)
    assert ended.stdout.startswith("satellite")
    assert "Traceback" not in ended.stderr
    assert "BrokenPipe" not in ended.stderr
