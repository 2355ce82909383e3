"""How far the deepest discharge of schedulers is above the least possible, per case of a study."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from scenarios.plots.curves import FigureData, scheduler_names
from scenarios.plots.style import INK, QUIET, scheduler_look, scheduler_rank

_ALL_DONE: Final = 0.9995
"""Share of completed work from which on it is not written beside a bar."""

_GROUP_HEIGHT: Final = 0.8


def plot_bound_gap(result: FigureData, ax: Axes) -> Axes:
    """Draw a bar from the bound to the depth reached, a group per case and a bar per scheduler.

    Columns of the table: `case`, `scheduler`, `depth`, `half_width`, `bound` (nan where there is none), `floor`,
    `completed_work_share`, `n_seeds`. The bound is that at the work which the scheduler completed; less than all of it
    is written at the right.
    """
    data = result[""]
    rows = data.to_pylist()
    cases = list(dict.fromkeys(data["case"].to_pylist()))
    schedulers = sorted(set(data["scheduler"].to_pylist()), key=scheduler_rank)
    names = scheduler_names(schedulers)
    height = _GROUP_HEIGHT / len(schedulers)
    for scheduler in schedulers:
        own = [row for row in rows if row["scheduler"] == scheduler]
        offset = (schedulers.index(scheduler) + 0.5) * height - _GROUP_HEIGHT / 2.0
        y = np.array([cases.index(row["case"]) for row in own]) + offset
        depth, bound, half_width = (
            100.0 * np.array([row[name] for row in own]) for name in ("depth", "bound", "half_width")
        )
        colour = scheduler_look(scheduler).colour
        ax.barh(y, depth - bound, 0.62 * height, left=bound, color=colour, alpha=0.45, lw=0.0)
        ax.errorbar(depth, y, xerr=half_width, fmt="o", ms=3.2, color=colour, elinewidth=0.7, label=names[scheduler])
        ax.vlines(bound, y - 0.42 * height, y + 0.42 * height, color=INK, lw=1.1)
        _write_completed(ax, y.tolist(), [row["completed_work_share"] for row in own])
    _mark_cases(ax, cases, [row["floor"] for row in rows])
    ax.vlines([], [], [], color=INK, lw=1.1, label="least possible at its work")
    n_seeds = max(data["n_seeds"].to_pylist())
    seeds = "one seed" if n_seeds == 1 else f"{n_seeds} seeds, 95 % intervals"
    ax.set_title(f"Deepest discharge (dots) above the least possible (ticks); {seeds}")
    ax.set_xlabel("Depth of discharge [%]; at the right: work completed, where less than all of it")
    return ax


def _write_completed(ax: Axes, y: list[float], shares: list[float]) -> None:
    at_right = blended_transform_factory(ax.transAxes, ax.transData)
    for at, share in zip(y, shares, strict=True):
        if share < _ALL_DONE:
            ax.text(*(1.01, at, f"{100.0 * share:.1f} %"), transform=at_right, va="center", fontsize=5.5, color=INK)


def _mark_cases(ax: Axes, cases: list[str], floors: list[float]) -> None:
    """Name the cases, part them by lines, and mark the floor that the base load draws."""
    ax.set_yticks(range(len(cases)), cases)
    ax.set_ylim(len(cases) - 0.5, -0.5)
    ax.set_xlim(0.0, min(ax.get_xlim()[1], 102.0))  # an interval of few seeds can reach beyond an empty battery
    ax.tick_params(axis="y", length=0.0)
    ax.grid(visible=False, axis="y")
    for i_case in range(1, len(cases)):
        ax.axhline(i_case - 0.5, color=QUIET, lw=0.3)
    if np.ptp(floors) < 5e-3:  # seasons differ in the longest shadow; one line stands for floors that look alike
        ax.axvline(100.0 * float(np.mean(floors)), color=QUIET, lw=0.6, ls=(0, (4, 2)), label="base load alone")
