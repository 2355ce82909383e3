"""What models cost under several schedulers, as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape

from scenarios.cli.tables import captioned_table


def model_table(summaries: Sequence[Mapping[str, Any]]) -> Any:
    """Return schedulers as rows; fits a terminal of 80 columns."""
    caption = (
        "on board: tasks that were given to a satellite that had their model; waited: tasks of the window that waited "
        "for nothing but their model."
    )
    table = captioned_table("models and their caches", caption)
    for heading in ("on\nboard", "waited", "mean\nwait", "fetches", "from\nstations", "from\nsatellites"):
        table.add_column(heading, justify="right", no_wrap=True)
    for summary in summaries:
        found = summary["models"]
        table.add_row(
            escape(str(summary["scheduler"])),
            "-" if found["hit_share"] is None else f"{100.0 * found['hit_share']:.1f} %",
            f"{found['n_tasks_waited']:,}",
            "-" if found["mean_wait_s"] is None else f"{found['mean_wait_s']:.1f} s",
            f"{found['n_fetches']:,}",
            f"{found['from_stations_bits'] / 1e9:.1f} Gbit",
            f"{found['from_neighbours_bits'] / 1e9:.1f} Gbit",
        )
    return table
