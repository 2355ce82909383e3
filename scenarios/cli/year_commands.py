"""`run --seasons` and `compare --seasons`: a year of short runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.cli.output import note, print_json, result_console
from scenarios.cli.progress import progress_of
from scenarios.config import Scenario

if TYPE_CHECKING:
    from scenarios.seasons import Year


def seasons(
    scenario: Scenario,
    schedulers: Sequence[str],
    n_seasons: int,
    runs_folder: Path,
    figures: Path | None,
    *,
    as_json: bool,
) -> None:
    """Run a scenario under some schedulers in each season and print how long batteries last over the year."""
    from scenarios.cli.wear_tables import seasons_table
    from scenarios.seasons import compare_over_year

    with progress_of(f"{scenario.name}, {n_seasons} seasons") as progress:
        years, results = compare_over_year(scenario, schedulers, n_seasons, runs_folder=runs_folder, progress=progress)
    n_reused = sum(result.reused for result in results)
    for text in dict.fromkeys(text for result in results for text in result.summary.get("warnings", ())):
        note(f"warning: {text}")
    note(f"{len(results)} runs in {runs_folder}, {n_reused} of them reused")
    if figures is not None:
        _draw(years, figures)
    if as_json:
        print_json({"rows": [_row(year) for year in years]})
    else:
        result_console().print(seasons_table(scenario.name, years, results[0].summary))


def _row(year: Year) -> dict[str, object]:
    """Return a year as JSON."""
    return {
        "scheduler": year.scheduler,
        "seasons": [
            {"date": date, "folder": str(folder), **asdict(figures)}
            for date, folder, figures in zip(year.dates, year.folders, year.seasons, strict=True)
        ],
        "year": asdict(year.whole),
        "fifteen_point_lifetime_ratio": {"worst": year.ratio.worst, "median": year.ratio.median},
    }


def _draw(years: Sequence[Year], folder: Path) -> None:
    from scenarios.plots.figures import draw_figure
    from scenarios.plots.seasons import plot_seasons, seasons_data
    from scenarios.plots.style import TWO_COLUMNS_IN

    folder.mkdir(parents=True, exist_ok=True)
    size_in = (TWO_COLUMNS_IN, 2.6)
    for path in draw_figure(folder / "seasons", seasons_data(years), plot_seasons, size_in=size_in, n_legend_columns=7):
        note(f"wrote {path}")
