"""A run without a simulation, written through the real classes; also a program that tests start and kill.

`python synthetic_run.py RUNS_FOLDER N_TASKS [FSYNC_THAT_KILLS]` prints `ready`, then `wrote` or `reused`;
exits with 74 when the disk fails, as the command line does.
"""

from __future__ import annotations

import math
import os
import signal
import sys
from pathlib import Path

import numpy as np

from simulator.records import Fate, Place
from simulator.results import Provenance, RunFolder, open_run, run_key, summarise

SCENARIO = "seed: 7\nscheduler: synthetic\n"
N_SATS = 12


def write_run(runs_folder: Path, n_tasks: int) -> tuple[RunFolder, bool]:
    """Return the run and whether this call wrote it."""
    key = run_key(f"{SCENARIO}{n_tasks}", {}, "test code")
    with open_run(runs_folder, key) as run:
        if run.is_finished:
            return run, False
        run.write_scenario(SCENARIO)
        tasks = run.table("tasks")
        for row in task_rows(n_tasks):
            tasks.append(row)
        energy = run.table("energy")
        for i_sat in range(N_SATS):
            energy.append(energy_row(i_sat))
        run.close_tables()
        extra = {"n_sats": N_SATS, "n_arrived_whole_run": n_tasks}
        summary = summarise(
            tasks.path, energy.path, scheduler="synthetic", seed=7, scenario_name="synthetic", extra=extra
        )
        run.write_summary(summary)
        run.finish(Provenance(scenario_name="synthetic", scheduler="synthetic", seed=7))
    return run, True


def task_rows(n_tasks: int) -> list[tuple[object, ...]]:
    """Return rows of the task table, the same on every call."""
    rng = np.random.default_rng(7)
    arrivals_s = np.cumsum(rng.exponential(2.0, n_tasks)).tolist()
    delays_s = rng.gamma(2.0, 5.0, n_tasks).tolist()
    fates = rng.choice([fate.value for fate in Fate], n_tasks).tolist()
    places = rng.choice([place.value for place in Place], n_tasks).tolist()
    return [
        (
            *(i, i % N_SATS, (i + 1) % N_SATS, -1, arrivals_s[i], arrivals_s[i] + 900.0, 8e6, 8e4, 10.0, "source"),
            *(None, fates[i], places[i], i % 5, arrivals_s[i] + 1.0, arrivals_s[i] + delays_s[i]),
            *(arrivals_s[i] + delays_s[i] + 0.1, "", i % 3 > 0),
        )
        for i in range(n_tasks)
    ]


def energy_row(i_sat: int) -> tuple[object, ...]:
    """Return the row of one satellite in the energy table."""
    ledger = (1e6, 5e6, 3e6, 1e6, 1e5, 2e4, 9e5, 9e5, 8e4, 0.0, 1e-14)
    window = (2e6 + i_sat, 1e5, 0.2 + 0.01 * i_sat, 3600.0, 0.6, 500.0, 0, 0.0)
    wear = (3.0, 0.6, 0.9, 4.0 + 0.1 * i_sat, 8.0 if i_sat else math.inf)
    return (i_sat, f"sat-{i_sat}", i_sat // 4, *ledger, *window, *wear)


def result_bytes(folder: Path) -> dict[str, bytes]:
    """Return what must be the same on every run: everything but the files that hold times."""
    timed = {"manifest.json", "log.jsonl", "done.json"}
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in timed}


def _kill_at_fsync(n_before: int) -> None:
    """Make the process kill itself, as the kernel would, at one of its calls of fsync."""
    real, calls = os.fsync, iter(range(10_000))

    def fsync(descriptor: int) -> None:
        if next(calls) == n_before:
            os.kill(os.getpid(), signal.SIGKILL)
        real(descriptor)

    os.fsync = fsync


def main() -> int:
    if len(sys.argv) > 3:
        _kill_at_fsync(int(sys.argv[3]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        _, has_written = write_run(Path(sys.argv[1]), int(sys.argv[2]))
    except OSError:
        return 74
    sys.stdout.write("wrote\n" if has_written else "reused\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
