"""From a network and names of protections to what flies: the subject of a fault campaign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.catalogue import ShippedModel, find_model, model_names
from onboard_models.hardening.exits import exits_of, with_exits
from onboard_models.hardening.multiplications import costs_of_exits
from onboard_models.protection.exit_rule import ExitRule
from onboard_models.protection.exit_tuning import tuned_exits
from onboard_models.protection.protected_subject import ProtectedSubject
from onboard_models.protection.protection import Calibration, ExitPolicy, TrainedModels
from onboard_models.protection.registry import find_protection
from onboard_models.runtime import open_session, run_in_batches
from onboard_models.subject import Subject
from onboard_models.unprotected import Unprotected

_INT8: Final = "-int8"
_Wanted = TypeVar("_Wanted")
N_CALIBRATION: Final = 4000


def protected(
    model: ShippedModel | TrainedModels | bytes,
    names: Sequence[str] | str,
    calibration: Calibration,
    *,
    only: frozenset[str] | None = None,
) -> Subject:
    """Return a network with one protection or several.

    Parameters
    ----------
    model : a shipped network, whose variants with exits are then known, or ONNX bytes
    names : of `PROTECTIONS` or `module:Class`, in order; a text may join them with "+"
    calibration : clean images that ranges, thresholds and exits are chosen with
    only : names of tensors that guards of memory protect, all of their kind if None: see `budget`

    Raises
    ------
    ValueError
        If a name is unknown, two protections want different networks or different exits, or one cannot serve this
        network.
    """
    listed = names.split("+") if isinstance(names, str) else list(names)
    parts = [find_protection(name) for name in listed]
    models = trained_models(model)
    name = "+".join(listed)
    if listed == ["none"]:
        return Unprotected(models.plain, probe=calibration.x[:4])
    content = _agreed("networks", [part.chosen(models) for part in parts], listed) or models.plain
    hardened = onnx.ModelProto.FromString(content)
    for part in parts:
        hardened = part.hardened(hardened, calibration)
    policy = _agreed("exits", [part.exits() for part in parts], listed)
    rule: ExitRule | None = None
    if policy is not None:
        hardened, rule = _with_tuned_exits(hardened, models.plain, policy, calibration)
    guards = [guard for part in parts for guard in part.guards(only)]
    return ProtectedSubject(name, hardened, guards, rule, probe=calibration.x[:4])


def trained_models(model: ShippedModel | TrainedModels | bytes) -> TrainedModels:
    """Return a network and its variants: those of its catalogue by name, or the network itself if it has exits."""
    if isinstance(model, TrainedModels):
        return model
    plain = model if isinstance(model, bytes) else model.model_bytes
    variants = {}
    if len(exits_of(onnx.ModelProto.FromString(plain)).outputs) > 1:
        variants["exits"] = plain
    if isinstance(model, ShippedModel):
        base, eight_bits = model.name.removesuffix(_INT8), _INT8 if model.name.endswith(_INT8) else ""
        known = model_names(model.folder)
        for kind in ("exits", "rednet"):
            if (sibling := f"{base}-{kind}{eight_bits}") in known:
                variants[kind] = find_model(sibling, model.folder).model_bytes
    return TrainedModels(plain=plain, variants=variants)


def calibration_of(model: ShippedModel, n: int = N_CALIBRATION) -> Calibration:
    """Return images of the validation split of a shipped network."""
    images = model.images("validation", n)
    return Calibration(x=images.x, y=images.y)


def _agreed(what: str, wanted: Sequence[_Wanted | None], names: Sequence[str]) -> _Wanted | None:
    """Return what one or more protections ask for."""
    given = [value for value in wanted if value is not None]
    if any(value != given[0] for value in given[1:]):
        raise ValueError(f"{'+'.join(names)}: these want different {what}; give them apart")
    return given[0] if given else None


def _with_tuned_exits(
    model: onnx.ModelProto, plain: bytes, policy: ExitPolicy, calibration: Calibration
) -> tuple[onnx.ModelProto, ExitRule]:
    logits = _logits(model, calibration.x)
    without = _logits(onnx.ModelProto.FromString(plain), calibration.x)[-1]
    tuned = tuned_exits(
        logits,
        calibration.y,
        lambda early: costs_of_exits(model, early),
        is_right_without=without.argmax(axis=1) == calibration.y,
        most_loss=policy.clean_loss,
        is_strict=policy.is_strict,
    )
    return with_exits(model, tuned.early), tuned.rule


def _logits(model: onnx.ModelProto, x: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    outputs = run_in_batches(open_session(model.SerializeToString()), x)
    return [outputs[name].astype(np.float32) for name in exits_of(model).outputs]
