from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from radiation.populations import Population
from radiation.upsets.upset_list import Effect, UpsetList

MakeUpsets = Callable[..., UpsetList]


def upset_list(
    t_s: NDArray[np.float64],
    flips: list[list[tuple[int, int]]],
    *,
    satellite: NDArray[np.int32] | None = None,
    effect: NDArray[np.int8] | None = None,
) -> UpsetList:
    """Make a list from (word, mask) pairs per event."""
    n_events = len(t_s)
    nowhere = np.full(n_events, np.nan)
    flat = [flip for event in flips for flip in event]
    return UpsetList(
        t_s=np.asarray(t_s, dtype=np.float64),
        satellite=np.zeros(n_events, dtype=np.int32) if satellite is None else satellite,
        population=np.full(n_events, Population.UNSPECIFIED, dtype=np.int8),
        effect=np.full(n_events, Effect.CELLS, dtype=np.int8) if effect is None else effect,
        latitude_rad=nowhere,
        longitude_rad=nowhere,
        altitude_m=nowhere,
        first_flip=np.cumsum([0, *(len(event) for event in flips)]),
        word=np.array([word for word, _ in flat], dtype=np.int64),
        mask=np.array([mask for _, mask in flat], dtype=np.uint64),
    )


def single_bits(n_bits: int, upsets_per_bit: float, end_s: float, rng: np.random.Generator) -> UpsetList:
    """Draw independent upsets of single bits in words of 64."""
    n_events = rng.poisson(n_bits * upsets_per_bit)
    bit = rng.integers(n_bits, size=n_events)
    nowhere = np.full(n_events, np.nan)
    return UpsetList(
        t_s=np.sort(rng.uniform(0.0, end_s, n_events)),
        satellite=np.zeros(n_events, dtype=np.int32),
        population=np.full(n_events, Population.UNSPECIFIED, dtype=np.int8),
        effect=np.full(n_events, Effect.CELLS, dtype=np.int8),
        latitude_rad=nowhere,
        longitude_rad=nowhere,
        altitude_m=nowhere,
        first_flip=np.arange(n_events + 1),
        word=bit // 64,
        mask=np.uint64(1) << (bit % 64).astype(np.uint64),
    )


@pytest.fixture(name="upset_list")
def _upset_list() -> MakeUpsets:
    return upset_list


@pytest.fixture(name="single_bits")
def _single_bits() -> MakeUpsets:
    return single_bits
