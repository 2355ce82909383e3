"""How long batteries last at each season and over the year, per scheduler and model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
from matplotlib.axes import Axes

from scenarios.plots.curves import FigureData, looks_by_label, nested_widths, scheduler_names
from scenarios.plots.panels import panels_in_a_row
from scenarios.seasons import LifetimeFigures, Year
from simulator.ageing import PowerLaw, XuModel

_MODELS: Final = ((XuModel.name, "xu_years"), (PowerLaw.name, "power_law_years"))
_WHOLE: Final = "year"

_SCHEMA: Final = pa.schema(
    [
        ("label", pa.string()),
        ("scheduler", pa.string()),
        ("model", pa.string()),
        ("date", pa.string()),
        ("shortest_years", pa.float64()),
        ("median_years", pa.float64()),
    ]
)


def seasons_data(years: Sequence[Year]) -> FigureData:
    """Return the lives at each season and, with `year` for a date, over the year, per model."""
    labels = scheduler_names(year.scheduler for year in years)
    rows = [
        (labels[year.scheduler], year.scheduler, model, date, *_lives(figures, key))
        for year in years
        for model, key in _MODELS
        for date, figures in zip((*year.dates, _WHOLE), (*year.seasons, year.whole), strict=True)
    ]
    columns = [pa.array(column, type=kind) for column, kind in zip(zip(*rows, strict=True), _SCHEMA.types, strict=True)]
    return {"": pa.table(columns, schema=_SCHEMA)}


def plot_seasons(result: FigureData, ax: Axes) -> Axes:
    """Draw the shortest life of any satellite at each season as dots, over the year as a line; a panel per model."""
    data = result[""]
    for (model, _), panel in zip(_MODELS, panels_in_a_row(ax, len(_MODELS)), strict=True):
        curves = looks_by_label(data.filter(pa.array([other == model for other in data["model"].to_pylist()])))
        for (label, look, rows), width in zip(curves, nested_widths(len(curves)), strict=True):
            *lives, whole = rows["shortest_years"].to_pylist()
            dates = rows["date"].to_pylist()[:-1]
            panel.plot(range(len(lives)), lives, "o", color=look.colour, markersize=2.0 + width, clip_on=False)
            panel.axhline(whole, color=look.colour, linestyle=look.dash, linewidth=width, label=label)
            panel.set_xticks(*_ticks(dates))
        panel.set_title(model)
        panel.set_xlabel("Season of the run (dots), the whole year (line)")
        panel.set_ylim(bottom=0.0)
    ax.set_ylabel("Shortest battery life [years]")
    return ax


def _ticks(dates: Sequence[str]) -> tuple[list[int], list[str]]:
    """Return at most seven places and the month and day that stand there."""
    step = -(-len(dates) // 7)
    places = list(range(0, len(dates), step))
    return places, [dates[place][5:] for place in places]


def _lives(figures: LifetimeFigures, key: str) -> tuple[float, float]:
    return getattr(figures, f"min_{key}"), getattr(figures, f"median_{key}")
