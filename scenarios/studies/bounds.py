"""The least possible at the work that each run of a study completed, kept in files: bounds take seconds to minutes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final

from scenarios.config import Scenario
from scenarios.studies.execution import FinishedRun, Progress, StudyRuns
from scenarios.workers import Failure, Job, run_jobs
from simulator.results.files import write_durably

ON_FLOOR: Final = 1e-3
"""A depth of discharge this near to what the base load alone makes is on the floor: no scheduler can do better."""

_BUILD_S: Final = 2.0
_SATELLITE_S: Final = 0.15
"""Rough CPU seconds of a bound: for the problem, and for each satellite in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBounds:
    """Lower bounds for one run at the work that it completed; nan where no run without brown-outs completes it.

    `floor` is the depth of discharge of the base load alone; `is_comparable` is false for a run with brown-outs,
    which the bounds do not cover.
    """

    depth_bound: float
    floor: float
    energy_bound_j: float
    is_comparable: bool


def bound_runs(
    studies: Sequence[StudyRuns], *, folder: Path, n_workers: int, progress: Progress
) -> tuple[dict[str, RunBounds], list[str]]:
    """Return the bounds of all finished runs by the names of their folders, and what failed.

    Parameters
    ----------
    studies : sequence of StudyRuns
    folder : Path
        Holds one file per run; those that are there are not computed again.
    n_workers : int
    progress : callable
        Called with the finished share.
    """
    groups: dict[tuple[str, int], list[FinishedRun]] = {}
    for study in studies:
        for run in study.finished:
            groups.setdefault((f"{study.plan.study.name}, {run.planned.case}", run.planned.seed), []).append(run)
    jobs = [
        Job(
            call=partial(_bound_group, runs[0].planned.scenario, sorted({run.folder for run in runs}), folder),
            estimated_cpu_s=_BUILD_S + _SATELLITE_S * getattr(runs[0].planned.scenario.satellites, "n_sats", 300),
        )
        for runs in groups.values()
    ]
    outcomes = run_jobs(jobs, n_workers=n_workers, progress=progress)
    found: dict[str, RunBounds] = {}
    failures: list[str] = []
    for (case, seed), result in zip(groups, outcomes, strict=True):
        if isinstance(result, Failure):
            failures.append(f"bounds of {case}, seed {seed}: {result.message}")
        else:
            found |= result
    return found, failures


def _bound_group(
    scenario: Scenario, run_folders: Sequence[Path], folder: Path, report: Progress
) -> Mapping[str, RunBounds]:
    """Return the bounds of runs of one scenario under several schedulers: the problem is built once, if at all."""
    found: dict[str, RunBounds] = {}
    bound: Callable[[Path], RunBounds] | None = None
    for i_run, run_folder in enumerate(run_folders):
        path = folder / f"{run_folder.name}.json"
        if path.is_file():
            found[run_folder.name] = _read(path)
        else:
            bound = bound or _bounding(scenario)
            found[run_folder.name] = bound(run_folder)
            folder.mkdir(parents=True, exist_ok=True)
            write_durably(path, json.dumps(asdict(found[run_folder.name]), indent=1).encode())
        report((i_run + 1) / len(run_folders))
    return found


def _bounding(scenario: Scenario) -> Callable[[Path], RunBounds]:
    """Return a function from run folder to bounds that solves for each amount of completed work once."""
    from scenarios.bounding import bound_problem, completed_work
    from simulator.results import read_run

    problem = bound_problem(scenario)
    solved: dict[tuple[float, float], tuple[float, float, float]] = {}

    def bound(run_folder: Path) -> RunBounds:
        completed = completed_work(run_folder)
        amount = (completed.warm_up_s, completed.window_s)
        if amount not in solved:
            depth, energy = problem.depth_of_discharge(completed), problem.battery_energy(completed)
            solved[amount] = (depth.value, depth.floor, energy.value)
        depth_bound, floor, energy_bound_j = solved[amount]
        return RunBounds(
            depth_bound=depth_bound,
            floor=floor,
            energy_bound_j=energy_bound_j,
            is_comparable=read_run(run_folder).summary["unserved_energy_j"] == 0.0,
        )

    return bound


def _read(path: Path) -> RunBounds:
    """Return bounds from their file; a number that JSON lacks was written as NaN."""
    return RunBounds(**json.loads(path.read_bytes()))


def depth_gap(depth: float, bounds: RunBounds | None) -> float:
    """Return how far a depth of discharge is above its bound, nan where there is none."""
    return depth - bounds.depth_bound if bounds is not None and bounds.is_comparable else math.nan


def energy_gap_j(energy_j: float, bounds: RunBounds | None) -> float:
    """Return how far energy from batteries is above its bound, nan where there is none."""
    return energy_j - bounds.energy_bound_j if bounds is not None and bounds.is_comparable else math.nan
