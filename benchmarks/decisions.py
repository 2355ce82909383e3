"""How many decisions PHOENIX takes per CPU second in the headline, the look at its view included."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.result import Result
from scenarios.build import build_tasks, build_world
from scenarios.config import load_scenario
from schedulers.phoenix import PhoenixScheduler
from simulator.engine.simulation import Simulation
from simulator.engine.world import TaskRow
from simulator.records import Decision, Task, View
from simulator.sunlight import Illumination


class TimedPhoenix(PhoenixScheduler):
    """PHOENIX with a stop watch around each decision."""

    def __init__(self) -> None:
        super().__init__()
        self.n_decisions = 0
        self.spent_ns = 0

    def decide(self, task: Task, view: View) -> Decision:
        start_ns = time.thread_time_ns()
        decision = super().decide(task, view)
        self.spent_ns += time.thread_time_ns() - start_ns
        self.n_decisions += 1
        return decision


class NoRecords:
    """A recorder that keeps nothing."""

    def task(self, row: TaskRow) -> None: ...
    def event(self, t_s: float, satellite: int, kind: str, detail: str) -> None: ...
    def illumination(self, illumination: Illumination) -> None: ...
    def battery(self, satellite: int, points: list[tuple[float, float]]) -> None: ...


def watch_ns() -> float:
    """Return what looking at the stop watch twice costs."""
    start_ns = time.thread_time_ns()
    for _ in range(10_000):
        time.thread_time_ns()
    return (time.thread_time_ns() - start_ns) / 10_000


def measure(_: int) -> list[Result]:
    """Run one orbit and a short warm-up."""
    scenario = load_scenario("headline-72x22", ["duration.orbits=1.2", "warm_up.orbits=0.2"])
    world, _left_out = build_world(scenario)
    scheduler = TimedPhoenix()
    Simulation(world, scheduler, build_tasks(scenario, world), NoRecords(), np.random.default_rng(1)).run()
    spent_s = (scheduler.spent_ns - scheduler.n_decisions * watch_ns()) * 1e-9
    return [
        Result(
            what="PHOENIX decisions, 1,584 satellites",
            measured=scheduler.n_decisions / spent_s,
            unit="/s",
            target=20_000.0,
            is_floor=True,
            note=f"{scheduler.n_decisions:,} decisions in 1.2 orbits",
        )
    ]
