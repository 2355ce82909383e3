"""Flips of upsets that spoil a whole row or column of a memory: each of its bits then reads at random."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from radiation.devices.memory_array import MemoryArray
from radiation.upsets.clusters import Flips

EVERY_BIT: Final = np.iinfo(np.uint64).max


def draw_row_flips(
    memory: MemoryArray, n_events: int, addresses: np.random.Generator, bits: np.random.Generator
) -> Flips:
    """Return the flips of upsets that spoil a row each, uniform over all rows; half of its bits flip in the mean."""
    row = addresses.integers(0, memory.n_rows, n_events)
    random = bits.integers(0, EVERY_BIT, (n_events, memory.words_per_row), dtype=np.uint64, endpoint=True)
    mask = random >> np.uint64(64 - memory.word_bits)
    word = row[:, None] * memory.words_per_row + np.arange(memory.words_per_row)
    return _kept(word, mask, mask != 0)


def draw_column_flips(
    memory: MemoryArray, n_events: int, addresses: np.random.Generator, bits: np.random.Generator
) -> Flips:
    """Return the flips of upsets that spoil a column of one array each, uniform over all columns of all arrays."""
    array, column = np.divmod(addresses.integers(0, memory.n_arrays * memory.n_columns, n_events), memory.n_columns)
    row = array[:, None] * memory.rows_per_array + np.arange(memory.rows_per_array)
    word, bit = memory.logical(row, np.broadcast_to(column[:, None], row.shape))
    mask = np.left_shift(np.uint64(1), bit.astype(np.uint64))
    is_flipped = bits.random(row.shape) < 0.5
    return _kept(word, mask, is_flipped & (row < memory.n_rows))


def _kept(word: NDArray[np.int64], mask: NDArray[np.uint64], chosen: NDArray[np.bool_]) -> Flips:
    return Flips(event=np.nonzero(chosen)[0], word=word[chosen], mask=mask[chosen])
