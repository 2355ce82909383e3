"""Decibels to plain numbers and back."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", float, NDArray[np.float64])


def ratio_of_db(level_db: Value) -> Value:
    """Return the ratio of powers of a level in dB."""
    return 10.0 ** (level_db / 10.0)  # type: ignore[no-any-return]


def db_of_ratio(ratio: float) -> float:
    """Return the level in dB of a ratio of powers."""
    return float(10.0 * np.log10(ratio))


def watts_of_dbm(level_dbm: Value) -> Value:
    """Return the power in watts of a level over 1 mW."""
    return ratio_of_db(level_dbm) / 1e3


def dbm_of_watts(power_w: float) -> float:
    """Return the level over 1 mW of a power in watts."""
    return db_of_ratio(1e3 * power_w)
