"""Tables for people: summaries of runs, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from scenarios.cli.inference_summary import inference_rows
from scenarios.cli.model_rows import model_rows
from scenarios.cli.radiation_summary import radiation_rows
from scenarios.cli.storage_rows import storage_rows
from scenarios.cli.wear_tables import number, wear_rows
from scenarios.cli.world_rows import adversity_rows, observation_rows

Summary = Mapping[str, Any]

_PLACES = (
    ("ground", "ground"),
    ("source_sunlit", "source, sunlight"),
    ("source_battery", "source, battery"),
    ("other_sunlit", "other, sunlight"),
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
    def was_run(self) -> bool:
        """Whether there was anything to hold it against."""
        ...

    @property
    def detail(self) -> str:
        """What was seen."""
        ...


def captioned_table(title: str, caption: str) -> Table:
    """Return a table without rows whose first column names them."""
    table = Table(
        title=title,
        title_justify="left",
        caption=caption,
        caption_justify="left",
        box=SIMPLE_HEAD,
        collapse_padding=True,
        padding=(0, 1),
    )
    table.add_column("", style="bold", overflow="fold")
    return table


def comparison_tables(title: str, summaries: Sequence[Summary]) -> tuple[Table, Table]:
    """Return schedulers as rows: how they did, and where their tasks ran. Both fit a terminal of 80 columns."""
    return _outcome_table(title, summaries), _place_table(summaries)


def _outcome_table(title: str, summaries: Sequence[Summary]) -> Table:
    """Return how schedulers did; changes are of the maximum depth of discharge, against the first row."""
    table = Table(
        title=f"{title}: {summaries[0]['n_tasks']} tasks, seed {summaries[0]['seed']}",
        title_justify="left",
        caption="max DoD: deepest depth of discharge of any satellite; p99: of all but the worst 1 % of satellites; "
        "change of the maximum against the first row. from battery: "
        "energy drawn from all batteries. mean time: from arrival to delivery.",
        caption_justify="left",
        box=SIMPLE_HEAD,
        collapse_padding=True,
        padding=(0, 1),
    )
    table.add_column("scheduler", style="bold", overflow="fold")  # a long name must not crowd out numbers
    for heading in ("on\ntime", "max\nDoD", "p99\nDoD", "change", "from\nbattery", "mean\ntime", "mean\nhops"):
        table.add_column(heading, justify="right", no_wrap=True)
    first = summaries[0]["max_depth_of_discharge"]
    for i_row, summary in enumerate(summaries):
        table.add_row(
            str(summary["scheduler"]),
            _percent(_on_time(summary), 2),
            number(summary["max_depth_of_discharge"], 3),
            number(summary["p99_max_depth_of_discharge"], 3),
            "" if i_row == 0 else _change(summary["max_depth_of_discharge"], first),
            number(_scaled(summary["battery_energy_j"], 1e-6), 2, " MJ"),
            number(summary["mean_completion_s"], 1, " s"),
            number(summary["mean_hops"], 2),
        )
    return table


def _place_table(summaries: Sequence[Summary]) -> Table:
    """Return where tasks ran, as shares of all that ran."""
    table = Table(title="where tasks ran, and on what energy", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    table.add_column("scheduler", style="bold", overflow="fold")  # a long name must not crowd out numbers
    for _, heading in _PLACES:
        table.add_column(heading.replace(", ", "\n"), justify="right", no_wrap=True)
    for summary in summaries:
        shares = (_percent(summary["share_by_place"].get(place), 1) for place, _ in _PLACES)
        table.add_row(str(summary["scheduler"]), *shares)
    return table


def signalling_table(summaries: Sequence[Summary]) -> Table:
    """Return what the information of schedulers costs; fits a terminal of 80 columns."""
    table = Table(
        title="control messages per satellite and hour",
        title_justify="left",
        caption="state: what satellites report of themselves with state_age_s > 0; ideal: known everywhere at once, "
        "which no messages could achieve. own: plans, tables and prices that the scheduler shares.",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1),
    )
    table.add_column("scheduler", style="bold", overflow="fold")  # a long name must not crowd out numbers
    for heading in ("state\nmessages", "state\nkbit", "own\nmessages", "own\nkbit"):
        table.add_column(heading, justify="right", no_wrap=True)
    for summary in summaries:
        table.add_row(
            str(summary["scheduler"]),
            _state_reports(summary, "state_reports", 1.0),
            _state_reports(summary, "state_report_bits", 1e-3),
            number(summary["control_messages_per_satellite_h"], 1),
            number(_scaled(summary["control_bits_per_satellite_h"], 1e-3), 1),
        )
    return table


def _state_reports(summary: Summary, key: str, factor: float) -> str:
    rate = summary[f"{key}_per_satellite_h"]
    return "ideal" if rate is None else number(factor * rate, 1)


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
        ("max depth of discharge", number(summary["max_depth_of_discharge"], 3)),
        ("its 99th percentile over satellites", number(summary["p99_max_depth_of_discharge"], 3)),
        ("its mean over satellites", number(summary["mean_max_depth_of_discharge"], 3)),
        ("energy from batteries \\[MJ]", number(_scaled(summary["battery_energy_j"], 1e-6), 2)),
        ("of it for tasks \\[MJ]", number(_scaled(summary["battery_energy_tasks_j"], 1e-6), 2)),
        *wear_rows(summary),
        ("mean completion \\[s]", number(summary["mean_completion_s"], 1)),
        ("mean hops", number(summary["mean_hops"], 2)),
        *((f"ran on {name}", _percent(summary["share_by_place"].get(place), 1)) for place, name in _PLACES),
        ("state reports per satellite and hour", _state_reports(summary, "state_reports", 1.0)),
        ("control messages per satellite and hour", number(summary["control_messages_per_satellite_h"], 1)),
        *observation_rows(summary),
        *adversity_rows(summary),
        *radiation_rows(summary),
        *inference_rows(summary),
        *storage_rows(summary),
        *model_rows(summary),
        ("energy ledger error", _exponent(summary["energy_ledger_relative_error"])),
    )
    for row in rows:
        table.add_row(*row)
    return table


def laws_table(scheduler: str, reports: Sequence[LawReport]) -> Table:
    """Return laws as rows."""
    table = Table(title=f"laws of schedulers: {scheduler}", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("law", style="bold")
    table.add_column("result")
    table.add_column("detail")
    for report in reports:
        broken = "[red]broken[/]" if report.was_run else "[yellow]not run[/]"
        table.add_row(escape(report.name), "[green]held[/]" if report.passed else broken, escape(report.detail))
    return table


def _on_time(summary: Summary) -> float | None:
    return summary["n_on_time"] / summary["n_tasks"] if summary["n_tasks"] else None


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _exponent(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.1e}"


def _percent(value: float | None, n_digits: int) -> str:
    return "-" if value is None or math.isnan(value) else f"{100.0 * value:.{n_digits}f} %"


def _change(value: float | None, first: float | None) -> str:
    if value is None or not first or math.isnan(value) or math.isnan(first):
        return "-"
    return f"{100.0 * (value - first) / first:+.1f} %"
