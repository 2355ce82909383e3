"""One figure of merit over the cases of a study: a bar per scheduler, with the interval over seeds."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from numpy.typing import NDArray

from scenarios.plots.curves import FigureData, scheduler_names
from scenarios.plots.style import INK, scheduler_look, scheduler_rank

_MEASURES: Final = MappingProxyType(
    {
        "max_depth_of_discharge": ("Deepest discharge of any satellite", "Depth of discharge [%]", 100.0),
        "p99_depth_of_discharge": ("Deepest discharge, 99 % of satellites", "Depth of discharge [%]", 100.0),
        "mean_max_depth_of_discharge": ("Deepest discharge, mean of satellites", "Depth of discharge [%]", 100.0),
        "battery_energy_j": ("Energy from batteries", "Energy [MJ]", 1e-6),
        "completed_share": ("Tasks completed on time", "Tasks [%]", 100.0),
        "mean_completion_s": ("Mean time to result", "Arrival to delivery [s]", 1.0),
        "mean_hops": ("Mean hops of a task", "Hops", 1.0),
        "min_xu_lifetime_years": ("Life of the battery that wears fastest (Xu)", "Lifetime [years]", 1.0),
        "median_xu_lifetime_years": ("Life of the median battery (Xu)", "Lifetime [years]", 1.0),
    }
)
"""Measure to the words of the title, those of the axis, and the factor to the unit shown."""

_ALL_DONE: Final = 0.995
_GROUP_WIDTH: Final = 0.82
_LABEL_LETTERS: Final = 12


def plot_study_bars(result: FigureData, ax: Axes, *, measure: str, title: str = "") -> Axes:
    """Draw groups of bars, a group per case.

    Columns of the table: `case`, `scheduler`, `mean`, `half_width` (nan without an interval), `n_seeds`,
    `completed_share`; a scheduler that has no row in a case leaves its place empty. `title` begins the title of the
    figure. A scheduler that completes fewer than 99.5 % of its tasks has the share over its bar: its bar cannot be
    compared with that of a scheduler that completes them.
    """
    data = result[""]
    cases = list(dict.fromkeys(data["case"].to_pylist()))
    schedulers = sorted(set(data["scheduler"].to_pylist()), key=scheduler_rank)
    names = scheduler_names(schedulers)
    words, unit, factor = _MEASURES[measure]
    width = _GROUP_WIDTH / len(schedulers)
    for i_scheduler, scheduler in enumerate(schedulers):
        rows = _rows_of(data, scheduler)
        offset = (i_scheduler + 0.5) * width - _GROUP_WIDTH / 2.0
        x = np.array([cases.index(case) for case in rows["case"].to_pylist()]) + offset
        ax.bar(
            x,
            factor * rows["mean"].to_numpy(),
            0.92 * width,
            yerr=factor * rows["half_width"].to_numpy(),
            color=scheduler_look(scheduler).colour,
            error_kw={"ecolor": INK, "elinewidth": 0.7, "capsize": min(2.0, 16.0 * width), "capthick": 0.7},
            label=names[scheduler],
        )
        if measure != "completed_share":
            _write_completed(ax, x, factor * _tops(rows), rows["completed_share"].to_pylist())
    if ax.texts:
        ax.set_ylim(top=1.15 * ax.get_ylim()[1])  # room for what stands over the bars
    remark = "; over bars: tasks on time" if ax.texts else ""
    ax.set_title(f"{f'{title}: ' if title else ''}{_lowered(words) if title else words}\n{_seeds(data)}{remark}")
    ax.set_ylabel(unit)
    ax.set_xticks(range(len(cases)), [textwrap.fill(case, _LABEL_LETTERS) for case in cases])
    ax.tick_params(axis="x", length=0.0)
    ax.grid(visible=False, axis="x")
    ax.set_xlim(-0.5, len(cases) - 0.5)
    return ax


def _rows_of(data: pa.Table, scheduler: str) -> pa.Table:
    return data.filter(pa.array([other == scheduler for other in data["scheduler"].to_pylist()]))


def _tops(rows: pa.Table) -> NDArray[np.float64]:
    return np.asarray(rows["mean"].to_numpy() + np.nan_to_num(rows["half_width"].to_numpy()), dtype=np.float64)


def _write_completed(ax: Axes, x: NDArray[np.float64], tops: NDArray[np.float64], shares: Sequence[float]) -> None:
    for at, top, share in zip(x.tolist(), tops.tolist(), shares, strict=True):
        if share < _ALL_DONE:
            ax.annotate(
                f"{100.0 * share:.0f} %",
                (at, top),
                xytext=(0.0, 2.0),
                textcoords="offset points",
                ha="center",
                va="bottom",
                rotation=90.0,
                fontsize=5.5,
                color=INK,
            )


def _lowered(words: str) -> str:
    return words[0].lower() + words[1:]


def _seeds(data: pa.Table) -> str:
    n_seeds = max(data["n_seeds"].to_pylist())
    return "one seed" if n_seeds == 1 else f"{n_seeds} seeds, 95 % intervals"
