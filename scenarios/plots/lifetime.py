"""How long batteries last under each scheduler, by three models side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from numpy.typing import NDArray

from scenarios.lifetime_ratios import lifetime_ratios
from scenarios.plots.curves import (
    FigureData,
    count_span,
    distribution,
    labelled_runs,
    plot_distributions,
    rows_by_label,
)
from scenarios.plots.panels import panels_in_a_row
from simulator.ageing import FifteenPointRule, PowerLaw, XuModel
from simulator.results import RunTables

_YEARS: Final = ((XuModel.name, "xu_lifetime_years"), (PowerLaw.name, "power_law_lifetime_years"))

_LONGEST_NAME: Final = 24
"""Letters of a run's name that fit under a panel."""

_MEDIANS_SHOWN: Final = 4.0
"""Longest life shown, in medians of the longest-lived run: a battery that hardly wears would squeeze all others."""

_SCHEMA: Final = pa.schema(
    [
        ("label", pa.string()),
        ("scheduler", pa.string()),
        ("model", pa.string()),
        ("lifetime", pa.float64()),
        ("unit", pa.string()),
        ("share", pa.float64()),
        ("n_sats", pa.int64()),
    ]
)


def lifetime_data(runs: Sequence[RunTables]) -> FigureData:
    """Return the distribution over satellites of the life of each one's battery, per model.

    Columns: `label`, `scheduler`, `model`, `lifetime` in `unit` (years, or times that of the first run),
    `share` (of satellites at or below), `n_sats`. Infinite lives count among all satellites and have no row; ratios
    are those of each satellite, of runs with as many satellites as the first.
    """
    if not all("min_xu_lifetime_years" in run.summary for run in runs):
        return {"": _SCHEMA.empty_table()}  # a run of a version that counted no cycles
    ratios = dict(zip((run.path for run in runs), lifetime_ratios(runs), strict=True))
    first = next(label for label, run in labelled_runs(runs) if run.path == runs[0].path)
    parts = [_SCHEMA.empty_table()]
    for label, run in labelled_runs(runs):
        for model, column in _YEARS:
            years = run.table("energy", [column])[column].to_numpy()
            parts.append(_curve(label, run.scheduler, model, years, "years"))
        if len(runs) > 1:
            unit = f"times {first}" if len(first) <= _LONGEST_NAME else "times the first run"
            parts.append(_curve(label, run.scheduler, FifteenPointRule.name, ratios[run.path].by_satellite, unit))
    return {"": pa.concat_tables(parts)}


def plot_lifetime(result: FigureData, ax: Axes) -> Axes:
    """Draw the share of satellites whose battery lasts at most x: a panel per model, the first of them in `ax`."""
    data = result[""]
    models = list(dict.fromkeys(data["model"].to_pylist()))
    for i_model, (model, panel) in enumerate(zip(models, panels_in_a_row(ax, len(models)), strict=True)):
        rows = data.filter(pa.array([other == model for other in data["model"].to_pylist()]))
        plot_distributions(rows, panel, x_column="lifetime", x_scale=1.0, has_steps=True)
        unit = rows["unit"][0].as_py()
        right = _right_end(rows, panel)
        panel.set_title(f"{model}{_not_shown(rows, right)}")
        panel.set_xlabel("Life at this season and load [years]" if unit == "years" else f"Battery life [{unit}]")
        panel.set_xlim(0.0, right)
        if i_model:
            panel.tick_params(labelleft=False)
    ax.set_ylabel(f"Satellites [%], n = {count_span(data['n_sats'].to_pylist())}")
    return ax


def _right_end(rows: pa.Table, panel: Axes) -> float:
    """Return where the axis ends: where the curves do, unless that is far beyond what most batteries last."""
    medians = []
    for _, own in rows_by_label(rows):
        lifetimes, share = own["lifetime"].to_numpy(), own["share"].to_numpy()
        medians.append(float(lifetimes[min(np.searchsorted(share, 0.5), lifetimes.size - 1)]))
    return min(panel.get_xlim()[1], _MEDIANS_SHOWN * max(medians))


def _not_shown(rows: pa.Table, right: float) -> str:
    """Return words for what a panel does not show: batteries that do not wear, and the longest life beyond its end."""
    missing = [100.0 * (1.0 - own["share"][-1].as_py()) for _, own in rows_by_label(rows)]
    low, high = f"{min(missing):.0f}", f"{max(missing):.0f}"
    span = high if low == high else f"{low}\N{EN DASH}{high}"
    longest = max(rows["lifetime"].to_pylist())
    words = [
        *([f"{span} % without wear"] if span != "0" else []),
        *([f"up to {longest:.0f}"] if longest > right else []),
    ]
    together = ",\n".join(words)
    return f" ({together})" if words else ""


def _curve(label: str, scheduler: str, model: str, lifetimes: NDArray[np.float64], unit: str) -> pa.Table:
    values, share = distribution(lifetimes[np.isfinite(lifetimes)], lifetimes.size, n_points=2000)
    n_rows = len(values)
    columns = (
        [label] * n_rows,
        [scheduler] * n_rows,
        [model] * n_rows,
        values,
        [unit] * n_rows,
        share,
        [lifetimes.size] * n_rows,
    )
    return pa.table(
        [pa.array(column, type=kind) for column, kind in zip(columns, _SCHEMA.types, strict=True)], schema=_SCHEMA
    )
