"""What summaries of runs say of memories and of what goes down, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KINDS = {"result": "results", "input": "inputs", "raw": "raw data"}


def storage_rows(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return lines about memories for the summary of one run; none where they have no limit."""
    found = summary.get("storage")
    if found is None:
        return []
    dropped = f"{found['n_dropped']:,}, {found['dropped_bits'] / 1e9:.1f} Gbit"
    rows = [("fullest memory", f"{100.0 * found['max_peak_share']:.1f} %"), ("dropped for lack of room", dropped)]
    for kind, name in _KINDS.items():
        of_kind = found[kind]
        if of_kind["n"]:
            times = "none yet"
            if of_kind["median_delivery_s"] is not None:
                times = f"{of_kind['median_delivery_s']:.0f} s, {of_kind['p95_delivery_s']:.0f} s"
            rows.append((f"{name} to the ground: median, 95th percentile", times))
            rows.append((f"{name} that wait on board at the end \\[Gbit]", f"{of_kind['backlog_bits'] / 1e9:.1f}"))
    rows.append(("data ledger error", f"{found['ledger_relative_error']:.1e}"))
    return rows
