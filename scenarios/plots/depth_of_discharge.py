"""How deep each satellite's battery is discharged at worst, per scheduler."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

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
    nested_widths,
    plot_distributions,
    rows_by_label,
)
from simulator.results import RunTables

_COLUMN = "max_depth_of_discharge"

_AS_MUCH: Final = 0.005
"""Shares of tasks on time that differ by less allow to compare depths: who drops tasks spares batteries."""


def depth_of_discharge_data(runs: Sequence[RunTables]) -> FigureData:
    """Return the distribution over satellites of each one's largest depth of discharge inside the window.

    Columns: `label`, `scheduler`, `max_depth_of_discharge`, `share` (of satellites at or below), `n_sats`,
    `share_on_time` (of tasks; nan without any).
    """
    return pooled_depth_of_discharge_data([(label, [run]) for label, run in labelled_runs(runs)])


def pooled_depth_of_discharge_data(groups: Sequence[tuple[str, Sequence[RunTables]]]) -> FigureData:
    """Return the same with one curve per group: a label and the runs of one scheduler whose satellites it pools."""
    parts = []
    for label, runs in groups:
        depths = np.concatenate([run.table("energy", [_COLUMN])[_COLUMN].to_numpy() for run in runs])
        values, share = distribution(depths, depths.size, n_points=2000)
        on_time = float(np.mean([_share_on_time(run) for run in runs]))
        n_rows = len(values)
        parts.append(
            pa.table(
                {
                    "label": [label] * n_rows,
                    "scheduler": [runs[0].scheduler] * n_rows,
                    _COLUMN: values,
                    "share": share,
                    "n_sats": [depths.size] * n_rows,
                    "share_on_time": [on_time] * n_rows,
                }
            )
        )
    return {"": pa.concat_tables(parts)}


def plot_depth_of_discharge(result: FigureData, ax: Axes) -> Axes:
    """Draw the share of satellites whose battery was never deeper discharged than x.

    The title compares those that complete about as much as the best; the legend tells how much the others complete.
    """
    data = result[""]
    remarks = _remarks(data)
    plot_distributions(data, ax, x_column=_COLUMN, x_scale=100.0, has_steps=True, remarks=remarks)
    deepest = {label: 100.0 * rows[_COLUMN][-1].as_py() for label, rows in rows_by_label(data)}
    for (label, look, _), width in zip(looks_by_label(data), nested_widths(len(deepest)), strict=True):
        ax.plot(deepest[label], 100.0, marker="o", markersize=2.0 + width, color=look.colour, clip_on=False, zorder=3)
    dots = "dot" if len(deepest) == 1 else "dots"
    compared = {label: depth for label, depth in deepest.items() if label not in remarks}
    ax.set_title(f"Deepest discharge of any satellite ({dots}):{extremes(compared, '%')}")
    ax.set_xlabel("Largest depth of discharge [%]")
    ax.set_ylabel(f"Satellites [%], n = {count_span(data['n_sats'].to_pylist())}")
    ax.set_xlim(left=0.0)
    return ax


def _share_on_time(run: RunTables) -> float:
    share = run.summary["share_on_time"]
    return math.nan if share is None else float(share)


def _remarks(data: pa.Table) -> Mapping[str, str]:
    """Return what a legend says of those that complete less than the best."""
    shares = {label: rows["share_on_time"][0].as_py() for label, rows in rows_by_label(data)}
    best = max((share for share in shares.values() if not math.isnan(share)), default=math.nan)
    return {label: f" ({100.0 * share:.0f} % on time)" for label, share in shares.items() if share < best - _AS_MUCH}
