"""How many bits each event of the RedNet emulator flips."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from radiation.devices.multiplicity import MultiplicityLaw

LARGEST_EVENT: Final = 7
_LARGE: Final = (5, 6, 7)


def draw_event_sizes(n_bits: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the sizes of events that flip `n_bits` bits in all, in random order, (n_events,).

    Raises
    ------
    ValueError
        If `n_bits` is negative.

    Notes
    -----
    For N bits: a uniform number from floor(0.02 N) to floor(0.12 N) of events of 2 bits, from 0 to floor(0.02 N) of
    3 bits, and from 0 to floor(0.01 N) of 5, 6 or 7 bits alike; all other bits are single. No event has 4 bits.
    """
    if n_bits < 0:
        raise ValueError(f"n_bits = {n_bits}: give a non-negative number of bits")
    doubles = rng.integers(n_bits * 2 // 100, n_bits * 12 // 100, endpoint=True)
    triples = rng.integers(0, n_bits * 2 // 100, endpoint=True)
    large = rng.choice(_LARGE, rng.integers(0, n_bits // 100, endpoint=True))
    singles = n_bits - 2 * doubles - 3 * triples - large.sum()
    sizes = np.concatenate([np.repeat([1, 2, 3], [singles, doubles, triples]), large])
    return rng.permutation(sizes)


def expected_events_by_size(n_bits: int) -> NDArray[np.float64]:
    """Return the mean number of events of 0, 1, ..., 7 bits among `n_bits` flipped bits, (8,)."""
    doubles = 0.5 * (n_bits * 2 // 100 + n_bits * 12 // 100)
    triples = 0.5 * (n_bits * 2 // 100)
    large = 0.5 * (n_bits // 100) / len(_LARGE)
    singles = n_bits - 2 * doubles - 3 * triples - large * sum(_LARGE)
    return np.array([0.0, singles, doubles, triples, 0.0, large, large, large])


def rednet_multiplicity() -> MultiplicityLaw:
    """Return the same mixture as a law for single events, for upsets that are drawn along an orbit.

    It is the limit of many bits: 0.07 events of 2, 0.01 of 3 and 0.005 of 5 to 7 per flipped bit.
    """
    events = expected_events_by_size(100)[1:]
    return MultiplicityLaw(probabilities=tuple((events / events.sum()).tolist()))
