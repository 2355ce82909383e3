"""How many tasks schedulers place per CPU second, side by side: planning and the looks at the view included."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from benchmarks.result import Result
from scenarios.build import build_world
from scenarios.config import Scenario, load_scenario
from scenarios.custom_class import load_class
from scenarios.workload import build_tasks
from schedulers import SCHEDULERS
from simulator.engine.simulation import Simulation
from simulator.engine.world import TaskRow, World
from simulator.outages import Outage
from simulator.records import Decision, Outcome, Scheduler, Signalling, Task, View
from simulator.sunlight import Illumination

CONTESTANTS = ("phoenix", "planned-flow", "mhspo")
SPAN_S = 900.0
"""Longer than any deadline, so that backlogs are those of a longer run, and short enough for four regimes."""

REGIMES = {
    "load 0.36": ("tasks.load=0.36",),
    "load 0.36, no ground": ("tasks.load=0.36", "ground.stations=[]"),
    "load 0.9": ("tasks.load=0.9",),
    "load 0.9, no ground": ("tasks.load=0.9", "ground.stations=[]"),
}
HEADLINE = "load 0.36"

_Answer = TypeVar("_Answer")


class TimedScheduler(Scheduler):
    """Any scheduler with a stop watch around every call; the watch itself, below a microsecond, is not taken off."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.name = scheduler.name
        self.n_questions = 0
        self.spent_ns = 0

    def start(self, view: View) -> float | None:
        return self._timed(lambda: self.scheduler.start(view))

    def wake(self, view: View) -> float | None:
        return self._timed(lambda: self.scheduler.wake(view))

    def decide(self, task: Task, view: View) -> Decision:
        self.n_questions += 1
        return self._timed(lambda: self.scheduler.decide(task, view))

    def signalling(self) -> Signalling:
        return self.scheduler.signalling()

    def _timed(self, call: Callable[[], _Answer]) -> _Answer:
        start_ns = time.thread_time_ns()
        answer = call()
        self.spent_ns += time.thread_time_ns() - start_ns
        return answer


class TimedObserver(TimedScheduler):
    """The same for one that hears of the ends of tasks; the engine tells only those that override `observe`."""

    def observe(self, outcome: Outcome, view: View) -> None:
        self._timed(lambda: self.scheduler.observe(outcome, view))


class NoRecords:
    """A recorder that keeps nothing."""

    def task(self, row: TaskRow) -> None: ...
    def event(self, t_s: float, satellite: int, kind: str, detail: str) -> None: ...
    def outage(self, outage: Outage) -> None: ...
    def illumination(self, illumination: Illumination) -> None: ...
    def battery(self, satellite: int, points: list[tuple[float, float]]) -> None: ...


def measure(_: int, names: Sequence[str] = CONTESTANTS) -> list[Result]:
    """Run every scheduler once in every regime, one after the other in each, after a minute to warm up."""
    results = []
    _regime(names, 60.0, REGIMES[HEADLINE])
    for regime, overrides in REGIMES.items():
        measured = _regime(names, SPAN_S, overrides)
        results += [_result(regime, name, measured) for name in names]
    return results


def _regime(names: Sequence[str], span_s: float, overrides: Sequence[str]) -> dict[str, tuple[float, str]]:
    """Return what `_placed_per_s` returns for each scheduler."""
    span = ("duration.orbits=null", f"duration.seconds={span_s}", "warm_up.orbits=null", "warm_up.seconds=0")
    scenario = load_scenario("headline-72x22", [*span, *overrides])
    world, _left_out = build_world(scenario)
    return {name: _placed_per_s(name, scenario, world) for name in names}


def _placed_per_s(name: str, scenario: Scenario, world: World) -> tuple[float, str]:
    """Return tasks placed per CPU second, and what lies behind the number."""
    scheduler = load_class(name)() if ":" in name else SCHEDULERS[name]()
    watches = type(scheduler).observe is not Scheduler.observe
    timed = TimedObserver(scheduler) if watches else TimedScheduler(scheduler)
    simulation = Simulation(world, timed, build_tasks(scenario, world), NoRecords(), np.random.default_rng(1))
    simulation.run()
    n_tasks, spent_s = simulation.dispatcher.n_arrived, timed.spent_ns * 1e-9
    return n_tasks / spent_s, f"{n_tasks:,} tasks, {timed.n_questions:,} questions, {spent_s:.1f} s, in {SPAN_S:g} s"


def _result(regime: str, name: str, measured: dict[str, tuple[float, str]]) -> Result:
    rate_hz, note = measured[name]
    has_target = name == "phoenix" and regime == HEADLINE
    is_beside = name != "phoenix" and "phoenix" in measured
    return Result(
        what=f"decisions, 1,584 satellites, {regime}: {name}",
        measured=rate_hz,
        unit="tasks/s",
        target=20_000.0 if has_target else None,
        is_floor=True,
        peer="phoenix" if is_beside else "",
        peer_measured=measured["phoenix"][0] if is_beside else None,
        note=note,
    )
