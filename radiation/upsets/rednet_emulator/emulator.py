"""Flips of bits as the radiation emulator of RedNet makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radiation.upsets.clusters import Flips, joined_flips
from radiation.upsets.rednet_emulator.cluster_walks import GROWTH, ClusterShape
from radiation.upsets.rednet_emulator.event_sizes import LARGEST_EVENT, draw_event_sizes
from radiation.upsets.rednet_emulator.memory_image import OUTSIDE, MemoryImage

WORST_BIT: Final = 7
"""The bit that the original always flips: the sign of an int8, but never an exponent bit that hurts a float32."""
_MOST_ROUNDS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RedNetEmulator:
    """Particles that hit an image of data in a DRAM.

    Differences from the original (public artefact, versions 1.0 and 1.5): 1. The bit index is uniform unless given;
    there it is always 7. 2. Clusters are placed by geometry always; there the injector without the tree calls an
    uncorrelated sampler, and one version emits more bits than asked for. 3. Bits of one list are all different.
    4. A cluster lies in the region as a whole; it is drawn again where it does not.

    Attributes
    ----------
    image : MemoryImage
    shape : ClusterShape
    dq_share : share of multi-bit events that flip adjacent bits of one byte (several data lines, DQ) instead of the
        same bit in several cells, downward from the bit index; 0 to 1, and 0 in v1.0
    bit_index : bit of the byte, 0 to 7, the same for all cells of an event; None draws it uniformly

    Raises
    ------
    ValueError
        If an attribute is outside its range, or a fixed `bit_index` leaves no room for the bits below it.
    """

    image: MemoryImage
    shape: ClusterShape = ClusterShape.WALK
    dq_share: float = 0.0
    bit_index: int | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.dq_share <= 1.0:
            raise ValueError(f"dq_share = {self.dq_share}: give a share from 0 to 1")
        if self.dq_share and self.shape is ClusterShape.WALK:
            raise ValueError(f"dq_share = {self.dq_share}: shape v1.0 has no such events; give shape v1.5 or 0")
        if self.bit_index is not None and not 0 <= self.bit_index <= 7:
            raise ValueError(f"bit_index = {self.bit_index}: give 0 to 7, or None for a uniform index")
        if self.dq_share and self.bit_index is not None and self.bit_index < LARGEST_EVENT - 1:
            raise ValueError(
                f"bit_index = {self.bit_index}: an event of {LARGEST_EVENT} bits downward needs at least "
                f"{LARGEST_EVENT - 1}; give that, None, or dq_share = 0"
            )

    def flips(self, sizes: NDArray[np.int64], rng: np.random.Generator, *, word_bits: int = 64) -> Flips:
        """Return the flips of events of the given sizes, in words of the image.

        Parameters
        ----------
        sizes : (n_events,) int64, bits of each event, 1 to 7
        rng : Generator
        word_bits : int
            8, 16, 32 or 64; words are little endian, so bit 0 of word 0 is bit 0 of byte 0.

        Raises
        ------
        ValueError
            If a size or `word_bits` is another, or if the region has no room for a cluster of such a size.
        """
        return _flips(self._cells(sizes, rng), word_bits)

    def exactly(self, n_bits: int, rng: np.random.Generator, *, word_bits: int = 64) -> Flips:
        """Return flips of exactly `n_bits` different bits, in events sized as the emulator mixes them.

        Raises
        ------
        ValueError
            As `flips`, and if the region has too few bits.
        """
        sizes = draw_event_sizes(n_bits, rng)
        cells = self._cells(sizes, rng)
        for _ in range(_MOST_ROUNDS):
            again = _events_that_repeat(cells)
            if not len(again):
                return _flips(cells, word_bits)
            cells[again] = OUTSIDE
            drawn = self._cells(sizes[again], rng)
            cells[again, : drawn.shape[1]] = drawn
        region = self.image.region_end - self.image.first_byte
        raise ValueError(f"n_bits = {n_bits}: too many for different bits in a region of {region} bytes; give fewer")

    def _cells(self, sizes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the bits of each event, (n_events, largest size): 8 times the byte plus the bit, or `OUTSIDE`."""
        if len(sizes) and not 1 <= sizes.min() <= sizes.max() <= LARGEST_EVENT:
            raise ValueError(f"sizes range from {sizes.min()} to {sizes.max()}: give 1 to {LARGEST_EVENT} bits")
        cells = np.full((len(sizes), int(sizes.max(initial=1))), OUTSIDE)
        is_dq = (sizes > 1) & (rng.random(len(sizes)) < self.dq_share)
        dq, others = np.flatnonzero(is_dq), np.flatnonzero(~is_dq)
        cells[dq] = self._dq_cells(sizes[dq], cells.shape[1], rng)
        byte = self._clusters(sizes[others], rng)
        bit = self._bits(np.zeros(len(others), dtype=np.int64), rng)
        cells[others, : byte.shape[1]] = np.where(byte == OUTSIDE, OUTSIDE, byte * 8 + bit[:, None])
        return cells

    def _dq_cells(self, sizes: NDArray[np.int64], width: int, rng: np.random.Generator) -> NDArray[np.int64]:
        byte = self._starts(len(sizes), rng)
        top = self._bits(sizes - 1, rng)
        below = np.arange(width)
        return np.where(below < sizes[:, None], (byte * 8 + top)[:, None] - below, OUTSIDE)

    def _clusters(self, sizes: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the bytes of clusters, as many as asked for, each in the region as a whole."""
        cells = np.full((len(sizes), int(sizes.max(initial=1))), OUTSIDE)
        missing = np.arange(len(sizes))
        for _ in range(_MOST_ROUNDS):
            drawn = GROWTH[self.shape](self.image, self._starts(len(missing), rng), sizes[missing], rng)
            cells[missing] = OUTSIDE
            cells[missing, : drawn.shape[1]] = drawn
            missing = missing[(drawn != OUTSIDE).sum(axis=1) < sizes[missing]]
            if not len(missing):
                return cells
        raise ValueError(
            f"the region from byte {self.image.first_byte} to {self.image.region_end} has no room for a cluster of "
            f"{sizes[missing].max()} cells in {self.image.mapping.name}; give a larger region"
        )

    def _starts(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        return rng.integers(self.image.first_byte, self.image.region_end, n)

    def _bits(self, lowest: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        if self.bit_index is not None:
            return np.full(len(lowest), self.bit_index)
        return rng.integers(lowest, 8)


def _events_that_repeat(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the events that flip a bit which an earlier one flips already."""
    event, place = np.nonzero(cells != OUTSIDE)
    _, first = np.unique(cells[event, place], return_index=True)
    repeats = np.ones(len(event), dtype=np.bool_)
    repeats[first] = False
    return np.unique(event[repeats])


def _flips(cells: NDArray[np.int64], word_bits: int) -> Flips:
    if word_bits not in (8, 16, 32, 64):
        raise ValueError(f"word_bits = {word_bits}: give 8, 16, 32 or 64")
    event, place = np.nonzero(cells != OUTSIDE)
    word, bit = np.divmod(cells[event, place], word_bits)
    return joined_flips(event, word, np.left_shift(np.uint64(1), bit.astype(np.uint64)))
