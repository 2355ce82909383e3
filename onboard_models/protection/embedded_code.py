"""The (72,64) code without memory of its own: check bits stand in the lowest bits of the mantissas that they guard.

Two float32 make a word. The lowest 4 of the 23 bits of each mantissa give way to 8 check bits, which changes a
number by less than one part in half a million; the other 56 bits are data of the code, whose missing 8 are taken as
zero. Guan et al. (2019, "In-place zero-space memory protection for CNN") do so for int8, where training must free the
bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.memory_image import MemoryImage, Region
from onboard_models.protection.codes import check_bytes, decode
from onboard_models.protection.guards import WEIGHTS, guarded_regions, table, view, words, words_of

_LOW: Final = np.uint64(0xF)
_NIBBLE: Final = np.uint64(4)
_UPPER: Final = np.uint64(32)
_CHECK_MASK: Final = np.uint64(0x0000000F_0000000F)
_LOWER_HALF: Final = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedSecded:
    """Float32 weights and biases that carry their own check bits; words with two flips are set to zero.

    A tensor with an odd number of elements leaves half a word over, whose check byte stands in a table.

    Attributes
    ----------
    only : names of regions, all float32 weights and biases if None
    """

    name: str = "embedded-secded"
    only: frozenset[str] | None = None

    def attached(self, image: MemoryImage) -> tuple[MemoryImage, EmbeddedRepair]:
        """Return the image with check bits in its weights, and the decoder."""
        regions = [r for r in guarded_regions(image, WEIGHTS, self.only) if r.dtype == np.float32]
        whole, halves = _places(regions)
        content = image.content.copy()
        stored = words(content)
        stored[whole] = _encoded(stored[whole])
        checks = check_bytes(stored[halves] & _LOWER_HALF)
        extended = replace(image, content=content).extended([table(f"{self.name}:odd", checks)])
        odd = extended.region(f"{self.name}:odd") if len(halves) else None
        return extended, EmbeddedRepair(whole=whole, halves=halves, odd=odd)


def _places(regions: Sequence[Region]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the words that hold two numbers, and those whose upper half lies behind the last one."""
    ends = np.array([(region.first_byte + region.n_bytes) // 8 for region in regions if region.n_bytes % 8], np.int64)
    return np.setdiff1d(words_of(regions), ends, assume_unique=True), ends


def _encoded(data: NDArray[np.uint64]) -> NDArray[np.uint64]:
    kept = data & ~_CHECK_MASK
    return kept | _spread(check_bytes(kept))


def _spread(checks: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return check bytes with their halves at the lowest bits of both numbers of a word."""
    wide = checks.astype(np.uint64)
    return (wide & _LOW) | ((wide >> _NIBBLE) << _UPPER)


def _gathered(data: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return the check bytes that words carry: the inverse of `_spread`."""
    return ((data & _LOW) | (((data >> _UPPER) & _LOW) << _NIBBLE)).astype(np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmbeddedRepair:
    """The decoder of words that carry their check bits."""

    whole: NDArray[np.int64]
    halves: NDArray[np.int64]
    odd: Region | None

    def repair_(self, content: NDArray[np.uint8]) -> bool:
        """Correct single flips; set words with two to zero."""
        stored = words(content)
        data = stored[self.whole]
        decoded = decode(data & ~_CHECK_MASK, _gathered(data))
        corrected = decoded.data | _spread(decoded.checks)
        # a word with check bits where the code has no data was corrected wrongly
        is_lost = decoded.is_uncorrectable | (decoded.data & _CHECK_MASK != 0)
        stored[self.whole] = np.where(is_lost, np.uint64(0), corrected)
        if self.odd is not None:
            self._repair_halves_(content, self.odd)
        return False

    def _repair_halves_(self, content: NDArray[np.uint8], odd: Region) -> None:
        stored, checks = words(content), view(content, odd)
        data = stored[self.halves]
        decoded = decode(data & _LOWER_HALF, checks.view(np.uint8))
        is_lost = decoded.is_uncorrectable | (decoded.data & ~_LOWER_HALF != 0)
        stored[self.halves] = (data & ~_LOWER_HALF) | np.where(is_lost, np.uint64(0), decoded.data)
        checks[:] = np.where(is_lost, np.uint8(0), decoded.checks)
