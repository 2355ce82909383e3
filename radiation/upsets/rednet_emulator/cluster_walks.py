"""Cells of a DRAM that one particle flips: the two shapes of the RedNet emulator, for many events at once."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radiation.upsets.rednet_emulator.mappings import DramPlace
from radiation.upsets.rednet_emulator.memory_image import OUTSIDE, MemoryImage

COLUMN_SHARE: Final = 0.8
"""Share of steps, or of further cells, that go along a row to the next column."""
_MOST_STEPS: Final = 100
"""One open walk to seven cells in 100,000 takes more than 50 steps; one that takes so many is shut in."""


class ClusterShape(StrEnum):
    """Versions of the emulator, by how a cluster grows."""

    WALK = "v1.0"
    """A random walk over neighbouring cells."""
    STACK = "v1.5"
    """Adjacent columns of one row, and the remaining cells stacked on them in the rows that follow."""


def walk(
    image: MemoryImage, start: NDArray[np.int64], size: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the cells of random walks, (n, largest size) addresses in the image, `OUTSIDE` behind the last.

    Each step goes a column left or right with probability 0.8, else a row up or down, until `size` different cells
    have been met; a step out of the bank or the region is not taken. A cluster whose region is too small stays short.
    """
    cells = np.full((len(start), int(size.max(initial=1))), OUTSIDE)
    cells[:, 0] = start
    place = image.place(start)
    row, column, found = place.row.copy(), place.column.copy(), np.ones(len(start), dtype=np.int64)
    for _ in range(_MOST_STEPS):
        walking = np.flatnonzero(found < size)
        if not len(walking):
            break
        draw, step = rng.random(len(walking)), rng.choice([-1, 1], len(walking))
        is_column = draw < COLUMN_SHARE
        new_row = row[walking] + np.where(is_column, 0, step)
        new_column = column[walking] + np.where(is_column, step, 0)
        address = image.address(_chosen(place, walking), new_row, new_column)
        inside = address != OUTSIDE
        walking, address = walking[inside], address[inside]
        row[walking], column[walking] = new_row[inside], new_column[inside]
        is_new = (cells[walking] != address[:, None]).all(axis=1)
        cells[walking[is_new], found[walking[is_new]]] = address[is_new]
        found[walking[is_new]] += 1
    return cells


def stack(
    image: MemoryImage, start: NDArray[np.int64], size: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the cells of stacks, (n, largest size) addresses in the image, `OUTSIDE` behind the last.

    Of k cells, 1 + Binomial(k - 1, 0.8) are adjacent columns of one row from the start on; each other cell lies on a
    random one of these columns, in the first row that is free there. A stack that leaves the bank or the region
    stays short.
    """
    largest = int(size.max(initial=1))
    cells = np.full((len(start), largest), OUTSIDE)
    place = image.place(start)
    width = 1 + rng.binomial(size - 1, COLUMN_SHARE)
    height = np.ones((len(start), largest), dtype=np.int64)
    for i in range(largest):
        growing = np.flatnonzero(i < size)
        on = np.where(i < width[growing], i, (rng.random(len(growing)) * width[growing]).astype(np.int64))
        up = np.where(i < width[growing], 0, height[growing, on])
        height[growing, on] = up + 1
        chosen = _chosen(place, growing)
        cells[growing, i] = image.address(chosen, chosen.row + up, chosen.column + on)
    return cells


GROWTH: Final = {ClusterShape.WALK: walk, ClusterShape.STACK: stack}


def _chosen(place: DramPlace, index: NDArray[np.int64]) -> DramPlace:
    return DramPlace(
        channel=place.channel[index],
        bank_group=place.bank_group[index],
        bank=place.bank[index],
        row=place.row[index],
        column=place.column[index],
        byte_lane=place.byte_lane[index],
    )
