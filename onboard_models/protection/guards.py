"""Guards of memory: what each stores beside the model, and how it mends the image when the model is loaded or scrubbed.

All of a guard's own data lie in the image too, and can be hit. numpy alone, as it runs on board.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from onboard_models.memory_image import Content, MemoryImage, Region, RegionKind

WEIGHTS: Final = frozenset({RegionKind.WEIGHT, RegionKind.BIAS})
SMALL: Final = frozenset(
    {RegionKind.BIAS, RegionKind.SCALE, RegionKind.ZERO_POINT, RegionKind.THRESHOLD, RegionKind.METADATA}
)
"""Few bytes and much harm: biases, scales, zero points, thresholds, shapes and tables of other guards."""
ALL: Final = frozenset(RegionKind) - {RegionKind.UNUSED}
WORD_BYTES: Final = 8


class MemoryGuard(Protocol):
    """Redundancy for a memory image."""

    @property
    def name(self) -> str:
        """Return what its regions are named after."""

    def attached(self, image: MemoryImage) -> tuple[MemoryImage, Repair]:
        """Return the image with what the guard stores, and the repair that uses it.

        What the image held before stays where it is; the guard may change values only where networks do not notice.
        """


class Repair(Protocol):
    """What a guard does to the image at load and at every scrub."""

    def repair_(self, content: NDArray[np.uint8]) -> bool:
        """Mend the content of the image in place; return whether something is known to be wrong still.

        Parameters
        ----------
        content : (n_bytes,) uint8, of the final image: what later guards stored lies behind
        """


def guarded_regions(
    image: MemoryImage, kinds: Collection[RegionKind], only: Collection[str] | None, *, dtype_kinds: str = ""
) -> tuple[Region, ...]:
    """Return the regions of some kinds; of some names and kinds of elements ("f", "i", "u") if these are given."""
    return tuple(
        region
        for region in image.regions
        if region.kind in kinds
        and (only is None or region.name in only)
        and (not dtype_kinds or region.dtype.kind in dtype_kinds)
    )


def words_of(regions: Collection[Region]) -> NDArray[np.int64]:
    """Return the 64-bit words of the image that regions lie in; these start at words, and gaps behind them are zero."""
    parts = [
        np.arange(region.first_byte // WORD_BYTES, -(-(region.first_byte + region.n_bytes) // WORD_BYTES))
        for region in regions
    ]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def view(content: NDArray[np.uint8], region: Region) -> NDArray[np.generic]:
    """Return what a region holds, flat, as a view that can be written to."""
    return content[region.first_byte : region.first_byte + region.n_bytes].view(region.dtype)


def words(content: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the content of an image as words."""
    return content.view(np.dtype("<u8"))


def table(name: str, values: NDArray[np.generic], kind: RegionKind = RegionKind.CHECKSUM) -> Content:
    """Return something that a guard stores."""
    return Content(name=name, layer=name.split(":")[0], kind=kind, values=values)
