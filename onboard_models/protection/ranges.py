"""Weights that left the range of their tensor are set to zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.memory_image import MemoryImage, Region, RegionKind
from onboard_models.protection.guards import WEIGHTS, guarded_regions, table, view

_MARGIN: Final = 1e-3
"""Ranges are this much wider, so that codes which take up the lowest bits of a number stay inside."""
_MOST_SHARE: Final = 0.1
_MOST: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeCheck:
    """The least and the largest value of each tensor of weights and biases (Cai et al. 2024: weight limiting).

    A flip of the highest bit of an exponent makes a number enormous; zero instead is harmless. Should more than a tenth
    of a tensor and more than 4 elements be outside, its stored range was hit rather, and the tensor is left alone.

    Attributes
    ----------
    only : names of regions, all weights and biases if None
    """

    name: str = "range-check"
    only: frozenset[str] | None = None

    def attached(self, image: MemoryImage) -> tuple[MemoryImage, RangeRepair]:
        """Return the image with the ranges, one table for each type of element, and the check."""
        regions = guarded_regions(image, WEIGHTS, self.only)
        by_type: dict[str, list[Region]] = {}
        for region in regions:
            by_type.setdefault(region.dtype.name, []).append(region)
        tables = {}
        for dtype, group in by_type.items():
            ranges = np.array([_range(view(image.content, region)) for region in group], dtype=group[0].dtype)
            tables[f"{self.name}:{dtype}"] = ranges
        extended = image.extended([table(name, ranges, RegionKind.THRESHOLD) for name, ranges in tables.items()])
        groups = tuple(
            (extended.region(name), tuple(group)) for name, group in zip(tables, by_type.values(), strict=True)
        )
        return extended, RangeRepair(groups=groups)


def _range(values: NDArray[np.generic]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind == "f":
        low, high = low - _MARGIN * abs(low), high + _MARGIN * abs(high)
    return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeRepair:
    """The check of each tensor against its row of a table."""

    groups: tuple[tuple[Region, tuple[Region, ...]], ...]

    def repair_(self, content: NDArray[np.uint8]) -> bool:
        """Set what is outside, or no number, to zero."""
        for ranges, regions in self.groups:
            limits = view(content, ranges).reshape(-1, 2)
            for region, (low, high) in zip(regions, limits, strict=True):
                values = view(content, region)
                with np.errstate(invalid="ignore"):
                    is_outside = ~((values >= low) & (values <= high))
                n_outside = np.count_nonzero(is_outside)
                if n_outside and (n_outside <= _MOST or n_outside <= _MOST_SHARE * values.size):
                    values[is_outside] = 0
        return False
