"""Random streams of upsets: one per satellite, population and purpose, so that a new consumer shifts nobody else."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

from radiation.populations import Population

UPSETS_STREAM: Final = 6
"""Place of upsets among the streams of a run; `simulator.random_streams.Stream.UPSETS` is the same number."""

FLEET: Final = 0xFFFF_FFFF
"""Stands in the satellite place of a key for a stream that belongs to the whole fleet."""


class Purpose(IntEnum):
    """What the numbers of a stream decide; numbers are part of an event's identity and are never reused."""

    SYSTEMATIC_FACTOR = 1
    CELL_TIMES = 2
    CELL_ADDRESSES = 3
    CELL_MULTIPLICITIES = 4
    CELL_WALKS = 5
    ROW_TIMES = 6
    ROW_ADDRESSES = 7
    ROW_BITS = 8
    COLUMN_TIMES = 9
    COLUMN_ADDRESSES = 10
    COLUMN_BITS = 11
    FUNCTIONAL_INTERRUPT_TIMES = 12
    LOGIC_ERROR_TIMES = 13
    REDNET_CLUSTERS = 14


def upset_stream(
    root_seed: int, *, satellite: int, population: Population, purpose: Purpose, replication: int = 0
) -> np.random.Generator:
    """Return the generator of one purpose for one population at one satellite.

    Parameters
    ----------
    root_seed : int, non-negative
        Seed of the scenario.
    satellite : int
        Index of the satellite, or `FLEET`. A satellite draws the same numbers alone or in a fleet.
    population : Population
        Whose particles.
    purpose : Purpose
        What the numbers decide.
    replication : int
        Number of the repetition in a study.

    Raises
    ------
    ValueError
        If `root_seed`, `satellite` or `replication` is negative.
    """
    for name, value in (("root_seed", root_seed), ("satellite", satellite), ("replication", replication)):
        if value < 0:
            raise ValueError(f"{name} = {value}: give a non-negative integer")
    key = (replication, UPSETS_STREAM, satellite, int(population), int(purpose))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(root_seed, spawn_key=key)))
