"""What memories and downlinks did in a run, from its finished tables."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator.engine.storage import DataKind

_COLUMNS: Final = ["kind", "size_bits", "created_s", "ended_s", "fate"]


def storage_summary(folder: Path, warm_up_s: float, end_s: float) -> dict[str, Any]:
    """Return the entries of a summary under `storage`.

    Parameters
    ----------
    folder : Path
        Of the run; its tables `storage` and `downlinks` are finished.
    warm_up_s, end_s : float
        The window of the metrics.

    Returns
    -------
    dict
        Over the whole run: what was dropped for lack of room, the fullest memory, the largest error of the ledger. By
        kind of data, in the window: how much arose and, of it, how much has been delivered, with quantiles of the time
        from the one to the other (nan without any); and the backlog at the end of the window, of any age.
    """
    memories = pq.read_table(folder / "storage.parquet")
    peak_share = memories["peak_bits"].to_numpy() / memories["capacity_bits"].to_numpy()
    with pq.ParquetFile(folder / "downlinks.parquet") as file:
        groups = [file.read_row_group(i_group, columns=_COLUMNS) for i_group in range(file.num_row_groups)]
    downlinks = pa.concat_tables(groups) if groups else file.schema_arrow.empty_table()
    return {
        "capacity_bits": float(np.max(memories["capacity_bits"].to_numpy())),
        "max_peak_share": float(np.max(peak_share)),
        "mean_peak_share": float(np.mean(peak_share)),
        "n_dropped": int(pc.sum(memories["n_dropped"]).as_py()),
        "dropped_bits": math.fsum(memories["dropped_bits"].to_pylist()),
        "ledger_relative_error": float(np.max(memories["ledger_relative_error"].to_numpy())),
        **{kind.value: _of_kind(downlinks, kind, warm_up_s, end_s) for kind in DataKind},
    }


def _of_kind(downlinks: pa.Table, kind: DataKind, warm_up_s: float, end_s: float) -> dict[str, float]:
    rows = downlinks.filter(pc.equal(downlinks["kind"].cast(pa.string()), kind.value))
    size_bits, created_s, ended_s = (rows[name].to_numpy() for name in ("size_bits", "created_s", "ended_s"))
    is_delivered = rows["fate"].cast(pa.string()).to_numpy(zero_copy_only=False) == "delivered"
    arose = (created_s >= warm_up_s) & (created_s < end_s)
    in_time = is_delivered & (ended_s <= end_s)
    still_there = (created_s < end_s) & ~(ended_s <= end_s)
    times_s = (ended_s - created_s)[arose & in_time]
    median_s, p95_s = np.quantile(times_s, (0.5, 0.95)) if times_s.size else (math.nan, math.nan)
    return {
        "n": int(np.sum(arose)),
        "bits": float(np.sum(size_bits[arose])),
        "delivered_bits": float(np.sum(size_bits[arose & in_time])),
        "median_delivery_s": float(median_s),
        "p95_delivery_s": float(p95_s),
        "backlog_bits": float(np.sum(size_bits[still_there])),
    }
