"""How long tasks take from arrival to the delivery of their result, per scheduler."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from scenarios.plots.curves import (
    FigureData,
    count_span,
    distribution,
    extremes,
    labelled_runs,
    plot_distributions,
    rows_by_label,
)
from simulator.results import RunTables

_COLUMN = "completion_s"


def completion_time_data(runs: Sequence[RunTables]) -> FigureData:
    """Return the distribution of arrival to delivery over the tasks that count; undelivered ones never arrive.

    Columns: `label`, `scheduler`, `completion_s`, `share` (of all tasks that count), `n_tasks`.
    """
    return pooled_completion_time_data([(label, [run]) for label, run in labelled_runs(runs)])


def pooled_completion_time_data(groups: Sequence[tuple[str, Sequence[RunTables]]]) -> FigureData:
    """Return the same with one curve per group: a label and the runs of one scheduler whose tasks it pools."""
    parts = []
    for label, runs in groups:
        tasks = pa.concat_tables([run.table("tasks", ["arrival_s", "delivered_s", "counted"]) for run in runs])
        tasks = tasks.filter(tasks["counted"])
        times_s = tasks["delivered_s"].to_numpy() - tasks["arrival_s"].to_numpy()
        times_s = times_s[np.isfinite(times_s)]
        values_s, share = distribution(times_s, max(tasks.num_rows, 1)) if times_s.size else (times_s, times_s)
        n_rows = len(values_s)
        parts.append(
            pa.table(
                {
                    "label": pa.array([label] * n_rows, pa.string()),
                    "scheduler": pa.array([runs[0].scheduler] * n_rows, pa.string()),
                    _COLUMN: values_s,
                    "share": share,
                    "n_tasks": pa.array([tasks.num_rows] * n_rows, pa.int64()),
                }
            )
        )
    return {"": pa.concat_tables(parts)}


def plot_completion_time(result: FigureData, ax: Axes) -> Axes:
    """Draw the share of tasks whose result was delivered within x seconds."""
    data = result[""]
    plot_distributions(data, ax, x_column=_COLUMN, x_scale=1.0, has_steps=False)
    ax.set_title(_title(data))
    _set_time_scale(data[_COLUMN].to_numpy(), ax)
    ax.set_xlabel("Arrival to delivery of the result [s]")
    ax.set_ylabel(f"Tasks [%], n = {count_span(data['n_tasks'].to_pylist())}")
    return ax


def _title(data: pa.Table) -> str:
    """Name the span of medians, of the runs that delivered half of their tasks."""
    medians_s = {
        label: float(np.interp(0.5, rows["share"].to_numpy(), rows[_COLUMN].to_numpy()))
        for label, rows in rows_by_label(data)
        if rows["share"][-1].as_py() >= 0.5
    }
    return f"Median time to result:{extremes(medians_s, 's', digits=1)}" if medians_s else "Time to result"


def _set_time_scale(times_s: NDArray[np.float64], ax: Axes) -> None:
    """Choose a logarithmic scale where times spread over more than a factor of 20, with enough numbers on it."""
    shortest_s, longest_s = times_s.min(), times_s.max()
    if shortest_s <= 0.0 or longest_s < 20.0 * shortest_s:
        ax.set_xlim(left=0.0)
        return
    ax.set_xscale("log")
    has_few_decades = longest_s < 300.0 * shortest_s
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if has_few_decades else (1.0,)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
