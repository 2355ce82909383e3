"""What captures, memories and queues for the ground cost a run of 72 x 22 satellites: CPU time with and without them.

The same mean load over one orbit, tables included. Random tasks of the headline are the run without. A capture mostly
stays where it arises, which takes less deciding than a random task by night: so `phoenix` can be faster with captures.
"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.result import Result
from scenarios.config import load_scenario
from scenarios.execution import run

SHELL = ("satellites.planes=72", "satellites.satellites_per_plane=22", "duration.orbits=1", "warm_up.orbits=0")
MEMORIES = ("storage.capacity_gbit=128", "storage.overflow=drop_lowest_priority")
COPY = "storage.raw_to_ground_share=0.3"
RUNS = {
    "none": ("headline-72x22", SHELL),
    "captures": ("eo-optical-12x22", SHELL),
    "memories and queues": ("headline-72x22", (*SHELL, *MEMORIES)),
    "memories and queues, 30 % of inputs sent down": ("headline-72x22", (*SHELL, *MEMORIES, COPY)),
    "captures, memories and queues": ("eo-optical-12x22", (*SHELL, *MEMORIES)),
}
MOST_TIMES = 1.5


def measure(_: int) -> list[Result]:
    """Measure OEC-local, which decides nothing and so shows most of what is added, and PHOENIX."""
    return [result for scheduler in ("oec-local", "phoenix") for result in _of_scheduler(scheduler)]


def _of_scheduler(scheduler: str) -> list[Result]:
    spent_s = {name: _alone_cpu_s(base, (*sets, f"scheduler={scheduler}")) for name, (base, sets) in RUNS.items()}
    without_s = spent_s.pop("none")
    return [
        Result(
            what=f"72 x 22, {scheduler}: {name}",
            measured=with_s / without_s,
            unit="x",
            target=MOST_TIMES if scheduler == "phoenix" else None,
            note=f"{with_s:.1f} s with, {without_s:.1f} s without, once",
        )
        for name, with_s in spent_s.items()
    ]


def _alone_cpu_s(base: str, sets: tuple[str, ...]) -> float:
    """Measure in a process of its own, as captures that a process has solved for serve all its runs."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        process.submit(_cpu_s, "headline-6x11", ("duration.orbits=0.3", "warm_up.orbits=0.1")).result()
        return process.submit(_cpu_s, base, sets).result()


def _cpu_s(base: str, sets: tuple[str, ...]) -> float:
    scenario = load_scenario(base, sets)
    start_s = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        run(scenario, runs_folder=Path(folder))
    return time.process_time() - start_s
