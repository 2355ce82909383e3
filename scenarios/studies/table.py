"""The table of a study: a row per case and scheduler, means over seeds with their intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scenarios.config import Scenario
from scenarios.config.observation import ObservationTasks
from scenarios.config.workload import TraceTasks
from scenarios.studies.bounds import ON_FLOOR, RunBounds, depth_gap, energy_gap_j
from scenarios.studies.execution import FinishedRun, StudyRuns
from scenarios.studies.measures import MEASURE_NAMES
from scenarios.studies.statistics import Estimate, estimate, paired_difference

_SAME_WORK = 5e-4
"""Completed shares that differ by less are alike: one task in two thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundRow:
    """How a scheduler stands to the least possible in one case.

    `depth_bound` is at the work that each run completed itself, and so are the gaps to it and to the least energy from
    batteries; all are nan where a run had brown-outs, which the bounds do not cover. `depth_gap_difference` is that gap
    less the reference's, paired by seed. `share_of_gap_closed` is how much of the reference's distance to its bound
    this scheduler saves: 1 reaches the bound, 0 is like the reference, below 0 is worse; nan where it completed less
    work, where the reference is on the floor, or without a bound.
    """

    depth_bound: Estimate
    depth_gap: Estimate
    depth_gap_difference: Estimate
    energy_gap_j: Estimate
    is_on_floor: bool
    share_of_gap_closed: float
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRow:
    """One scheduler in one case.

    `load` is arrival rate times mean runtime on the case's processor, per satellite; nan for a trace and for captures
    without a `load`. `means` and `differences` (scheduler minus reference, over common seeds) are by the names of
    `Measures`; `differences` is empty for the reference and where it did not run.
    """

    case: str
    scheduler: str
    seeds: tuple[int, ...]
    load: float
    rate_per_satellite_hz: float
    means: Mapping[str, Estimate]
    differences: Mapping[str, Estimate]
    bound: BoundRow | None


def study_rows(runs: StudyRuns, bounds: Mapping[str, RunBounds]) -> list[StudyRow]:
    """Return the rows of a study in the order of its cases and schedulers; without finished runs there is no row.

    Parameters
    ----------
    runs : StudyRuns
    bounds : mapping
        Name of a run's folder to its bounds; empty without.
    """
    rows = []
    for case, scenario in zip(runs.plan.study.cases, runs.plan.scenarios, strict=True):
        by_scheduler = {
            scheduler: {
                run.planned.seed: run
                for run in runs.finished
                if run.planned.case == case.name and run.planned.scheduler == scheduler
            }
            for scheduler in runs.plan.schedulers
        }
        reference = by_scheduler.get(runs.plan.reference or "", {})
        for scheduler, by_seed in by_scheduler.items():
            if by_seed:
                others = reference if scheduler != runs.plan.reference else {}
                rows.append(_row(case.name, scenario, scheduler, by_seed, others, reference, bounds))
    return rows


def _row(
    case: str,
    scenario: Scenario,
    scheduler: str,
    by_seed: Mapping[int, FinishedRun],
    others: Mapping[int, FinishedRun],
    reference: Mapping[int, FinishedRun],
    bounds: Mapping[str, RunBounds],
) -> StudyRow:
    load, rate_hz = _load_and_rate_hz(scenario)
    values = {name: _values(by_seed, name) for name in MEASURE_NAMES}
    return StudyRow(
        case=case,
        scheduler=scheduler,
        seeds=tuple(by_seed),
        load=load,
        rate_per_satellite_hz=rate_hz,
        means={name: estimate(list(values[name].values())) for name in MEASURE_NAMES},
        differences={
            name: paired_difference(values[name], _values(others, name))
            for name in MEASURE_NAMES
            if others.keys() & by_seed.keys()
        },
        bound=_bound_row(by_seed, reference, bounds) if bounds else None,
    )


def _load_and_rate_hz(scenario: Scenario) -> tuple[float, float]:
    tasks = scenario.tasks
    if isinstance(tasks, TraceTasks):
        return math.nan, math.nan
    load = tasks.mean_rate_hz * tasks.mean_runtime_s if isinstance(tasks, ObservationTasks) else tasks.offered_load
    return load / scenario.processor.modes[0].speed, tasks.mean_rate_hz


