"""What models and their caches cost in a run, from its finished tables."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

_SUMS: Final = ("preloaded", "from_stations", "from_neighbours", "evicted", "stored", "sent")
_COUNTS: Final = ("n_fetches", "n_cut", "n_hits", "n_misses")


def model_summary(folder: Path) -> dict[str, Any]:
    """Return the entries of a summary under `models`.

    Parameters
    ----------
    folder : Path
        Of the run; its tables `models` and `tasks` are finished.

    Returns
    -------
    dict
        Over the fleet and the whole run: bits by where they came from and went, fetches, the share of tasks given to a
        satellite that had their model (nan without any), and the largest error of the ledger. Over the tasks that
        count: how many waited for nothing but their model, and how long these did on average (nan without any).
    """
    caches = pq.read_table(folder / "models.parquet")
    waits_s = _waits_s(folder / "tasks.parquet")
    counts = {name: int(pc.sum(caches[name]).as_py()) for name in _COUNTS}
    n_given = counts["n_hits"] + counts["n_misses"]
    return {
        "capacity_bits": float(np.max(caches["capacity_bits"].to_numpy())),
        **{f"{name}_bits": math.fsum(caches[f"{name}_bits"].to_pylist()) for name in _SUMS},
        **counts,
        "hit_share": counts["n_hits"] / n_given if n_given else math.nan,
        "n_tasks_waited": int(waits_s.size),
        "mean_wait_s": float(np.mean(waits_s)) if waits_s.size else math.nan,
        "ledger_relative_error": float(np.max(caches["ledger_relative_error"].to_numpy())),
    }


def _waits_s(path: Path) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return how long the tasks that count and waited did, a row group at a time."""
    parts = [np.empty(0)]
    with pq.ParquetFile(path) as file:
        for i_group in range(file.num_row_groups):
            rows = file.read_row_group(i_group, columns=["model_wait_s", "counted"])
            waits_s = rows["model_wait_s"].to_numpy()
            parts.append(waits_s[rows["counted"].to_numpy() & (waits_s > 0.0)])
    return np.concatenate(parts)
