"""Devices under radiation, given by the name of a part, by a YAML file or by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scenarios.config.problems import ScenarioError
from scenarios.config.yaml_text import MAX_BYTES, read_document

if TYPE_CHECKING:
    from radiation.devices import Device

FILE_SUFFIXES: Final = (".yaml", ".yml", ".json")


def is_device_file(source: object) -> bool:
    """Return whether a device is given by a file and not by the name of a part."""
    return isinstance(source, str) and source.endswith(FILE_SUFFIXES)


def device_of(source: str | Mapping[str, object], folder: Path | None = None) -> Device:
    """Return the device that a scenario or a command names.

    Parameters
    ----------
    source : str or mapping
        Name of a part of the catalogue; or a YAML (or JSON) file; or the keys that such a file would hold.
    folder : Path, optional
        Where the path of a file starts.

    Raises
    ------
    ValueError
        If there is no such part or file, or its keys describe no device; the message names the key and a remedy.
    """
    from radiation.devices import device_from_mapping, find_device

    if isinstance(source, Mapping):
        return device_from_mapping(source)
    if not is_device_file(source):
        return find_device(source)
    return device_from_mapping(_keys_of_file((folder or Path()) / source))


def _keys_of_file(path: Path) -> Mapping[str, object]:
    if not path.is_file():
        raise ValueError(f"device = {str(path)!r}: no such file; give a file of a device, or the name of a part")
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    try:
        tree = read_document(content, str(path)).tree
    except ScenarioError as error:
        raise ValueError(f"device = {str(path)!r}: {error.problems[0]}") from error
    assert isinstance(tree, dict), "a document is a mapping"
    return tree
