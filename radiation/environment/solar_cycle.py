"""Solar cycle: how far from minimum to maximum a date is, and the modulation of cosmic rays that goes with it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EXTREMA_YEAR: Final = (
    1954.3, 1958.2, 1964.8, 1968.9, 1976.2, 1979.9, 1986.7, 1989.9, 1996.6, 2001.9, 2008.9, 2014.3, 2019.9, 2024.8,
)  # fmt: skip
"""Minima and maxima in turn, a minimum first, of the 13-month smoothed sunspot number (SILSO, Royal Observatory of
Belgium)."""

RISE_YEARS: Final = 4.9
CYCLE_YEARS: Final = 11.0
"""Before and after the list: cycles of eleven years, 4.9 of them rising, as cycle 25 did."""

QUIET_MODULATION: Final = 10.0
ACTIVE_MODULATION: Final = 110.0
"""W of Matthiae et al. 2013 at a typical minimum and maximum."""


def solar_phase(year: ArrayLike) -> Floats:
    """Return 0 at solar minimum to 1 at maximum, half a cosine in between; `year` is decimal, any shape."""
    at = np.asarray(year, dtype=np.float64)
    first, last = EXTREMA_YEAR[0], EXTREMA_YEAR[-2]
    shift = np.where(at < first, np.floor((at - first) / CYCLE_YEARS), 0.0)
    shift = np.where(at >= last + CYCLE_YEARS, np.floor((at - last) / CYCLE_YEARS), shift)
    knots = (first - CYCLE_YEARS, first - CYCLE_YEARS + RISE_YEARS, *EXTREMA_YEAR, last + CYCLE_YEARS)
    # Outside the list a date stands for that of the nearest full cycle inside it.
    folded = np.where(at < first, at - (shift + 1.0) * CYCLE_YEARS, at - shift * CYCLE_YEARS)
    turn = np.interp(folded, knots, np.arange(len(knots), dtype=np.float64))
    phase: Floats = 0.5 - 0.5 * np.cos(np.pi * turn)
    return phase


def modulation(solar_phase: ArrayLike) -> Floats:
    """Return W of Matthiae et al. 2013: 10 at solar minimum, 110 at maximum, a straight line in the phase."""
    phase = np.asarray(solar_phase, dtype=np.float64)
    w: Floats = QUIET_MODULATION + (ACTIVE_MODULATION - QUIET_MODULATION) * phase
    return w


def decimal_year(instant: datetime) -> float:
    """Return a UTC instant as a decimal year, such as 2026.5.

    Raises
    ------
    ValueError
        If the instant has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"instant = {instant.isoformat()}: has no time zone; end the text in Z")
    start = datetime(instant.year, 1, 1, tzinfo=instant.tzinfo)
    length = datetime(instant.year + 1, 1, 1, tzinfo=instant.tzinfo) - start
    return instant.year + (instant - start) / length
