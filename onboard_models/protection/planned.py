"""A guard for some tensors alone: those that a plan of `sunwise importance --json` names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx

from onboard_models.model_tensors import memory_image_of
from onboard_models.protection.guards import MemoryGuard
from onboard_models.protection.protection import Calibration, Protection


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Protection):
    """A protection whose guards of memory cover the tensors of a plan.

    Attributes
    ----------
    protection : whose guards
    tensors : of the plan
    source : where the plan is from, for messages
    """

    protection: Protection
    tensors: frozenset[str]
    source: str

    def hardened(self, model: onnx.ModelProto, calibration: Calibration) -> onnx.ModelProto:
        """Return the network as it is.

        Raises
        ------
        ValueError
            If the plan names tensors that the network does not have.
        """
        del calibration
        missing = sorted(self.tensors - set(memory_image_of(model).names))
        if missing:
            raise ValueError(
                f"{self.source}: the plan names {missing[0]!r}, which this network does not have; make a plan for it "
                "with sunwise importance MODEL --json"
            )
        return model

    def guards(self, only: frozenset[str] | None) -> Sequence[MemoryGuard]:
        """Return the guards for the tensors of the plan."""
        return self.protection.guards(self.tensors if only is None else self.tensors & only)


def planned(protection: Protection, guard: str, path: Path) -> Planned:
    """Return a protection for the tensors of a plan.

    Parameters
    ----------
    protection : whose guards
    guard : its name in the plan
    path : what `sunwise importance MODEL --json` printed, of one network

    Raises
    ------
    ValueError
        If the file is none, is about several networks, or has no plan for the guard.
    """
    try:
        networks = json.loads(path.read_bytes())["networks"]
        plans = [{plan["guard"]: frozenset(map(str, plan["names"])) for plan in one["plans"]} for one in networks]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path}: no plan ({type(error).__name__}: {error}); write one with sunwise importance MODEL --json"
        ) from error
    if len(plans) != 1:
        raise ValueError(f"{path}: has plans for {len(plans)} networks; give sunwise importance one MODEL")
    if guard not in plans[0]:
        raise ValueError(f"{path}: has no plan for {guard!r}; give one of {', '.join(plans[0])}")
    return Planned(protection=protection, tensors=plans[0][guard], source=str(path))
