"""Upsets in order of time: particles, and the bits that each of them flipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray


class Effect(IntEnum):
    """What a particle did."""

    CELLS = 1
    """Flipped one memory cell or a cluster of them."""
    ROW = 2
    """Spoilt a row of a DRAM."""
    COLUMN = 3
    """Spoilt a column of a DRAM."""
    FUNCTIONAL_INTERRUPT = 4
    """Hung the device until it is reset."""
    LOGIC_ERROR = 5
    """Spoilt a computation inside the processor, which no protection of memory can see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsetList:
    """Events of one or many satellites and the bits that they flipped.

    Flips of event `i` are rows `first_flip[i]:first_flip[i + 1]` of `word` and `mask`.

    Attributes
    ----------
    t_s : (n_events,) float64, seconds since the epoch, ascending
    satellite : (n_events,) int32
    population : (n_events,) int8, a `Population`
    effect : (n_events,) int8, an `Effect`
    latitude_rad, longitude_rad, altitude_m : (n_events,) float64; nan where no orbit is known
    first_flip : (n_events + 1,) int64
    word : (n_flips,) int64, index of the word in the device's memory
    mask : (n_flips,) uint64, bits of the word that flipped; bit 0 is the lowest
    """

    t_s: NDArray[np.float64]
    satellite: NDArray[np.int32]
    population: NDArray[np.int8]
    effect: NDArray[np.int8]
    latitude_rad: NDArray[np.float64]
    longitude_rad: NDArray[np.float64]
    altitude_m: NDArray[np.float64]
    first_flip: NDArray[np.int64]
    word: NDArray[np.int64]
    mask: NDArray[np.uint64]

    def __post_init__(self) -> None:
        if self.first_flip.shape != (self.t_s.size + 1,):
            raise ValueError(f"first_flip has shape {self.first_flip.shape}: give one more than {self.t_s.size} events")

    @property
    def n_events(self) -> int:
        """Particles that did something."""
        return int(self.t_s.size)

    @property
    def n_bits(self) -> int:
        """Flipped bits in all."""
        return int(np.bitwise_count(self.mask).sum(dtype=np.int64))

    def event_of_flip(self) -> NDArray[np.int64]:
        """Return the event that each flip belongs to, (n_flips,)."""
        return np.repeat(np.arange(self.n_events), np.diff(self.first_flip))

    def bits_per_event(self) -> NDArray[np.int64]:
        """Return how many bits each event flipped, (n_events,)."""
        flipped = np.concatenate(([0], np.cumsum(np.bitwise_count(self.mask), dtype=np.int64)))
        return flipped[self.first_flip[1:]] - flipped[self.first_flip[:-1]]

    def selected(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> UpsetList:
        """Return some events with their flips.

        Parameters
        ----------
        chosen : (n_events,) bool, or indices of events; indices that do not ascend reorder the events
        """
        events = np.arange(self.n_events)[chosen]
        n_flips = np.diff(self.first_flip)[events]
        first_flip = np.concatenate(([0], np.cumsum(n_flips)))
        flips = np.arange(first_flip[-1]) + np.repeat(self.first_flip[:-1][events] - first_flip[:-1], n_flips)
        columns = {name: getattr(self, name)[events] for name in PER_EVENT}
        return UpsetList(**columns, first_flip=first_flip, word=self.word[flips], mask=self.mask[flips])

    def sorted_by_time(self) -> UpsetList:
        """Return the events in order of time, those of one instant by satellite, population and effect."""
        return self.selected(np.lexsort((self.effect, self.population, self.satellite, self.t_s)))


PER_EVENT: Final = tuple(f.name for f in fields(UpsetList) if f.name not in ("first_flip", "word", "mask"))
"""Names of the columns that have one entry per event."""


def joined_lists(lists: Sequence[UpsetList]) -> UpsetList:
    """Return the events of several lists as one, in order of time.

    Raises
    ------
    ValueError
        If there is no list.
    """
    if not lists:
        raise ValueError("lists is empty: give at least one")
    starts = np.cumsum([0, *(upsets.word.size for upsets in lists)])
    first_flip = [upsets.first_flip[:-1] + start for upsets, start in zip(lists, starts, strict=False)]
    columns = {
        name: np.concatenate([getattr(upsets, name) for upsets in lists]) for name in (*PER_EVENT, "word", "mask")
    }
    return UpsetList(**columns, first_flip=np.concatenate((*first_flip, starts[-1:]))).sorted_by_time()
