"""Codes over the words of the image: parity that zeroes, and the (72,64) code that corrects one bit and detects two."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.memory_image import MemoryImage, Region, RegionKind
from onboard_models.protection.guards import ALL, WEIGHTS, guarded_regions, table, view, words, words_of
from radiation.memory_protection import SECDED
from radiation.memory_protection.secded import syndrome

_CODE: Final = SECDED()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityZero:
    """One parity bit per 32-bit word of weights and biases; a word that fails it is set to zero.

    Attributes
    ----------
    only : names of regions, all weights and biases if None
    """

    name: str = "parity-zero"
    only: frozenset[str] | None = None

    def attached(self, image: MemoryImage) -> tuple[MemoryImage, ParityRepair]:
        """Return the image with the parity bits, and the check."""
        place = words_of(guarded_regions(image, WEIGHTS, self.only))
        if not len(place):
            return image, ParityRepair(place=place, bits=None)
        place = (2 * place[:, None] + np.arange(2)).reshape(-1)
        extended = image.extended([table(f"{self.name}:bits", np.packbits(_is_odd(image.content, place)))])
        return extended, ParityRepair(place=place, bits=extended.region(f"{self.name}:bits"))


def _is_odd(content: NDArray[np.uint8], place: NDArray[np.int64]) -> NDArray[np.bool_]:
    odd: NDArray[np.bool_] = np.bitwise_count(content.view("<u4")[place]) % 2 == 1
    return odd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParityRepair:
    """The check of each word against its parity bit."""

    place: NDArray[np.int64]
    bits: Region | None

    def repair_(self, content: NDArray[np.uint8]) -> bool:
        """Set words to zero whose parity is not what is stored; the stored bits are then made to fit."""
        if self.bits is None:
            return False
        stored = view(content, self.bits)
        is_wrong = _is_odd(content, self.place) != np.unpackbits(stored.view(np.uint8), count=len(self.place))
        content.view("<u4")[self.place[is_wrong]] = 0
        if is_wrong.any():
            stored[:] = np.packbits(_is_odd(content, self.place))
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBytes:
    """SECDED: eight check bits for each word of 64 bits, in a table of their own.

    What cannot be corrected is left as it is and raises the alarm.

    Attributes
    ----------
    kinds : what is protected
    only : names of regions, all of these kinds if None
    dtype_kinds : kinds of elements, as numpy abbreviates them; all if empty
    """

    name: str = "secded"
    kinds: frozenset[RegionKind] = ALL
    only: frozenset[str] | None = None
    dtype_kinds: str = ""

    def attached(self, image: MemoryImage) -> tuple[MemoryImage, CheckBytesRepair]:
        """Return the image with the check bytes, and the decoder."""
        place = words_of(guarded_regions(image, self.kinds, self.only, dtype_kinds=self.dtype_kinds))
        if not len(place):
            return image, CheckBytesRepair(place=place, checks=None)
        extended = image.extended([table(f"{self.name}:checks", check_bytes(words(image.content)[place]))])
        return extended, CheckBytesRepair(place=place, checks=extended.region(f"{self.name}:checks"))


def check_bytes(data: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return the check bits (n,) uint8 of words (n,): the syndrome of the data without any, as the code is linear."""
    return syndrome(np.stack([data, np.zeros_like(data)], axis=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckBytesRepair:
    """The decoder of words and check bytes."""

    place: NDArray[np.int64]
    checks: Region | None

    def repair_(self, content: NDArray[np.uint8]) -> bool:
        """Correct single flips; return whether a word has more."""
        if self.checks is None:
            return False
        checks = view(content, self.checks)
        decoded = decode(words(content)[self.place], checks.view(np.uint8))
        words(content)[self.place] = decoded.data
        checks[:] = decoded.checks
        return bool(decoded.is_uncorrectable.any())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decoded:
    """Words after correction; those that could not be corrected are as they were."""

    data: NDArray[np.uint64]
    checks: NDArray[np.uint8]
    is_uncorrectable: NDArray[np.bool_] = field(repr=False)


def decode(data: NDArray[np.uint64], checks: NDArray[np.uint8]) -> Decoded:
    """Return words (n,) as the (72,64) code corrects them by their check bytes (n,).

    A word with its check bits is a codeword plus what flipped, and the code is linear, so the decoder for patterns of
    flips takes whole words as well.
    """
    stored = np.stack([data, checks.astype(np.uint64)], axis=1)
    is_hit = syndrome(stored) != 0
    if is_hit.any():
        stored[is_hit] = _CODE.rewritten(stored[is_hit])
        is_hit[is_hit] = syndrome(stored[is_hit]) != 0
    return Decoded(data=stored[:, 0], checks=stored[:, 1].astype(np.uint8), is_uncorrectable=is_hit)