def _values(by_seed: Mapping[int, FinishedRun], name: str) -> dict[int, float]:
    return {seed: float(getattr(run.measures, name)) for seed, run in by_seed.items()}


def _bound_row(
    by_seed: Mapping[int, FinishedRun], reference: Mapping[int, FinishedRun], bounds: Mapping[str, RunBounds]
) -> BoundRow | None:
    known = {seed: run for seed, run in by_seed.items() if run.folder.name in bounds}
    if not known:
        return None
    own = [bounds[run.folder.name] for run in known.values()]
    gaps = _gaps(known, bounds)
    closed, verdict = _against_reference(known, reference, bounds)
    return BoundRow(
        depth_bound=estimate([bound.depth_bound if bound.is_comparable else math.nan for bound in own]),
        depth_gap=estimate(list(gaps.values())),
        depth_gap_difference=paired_difference(gaps, {} if known == reference else _gaps(reference, bounds)),
        energy_gap_j=estimate(
            [energy_gap_j(run.measures.battery_energy_j, bounds[run.folder.name]) for run in known.values()]
        ),
        is_on_floor=_is_on_floor(known, bounds),
        share_of_gap_closed=closed,
        verdict=verdict,
    )


def _gaps(by_seed: Mapping[int, FinishedRun], bounds: Mapping[str, RunBounds]) -> dict[int, float]:
    return {
        seed: depth_gap(run.measures.max_depth_of_discharge, bounds.get(run.folder.name))
        for seed, run in by_seed.items()
    }


def _against_reference(
    by_seed: Mapping[int, FinishedRun], reference: Mapping[int, FinishedRun], bounds: Mapping[str, RunBounds]
) -> tuple[float, str]:
    """Return the share of the reference's gap that a scheduler closes, nan for none, and words for it.

    Completed work comes first: a depth of discharge of a scheduler that drops tasks says nothing beside one of a
    scheduler that does not.
    """
    if any(not bounds[run.folder.name].is_comparable for run in by_seed.values()):
        return math.nan, "brown-outs: no bound"
    common = sorted(by_seed.keys() & reference.keys())
    if not common:
        return math.nan, ""
    own, theirs = {seed: by_seed[seed] for seed in common}, {seed: reference[seed] for seed in common}
    if own == theirs:
        return math.nan, _remark_of_reference(own, bounds)
    more_work = paired_difference(_values(own, "completed_work_share"), _values(theirs, "completed_work_share")).mean
    if more_work < -_SAME_WORK:
        return math.nan, f"{more_work:+.2%} of the work"
    does_more = f"{more_work:+.2%} of the work, " if more_work > _SAME_WORK else ""
    if _is_on_floor(theirs, bounds):
        return math.nan, does_more + ("on the floor too" if _is_on_floor(own, bounds) else "above the floor")
    own_gap, their_gap = (estimate(list(_gaps(runs, bounds).values())).mean for runs in (own, theirs))
    if not (their_gap > 0.0 and math.isfinite(own_gap)):
        return math.nan, does_more.removesuffix(", ")
    closed = 1.0 - own_gap / their_gap
    words = f"closes {closed:.0%} of the gap" if closed >= 0.0 else f"{own_gap / their_gap:.1f} times the gap"
    return closed, does_more + words


def _remark_of_reference(runs: Mapping[int, FinishedRun], bounds: Mapping[str, RunBounds]) -> str:
    return "reference, on the floor" if _is_on_floor(runs, bounds) else "reference"


def _is_on_floor(runs: Mapping[int, FinishedRun], bounds: Mapping[str, RunBounds]) -> bool:
    return all(
        run.folder.name in bounds and run.measures.max_depth_of_discharge - bounds[run.folder.name].floor <= ON_FLOOR
        for run in runs.values()
    )


def failed_lines(runs: Sequence[StudyRuns]) -> list[str]:
    """Return a line per failed run."""
    return [
        f"{study.plan.study.name}: {failed.planned.label}: {failed.message}"
        for study in runs
        for failed in study.failed
    ]
