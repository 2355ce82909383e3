"""Closed forms and exact enumeration for everything that a cluster of flips is drawn from."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

from radiation.devices.memory_array import MemoryArray
from radiation.devices.multiplicity import MultiplicityLaw


def expected_bits_per_cluster(memory: MemoryArray, law: MultiplicityLaw) -> float:
    """Return the mean number of cells that one particle flips, edges of arrays included."""
    return float(law.at_least() @ _reached(memory, law.largest))


def bits_per_cluster_probabilities(memory: MemoryArray, law: MultiplicityLaw) -> NDArray[np.float64]:
    """Return the probabilities that a particle flips 1, 2, ... cells inside its array, (law.largest,)."""
    # A staircase never comes back into the array, so at least k cells lie inside where the k-th is drawn and inside.
    at_least = law.at_least() * _reached(memory, law.largest)
    return np.asarray(at_least - np.append(at_least[1:], 0.0))


def same_word_probability(memory: MemoryArray, law: MultiplicityLaw) -> float:
    """Return the probability that a particle flips two bits or more of one word.

    All walks are enumerated, by steps: the state is the column, the steps since the row was entered, as far as they
    matter, and the rows that were left behind. Two cells of a row are in one word where their columns differ by a
    multiple of the interleaving within one group of words. Zero where the interleaving is as wide as the widest
    cluster or wider.
    """
    interleaving, group = memory.interleaving, memory.interleaving * memory.word_bits
    column = np.arange(memory.n_columns)
    closes_pair = column % group >= interleaving
    state = np.zeros((law.largest, interleaving + 1, memory.n_columns))  # rows left, steps in the row, column
    state[0, 0] = 1.0 / memory.n_columns
    within = _share_of_starts(memory, np.arange(law.largest))
    at_least, found = law.at_least(), 0.0
    for n_cells in range(2, law.largest + 1):
        along_word_line = np.zeros_like(state)
        along_word_line[:, 1:, 1:] = (1.0 - memory.bit_line_share) * state[:, :-1, :-1]
        along_word_line[:, -1, 1:] += (1.0 - memory.bit_line_share) * state[:, -1, :-1]
        pairs = np.where(closes_pair, along_word_line[:, -1], 0.0)
        along_word_line[:, -1] -= pairs
        found += at_least[n_cells - 1] * float(pairs.sum(axis=1) @ within)
        along_bit_line = np.zeros_like(state)
        along_bit_line[1:, 0] = memory.bit_line_share * state[:-1].sum(axis=1)
        state = along_word_line + along_bit_line
    return found


def expected_bits_per_row_upset(memory: MemoryArray) -> float:
    """Return the mean number of bits that flip when a row is spoilt: each reads at random."""
    return 0.5 * memory.n_columns


def expected_bits_per_column_upset(memory: MemoryArray) -> float:
    """Return the mean number of bits that flip when a column of one array is spoilt: each reads at random."""
    return 0.5 * memory.n_rows / memory.n_arrays


def _reached(memory: MemoryArray, largest: int) -> NDArray[np.float64]:
    """Return the probabilities that the first, second, ... cell of a walk lies in the array, (largest,)."""
    offsets = np.arange(largest)
    rows = _share_of_starts(memory, offsets)
    columns = np.maximum(memory.n_columns - offsets, 0) / memory.n_columns
    p = memory.bit_line_share
    return np.array(
        [
            sum(comb(k, r) * p**r * (1.0 - p) ** (k - r) * rows[r] * columns[k - r] for r in range(k + 1))
            for k in range(largest)
        ]
    )


def _share_of_starts(memory: MemoryArray, offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of cells from which a row that is `offsets` further on is in the same array."""
    starts = sum(count * np.maximum(height - offsets, 0) for height, count in memory.array_heights())
    return np.asarray(starts / memory.n_rows)
