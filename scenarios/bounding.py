"""Bounds of a scenario, and how far finished runs of it are above them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.compute as pc

from scenarios.build import build_world
from scenarios.config import Scenario
from scenarios.execution import Progress, compare
from scenarios.workload import build_tasks
from schedulers.bound import Bound, BoundProblem, CompletedWork
from simulator.records import Fate
from simulator.results import read_run

_EXACT_UP_TO: Final = 300
"""Satellites that are solved one by one; more are grouped."""

_N_GROUPS: Final = 300
_INTERVAL_S: Final = 80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PointOfCurve:
    """Both bounds at a share of the offered work."""

    share: float
    depth_of_discharge: Bound
    battery_energy_j: Bound


@dataclass(frozen=True, slots=True, kw_only=True)
class RunGap:
    """A run beside the bounds at the work that it completed itself.

    `is_comparable` is false for a run with brown-outs, which the bounds do not cover. `gap` of a figure is how far it
    is above its bound; nan where there is none.
    """

    scheduler: str
    folder: Path
    completed_share: float
    is_comparable: bool
    max_depth_of_discharge: float
    battery_energy_j: float
    depth_bound: Bound
    energy_bound: Bound

    @property
    def depth_gap(self) -> float:
        """Depth of discharge above its bound."""
        return self.max_depth_of_discharge - self.depth_bound.value if self.is_comparable else float("nan")

    @property
    def energy_gap_j(self) -> float:
        """Battery energy above its bound."""
        return self.battery_energy_j - self.energy_bound.value if self.is_comparable else float("nan")

    @property
    def is_on_floor(self) -> bool:
        """Whether its depth is within 0.001 of what the base load alone makes: no scheduler can do better."""
        return self.max_depth_of_discharge - self.depth_bound.floor <= 1e-3


def bound_problem(scenario: Scenario, *, interval_s: float | None = None, n_groups: int | None = None) -> BoundProblem:
    """Return the bound problem of a scenario; fleets of more than 300 satellites are grouped unless told otherwise."""
    world, _ = build_world(scenario)
    if n_groups is None and world.positions.n_sats > _EXACT_UP_TO:
        n_groups = _N_GROUPS
    return BoundProblem(world, build_tasks(scenario, world), interval_s=interval_s or _INTERVAL_S, n_groups=n_groups)


def curve(problem: BoundProblem, shares: Sequence[float]) -> list[PointOfCurve]:
    """Return both bounds at shares (0 to 1) of the offered work, of warm-up and window alike."""
    offered = problem.demand.offered
    points = []
    for share in shares:
        completed = CompletedWork(warm_up_s=share * offered.warm_up_s, window_s=share * offered.window_s)
        points.append(
            PointOfCurve(
                share=share,
                depth_of_discharge=problem.depth_of_discharge(completed),
                battery_energy_j=problem.battery_energy(completed),
            )
        )
    return points


def gaps(
    scenario: Scenario,
    problem: BoundProblem,
    schedulers: Sequence[str],
    *,
    runs_folder: Path,
    progress: Progress | None = None,
) -> list[RunGap]:
    """Run a scenario under several schedulers (finished runs are reused) and hold each against its own bounds."""
    results = compare(scenario, schedulers, runs_folder=runs_folder, progress=progress)
    return [_gap(problem, result.folder) for result in results]


def completed_work(folder: Path) -> CompletedWork:
    """Return the work of the tasks that a finished run delivered on time; equal tasks give equal sums in any order."""
    tasks = read_run(folder).table("tasks", ["work_s", "fate", "counted"])
    is_done = pc.equal(tasks["fate"].cast("string"), Fate.ON_TIME.value).to_numpy()
    is_counted, work_s = tasks["counted"].to_numpy(), tasks["work_s"].to_numpy()
    return CompletedWork(
        warm_up_s=math.fsum(work_s[is_done & ~is_counted]), window_s=math.fsum(work_s[is_done & is_counted])
    )


def _gap(problem: BoundProblem, folder: Path) -> RunGap:
    summary = read_run(folder).summary
    completed, offered_s = completed_work(folder), problem.demand.offered.window_s
    return RunGap(
        scheduler=str(summary["scheduler"]),
        folder=folder,
        completed_share=completed.window_s / offered_s if offered_s > 0.0 else float("nan"),
        is_comparable=summary["unserved_energy_j"] == 0.0,
        max_depth_of_discharge=float(summary["max_depth_of_discharge"]),
        battery_energy_j=float(summary["battery_energy_j"]),
        depth_bound=problem.depth_of_discharge(completed),
        energy_bound=problem.battery_energy(completed),
    )
