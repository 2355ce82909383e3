"""When work arises: the local solar time below the satellites on which tasks arise."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from scenarios.plots.curves import FigureData

_COLOURS = ("#D55E00", "#0072B2", "#222222", "#009E73", "#CC79A7", "#B8860B")
_DASHES = ("-", (0.0, (6.5, 1.5)), (0.0, (1.2, 1.2)), (0.0, (6.0, 1.4, 1.2, 1.4)), (0.0, (3.0, 1.3)), "-")


def plot_arrivals(result: FigureData, ax: Axes) -> Axes:
    """Draw the share of tasks per hour of local solar time, a line per case.

    Columns of the table: `case`, `solar_hour` (start of the hour), `share` (of the case's tasks that arise in it),
    `n_tasks` and `share_lit` (of the case's tasks that arise on a satellite in full sunlight).
    """
    data = result[""]
    cases = np.array(data["case"].to_pylist())
    for i_case, case in enumerate(dict.fromkeys(cases.tolist())):
        rows = data.filter(pa.array(cases == case))
        percent = 100.0 * rows["share"].to_numpy()
        edges = np.append(rows["solar_hour"].to_numpy(), 24.0)
        n_tasks, lit = rows["n_tasks"][0].as_py(), 100.0 * rows["share_lit"][0].as_py()
        ax.stairs(
            percent,
            edges,
            baseline=None,
            color=_COLOURS[i_case % len(_COLOURS)],
            linestyle=_DASHES[i_case % len(_DASHES)],
            linewidth=1.4,
            label=f"{case}: {lit:.0f} % on lit satellites, n = {n_tasks:,}",
        )
    ax.set_title("When work arises")
    ax.set_xlabel("Local solar time below the satellite [h]")
    ax.set_ylabel("Tasks per hour [%]")
    ax.set_xlim(0.0, 24.0)
    ax.set_xticks(range(0, 25, 4))
    ax.set_ylim(bottom=0.0)
    return ax
