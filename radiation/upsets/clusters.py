"""Cells that one particle flips: a staircase of neighbours on the physical array.

Shapes are modelled: no public measurement gives the addresses of clusters together with the physical map of the
memory. From a cell that is uniform over the memory a cluster grows by one neighbour at a time, along the bit line (to
the next row) with probability `bit_line_share`, else along the word line (to the next column). It keeps its two
directions, which are drawn once, so it never meets a cell twice. What leaves the array is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiation.devices.memory_array import MemoryArray
from radiation.devices.multiplicity import MultiplicityLaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """Flipped bits, one row per event and word.

    Attributes
    ----------
    event : (n_flips,) int64, ascending
    word : (n_flips,) int64, ascending within an event
    mask : (n_flips,) uint64
    """

    event: NDArray[np.int64]
    word: NDArray[np.int64]
    mask: NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterDraws:
    """Random numbers behind clusters; the geometry is worked out for many of them at once.

    Attributes
    ----------
    start : (n_events,) int64, the first cell: row times columns plus column
    multiplicity : (n_events,) int64
    walk : (n_multiple, n_steps + 2) float64, a row for each event of two cells or more: two numbers for directions,
        then one for each step
    """

    start: NDArray[np.int64]
    multiplicity: NDArray[np.int64]
    walk: NDArray[np.float64]


def draw_clusters(
    memory: MemoryArray,
    law: MultiplicityLaw,
    n_events: int,
    *,
    addresses: np.random.Generator,
    multiplicities: np.random.Generator,
    walks: np.random.Generator,
) -> ClusterDraws:
    """Draw where particles hit, how many cells each flips, and how its cluster grows.

    Each event takes its own numbers, in order of events, so that more events leave those before them as they were.
    """
    multiplicity = law.draw(multiplicities, n_events)
    n_multiple = int(np.count_nonzero(multiplicity > 1))
    return ClusterDraws(
        start=addresses.integers(0, memory.n_bits, n_events),
        multiplicity=multiplicity,
        walk=walks.random((n_multiple, law.largest + 1)),
    )


def joined_draws(parts: Sequence[ClusterDraws]) -> ClusterDraws:
    """Return the events of several draws as one, one after the other."""
    width = max(part.walk.shape[1] for part in parts)
    # Padding is never walked: a cluster of a law with fewer steps has fewer cells.
    padded = [np.pad(part.walk, ((0, 0), (0, width - part.walk.shape[1]))) for part in parts]
    return ClusterDraws(
        start=np.concatenate([part.start for part in parts]),
        multiplicity=np.concatenate([part.multiplicity for part in parts]),
        walk=np.concatenate(padded),
    )


def flips_of_clusters(memory: MemoryArray, draws: ClusterDraws) -> Flips:
    """Return the words and masks that clusters flip, the cells of one event in one word joined."""
    event, row, column = cells_of_clusters(memory, draws)
    word, bit = memory.logical(row, column)
    return joined_flips(event, word, np.left_shift(np.uint64(1), bit.astype(np.uint64)))


def cells_of_clusters(
    memory: MemoryArray, draws: ClusterDraws
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the flipped cells that lie in the array: event, row and column, each (n_cells,)."""
    row, column = np.divmod(draws.start, memory.n_columns)
    multiple = np.flatnonzero(draws.multiplicity > 1)
    widths = draws.multiplicity[multiple]
    along_bit_line = draws.walk[:, 2:] < memory.bit_line_share
    direction = np.where(draws.walk[:, :2] < 0.5, -1, 1)
    first_row = row[multiple] // memory.rows_per_array * memory.rows_per_array
    last_row = np.minimum(first_row + memory.rows_per_array, memory.n_rows)
    rows = row[multiple, None] + direction[:, :1] * np.cumsum(along_bit_line, axis=1)
    columns = column[multiple, None] + direction[:, 1:] * np.cumsum(~along_bit_line, axis=1)
    grown = np.arange(1, along_bit_line.shape[1] + 1) < widths[:, None]
    inside = (rows >= first_row[:, None]) & (rows < last_row[:, None]) & (columns >= 0) & (columns < memory.n_columns)
    kept = grown & inside
    neighbours = np.broadcast_to(multiple[:, None], kept.shape)[kept]
    event = np.concatenate((np.arange(row.size), neighbours))
    return event, np.concatenate((row, rows[kept])), np.concatenate((column, columns[kept]))


def joined_flips(event: NDArray[np.int64], word: NDArray[np.int64], mask: NDArray[np.uint64]) -> Flips:
    """Return flips in order of events and words, those of one event in one word joined into one mask."""
    order = np.lexsort((word, event))
    event, word, mask = event[order], word[order], mask[order]
    is_first = np.ones(event.size, dtype=bool)
    is_first[1:] = (event[1:] != event[:-1]) | (word[1:] != word[:-1])
    first = np.flatnonzero(is_first)
    joined = np.bitwise_or.reduceat(mask, first) if first.size else mask
    return Flips(event=event[first], word=word[first], mask=joined)
