"""What each group of a mixed fleet did in a run, from its finished tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simulator.records import Fate, Place

_COLUMNS: Final = ["source", "satellite", "work_s", "fate", "place", "counted"]


def group_summary(folder: Path, group: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the entries of a summary under `groups`, by name.

    Parameters
    ----------
    folder : Path
        Of the run; its tables `tasks` and `energy` are finished.
    group : sequence of str, (n_sats,)
        Name of the group of each satellite.

    Returns
    -------
    dict
        By group, inside the window: tasks that arose on its satellites and the share of them on time (nan without
        any); the work that its satellites ran for whomever, in seconds at speed 1; depths of discharge, over its
        satellites; what its batteries gave. Over the whole run: what computing drew.
    """
    names = sorted(set(group))
    number = {name: i_group for i_group, name in enumerate(names)}
    group_of = np.array([number[name] for name in group], dtype=np.intp)
    n_tasks, n_on_time, work_s = _tasks(folder, group_of, len(names))
    energy = pq.read_table(folder / "energy.parquet")
    depth = energy["max_depth_of_discharge"].to_numpy()
    rows: dict[str, dict[str, Any]] = {}
    for i_group, name in enumerate(names):
        mine = group_of == i_group
        rows[name] = {
            "n_satellites": int(mine.sum()),
            "n_tasks": int(n_tasks[i_group]),
            "share_on_time": float(n_on_time[i_group] / n_tasks[i_group]) if n_tasks[i_group] else math.nan,
            "work_run_s": float(work_s[i_group]),
            "max_depth_of_discharge": float(depth[mine].max()),
            "mean_max_depth_of_discharge": float(depth[mine].mean()),
            **{
                key: math.fsum(energy[column].to_numpy()[mine].tolist())
                for key, column in (("battery_energy_j", "discharge_j"), ("compute_energy_j", "compute_j"))
            },
            "n_brown_outs": int(energy["n_brown_outs"].to_numpy()[mine].sum()),
        }
    return rows


def _tasks(folder: Path, group_of: NDArray[np.intp], n_groups: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return tasks that arose, those of them on time, and work run on board, each (n_groups,), of the window."""
    n_tasks, n_on_time = (np.zeros(n_groups, dtype=np.int64) for _ in range(2))
    work_s = np.zeros(n_groups)
    with pq.ParquetFile(folder / "tasks.parquet") as file:
        for i_row_group in range(file.num_row_groups):
            rows = file.read_row_group(i_row_group, columns=_COLUMNS)
            rows = rows.filter(rows["counted"])
            fate, place = (
                rows[name].cast("string").to_numpy(zero_copy_only=False).astype(object) for name in ("fate", "place")
            )
            source = group_of[rows["source"].to_numpy()]
            n_tasks += np.bincount(source, minlength=n_groups)
            n_on_time += np.bincount(source[fate == Fate.ON_TIME.value], minlength=n_groups)
            ran = np.array([where is not None and where != Place.GROUND.value for where in place], dtype=np.bool_)
            runner = group_of[rows["satellite"].to_numpy()[ran]]
            work_s += np.bincount(runner, weights=rows["work_s"].to_numpy()[ran], minlength=n_groups)
    return n_tasks, n_on_time, work_s
