"""Checksums over blocks of the image; a block that fails its own is written again from a copy outside memory."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard_models.memory_image import MemoryImage, Region
from onboard_models.protection.guards import ALL, WORD_BYTES, guarded_regions, table, view, words, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksumReload:
    """CRC32 per block; failed blocks are read again from storage that radiation is taken not to touch.

    Attributes
    ----------
    block_bytes : a checksum of 4 bytes guards so many
    only : names of regions that are guarded, all if None
    """

    name: str = "checksum-reload"
    block_bytes: int = 4096
    only: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.block_bytes < WORD_BYTES or self.block_bytes % WORD_BYTES:
            raise ValueError(f"block_bytes = {self.block_bytes}: give a multiple of {WORD_BYTES}")

    def attached(self, image: MemoryImage) -> tuple[MemoryImage, ReloadRepair]:
        """Return the image with the checksums, and the check."""
        place = words_of(guarded_regions(image, ALL, self.only))
        golden = words(image.content)[place]
        sums = checksums(golden, self.block_bytes)
        extended = image.extended([table(f"{self.name}:sums", sums)])
        region = extended.region(f"{self.name}:sums") if len(sums) else None
        return extended, ReloadRepair(place=place, golden=golden, sums=region, block_bytes=self.block_bytes)


def checksums(data: NDArray[np.uint64], block_bytes: int) -> NDArray[np.uint32]:
    """Return the CRC32 of each block of words (n,); the last block may be shorter."""
    stored = data.tobytes()
    blocks = (stored[first : first + block_bytes] for first in range(0, len(stored), block_bytes))
    return np.array([zlib.crc32(block) for block in blocks], np.uint32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReloadRepair:
    """The check of each block against its checksum.

    Attributes
    ----------
    place : words that are guarded
    golden : what they held, as stored outside memory
    """

    place: NDArray[np.int64]
    golden: NDArray[np.uint64]
    sums: Region | None
    block_bytes: int

    def repair_(self, content: NDArray[np.uint8]) -> bool:
        """Write blocks again that fail their checksum, and all checksums with them."""
        if self.sums is None:
            return False
        sums = view(content, self.sums)
        is_wrong = checksums(words(content)[self.place], self.block_bytes) != sums
        if is_wrong.any():
            is_reloaded = np.repeat(is_wrong, self.block_bytes // WORD_BYTES)[: len(self.place)]
            words(content)[self.place[is_reloaded]] = self.golden[is_reloaded]
            sums[:] = checksums(self.golden, self.block_bytes)
        return False
