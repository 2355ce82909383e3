"""Groups of a mixed fleet as a table for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.markup import escape

from scenarios.cli.tables import captioned_table
from scenarios.cli.wear_tables import number

_N_SHOWN: Final = 40
"""Groups of a run that are printed; a fleet may have one for each satellite."""


def group_table(summaries: Sequence[Mapping[str, Any]]) -> Any:
    """Return the groups of each run as rows; fits a terminal of 80 columns."""
    caption = (
        "arose: tasks of its own satellites, and the share of them on time wherever they ran; ran: work that its "
        "processors did for whomever, in hours at speed 1; from battery: drawn from its batteries; mean DoD: mean "
        "over its satellites of the deepest discharge of each."
    )
    table = captioned_table("groups of satellites", caption)
    for heading in ("satel-\nlites", "arose", "on\ntime", "ran", "max\nDoD", "mean\nDoD", "from\nbattery"):
        table.add_column(heading, justify="right", no_wrap=True)
    for summary in summaries:
        if len(summaries) > 1:
            table.add_row(f"[italic]{escape(str(summary['scheduler']))}[/]")
        shown = list(summary["groups"].items())[:_N_SHOWN]
        for name, row in shown:
            share = row["share_on_time"]
            table.add_row(
                escape(name),
                str(row["n_satellites"]),
                str(row["n_tasks"]),
                "-" if share is None or math.isnan(share) else f"{100.0 * share:.2f} %",
                number(row["work_run_s"] / 3600.0, 2, " h"),
                number(row["max_depth_of_discharge"], 3),
                number(row["mean_max_depth_of_discharge"], 3),
                number(row["battery_energy_j"] * 1e-6, 2, " MJ"),
            )
        if len(summary["groups"]) > len(shown):
            table.add_row(f"[italic]and {len(summary['groups']) - len(shown)} more, in summary.json[/]")
    return table
