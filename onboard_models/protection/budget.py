"""Where a few bytes of protection do most: the tensors with the largest benefit per byte first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from onboard_models.memory_image import MemoryImage, RegionKind
from onboard_models.protection.codes import CheckBytes, CheckBytesRepair

COST_PER_BYTE: Final[dict[str, float]] = {
    "tmr": 2.0,
    "secded": 1 / 8,
    "parity-zero": 1 / 32,
    "checksum-reload": 4 / 4096,
}
"""Bytes that guards store per byte that they guard."""
ALWAYS_FIRST: Final = frozenset({RegionKind.SCALE, RegionKind.ZERO_POINT, RegionKind.BIAS, RegionKind.THRESHOLD})
"""Few bytes that much depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionPlan:
    """Tensors to protect.

    Attributes
    ----------
    names : in order of benefit per byte
    cost_bytes : what the guard stores for them
    share_covered : of all harm
    """

    names: tuple[str, ...]
    cost_bytes: float
    share_covered: float


def protection_plan(
    image: MemoryImage, harm: Mapping[str, float], *, guard: str, budget_bytes: float
) -> ProtectionPlan:
    """Return the tensors that a guard should protect within a budget, chosen greedily.

    Scales, zero points, biases and thresholds come first, then others by harm per byte; a tensor that no longer fits is
    passed over for smaller ones.

    Parameters
    ----------
    image : of the network
    harm : by tensor, its share of wrong answers (per flip, times its bits); tensors without one are taken to do none
    guard : a key of `COST_PER_BYTE`
    budget_bytes : most that the guard may store

    Raises
    ------
    ValueError
        If the guard or a tensor is unknown, or harm or budget negative.

    Notes
    -----
    Greedy by ratio is within one tensor of the best choice (Dantzig 1957).
    """
    if guard not in COST_PER_BYTE:
        raise ValueError(f"guard = {guard!r}: give one of {', '.join(COST_PER_BYTE)}")
    if budget_bytes < 0 or any(not value >= 0 for value in harm.values()):
        raise ValueError(f"budget_bytes = {budget_bytes} and harm: give numbers of 0 or more")
    for name in harm:
        image.region(name)
    regions = [region for region in image.regions if region.kind is not RegionKind.UNUSED]
    regions.sort(key=lambda region: (region.kind not in ALWAYS_FIRST, -harm.get(region.name, 0.0) / region.n_bytes))
    chosen, cost_bytes = [], 0.0
    for region in regions:
        more_bytes = COST_PER_BYTE[guard] * region.n_bytes
        if cost_bytes + more_bytes <= budget_bytes:
            chosen.append(region.name)
            cost_bytes += more_bytes
    total = sum(harm.values())
    covered = sum(harm.get(name, 0.0) for name in chosen)
    return ProtectionPlan(
        names=tuple(chosen), cost_bytes=cost_bytes, share_covered=covered / total if total > 0 else 0.0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallestFirst:
    """The (72,64) code for as many tensors as a budget allows, the smallest first.

    Without a measurement of harm, size is the best guide: the fewer elements a tensor has, the more each of them harms.

    Attributes
    ----------
    budget_share : of the size of the image
    only : names of regions that may be taken, all if None
    """

    name: str = "budgeted-secded"
    budget_share: float = 0.004
    only: frozenset[str] | None = None

    def attached(self, image: MemoryImage) -> tuple[MemoryImage, CheckBytesRepair]:
        """Return the image with check bytes for some tensors, and the decoder."""
        regions = (region for region in image.regions if region.kind is not RegionKind.UNUSED)
        harm = {region.name: 1.0 for region in regions if self.only is None or region.name in self.only}
        plan = protection_plan(image, harm, guard="secded", budget_bytes=self.budget_share * image.n_bytes)
        return CheckBytes(name=self.name, only=frozenset(plan.names) & harm.keys()).attached(image)
