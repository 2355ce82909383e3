"""How much of the time satellites see the whole Sun, per constellation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from scenarios.plots.curves import FigureData, distinct_labels, distribution, rows_by_label
from simulator.results import RunTables

_COLOURS = ("#B8860B", "#332288", "#117733", "#882255", "#44AA99", "#6b6b6b")
_DASHES = ("-", (0.0, (6.0, 1.6)), (0.0, (3.0, 1.4)), (0.0, (6.0, 1.4, 1.2, 1.4)), (0.0, (1.2, 1.2)), "-")


def sunlit_share_data(runs: Sequence[RunTables]) -> FigureData:
    """Return the distribution over satellites of the time in full sunlight; one curve per constellation and season.

    Columns: `label`, `sunlit_share`, `share` (of satellites at or below), `n_sats`, `mean_sunlit_share`.
    """
    different: dict[bytes, tuple[RunTables, np.ndarray[tuple[int], np.dtype[np.float64]]]] = {}
    for run in runs:
        shares = run.table("energy", ["sunlit_share"])["sunlit_share"].to_numpy()
        different.setdefault(shares.tobytes(), (run, shares))
    kept = list(different.values())
    labels = distinct_labels([_label(run) for run, _ in kept], [_details(run) for run, _ in kept])
    return {"": pa.concat_tables(_curve(label, shares) for label, (_, shares) in zip(labels, kept, strict=True))}


def named_sunlit_share_data(runs: Sequence[tuple[str, RunTables]]) -> FigureData:
    """Return the same with one curve per run, each with a name of its own."""
    return {
        "": pa.concat_tables(
            _curve(name, run.table("energy", ["sunlit_share"])["sunlit_share"].to_numpy()) for name, run in runs
        )
    }


def plot_sunlit_share(result: FigureData, ax: Axes) -> Axes:
    """Draw the share of satellites that are in sunlight for at most x of the time."""
    means = {}
    for i_curve, (label, rows) in enumerate(rows_by_label(result[""])):
        colour, dash = _COLOURS[i_curve % len(_COLOURS)], _DASHES[i_curve % len(_DASHES)]
        x_percent, y_percent = 100.0 * rows["sunlit_share"].to_numpy(), 100.0 * rows["share"].to_numpy()
        x_steps, y_steps = np.concatenate([x_percent[:1], x_percent]), np.concatenate([[0.0], y_percent])
        ax.plot(x_steps, y_steps, color=colour, linestyle=dash, drawstyle="steps-post", label=_entry(label, rows))
        mean_percent = 100.0 * rows["mean_sunlit_share"][0].as_py()
        means[label] = mean_percent
    ax.set_title(_title(means))
    ax.set_xlabel("Time in full sunlight [%]")
    ax.set_ylabel("Satellites [%]")
    ax.set_ylim(0.0, 102.0)
    ax.set_yticks([0, 25, 50, 75, 100])
    return ax


def _title(means: dict[str, float]) -> str:
    low, high = min(means.values()), max(means.values())
    if len(means) == 1:
        return f"Time in full sunlight: {low:.1f} % on average"
    return f"Time in full sunlight, averages over satellites:\n{low:.1f} % to {high:.1f} %"


def _entry(label: str, rows: pa.Table) -> str:
    return f"{label}, n = {rows['n_sats'][0].as_py():,}"


def _label(run: RunTables) -> str:
    return str(run.summary.get("constellation") or run.summary["scenario"])


def _details(run: RunTables) -> tuple[str, ...]:
    """Return what makes sunlight differ: the season, the length of the run, the scenario."""
    end_s = run.summary.get("end_s")
    length = "" if end_s is None else f"{end_s / 3600.0:.1f} h"
    return (str(run.summary.get("epoch", ""))[:10], length, str(run.summary["scenario"]), run.path.name[:6])


def _curve(label: str, shares: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pa.Table:
    values, share = distribution(shares, shares.size, n_points=2000)
    n_rows = len(values)
    return pa.table(
        {
            "label": [label] * n_rows,
            "sunlit_share": values,
            "share": share,
            "n_sats": [shares.size] * n_rows,
            "mean_sunlit_share": [float(np.mean(shares))] * n_rows,
        }
    )
