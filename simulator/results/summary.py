"""The summary of a run, computed from its finished tables a row group at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simulator.records import Fate, Place

_TASK_COLUMNS = ["arrival_s", "fate", "place", "n_hops", "delivered_s", "counted"]


def summarise(
    tasks_path: Path,
    energy_path: Path,
    *,
    scheduler: str,
    seed: int,
    scenario_name: str,
    extra: Mapping[str, object],
) -> dict[str, object]:
    """Return the figures of merit of a run; only tasks that arrived inside the window count, but for the balance.

    Parameters
    ----------
    tasks_path, energy_path : Path
        The finished tables `tasks` and `energy`.
    scheduler, seed, scenario_name
        Copied into the summary.
    extra : mapping
        Further entries (constellation, number of satellites, load...). `n_arrived_whole_run`, if there, is what the
        arrival process counted, and the balance is held against it.

    Returns
    -------
    dict
        `mean_hops`, `mean_completion_s`, `median_completion_s` and `p95_completion_s` are over tasks whose result was
        delivered, on time or late (nan without any); `share_by_place` is over tasks that ran and sums to 1;
        depths of discharge are maxima inside the window, over satellites; `energy_ledger_relative_error` is the
        largest over satellites. Lifetimes are named after their model and taken over satellites, percentiles as
        that of one satellite without interpolation; infinite ones (power law without cycles) become null in the file.
    """
    tally = _tally_tasks(tasks_path)
    n_arrived = extra.get("n_arrived_whole_run", tally.n_rows)
    counts = {f"n_{fate.value}": tally.n_by_fate[fate.value] for fate in Fate}
    n_tasks = sum(counts.values())
    return {
        **extra,
        "scheduler": scheduler,
        "seed": seed,
        "scenario": scenario_name,
        "n_tasks": n_tasks,
        **counts,
        "share_on_time": _ratio(counts["n_on_time"], n_tasks),
        "n_arrived_whole_run": n_arrived,
        "task_balance_closes": n_arrived == tally.n_rows == tally.n_rows_with_fate,
        "mean_hops": _ratio(tally.n_hops, tally.n_delivered),
        "share_by_place": tally.share_by_place(),
        **_completion_times_(tally.take_completions_s_()),
        **_energy_figures(pq.read_table(energy_path)),
    }


@dataclass(slots=True)
class _Tally:
    """Running counts over the row groups of the task table."""

    n_rows: int = 0
    n_rows_with_fate: int = 0
    n_hops: int = 0
    n_delivered: int = 0
    n_by_fate: dict[str, int] = field(default_factory=lambda: {fate.value: 0 for fate in Fate})
    n_by_place: dict[str, int] = field(default_factory=lambda: {place.value: 0 for place in Place})
    completion_parts_s: list[NDArray[np.float64]] = field(default_factory=list)

    def share_by_place(self) -> dict[str, float]:
        n_ran = sum(self.n_by_place.values())
        return {place: _ratio(n, n_ran) for place, n in self.n_by_place.items()}

    def take_completions_s_(self) -> NDArray[np.float64]:
        """Return all completion times, (n_delivered,), and forget the parts."""
        parts, self.completion_parts_s = self.completion_parts_s, []
        return np.concatenate([np.empty(0), *parts])


def _tally_tasks(path: Path) -> _Tally:
    tally = _Tally()
    with pq.ParquetFile(path) as file:
        for i_group in range(file.num_row_groups):
            _add_(tally, file.read_row_group(i_group, columns=_TASK_COLUMNS))
    return tally


def _add_(tally: _Tally, rows: pa.Table) -> None:
    """Add a row group to a tally."""
    tally.n_rows += rows.num_rows
    tally.n_rows_with_fate += rows.num_rows - rows["fate"].null_count
    counted = rows.filter(rows["counted"])
    _count_words_(tally.n_by_fate, counted["fate"])
    _count_words_(tally.n_by_place, counted["place"])
    fates = pa.array([Fate.ON_TIME.value, Fate.LATE.value])
    delivered = counted.filter(pc.is_in(counted["fate"].cast(pa.string()), value_set=fates))
    tally.n_delivered += delivered.num_rows
    tally.n_hops += pc.sum(delivered["n_hops"]).as_py() or 0
    tally.completion_parts_s.append(pc.subtract(delivered["delivered_s"], delivered["arrival_s"]).to_numpy())


def _count_words_(counts: dict[str, int], column: pa.ChunkedArray) -> None:
    """Add how often each word occurs; a word that the counts do not know is an error of the writer."""
    for row in pc.value_counts(column.cast(pa.string())).to_pylist():
        word = row["values"]
        if word is None:
            continue
        if word not in counts:
            raise ValueError(f"tasks table holds {word!r}; allowed are {', '.join(counts)}")
        counts[word] += row["counts"]


def _completion_times_(times_s: NDArray[np.float64]) -> dict[str, float]:
    """Return statistics of completion times, and put the array in another order: one copy of it is enough."""
    if times_s.size == 0:
        return dict.fromkeys(("mean_completion_s", "median_completion_s", "p95_completion_s"), math.nan)
    mean_s = float(np.mean(times_s))
    median_s, p95_s = np.quantile(times_s, (0.5, 0.95), overwrite_input=True)
    return {
        "mean_completion_s": mean_s,
        "median_completion_s": float(median_s),
        "p95_completion_s": float(p95_s),
    }


def _energy_figures(energy: pa.Table) -> dict[str, Any]:
    depths = energy["max_depth_of_discharge"].to_numpy()
    if depths.size == 0:
        raise ValueError("energy table is empty: a run has at least one satellite")
    return {
        "max_depth_of_discharge": float(np.max(depths)),
        "mean_max_depth_of_discharge": float(np.mean(depths)),
        "p99_max_depth_of_discharge": float(np.quantile(depths, 0.99)),
        "battery_energy_j": math.fsum(energy["discharge_j"].to_pylist()),
        "battery_energy_tasks_j": math.fsum(energy["discharge_tasks_j"].to_pylist()),
        "unserved_energy_j": math.fsum(energy["unserved_j"].to_pylist()),
        "mean_sunlit_share": float(np.mean(energy["sunlit_share"].to_numpy())),
        "n_brown_outs": int(pc.sum(energy["n_brown_outs"]).as_py()),
        "energy_ledger_relative_error": float(np.max(np.abs(energy["ledger_relative_error"].to_numpy()))),
        **_lifetime_figures(energy, "xu_lifetime_years"),
        **_lifetime_figures(energy, "power_law_lifetime_years"),
    }


def _lifetime_figures(energy: pa.Table, column: str) -> dict[str, float]:
    years = energy[column].to_numpy()
    # a satellite's own value: between a finite and an infinite one there is no number to interpolate
    p1, median = np.quantile(years, (0.01, 0.5), method="inverted_cdf")
    return {
        f"min_{column}": float(np.min(years)),
        f"p1_{column}": float(p1),
        f"median_{column}": float(median),
        f"mean_{column}": float(np.mean(years)),
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
