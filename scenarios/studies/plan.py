"""What a study will run: every case under every scheduler with every seed, equal runs once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scenarios.config import Problem, Scenario, ScenarioError
from scenarios.config.scheduler_names import scheduler_problem
from scenarios.config.workload import TraceTasks
from scenarios.studies.files import StudyFile
from scenarios.studies.model import Study

_TASK_S: Final = {"mhspo": 2.2e-4, "oec-pipeline": 1.4e-4, "oec-local": 2.5e-5, "oec-cote": 3e-5, "bent-pipe": 5e-5}
"""CPU seconds per task that stand out, measured at 12 x 22 satellites."""

_OTHER_TASK_S: Final = 1.0e-4
_SATELLITE_ORBIT_S: Final = 2e-3
_USUAL_RATE_HZ: Final = 0.01
"""Taken where a file or geometry decides how often tasks arise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyChoice:
    """What a person chose beside the study's own defaults; None leaves them."""

    size: str | None = None
    schedulers: tuple[str, ...] | None = None
    seeds: tuple[int, ...] | None = None
    is_reduced: bool = False
    has_bounds: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """One run of a study."""

    case: str
    scenario: Scenario

    @property
    def scheduler(self) -> str:
        """Name of the scheduler."""
        return self.scenario.scheduler

    @property
    def seed(self) -> int:
        """Root of every random draw."""
        return self.scenario.seed

    @property
    def label(self) -> str:
        """What the run is called in messages."""
        return f"{self.case}, {self.scheduler}, seed {self.seed}"

    @property
    def estimated_cpu_s(self) -> float:
        """Rough cost, to start the longest runs first and to weigh progress."""
        scenario = self.scenario
        n_sats = getattr(scenario.satellites, "n_sats", 300)
        duration_s = scenario.times_s(5700.0)[1]
        rate_hz = math.nan if isinstance(scenario.tasks, TraceTasks) else scenario.tasks.mean_rate_hz
        rate_hz = _USUAL_RATE_HZ if math.isnan(rate_hz) else rate_hz
        n_tasks = rate_hz * n_sats * duration_s
        base_s = 0.5 + _SATELLITE_ORBIT_S * n_sats * duration_s / 5700.0
        return base_s + n_tasks * _TASK_S.get(self.scheduler, _OTHER_TASK_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPlan:
    """A study with its choices made; `runs` are in the order case, scheduler, seed."""

    study: Study
    size: str | None
    schedulers: tuple[str, ...]
    seeds: tuple[int, ...]
    is_reduced: bool
    has_bounds: bool
    scenarios: tuple[Scenario, ...]
    runs: tuple[PlannedRun, ...]

    @property
    def reference(self) -> str | None:
        """The scheduler that others are held against, None if it is not among those that run."""
        return self.study.reference if self.study.reference in self.schedulers else None


def plan_study(file: StudyFile, choice: StudyChoice) -> StudyPlan:
    """Return the runs of a study.

    Raises
    ------
    ScenarioError
        With every case that gives no valid scenario.
    ValueError
        If the chosen size or a chosen scheduler does not exist.
    """
    study = file.study
    reduced = study.reduced if choice.is_reduced else None
    size = study.size_named(choice.size or (reduced.size if reduced is not None else None))
    schedulers = choice.schedulers or (size.schedulers if size is not None else None) or study.schedulers
    seeds = choice.seeds or (reduced.seeds if reduced else None) or (size.seeds if size is not None else None)
    seeds = seeds or study.seeds
    _check_schedulers(schedulers)
    scenarios: list[Scenario] = []
    problems: dict[Problem, None] = {}
    for case in study.cases:
        try:
            scenarios.append(file.scenario_of(case, size, is_reduced=choice.is_reduced))
        except ScenarioError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise ScenarioError(list(problems))
    return StudyPlan(
        study=study,
        size=None if size is None else size.name,
        schedulers=tuple(schedulers),
        seeds=tuple(seeds),
        is_reduced=choice.is_reduced,
        has_bounds=study.bounds if choice.has_bounds is None else choice.has_bounds,
        scenarios=tuple(scenarios),
        runs=tuple(
            PlannedRun(
                case=case.name,
                scenario=scenario.with_scheduler(scheduler).model_copy(update={"seed": seed}),
            )
            for case, scenario in zip(study.cases, scenarios, strict=True)
            for scheduler in schedulers
            for seed in seeds
        ),
    )


def _check_schedulers(names: Sequence[str]) -> None:
    for name in names:
        if problem := scheduler_problem(name):
            raise ValueError(f"scheduler = {name!r}: {problem[0]}; {problem[1]}")
