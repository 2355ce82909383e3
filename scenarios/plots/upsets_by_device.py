"""How often devices of the catalogue are upset in one orbit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
from matplotlib.axes import Axes

from scenarios.device_comparison import DeviceUpsets
from scenarios.plots.curves import FigureData
from scenarios.plots.style import INK

_EVIDENCE: Final = {
    "measured": ("#0072B2", "o"),
    "estimated": ("#D55E00", "s"),
    "recalled": ("#CC79A7", "D"),
    "user-supplied": ("#009E73", "^"),
}


def upsets_by_device_data(devices: Sequence[DeviceUpsets]) -> FigureData:
    """Return devices with the events per day that are expected of each.

    Columns: `device`, `n_bits` (0 for a device without a known memory), `evidence`, `left_out` (particles whose effect
    nobody published), `has_constant_rate` (not from this orbit), `events_per_day`.
    """
    rows = [
        {
            "device": entry.device.name,
            "n_bits": entry.device.memory.n_bits if entry.device.memory else 0,
            "evidence": entry.device.evidence.value,
            "left_out": " and ".join(entry.left_out),
            "has_constant_rate": entry.has_constant_rate,
            "events_per_day": entry.events_per_day,
        }
        for entry in sorted(devices, key=lambda entry: entry.events_per_day)
    ]
    return {"": pa.Table.from_pylist(rows)}


def plot_upsets_by_device(result: FigureData, ax: Axes) -> Axes:
    """Draw a mark per device on a logarithmic axis, by what its numbers rest on; hollow where particles are missing."""
    rows = result[""].to_pylist()
    for evidence, (colour, marker) in _EVIDENCE.items():
        own = [(row, place) for place, row in enumerate(rows) if row["evidence"] == evidence]
        for row, place in own:
            face = colour if not row["left_out"] else "white"
            ax.plot(row["events_per_day"], place, marker, color=colour, markerfacecolor=face, markersize=4.5)
        if own:
            ax.plot([], [], marker, color=colour, markersize=4.5, label=evidence)
    if any(row["left_out"] for row in rows):
        ax.plot([], [], "o", color=INK, markerfacecolor="white", markersize=4.5, label="hollow: some particles unknown")
    ax.set_xscale("log")
    ax.set_yticks(range(len(rows)), [_name_text(row) for row in rows])
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.set_title("Upsets of devices in this orbit, each of its own size")
    ax.set_xlabel("Expected upsets [events/day]")
    return ax


def _name_text(row: Mapping[str, Any]) -> str:
    remark = ", constant rate" if row["has_constant_rate"] else ""
    return f"{row['device']}{_size_text(row['n_bits'])}{remark}"


def _size_text(n_bits: int) -> str:
    if n_bits == 0:
        return ""
    for factor, unit in ((1e9, "Gbit"), (1e6, "Mbit"), (1e3, "kbit")):
        if n_bits >= factor:
            return f", {n_bits / factor:.3g} {unit}"
    return f", {n_bits} bit"
