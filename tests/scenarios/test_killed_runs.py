"""The same command after SIGKILL gives the bytes of an undisturbed run; a finished run is reused."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

RUN = [
    sys.executable,
    "-m",
    "scenarios.cli",
    "run",
    "headline-6x11",
    "--set",
    "duration.orbits=1.5",
    "--set",
    "warm_up.orbits=0.5",
]
SAME_BYTES = ("tasks", "energy", "battery", "shadow", "links", "stations", "events")


def _start(runs: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*RUN, "--runs", str(runs)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _files(runs: Path) -> dict[str, bytes]:
    (folder,) = (path for path in runs.iterdir() if (path / "done.json").exists())
    names = [*(f"{table}.parquet" for table in SAME_BYTES), "scenario.yaml", "summary.json"]
    return {name: (folder / name).read_bytes() for name in names}


def test_a_killed_run_starts_again_and_ends_the_same(tmp_path):
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
    last = _start(tmp_path / "killed")
    _, told = last.communicate()
    assert last.returncode == 0
    assert _files(tmp_path / "killed") == _files(tmp_path / "undisturbed")
    again = _start(tmp_path / "killed")
    assert b"reused" in again.communicate()[1]
    assert b"Traceback" not in told
