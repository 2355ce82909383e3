"""Shadow and batteries beside Basilisk, in a throw-away environment; left out where it does not install."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from benchmarks.batteries import live_a_day, small_battery_world
from benchmarks.result import DAY_S, Result, interleaved_medians_s
from simulator.sunlight import solve_illumination

INSTALL_LIMIT_S = 400.0
RUN_LIMIT_S = 120.0
N_SATS = 1_584


def measure(n_rounds: int) -> list[Result]:
    """Measure a day of light and batteries, and a short span of the same in Basilisk, one after the other."""
    world = small_battery_world()

    def a_day() -> None:
        live_a_day(world, solve_illumination(world.positions, 0.0, DAY_S, world.shadow))

    with tempfile.TemporaryDirectory() as folder:
        python = _environment(Path(folder))
        ours_s, theirs_s = [], []
        for _ in range(n_rounds if python else 1):
            ours_s.append(interleaved_medians_s({"ours": a_day}, 1)["ours"])
            spent_s = _cpu_s_per_satellite_day(python) if python else None
            if spent_s is not None:
                theirs_s.append(spent_s * N_SATS)
    return [
        Result(
            what="light and batteries, 1,584 satellites, 1 day",
            measured=statistics.median(ours_s),
            unit="s",
            peer="Basilisk ticking 10 s (scaled from 40 satellites, one orbit)",
            peer_measured=statistics.median(theirs_s) if theirs_s else None,
            note="" if theirs_s else "Basilisk did not install or run here: left out",
        )
    ]


def _environment(folder: Path) -> Path | None:
    """Return the Python of a fresh environment with Basilisk, None where pip cannot give it."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "bsk"]
    print("basilisk: installing bsk into a temporary environment ...", file=sys.stderr, flush=True)
    return python if _output(install, INSTALL_LIMIT_S) is not None else None


def _cpu_s_per_satellite_day(python: Path) -> float | None:
    output = _output([str(python), str(Path(__file__).with_name("basilisk_peer.py"))], RUN_LIMIT_S)
    return float(output.splitlines()[-1]) if output else None


def _output(command: list[str], limit_s: float) -> str | None:
    """Return what a command prints, None if it fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"basilisk: {error}", file=sys.stderr)
        return None
    return done.stdout
