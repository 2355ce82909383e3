"""Independent random streams, keyed by name so that a new consumer shifts nobody else."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a stream is used for; numbers are part of a run's identity and are never reused."""

    ARRIVALS = 1
    HOT_SPOTS = 2
    SCHEDULER = 3
    ARRAY_FAULTS = 4
    LINK_OUTAGES = 5
    UPSETS = 6
    """Reserved: `radiation.streams` keys its streams with this number, without the simulator."""
    INFERENCE_IMAGES = 7
    """Keyed by blocks of tasks in place of satellites, as the next."""
    INFERENCE_ANSWERS = 8
    INFERENCE_BITS = 9
    """Keyed by bits of a network in place of satellites."""
    BEAM_CHANNELS = 10
    BEAM_DESIGN = 11
    BEAM_HARDWARE = 12
    CAPTURES = 13
    SATELLITE_OUTAGES = 20
    STATION_OUTAGES = 21
    """Keyed by stations in place of satellites."""
    ARRAY_OUTAGES = 22
    DEMAND_SURGES = 23
    """Keyed by satellite and number of the surge."""
    TASK_MODELS = 24


FLEET = 0xFFFF_FFFF
"""Stands in the satellite place of a key for a stream that belongs to the whole fleet."""


def random_stream(
    root_seed: int, stream: Stream, *, satellite: int = FLEET, neighbour: int | None = None, replication: int = 0
) -> np.random.Generator:
    """Return the generator of one stream of one satellite, or of one link.

    Parameters
    ----------
    root_seed : int, non-negative
        Seed of the scenario.
    stream : Stream
        What the numbers are for.
    satellite : int
        Index of the satellite, or `FLEET`. A satellite draws the same numbers alone or in a fleet.
    neighbour : int, optional
        The other end of a link, for a stream that belongs to the link between `satellite` and it.
    replication : int
        Number of the repetition in a study.

    Raises
    ------
    ValueError
        If `root_seed` is negative.
    """
    if root_seed < 0:
        raise ValueError(f"root_seed = {root_seed}: a seed is a non-negative integer")
    ends = (satellite,) if neighbour is None else (satellite, neighbour)
    key = (replication, int(stream), *ends)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(root_seed, spawn_key=key)))
