"""What the figures have in common: labels of runs, distribution curves, the words of titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from numpy.typing import NDArray

from scenarios.plots.style import LineLook, scheduler_look, scheduler_rank
from simulator.results import RunTables

_LONGEST_LINE: Final = 50
"""Letters of a title that fit over axes as wide as one column of print."""

FigureData: TypeAlias = Mapping[str, pa.Table]
"""The rows that a figure shows, saved beside it; "" names the main table."""


def labelled_runs(runs: Sequence[RunTables]) -> list[tuple[str, RunTables]]:
    """Return runs in the order of legends with names that tell them apart, as short as that allows.

    Runs of one scheduler are told apart by what differs between them: `phoenix, load 0.36` and `phoenix, load 0.5`.
    """
    ordered = sorted(runs, key=lambda run: (scheduler_rank(run.scheduler), str(run.path)))
    classes = {run.scheduler.rpartition(":")[2] for run in ordered}
    is_short = len(classes) == len({run.scheduler for run in ordered})
    names = [run.scheduler.rpartition(":")[2] if is_short else run.scheduler for run in ordered]
    return list(zip(distinct_labels(names, [_details(run) for run in ordered]), ordered, strict=True))


def distinct_labels(names: Sequence[str], details: Sequence[Sequence[str]]) -> list[str]:
    """Return names, each followed by as many of its details as it takes to tell equal names apart.

    `details[i]` are those of `names[i]`, the most telling first; a detail that equal names share is left out.
    """
    labels = list(names)
    for i_detail in range(min((len(own) for own in details), default=0)):
        said: dict[str, set[str]] = {}
        for label, own in zip(labels, details, strict=True):
            said.setdefault(label, set()).add(own[i_detail])
        labels = [
            f"{label}, {own[i_detail]}" if own[i_detail] and len(said[label]) > 1 else label
            for label, own in zip(labels, details, strict=True)
        ]
    return labels


def _details(run: RunTables) -> tuple[str, ...]:
    """Return what a person changes between runs, and at last the run's key."""
    summary = run.summary
    load = summary.get("load")
    changed = (str(summary["scenario"]), "" if load is None else f"load {load:g}", str(summary.get("epoch", ""))[:10])
    return (*changed, f"seed {summary['seed']}", run.path.name[:6], str(run.path))


def distribution(values: NDArray[np.float64], n_all: int, n_points: int = 400) -> tuple[NDArray[np.float64], ...]:
    """Return points of a cumulative distribution: values, and the share of all that lies at or below each.

    Parameters
    ----------
    values : (n_values,)
        Finite values.
    n_all : int
        What counts as 100 %; larger than `n_values` where some have no value (results never delivered).
    n_points : int
        Points to keep, spread evenly over the ranks, first and last among them.
    """
    ordered = np.sort(values)
    ranks = np.unique(np.linspace(0, ordered.size - 1, min(n_points, ordered.size)).round().astype(np.int64))
    return ordered[ranks], (ranks + 1) / n_all


def plot_distributions(data: pa.Table, ax: Axes, *, x_column: str, x_scale: float, has_steps: bool) -> Axes:
    """Draw one rising curve per label of a table with the columns `label`, `scheduler`, `x_column`, `share`.

    `has_steps` draws every value as a step; without, a curve through thinned ranks, for very many values.
    """
    for label, look, rows in looks_by_label(data):
        x = rows[x_column].to_numpy() * x_scale
        share_percent = rows["share"].to_numpy() * 100.0
        ax.plot(
            np.concatenate([x[:1], x]),
            np.concatenate([[0.0], share_percent]),
            color=look.colour,
            linestyle=look.dash,
            label=label,
            drawstyle="steps-post" if has_steps else "default",
        )
    ax.set_ylim(0.0, 102.0)
    ax.set_yticks([0, 25, 50, 75, 100])
    return ax


def rows_by_label(data: pa.Table) -> list[tuple[str, pa.Table]]:
    """Return the rows of each label, in order of first appearance."""
    labels = data["label"].to_pylist()
    return [(label, data.filter(pa.array([other == label for other in labels]))) for label in Counter(labels)]


def looks_by_label(data: pa.Table) -> list[tuple[str, LineLook, pa.Table]]:
    """Return label, look and rows of each curve; curves of one scheduler share its colour and differ in their dash."""
    n_drawn: Counter[str] = Counter()
    curves = []
    for label, rows in rows_by_label(data):
        scheduler = rows["scheduler"][0].as_py()
        curves.append((label, scheduler_look(scheduler, n_drawn[scheduler]), rows))
        n_drawn[scheduler] += 1
    return curves


def extremes(values: Mapping[str, float], unit: str, digits: int = 0) -> str:
    """Return words that end a title with the span of one number per run: `19 % (phoenix) to 42 % (oec-local)`.

    A single number stays on the line of the title, a span begins the next; names too long for it are left out.
    """
    low, high = min(values, key=lambda name: values[name]), max(values, key=lambda name: values[name])
    text = f"{values[low]:.{digits}f} {unit}"
    if low == high:
        return f" {text}"
    named = f"{text} ({low}) to {values[high]:.{digits}f} {unit} ({high})"
    return f"\n{named}" if len(named) <= _LONGEST_LINE else f"\n{text} to {values[high]:.{digits}f} {unit}"


def count_span(counts: Sequence[int]) -> str:
    """Return words for sample counts: `264`, or `264–1,584` where runs differ."""
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,}\N{EN DASH}{high:,}"
