"""What to protect within a budget of bytes, and how much harm that should take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard_models.importance.layers import Layer
from onboard_models.memory_image import MemoryImage
from onboard_models.protection.budget import COST_PER_BYTE, ProtectionPlan, protection_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardPlan:
    """A guard with the tensors that it should protect.

    Attributes
    ----------
    guard : a key of `COST_PER_BYTE`
    plan : tensors in order, bytes that the guard stores, share of the harm covered
    """

    guard: str
    plan: ProtectionPlan


def guard_plans(
    image: MemoryImage, layers: Sequence[Layer], per_parameter: NDArray[np.float64], *, budget_bytes: float
) -> tuple[GuardPlan, ...]:
    """Return a plan for each guard, the one that covers most harm first.

    Parameters
    ----------
    image : of the network
    layers, per_parameter : and the harm that one flip in each does, measured or scored by a criterion
    budget_bytes : most that a guard may store

    Notes
    -----
    A layer's harm is spread over its tensors by their sizes. A guard's worth is the harm in what it covers: how much of
    that it takes away, `sunwise inject --protection` tells.
    """
    harm = harm_by_tensor(image, layers, per_parameter)
    plans = [
        GuardPlan(guard=guard, plan=protection_plan(image, harm, guard=guard, budget_bytes=budget_bytes))
        for guard in COST_PER_BYTE
    ]
    return tuple(sorted(plans, key=lambda one: -one.plan.share_covered))


def harm_by_tensor(image: MemoryImage, layers: Sequence[Layer], per_parameter: NDArray[np.float64]) -> dict[str, float]:
    """Return the harm of layers spread over their tensors by size: per flip, times bits."""
    held = {region.name: region for region in image.regions}
    return {
        name: float(score) * held[name].n_bits
        for layer, score in zip(layers, per_parameter, strict=True)
        for name in layer.tensors
    }
