"""What a study reads from each run."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from simulator.records import Fate
from simulator.results import read_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Figures of one run, all over the window after warm-up.

    Depths of discharge are of each satellite's deepest moment: the maximum, the 99th percentile and the mean over
    satellites. `completed_share` is of tasks that ended on time, `completed_work_share` of their work; completion
    times and hops are means over delivered tasks, nan without any. Lifetimes follow the model of Xu et al. at this
    season and load, of the battery that wears fastest and of the median one.
    """

    max_depth_of_discharge: float
    p99_depth_of_discharge: float
    mean_max_depth_of_discharge: float
    battery_energy_j: float
    completed_share: float
    completed_work_share: float
    mean_completion_s: float
    mean_hops: float
    min_xu_lifetime_years: float
    median_xu_lifetime_years: float


MEASURE_NAMES = tuple(field.name for field in fields(Measures))


def measures_of(folder: Path) -> Measures:
    """Return the figures of a finished run.

    Raises
    ------
    DamagedRunError
        If the folder is not a finished run or its files were changed.
    """
    run = read_run(folder)
    summary = run.summary
    tasks = run.table("tasks", ["work_s", "fate", "counted"])
    tasks = tasks.filter(tasks["counted"])
    work_s = tasks["work_s"].to_numpy()
    is_done = pc.equal(tasks["fate"].cast("string"), Fate.ON_TIME.value).to_numpy()
    return Measures(
        max_depth_of_discharge=_number(summary["max_depth_of_discharge"]),
        p99_depth_of_discharge=_number(summary["p99_max_depth_of_discharge"]),
        mean_max_depth_of_discharge=_number(summary["mean_max_depth_of_discharge"]),
        battery_energy_j=_number(summary["battery_energy_j"]),
        completed_share=_number(summary["share_on_time"]),
        completed_work_share=float(np.sum(work_s[is_done]) / np.sum(work_s)) if work_s.size else float("nan"),
        mean_completion_s=_number(summary["mean_completion_s"]),
        mean_hops=_number(summary["mean_hops"]),
        min_xu_lifetime_years=_number(summary["min_xu_lifetime_years"]),
        median_xu_lifetime_years=_number(summary["median_xu_lifetime_years"]),
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
