"""Protections by name."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from onboard_models.hardening.bounded_activations import Bound
from onboard_models.protection.checksums import ChecksumReload
from onboard_models.protection.codes import CheckBytes, ParityZero
from onboard_models.protection.copies import Copies
from onboard_models.protection.embedded_code import EmbeddedSecded
from onboard_models.protection.entries import (
    BoundedActivations,
    EarlyExits,
    FTClipAct,
    Guarded,
    NoProtection,
    Ours,
    RedNet,
)
from onboard_models.protection.guards import SMALL
from onboard_models.protection.planned import planned
from onboard_models.protection.protection import Protection
from onboard_models.protection.ranges import RangeCheck

AT: Final = "@"
"""Between a guard of memory and the file with its plan."""
PROTECTIONS: Final[dict[str, Callable[[], Protection]]] = {
    "none": NoProtection,
    "rednet": RedNet,
    "exits": EarlyExits,
    "ranger": lambda: BoundedActivations(bound=Bound.CLAMP),
    "clip-to-zero": lambda: BoundedActivations(bound=Bound.ZERO),
    "ft-clipact": FTClipAct,
    "logclip-sat": lambda: BoundedActivations(bound=Bound.CLAMP, needs_logarithm=True, clean_loss_points=2.0),
    "logclip-zero": lambda: BoundedActivations(bound=Bound.ZERO, needs_logarithm=True, clean_loss_points=2.0),
    "logclip-logtail": lambda: BoundedActivations(bound=Bound.LOGTAIL, clean_loss_points=1.0),
    "range-check": lambda: Guarded(guard=lambda only: RangeCheck(only=only)),
    "parity-zero": lambda: Guarded(guard=lambda only: ParityZero(only=only)),
    "secded": lambda: Guarded(guard=lambda only: CheckBytes(only=only)),
    "tmr": lambda: Guarded(guard=lambda only: Copies(only=only)),
    "checksum-reload": lambda: Guarded(guard=lambda only: ChecksumReload(only=only)),
    "triplicate-metadata": lambda: Guarded(
        guard=lambda only: Copies(name="triplicate-metadata", kinds=SMALL, only=only)
    ),
    "embedded-secded": lambda: Guarded(guard=lambda only: EmbeddedSecded(only=only), clean_loss_points=0.1),
    "ours": Ours,
}
"""Factories by name."""


def find_protection(name: str) -> Protection:
    """Return a protection by its name, by `name@FILE` for the tensors of a plan, or an instance of `module:Class`.

    Raises
    ------
    ValueError
        If there is none of that name, it cannot be imported, it is no `Protection`, or the file holds no plan for it.
    """
    guard, at, path = name.partition(AT)
    if at:
        return planned(find_protection(guard), guard, Path(path))
    if ":" in name:
        return _imported(name)
    if name not in PROTECTIONS:
        near = difflib.get_close_matches(name, PROTECTIONS, n=1)
        hint = (
            f"did you mean {near[0]!r}?" if near else f"give one of {', '.join(PROTECTIONS)}, name@FILE or module:Class"
        )
        raise ValueError(f"protection = {name!r}: none of that name; {hint}")
    return PROTECTIONS[name]()


def _imported(name: str) -> Protection:
    module_name, _, class_name = name.partition(":")
    try:
        made = getattr(importlib.import_module(module_name), class_name)()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"protection = {name!r}: cannot be made ({error}); give module:Class of a class without arguments in a "
            "module that Python finds"
        ) from error
    if not isinstance(made, Protection):
        raise ValueError(f"protection = {name!r}: is no subclass of onboard_models.protection.protection.Protection")
    return made
