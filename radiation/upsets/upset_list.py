"""Upsets in order of time: particles, and the bits that each of them flipped."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

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
