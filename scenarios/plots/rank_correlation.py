"""How well criteria of layer importance rank the harm of flipped bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from onboard_models.importance.comparison import BASELINE, Verdict
from scenarios.plots.curves import FigureData
from scenarios.plots.style import QUIET

_SPEARMAN: Final = "#0072B2"
_KENDALL: Final = "#D55E00"


def rank_correlation_data(networks: Sequence[str], verdicts: Sequence[Verdict]) -> FigureData:
    """Return a row per criterion: rank correlations with the harm of one flip and their 95 % bounds.

    Columns: `n_networks`, `criterion`, `spearman`, `spearman_low`, `spearman_high`, `kendall`, `kendall_low`,
    `kendall_high`, `beats_count`.
    """
    names = [f"{statistic}{end}" for statistic in ("spearman", "kendall") for end in ("", "_low", "_high")]
    columns = {name: [getattr(verdict, name) for verdict in verdicts] for name in ("criterion", *names, "beats_count")}
    return {"": pa.table({"n_networks": [len(networks)] * len(verdicts), **columns})}


def plot_rank_correlation(result: FigureData, ax: Axes) -> Axes:
    """Draw both correlations of each criterion with their intervals; a line marks that of the parameter count."""
    rows = result[""].to_pylist()
    place = np.arange(len(rows))
    for statistic, colour, marker, shift in (("spearman", _SPEARMAN, "o", -0.15), ("kendall", _KENDALL, "s", 0.15)):
        value, low, high = (np.array([row[f"{statistic}{end}"] for row in rows]) for end in ("", "_low", "_high"))
        ax.errorbar(
            value,
            place + shift,
            xerr=(np.maximum(value - low, 0.0), np.maximum(high - value, 0.0)),
            fmt=marker,
            color=colour,
            markersize=3.0,
            elinewidth=1.0,
            label=f"{statistic.capitalize()}",
        )
    for row in rows:
        if row["criterion"] == BASELINE:
            ax.axvline(row["spearman"], color=QUIET, linewidth=0.8, linestyle=(0.0, (3.0, 2.0)))
    ax.axvline(0.0, color=QUIET, linewidth=0.6)
    ax.set_xlim(-1.0, 1.0)
    ax.set_yticks(place, [f"{row['criterion']}{' *' if row['beats_count'] else ''}" for row in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    n = rows[0]["n_networks"]
    ax.set_title(
        f"Which layers matter: criteria on {n} network{'s' if n > 1 else ''}\ndashed: {BASELINE}; * better than it"
    )
    ax.set_xlabel("Rank correlation with the harm of one flip [1]")
    return ax
