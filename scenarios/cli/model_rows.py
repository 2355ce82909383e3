"""What summaries of runs say of models and their caches, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def model_rows(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return lines about models for the summary of one run; none where every satellite has every model."""
    found = summary.get("models")
    if found is None:
        return []
    hits = "none asked for one" if found["hit_share"] is None else f"{100.0 * found['hit_share']:.1f} %"
    waits = f"{found['n_tasks_waited']:,}"
    if found["mean_wait_s"] is not None:
        waits += f", {found['mean_wait_s']:.1f} s each"
    return [
        ("tasks that found their model on board", hits),
        ("tasks that waited for a model", waits),
        ("models fetched (cut on the way)", f"{found['n_fetches']:,} ({found['n_cut']:,})"),
        ("from stations, over links \\[Gbit]", _gbit(found["from_stations_bits"], found["from_neighbours_bits"])),
        ("evicted from caches \\[Gbit]", _gbit(found["evicted_bits"])),
        ("model ledger error", f"{found['ledger_relative_error']:.1e}"),
    ]


def _gbit(*bits: float) -> str:
    return ", ".join(f"{value / 1e9:.1f}" for value in bits)
