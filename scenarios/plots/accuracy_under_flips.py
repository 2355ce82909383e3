"""What flipped bits cost: accuracy against their number, and how bad single trials are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from scenarios.plots.curves import FigureData
from scenarios.plots.protection_looks import protection_looks

_BAD_POINTS: Final = 5.0


def accuracy_under_flips_data(title: str, rows: Sequence[Mapping[str, Any]]) -> FigureData:
    """Return accuracy by protection and condition.

    Parameters
    ----------
    title : what the figure is about
    rows : of a campaign's summary

    Returns
    -------
    FigureData
        `title`, `protection`, `mean_flips`, `bit_error_rate`, `n_trials`, `n_images`, `clean_accuracy`,
        `mean_accuracy`, its 95 % interval `low` and `high`, and `worst`.
    """
    clean = np.array([row["clean_accuracy"] for row in rows])
    columns: dict[str, Any] = {
        name: [row[name] for row in rows]
        for name in ("protection", "mean_flips", "bit_error_rate", "n_trials", "n_images", "clean_accuracy")
    }
    drops = np.array([(row["mean_drop_points"], *row["ci95_points"], row["worst_drop_points"]) for row in rows])
    mean, high, low, worst = (clean[:, None] - drops / 100.0).T
    return {
        "": pa.table(
            {"title": [title] * len(rows), **columns, "mean_accuracy": mean, "low": low, "high": high, "worst": worst}
        )
    }


def plot_accuracy_under_flips(result: FigureData, ax: Axes) -> Axes:
    """Draw mean accuracy and its interval against the bit error rate, a curve per protection, worst trials as marks."""
    data = result[""].to_pylist()
    looks = protection_looks(list(dict.fromkeys(row["protection"] for row in data)))
    for name, look in looks.items():
        rows = sorted((row for row in data if row["protection"] == name), key=lambda row: row["bit_error_rate"])
        rate = [row["bit_error_rate"] for row in rows]
        low, high, mean, worst = (
            100.0 * np.array([row[key] for row in rows]) for key in ("low", "high", "mean_accuracy", "worst")
        )
        ax.fill_between(rate, low, high, color=look.colour, alpha=0.15, linewidth=0.0)
        ax.plot(rate, mean, color=look.colour, linestyle=look.dash, marker="o", markersize=2.5, label=name)
        ax.plot(rate, worst, linestyle="none", marker="v", markersize=3.0, color=look.colour, markerfacecolor="none")
    first = data[0]
    ax.set_xscale("log")
    ax.set_ylim(0.0, 100.0)
    ax.set_title(
        f"{first['title']}: {first['n_trials']} trials of {first['n_images']} images\n"
        "mean with 95 % interval, worst trial (open)"
    )
    ax.set_xlabel("Bit error rate")
    ax.set_ylabel("Accuracy [%]")
    return ax


def trial_drops_data(title: str, condition: str, trials: pa.Table) -> FigureData:
    """Return the accuracy that every trial of one condition lost: `title`, `condition`, `protection`, `drop_points`."""
    chosen = [row for row in trials.to_pylist() if row["condition"] == condition]
    return {
        "": pa.table(
            {
                "title": [title] * len(chosen),
                "condition": [condition] * len(chosen),
                "protection": [row["protection"] for row in chosen],
                "drop_points": [row["drop_points"] for row in chosen],
            }
        )
    }


def plot_trial_drops(result: FigureData, ax: Axes) -> Axes:
    """Draw the share of trials that lose more than so many points, a curve per protection."""
    data = result[""]
    names = data["protection"].to_pylist()
    drop = data["drop_points"].to_numpy()
    looks = protection_looks(list(dict.fromkeys(names)))
    n_trials = names.count(names[0])
    for name, look in looks.items():
        own = np.sort(drop[[other == name for other in names]])
        share = 100.0 * (1.0 - np.arange(1, own.size + 1) / own.size)
        ax.step(
            np.concatenate([[min(0.0, own[0])], own]),
            np.concatenate([[100.0], share]),
            where="post",
            color=look.colour,
            linestyle=look.dash,
            label=name,
        )
    ax.axvline(_BAD_POINTS, color="#6b6b6b", linewidth=0.7, zorder=0.8)
    ax.set_xlim(min(-1.0, float(drop.min())), max(2.0 * _BAD_POINTS, 1.03 * float(drop.max())))
    ax.set_ylim(0.0, 100.0)
    ax.set_title(f"{data['title'][0].as_py()}: {data['condition'][0].as_py()}\n{n_trials} trials of each protection")
    ax.set_xlabel("Accuracy lost in a trial [points]")
    ax.set_ylabel("Trials that lose more [%]")
    return ax
