"""Checks that every position model makes of the pairs it is asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from simulator.orbits.model import Floats, Indices


def checked_pairs(i_sat: ArrayLike, t_s: ArrayLike, n_sats: int) -> tuple[Indices, Floats]:
    """Return satellite indices and times as arrays of equal shape (n,).

    Raises
    ------
    ValueError
        If the shapes differ or are not one-dimensional, or an index is not in [0, n_sats).
    """
    indices = np.asarray(i_sat, dtype=np.intp)
    times_s = np.asarray(t_s, dtype=np.float64)
    if indices.ndim != 1 or indices.shape != times_s.shape:
        raise ValueError(f"i_sat has shape {indices.shape}, t_s {times_s.shape}: give two 1-D arrays of equal length")
    if indices.size and (indices.min() < 0 or indices.max() >= n_sats):
        raise ValueError(f"i_sat spans {indices.min()} to {indices.max()}: must be in [0, {n_sats})")
    return indices, times_s
