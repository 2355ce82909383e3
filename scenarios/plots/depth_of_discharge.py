"""How deep each satellite's battery is discharged at worst, per scheduler."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from scenarios.plots.curves import (
    FigureData,
    count_span,
    distribution,
    extremes,
    labelled_runs,
    looks_by_label,
    plot_distributions,
    rows_by_label,
)
from simulator.results import RunTables

_COLUMN = "max_depth_of_discharge"


def depth_of_discharge_data(runs: Sequence[RunTables]) -> FigureData:
    """Return the distribution over satellites of each one's largest depth of discharge inside the window.

    Columns: `label`, `scheduler`, `max_depth_of_discharge`, `share` (of satellites at or below), `n_sats`.
    """
    return pooled_depth_of_discharge_data([(label, [run]) for label, run in labelled_runs(runs)])


def pooled_depth_of_discharge_data(groups: Sequence[tuple[str, Sequence[RunTables]]]) -> FigureData:
    """Return the same with one curve per group: a label and the runs of one scheduler whose satellites it pools."""
    parts = []
    for label, runs in groups:
        depths = np.concatenate([run.table("energy", [_COLUMN])[_COLUMN].to_numpy() for run in runs])
        values, share = distribution(depths, depths.size, n_points=2000)
        n_rows = len(values)
        parts.append(
            pa.table(
                {
                    "label": [label] * n_rows,
                    "scheduler": [runs[0].scheduler] * n_rows,
                    _COLUMN: values,
                    "share": share,
                    "n_sats": [depths.size] * n_rows,
                }
            )
        )
    return {"": pa.concat_tables(parts)}


def plot_depth_of_discharge(result: FigureData, ax: Axes) -> Axes:
    """Draw the share of satellites whose battery was never deeper discharged than x."""
    data = result[""]
    plot_distributions(data, ax, x_column=_COLUMN, x_scale=100.0, has_steps=True)
    deepest = {label: 100.0 * rows[_COLUMN][-1].as_py() for label, rows in rows_by_label(data)}
    for label, look, _ in looks_by_label(data):
        ax.plot(deepest[label], 100.0, marker="o", markersize=3.0, color=look.colour, clip_on=False, zorder=3)
    dots = "dot" if len(deepest) == 1 else "dots"
    ax.set_title(f"Deepest discharge of any satellite ({dots}):{extremes(deepest, '%')}")
    ax.set_xlabel("Largest depth of discharge [%]")
    ax.set_ylabel(f"Satellites [%], n = {count_span(data['n_sats'].to_pylist())}")
    ax.set_xlim(left=0.0)
    return ax
