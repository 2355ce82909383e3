"""Published parts, one file per source, and devices that a user describes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from radiation.devices.device import Device, Evidence
from radiation.devices.mapping import device_from_keys
from radiation.devices.reading import DeviceError, nearest

_PARTS = files("radiation.devices") / "parts"

_ONE_OR_THE_OTHER: Final = (
    (("probabilities",), ("multi_cell_share", "growth", "largest_cells")),
    (("rate_per_bit_day",), ("proton", "heavy_ion")),
    (("rate_per_device_day",), ("proton", "heavy_ion")),
)
"""Keys that say the same thing in two ways: a change in one of them drops what the part says in the other."""


def device_names() -> tuple[str, ...]:
    """Return the names of all parts of the catalogue, in order."""
    return tuple(sorted(part.name.removesuffix(".json") for part in _PARTS.iterdir() if part.name.endswith(".json")))


def find_device(name: str) -> Device:
    """Return a part of the catalogue.

    Raises
    ------
    DeviceError
        If there is none of that name; the message gives the nearest.
    """
    return device_from_keys(_keys_of(name), name)


def device_from_mapping(mapping: Mapping[str, object]) -> Device:
    """Return the device that a user's file describes; keys as in `radiation.devices.mapping`.

    With `based_on`, the keys of that part of the catalogue are taken where the file has none of its own; what comes of
    it counts as user-supplied unless the file says otherwise.

    Raises
    ------
    DeviceError
        If a key is missing, unknown or out of its range; it names the key, the value and what is allowed.
    """
    if not isinstance(mapping, Mapping):
        raise DeviceError(f"device = {mapping!r}: give a mapping of keys to values")
    keys = dict(mapping)
    base = keys.pop("based_on", None)
    if base is None:
        return device_from_keys(keys)
    changed = {"name": f"{base}-changed", "evidence": Evidence.USER_SUPPLIED.value} | keys
    return device_from_keys(_merged(_keys_of(str(base)), changed))


def _keys_of(name: str) -> dict[str, object]:
    names = device_names()
    if name not in names:
        raise DeviceError(f"device = {name!r}: no such part{nearest(name, names)}")
    keys: dict[str, object] = json.loads((_PARTS / f"{name}.json").read_text(encoding="utf-8"))
    return keys


def _merged(base: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Return `base` with changes, key by key in nested mappings; a mapping with a `model` replaces the old one."""
    merged = dict(base)
    for ways in _ONE_OR_THE_OTHER:
        for way, other in (ways, ways[::-1]):
            if any(key in changes for key in way):
                merged = {key: value for key, value in merged.items() if key not in other}
    for key, change in changes.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(change, Mapping) and "model" not in change:
            merged[key] = _merged(old, change)
        else:
            merged[key] = change
    return merged
