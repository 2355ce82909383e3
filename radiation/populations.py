"""Particle populations that cause upsets, each with a rate of its own."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Population(IntEnum):
    """A particle population; numbers are part of an event's identity and are never reused."""

    TRAPPED_PROTONS = 1
    COSMIC_PROTONS = 2
    HEAVY_IONS = 3
    SOLAR_PROTONS = 4
    UNSPECIFIED = 5
    """Of a device that is known by a constant rate alone."""


POPULATIONS: Final = tuple(Population)
"""Order of the population axis in every array of rates."""
