"""What summaries of runs say of captures and of what went wrong, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_OUTAGES: Final = {"satellite": "satellites", "station": "stations", "array": "arrays"}


def observation_rows(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return lines about captures for the summary of one run; none where work does not arise by captures."""
    found = summary.get("observation")
    if found is None:
        return []
    return [
        ("targets captured", f"{found['n_targets_captured']:,} of {found['n_targets']:,}"),
        ("captures, their data \\[Gbit]", f"{found['n_captures']:,}, {found['data_bits'] / 1e9:.1f}"),
        ("share taken of possible captures", f"{100.0 * found['share_taken']:.1f} %"),
        ("energy of sensors \\[MJ]", f"{found['payload_j'] / 1e6:.2f}"),
    ]


def adversity_rows(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return lines about what went wrong for the summary of one run; none where nothing may."""
    found = summary.get("adversity")
    if found is None:
        return []
    numbers = [f"{found['n_link_failures']:,} of links"]
    for kind, name in _OUTAGES.items():
        if (n_outages := found.get(f"n_{kind}_outages")) is not None:
            numbers.append(f"{n_outages:,} of {name}")
    transfers = ", ".join(f"{found[f'n_transfers_{what}']:,} {what}" for what in ("cut", "rerouted", "held"))
    return [("outages that began", ", ".join(numbers)), ("transfers over links", transfers)]
