"""The same command after SIGKILL gives the bytes of an undisturbed run; a finished run is reused."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from scenarios.cli.entry import run_command_line

RUN = ["run", "headline-6x11", "--set", "duration.orbits=1.5", "--set", "warm_up.orbits=0.5"]
SAME_BYTES = ("tasks", "energy", "battery", "shadow", "links", "stations", "events")


def _start(runs: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "scenarios.cli", *RUN]
    return subprocess.Popen([*command, "--runs", str(runs)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _files(runs: Path) -> dict[str, bytes]:
    (folder,) = (path for path in runs.iterdir() if (path / "done.json").exists())
    names = [*(f"{table}.parquet" for table in SAME_BYTES), "scenario.yaml", "summary.json"]
    return {name: (folder / name).read_bytes() for name in names}


def test_a_killed_run_starts_again_and_ends_the_same(tmp_path, capsys):
    begun_s = time.monotonic()
    undisturbed = _start(tmp_path / "undisturbed")
    undisturbed.communicate()
    assert undisturbed.returncode == 0
    length_s = time.monotonic() - begun_s
    moments = random.Random(7)  # when to kill; the outcome must not depend on it
    killed = 0
    for _ in range(4):
        process = _start(tmp_path / "killed")
        time.sleep(moments.uniform(0.3, 0.95) * length_s)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
    assert killed, "every process ended before it was killed: the test tried nothing"
    assert run_command_line([*RUN, "--runs", str(tmp_path / "killed")]) == 0
    assert "Traceback" not in capsys.readouterr().err
    assert _files(tmp_path / "killed") == _files(tmp_path / "undisturbed")
    assert run_command_line([*RUN, "--runs", str(tmp_path / "killed")]) == 0
    assert "reused" in capsys.readouterr().err
