"""What the figures have in common: labels of runs, distribution curves, the words of titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from numpy.typing import NDArray

from scenarios.plots.style import LineLook, scheduler_look, scheduler_rank
from simulator.results import RunTables

LETTERS_IN_ONE_COLUMN: Final = 50
LETTERS_IN_TWO_COLUMNS: Final = 110
"""Letters of a title that fit over axes as wide as one column of print, or two."""

FigureData: TypeAlias = Mapping[str, pa.Table]
"""The rows that a figure shows, saved beside it; "" names the main table."""


def labelled_runs(runs: Sequence[RunTables]) -> list[tuple[str, RunTables]]:
    """Return runs in the order of legends with names that tell them apart, as short as that allows.

    Runs of one scheduler are told apart by what differs between them: `phoenix, load 0.36` and `phoenix, load 0.5`.
    """
    ordered = sorted(runs, key=lambda run: (scheduler_rank(run.scheduler), str(run.path)))
    name_of = scheduler_names(run.scheduler for run in ordered)
    names = [name_of[run.scheduler] for run in ordered]
    return list(zip(distinct_labels(names, [_details(run) for run in ordered]), ordered, strict=True))


def scheduler_names(schedulers: Iterable[str]) -> dict[str, str]:
    """Return what to call each scheduler in a legend: its class alone, or `module:Class` where classes share names."""
    full = dict.fromkeys(schedulers)
    short = {name: name.rpartition(":")[2] for name in full}
    return short if len(set(short.values())) == len(full) else {name: name for name in full}


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


def plot_distributions(
    data: pa.Table,
    ax: Axes,
    *,
    x_column: str,
    x_scale: float,
    has_steps: bool,
    remarks: Mapping[str, str] = MappingProxyType({}),
) -> Axes:
    """Draw one rising curve per label of a table with the columns `label`, `scheduler`, `x_column`, `share`.

    `has_steps` draws every value as a step; without, a curve through thinned ranks, for very many values. `remarks`
    are what the legend says of a label behind it.
    """
    curves = looks_by_label(data)
    for (label, look, rows), width in zip(curves, nested_widths(len(curves)), strict=True):
        x = rows[x_column].to_numpy() * x_scale
        share_percent = rows["share"].to_numpy() * 100.0
        ax.plot(
            np.concatenate([x[:1], x]),
            np.concatenate([[0.0], share_percent]),
            color=look.colour,
            linestyle=look.dash,
            linewidth=width,
            label=f"{label}{remarks.get(label, '')}",
            drawstyle="steps-post" if has_steps else "default",
        )
    ax.set_ylim(0.0, 102.0)
    ax.set_yticks([0, 25, 50, 75, 100])
    return ax


def nested_widths(n_curves: int) -> list[float]:
    """Return line widths in points, widest first: of curves that coincide, each shows beside those drawn after it."""
    return [1.4] if n_curves == 1 else np.linspace(min(2.2, 0.4 + 0.6 * n_curves), 1.0, n_curves).tolist()


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


def extremes(values: Mapping[str, float], unit: str, digits: int = 0, longest_line: int = LETTERS_IN_ONE_COLUMN) -> str:
    """Return words that end a title with the span of one number per run: `19 % (phoenix) to 42 % (oec-local)`.

    A single number stays on the line of the title, a span begins the next. Runs whose numbers look alike share an end,
    by their names or, where those are too long, by their count: `19 % (3 of 5) to 42 % (oec-local)`.
    """
    shown = {name: f"{value:.{digits}f} {unit}" for name, value in values.items()}
    ends = [shown[end(values, key=lambda name: values[name])] for end in (min, max)]
    if ends[0] == ends[1]:
        return f" {ends[0]}"
    owners = [[name for name, text in shown.items() if text == end] for end in ends]
    by_name, by_count = (
        " to ".join(f"{end} ({words(own)})" for end, own in zip(ends, owners, strict=True))
        for words in (", ".join, lambda own: own[0] if len(own) == 1 else f"{len(own)} of {len(shown)}")
    )
    fitting = (line for line in (by_name, by_count) if len(line) <= longest_line)
    return f"\n{next(fitting, ' to '.join(ends))}"


def count_span(counts: Sequence[int]) -> str:
    """Return words for sample counts: `264`, or `264–1,584` where runs differ."""
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,}\N{EN DASH}{high:,}"
