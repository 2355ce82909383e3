"""Networks in memory under the protections that a person names, made once per process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from onboard_models.catalogue import find_model
from onboard_models.protection.composition import protected
from onboard_models.protection.registry import AT, find_protection
from onboard_models.subject import Subject
from onboard_models.unprotected import Unprotected
from onboard_models.vetting import ModelRefusedError
from scenarios.campaigns.source import Source, calibration_images, is_model_file, load
from scenarios.custom_class import load_class, source_files

PLUS: Final = "+"
"""Joins protections that work together."""
NONE: Final = "none"
"""The network as its file says: what others are compared with."""


@lru_cache(maxsize=4)
def subject_of(source: Source, protection: str) -> Subject:
    """Return the network of a source under a protection.

    Raises
    ------
    ValueError
        If there is no such protection, or it cannot serve this network.
    """
    network = load(source)
    if protection == NONE:
        return Unprotected(network.model_bytes, probe=network.probe)
    if network.n_fixed:
        raise ModelRefusedError(
            f"{source.model}: takes exactly {network.n_fixed} images at once, and protections are calibrated on any "
            "number; export it with an open batch (dynamic_shapes or dynamic_axes), or give --protection none"
        )
    model = network.model_bytes if is_model_file(source.model) else find_model(source.model)
    return protected(model, protection, calibration_images(source))


def check_protection(protection: str) -> None:
    """Refuse a protection that there is not.

    Raises
    ------
    ValueError
        If one of its parts is no name, no `name@FILE` and no `module:Class`; the message gives the nearest.
    """
    for part in protection.split(PLUS):
        if _is_own_class(part):
            load_class(part)
        find_protection(part)


def protection_files(protection: str) -> dict[str, Path]:
    """Return the files of a person's own that a protection is made of, by the name of the module or of the file."""
    found: dict[str, Path] = {}
    for part in protection.split(PLUS):
        if _is_own_class(part):
            found |= source_files(load_class(part))
        elif AT in part:
            found[part] = Path(part.partition(AT)[2])
    return found


def _is_own_class(part: str) -> bool:
    return ":" in part and AT not in part
