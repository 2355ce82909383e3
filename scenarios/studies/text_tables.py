"""The tables of a study as text, to be shown on a terminal or in a report."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from scenarios.studies.output import seeds_text
from scenarios.studies.plan import StudyPlan
from scenarios.studies.statistics import Estimate
from scenarios.studies.table import StudyRow

_MEASURES: Final[tuple[tuple[str, str, float, int], ...]] = (
    ("on time [%]", "completed_share", 100.0, 2),
    ("max DoD", "max_depth_of_discharge", 1.0, 3),
    ("p99 DoD", "p99_depth_of_discharge", 1.0, 3),
    ("mean of maxima", "mean_max_depth_of_discharge", 1.0, 3),
    ("battery [MJ]", "battery_energy_j", 1e-6, 1),
    ("mean time [s]", "mean_completion_s", 1.0, 1),
    ("mean hops", "mean_hops", 1.0, 2),
)
"""Heading, measure, factor to the unit shown, digits."""

EXPLANATION: Final = (
    "DoD: depth of discharge of each satellite at its deepest moment after warm-up; its maximum, 99th percentile and "
    "mean over satellites. Battery: energy from all batteries. Mean time: from arrival to delivery."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """A table of text: the first `n_names` columns name a row, the last is a remark if `has_remark`, else numbers."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_names: int = 2
    has_remark: bool = False

    @property
    def is_number(self) -> tuple[bool, ...]:
        """Whether each column holds numbers."""
        n_numbers = len(self.headings) - self.n_names - self.has_remark
        return (False,) * self.n_names + (True,) * n_numbers + (False,) * self.has_remark


def text_tables(plan: StudyPlan, rows: Sequence[StudyRow]) -> list[TextTable]:
    """Return means, paired differences, bounds and loads, each where there is something to tell."""
    tables = [_means(plan, rows)]
    if any(row.differences for row in rows):
        tables.append(_differences(plan, rows))
    if any(row.bound for row in rows):
        tables.append(_bounds(plan, rows))
    tables.append(_loads(rows))
    return tables


def _means(plan: StudyPlan, rows: Sequence[StudyRow]) -> TextTable:
    size = f", {plan.size}" if plan.size else ""
    return _measure_table(f"{plan.study.name}{size}: {seeds_text(plan)}", rows, lambda row: row.means, sign="")


def _differences(plan: StudyPlan, rows: Sequence[StudyRow]) -> TextTable:
    title = f"differences from {plan.reference}, seed by seed: the same seed means the same arrivals"
    return _measure_table(title, [row for row in rows if row.differences], lambda row: row.differences, sign="+")


def _measure_table(
    title: str, rows: Sequence[StudyRow], of: Callable[[StudyRow], Mapping[str, Estimate]], sign: str
) -> TextTable:
    return TextTable(
        title=title,
        headings=("case", "scheduler", *(heading for heading, *_ in _MEASURES)),
        rows=tuple(
            (row.case, row.scheduler, *(_cell(of(row)[name], factor, n, sign) for _, name, factor, n in _MEASURES))
            for row in rows
        ),
    )


def _bounds(plan: StudyPlan, rows: Sequence[StudyRow]) -> TextTable:
    beside = f"beside {plan.reference}" if plan.reference else "remark"
    return TextTable(
        title="against the least possible at the work that each completed; completed work comes first",
        headings=("case", "scheduler", "work done [%]", "max DoD", "least DoD", "gap", beside),
        rows=tuple(
            (
                row.case,
                row.scheduler,
                _cell(row.means["completed_work_share"], 100.0, 2),
                _cell(row.means["max_depth_of_discharge"], 1.0, 3),
                _cell(row.bound.depth_bound, 1.0, 3),
                _cell(row.bound.depth_gap, 1.0, 3),
                row.bound.verdict,
            )
            for row in rows
            if row.bound is not None
        ),
        has_remark=True,
    )


def _loads(rows: Sequence[StudyRow]) -> TextTable:
    first_rows = [next(own) for _, own in groupby(rows, key=lambda row: row.case)]
    return TextTable(
        title="load and arrivals",
        headings=("case", "load", "tasks per satellite and hour"),
        rows=tuple(
            (row.case, _number(row.load, 3), _number(3600.0 * row.rate_per_satellite_hz, 1)) for row in first_rows
        ),
        n_names=1,
    )


def _cell(value: Estimate, factor: float, n_digits: int, sign: str = "") -> str:
    """Return a mean, and its interval where there is one."""
    text = _number(value.mean * factor, n_digits, sign)
    if math.isnan(value.half_width):
        return text
    return f"{text} \N{PLUS-MINUS SIGN}{_number(value.half_width * factor, n_digits)}"


def _number(value: float, n_digits: int, sign: str = "") -> str:
    if math.isnan(value):
        return "-"
    rounded = round(value, n_digits)
    return f"{rounded:{sign}.{n_digits}f}" if rounded else f"{0.0:.{n_digits}f}"  # no sign where nothing is left of it
