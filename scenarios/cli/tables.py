"""Tables for people: summaries of runs, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rich.table import Table

Summary = Mapping[str, Any]

_PLACES = (
    ("ground", "ground"),
    ("source_sunlit", "source, lit"),
    ("source_battery", "source, battery"),
    ("other_sunlit", "other, lit"),
    ("other_battery", "other, battery"),
)


class LawReport(Protocol):
    """One law and whether a scheduler obeyed it."""

    @property
    def name(self) -> str:
        """The law."""
        ...

    @property
    def passed(self) -> bool:
        """Whether it held."""
        ...

    @property
    def detail(self) -> str:
        """What was seen."""
        ...


def comparison_table(title: str, summaries: Sequence[Summary]) -> Table:
    """Return schedulers as rows; changes are of the maximum depth of discharge, against the first row."""
    table = Table(title=f"{title}: {summaries[0]['n_tasks']} tasks, seed {summaries[0]['seed']}", title_justify="left")
    table.add_column("scheduler", style="bold")
    for heading in ("on time", "max DoD", "change", "battery [MJ]", "done in [s]", "hops"):
        table.add_column(heading, justify="right")
    for _, heading in _PLACES:
        table.add_column(heading, justify="right", style="dim")
    first = summaries[0]["max_depth_of_discharge"]
    for i_row, summary in enumerate(summaries):
        table.add_row(
            str(summary["scheduler"]),
            _percent(_on_time(summary), 2),
            _number(summary["max_depth_of_discharge"], 3),
            "" if i_row == 0 else _change(summary["max_depth_of_discharge"], first),
            _number(_scaled(summary["battery_energy_j"], 1e-6), 2),
            _number(summary["mean_completion_s"], 1),
            _number(summary["mean_hops"], 2),
            *(_percent(summary["share_by_place"].get(place), 1) for place, _ in _PLACES),
        )
    table.caption = (
        "on time: share of tasks delivered by their deadline. max DoD: deepest depth of discharge of any satellite; "
        "change against the first row. battery: energy drawn from all batteries. Last columns: where tasks ran, and on "
        "sunlight or battery."
    )
    table.caption_justify = "left"
    return table


def summary_table(title: str, summary: Summary) -> Table:
    """Return one run's summary, a line per quantity."""
    table = Table(
        title=f"{title}: {summary['scheduler']}, seed {summary['seed']}", title_justify="left", show_header=False
    )
    table.add_column("quantity", style="bold")
    table.add_column("value", justify="right")
    counts = [f"{summary[f'n_{fate}']} {fate.replace('_', ' ')}" for fate in ("late", "dropped", "lost", "in_flight")]
    rows = (
        ("tasks", str(summary["n_tasks"])),
        ("on time", _percent(_on_time(summary), 2)),
        ("not on time", ", ".join(counts)),
        ("max depth of discharge", _number(summary["max_depth_of_discharge"], 3)),
        ("its mean over satellites", _number(summary["mean_max_depth_of_discharge"], 3)),
        ("energy from batteries [MJ]", _number(_scaled(summary["battery_energy_j"], 1e-6), 2)),
        ("of it for tasks [MJ]", _number(_scaled(summary["battery_energy_tasks_j"], 1e-6), 2)),
        ("mean completion [s]", _number(summary["mean_completion_s"], 1)),
        ("mean hops", _number(summary["mean_hops"], 2)),
        *((f"ran on {name}", _percent(summary["share_by_place"].get(place), 1)) for place, name in _PLACES),
        ("energy ledger error", _exponent(summary["energy_ledger_relative_error"])),
    )
    for row in rows:
        table.add_row(*row)
    return table


def laws_table(scheduler: str, reports: Sequence[LawReport]) -> Table:
    """Return laws as rows."""
    table = Table(title=f"laws of schedulers: {scheduler}", title_justify="left")
    table.add_column("law", style="bold")
    table.add_column("result")
    table.add_column("detail")
    for report in reports:
        table.add_row(report.name, "[green]held[/]" if report.passed else "[red]broken[/]", report.detail)
    return table


def _on_time(summary: Summary) -> float | None:
    return summary["n_on_time"] / summary["n_tasks"] if summary["n_tasks"] else None


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _number(value: float | None, n_digits: int) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.{n_digits}f}"


def _exponent(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.1e}"


def _percent(value: float | None, n_digits: int) -> str:
    return "-" if value is None or math.isnan(value) else f"{100.0 * value:.{n_digits}f} %"


def _change(value: float | None, first: float | None) -> str:
    if value is None or not first or math.isnan(value) or math.isnan(first):
        return "-"
    return f"{100.0 * (value - first) / first:+.1f} %"
