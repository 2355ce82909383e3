"""The 72 x 22 headline run: CPU seconds and the most memory it ever held, imports and tables included."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.result import Result, memory_mib
from scenarios.config import load_scenario
from scenarios.execution import run

GIB_IN_MIB = 1024.0


FLAT_MIB = 20.0
"""Growth that counts as flat: a fifteenth of the process, where a leak of 100 bytes a task would show as 125 MiB."""


def oec_local(_: int) -> list[Result]:
    """Run four orbits with every task where it arises."""
    return _run("oec-local", n_orbits=4, target_s=25.0)


def phoenix(_: int) -> list[Result]:
    """Run four orbits with PHOENIX."""
    return _run("phoenix", n_orbits=4, target_s=60.0)


def phoenix_long(_: int) -> list[Result]:
    """Run sixteen orbits with PHOENIX, and see how much the simulation grows between the fourth and the last.

    Closing the tables of a finished run takes more memory than running it, at any length; the peak above shows it.
    """
    peak_mib: dict[float, float] = {}

    def watch(done: float) -> None:
        peak_mib[done] = memory_mib("VmHWM")

    results = _run("phoenix", n_orbits=16, target_s=None, progress=watch)
    grown = Result(
        what="  peak memory of orbits 5 to 16 above orbits 1 to 4",
        measured=peak_mib[1.0] - peak_mib[0.25],
        unit="MiB",
        target=FLAT_MIB,
        note=f"{peak_mib[0.25]:.0f}, {peak_mib[0.5]:.0f}, {peak_mib[1.0]:.0f} MiB after orbits 4, 8, 16, tables open",
    )
    return [*results, grown]


def _run(
    scheduler: str, n_orbits: int, target_s: float | None, progress: Callable[[float], None] | None = None
) -> list[Result]:
    scenario = load_scenario("headline-72x22", [f"scheduler={scheduler}", f"duration.orbits={n_orbits}"])
    with tempfile.TemporaryDirectory() as folder:
        result = run(scenario, runs_folder=Path(folder), progress=progress)
    cpu_s, peak_mib = time.process_time(), memory_mib("VmHWM")
    what = f"72 x 22 headline, {n_orbits} orbits, {scheduler}"
    n_tasks = result.summary["n_arrived_whole_run"]
    return [
        Result(
            what=f"{what}: time",
            measured=cpu_s,
            unit="s",
            target=target_s,
            note=f"{n_tasks:,} tasks, once, from the start of Python",
        ),
        Result(what=f"{what}: peak memory", measured=peak_mib, unit="MiB", target=GIB_IN_MIB),
    ]
