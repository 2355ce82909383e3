"""Where tasks ran and on which energy, per scheduler."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from scenarios.plots.curves import FigureData, count_span, extremes, labelled_runs
from simulator.records import Place
from simulator.results import RunTables

_LOOKS = {
    Place.GROUND: ("ground", "#8c8c8c", "white"),
    Place.SOURCE_SUNLIT: ("source, sunlit", "#f2c14e", "#222222"),
    Place.OTHER_SUNLIT: ("other satellite, sunlit", "#f9e3a8", "#222222"),
    Place.SOURCE_BATTERY: ("source, on battery", "#2f3e6b", "white"),
    Place.OTHER_BATTERY: ("other satellite, on battery", "#8b9ac4", "#222222"),
}
"""Name, colour and colour of the number inside: warm is sunlight, blue is battery, pale is not the source."""

_NARROWEST_NUMBER = 0.055
"""Share of a bar below which a number would not fit inside."""


_LABEL_LETTERS = 24
"""Letters of a label beside a bar before it is wrapped."""


def placement_data(runs: Sequence[RunTables]) -> FigureData:
    """Return the share of tasks at each place, of those that ran and count; runs without any are left out.

    Columns: `label`, `scheduler`, `n_ran`, then one per place.
    """
    rows = []
    for label, run in labelled_runs(runs):
        tasks = run.table("tasks", ["place", "counted"])
        n_ran = len(tasks.filter(tasks["counted"])["place"].drop_null())
        if n_ran == 0:
            continue
        shares = {place.value: run.summary["share_by_place"][place.value] for place in _LOOKS}
        rows.append({"label": label, "scheduler": run.scheduler, "n_ran": n_ran, **shares})
    return {"": pa.Table.from_pylist(rows)}


def plot_placement(result: FigureData, ax: Axes) -> Axes:
    """Draw one bar per run, cut by place; numbers are percentages."""
    data = result[""]
    labels = data["label"].to_pylist()
    left = np.zeros(len(labels))
    height = 0.66 if len(labels) > 1 else 0.4
    for place, (name, colour, ink) in _LOOKS.items():
        shares = data[place.value].to_numpy()
        ax.barh(
            labels,
            100.0 * shares,
            left=100.0 * left,
            color=colour,
            edgecolor="white",
            lw=0.6,
            height=height,
            label=name,
        )
        for i_bar, share in enumerate(shares):
            if share >= _NARROWEST_NUMBER:
                x = 100.0 * (left[i_bar] + share / 2.0)
                ax.text(x, i_bar, f"{100.0 * share:.0f}", ha="center", va="center_baseline", color=ink, fontsize=6.5)
        left = left + shares
    on_battery = data["source_battery"].to_numpy() + data["other_battery"].to_numpy()
    by_label = dict(zip(labels, (100.0 * on_battery).tolist(), strict=True))
    ax.set_title(f"Tasks run in shadow, on battery:{extremes(by_label, '%')}")
    _wrap_labels(labels, ax)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_xlim(0.0, 100.0)
    ax.set_xlabel(f"Tasks that ran [%], n = {count_span(data['n_ran'].to_pylist())}")
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0.0)
    return ax


def _wrap_labels(labels: Sequence[str], ax: Axes) -> None:
    """Break long labels into lines, in smaller print where a bar is not high enough for them."""
    wrapped = [textwrap.fill(label, _LABEL_LETTERS) for label in labels]
    n_lines = max(label.count("\n") + 1 for label in wrapped)
    ax.set_yticks(range(len(labels)), wrapped, linespacing=1.0)
    if n_lines > 1:
        ax.tick_params(axis="y", labelsize=5.0 if n_lines > 2 else 6.0)
