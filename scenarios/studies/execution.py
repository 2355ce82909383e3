"""Runs of planned studies, each an ordinary run in the runs folder: a finished one is reused, equal ones run once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scenarios.config import Scenario, dump_scenario
from scenarios.execution import run
from scenarios.studies.measures import Measures, measures_of
from scenarios.studies.plan import PlannedRun, StudyPlan
from scenarios.workers import Failure, Job, run_jobs

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A run of a study with its folder and figures."""

    planned: PlannedRun
    folder: Path
    measures: Measures


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRun:
    """A run of a study that gave no result."""

    planned: PlannedRun
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRuns:
    """What came of the runs of a study, in the order of its plan."""

    plan: StudyPlan
    finished: tuple[FinishedRun, ...]
    failed: tuple[FailedRun, ...]


def run_studies(
    plans: Sequence[StudyPlan], *, runs_folder: Path, n_workers: int, progress: Progress
) -> list[StudyRuns]:
    """Run all that several studies plan and return what came of each; a run that fails stops no other.

    Parameters
    ----------
    plans : sequence of StudyPlan
    runs_folder : Path
        Where finished runs are kept and found again: an interrupted study goes on where it was.
    n_workers : int
        Processes; results do not depend on it.
    progress : callable
        Called with the finished share of all runs.
    """
    texts = [[dump_scenario(planned.scenario) for planned in plan.runs] for plan in plans]
    different: dict[str, PlannedRun] = {}
    for plan, own_texts in zip(plans, texts, strict=True):
        for planned, text in zip(plan.runs, own_texts, strict=True):
            different.setdefault(text, planned)
    jobs = [
        Job(call=partial(_run, planned.scenario, runs_folder), estimated_cpu_s=planned.estimated_cpu_s)
        for planned in different.values()
    ]
    outcomes = run_jobs(jobs, n_workers=n_workers, progress=progress)
    results = dict(zip(different, outcomes, strict=True))
    return [
        _sorted_out(plan, [results[text] for text in own_texts]) for plan, own_texts in zip(plans, texts, strict=True)
    ]


def _run(scenario: Scenario, runs_folder: Path, report: Progress) -> tuple[Path, Measures]:
    folder = run(scenario, runs_folder=runs_folder, progress=report).folder
    return folder, measures_of(folder)


def _sorted_out(plan: StudyPlan, results: Sequence[tuple[Path, Measures] | Failure]) -> StudyRuns:
    finished: list[FinishedRun] = []
    failed: list[FailedRun] = []
    for planned, result in zip(plan.runs, results, strict=True):
        if isinstance(result, Failure):
            failed.append(FailedRun(planned=planned, message=result.message))
        else:
            finished.append(FinishedRun(planned=planned, folder=result[0], measures=result[1]))
    return StudyRuns(plan=plan, finished=tuple(finished), failed=tuple(failed))
