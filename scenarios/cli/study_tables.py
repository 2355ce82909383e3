"""Tables of studies for people: a row per case and scheduler."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from scenarios.studies.output import seeds_text
from scenarios.studies.plan import StudyPlan
from scenarios.studies.statistics import Estimate
from scenarios.studies.table import StudyRow

_COLUMNS: tuple[tuple[str, str, float, int], ...] = (
    ("on\ntime [%]", "completed_share", 100.0, 2),
    ("max\nDoD", "max_depth_of_discharge", 1.0, 3),
    ("p99\nDoD", "p99_depth_of_discharge", 1.0, 3),
    ("mean of\nmaxima", "mean_max_depth_of_discharge", 1.0, 3),
    ("battery\n[MJ]", "battery_energy_j", 1e-6, 1),
    ("mean\ntime [s]", "mean_completion_s", 1.0, 1),
    ("mean\nhops", "mean_hops", 1.0, 2),
)
"""Heading, measure, factor to the unit shown, digits."""


def means_table(plan: StudyPlan, rows: Sequence[StudyRow]) -> Table:
    """Return means over seeds with their intervals."""
    size = f", {plan.size}" if plan.size else ""
    table = _table(f"{plan.study.name}{size}: {seeds_text(plan)}")
    _add_case_rows(
        table, rows, lambda row: [_cell(row.means[name], factor, n_digits) for _, name, factor, n_digits in _COLUMNS]
    )
    return table


def differences_table(plan: StudyPlan, rows: Sequence[StudyRow]) -> Table:
    """Return paired differences from the reference scheduler."""
    table = _table(f"against {plan.reference}, same seed and so same arrivals: difference of each figure")
    others = [row for row in rows if row.differences]
    _add_case_rows(
        table,
        others,
        lambda row: [_cell(row.differences[name], factor, n, sign="+") for _, name, factor, n in _COLUMNS],
    )
    return table


def bounds_table(plan: StudyPlan, rows: Sequence[StudyRow]) -> Table:
    """Return how far schedulers are from the least possible at the work that they completed."""
    table = Table(
        title="against the least possible at the work that each completed; completed work comes first",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1),
    )
    table.add_column("case")
    table.add_column("scheduler", style="bold", overflow="fold")
    for heading in ("work\ndone [%]", "max\nDoD", "bound", "gap"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column(f"beside {plan.reference}" if plan.reference else "")
    for case, own in groupby([row for row in rows if row.bound is not None], key=lambda row: row.case):
        for i_row, row in enumerate(own):
            assert row.bound is not None
            table.add_row(
                "" if i_row else escape(case),
                escape(row.scheduler),
                _cell(row.means["completed_work_share"], 100.0, 2),
                _cell(row.means["max_depth_of_discharge"], 1.0, 3),
                _cell(row.bound.depth_bound, 1.0, 3),
                _cell(row.bound.depth_gap, 1.0, 3),
                row.bound.verdict,
            )
        table.add_section()
    return table


def loads_table(rows: Sequence[StudyRow]) -> Table:
    """Return the load and the arrival rate of each case."""
    table = Table(title="load and arrivals of the cases", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    table.add_column("case")
    table.add_column("load", justify="right")
    table.add_column("tasks per satellite\nand hour", justify="right")
    for case, own in groupby(rows, key=lambda row: row.case):
        first = next(own)
        table.add_row(escape(case), _number(first.load, 3), _number(3600.0 * first.rate_per_satellite_hz, 1))
    return table


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    table.add_column("case")
    table.add_column("scheduler", style="bold", overflow="fold")
    for heading, *_ in _COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _add_case_rows(table: Table, rows: Sequence[StudyRow], cells: Callable[[StudyRow], list[str]]) -> None:
    for case, own in groupby(rows, key=lambda row: row.case):
        for i_row, row in enumerate(own):
            table.add_row("" if i_row else escape(case), escape(row.scheduler), *cells(row))
        table.add_section()


def _cell(value: Estimate, factor: float, n_digits: int, sign: str = "") -> str:
    """Return a mean, and below it its interval where there is one."""
    text = _number(value.mean * factor, n_digits, sign)
    if math.isnan(value.half_width):
        return text
    return f"{text}\n\N{PLUS-MINUS SIGN}{_number(value.half_width * factor, n_digits)}"


def _number(value: float, n_digits: int, sign: str = "") -> str:
    return "-" if math.isnan(value) else f"{value:{sign}.{n_digits}f}"
