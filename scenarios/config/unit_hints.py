"""What a person may have meant by a key that does not exist: a typing slip, another unit, another section."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, Final

_FACTORS: Final = {
    "length": {"m": 1.0, "km": 1e3},
    "angle": {"deg": 1.0, "rad": 57.29577951308232},
    "power": {"mw": 1e-3, "w": 1.0, "kw": 1e3},
    "energy": {"j": 1.0, "kj": 1e3, "mj": 1e6, "wh": 3600.0, "kwh": 3.6e6},
    "rate": {"bps": 1.0, "kbps": 1e3, "mbps": 1e6, "gbps": 1e9},
    "size": {"bit": 1.0, "bits": 1.0, "kbit": 1e3, "mbit": 1e6, "gbit": 1e9, "byte": 8.0, "mb": 8e6, "gb": 8e9},
    "time": {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0},
}
"""Unit suffixes of keys by dimension, each in a common unit."""


def remedy_for_unknown_key(key: str, value: Any, known: Sequence[str], above: str, elsewhere: Sequence[str]) -> str:
    """Return the advice for a key that is not among `known`; `above` is the section, `elsewhere` all keys, dotted."""
    if other_unit := _same_quantity(key, known):
        return f"did you mean {other_unit}? {_in_unit(key, value, other_unit)}"
    if near := difflib.get_close_matches(key, known, n=1, cutoff=0.6):
        return f"did you mean {near[0]!r}?"
    if homes := [path for path in elsewhere if path.rpartition(".")[2] == key]:
        if homes[0].rpartition(".")[0] == above:
            return f"it goes with another kind of {above}; known keys of this one: {', '.join(known)}"
        return f"it belongs elsewhere: {homes[0]}"
    if with_unit := [name for name in known if name.rpartition("_")[0] == key]:
        return f"did you mean {with_unit[0]!r}? the unit is part of the key"
    return f"known keys here: {', '.join(known)}"


def _same_quantity(key: str, known: Sequence[str]) -> str | None:
    """Return the known key that names the same quantity in another unit."""
    stem, _, unit = key.rpartition("_")
    units = next((table for table in _FACTORS.values() if unit in table), None)
    if not stem or units is None:
        return None
    return next((name for name in known if name.rpartition("_")[0] == stem and name.rpartition("_")[2] in units), None)


def _in_unit(key: str, value: Any, target: str) -> str:
    """Return how the value is written in the unit of another key."""
    unit, target_unit = key.rpartition("_")[2], target.rpartition("_")[2]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "the unit is part of the key"
    units = next(table for table in _FACTORS.values() if unit in table and target_unit in table)
    return f"{value:g} {unit} is written {target}: {value * units[unit] / units[target_unit]:.10g}"
