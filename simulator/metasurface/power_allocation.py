"""How much power each stream gets."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.metasurface.geometry import Floats

_LEAST_CHANGE: Final = 1e-6
_MOST_ROUNDS: Final = 100


def water_filling(floor_w: Floats, total_power_w: float) -> Floats:
    """Return the powers that maximise the sum of log2(1 + p / floor) under a total, (..., n_streams), exactly.

    Parameters
    ----------
    floor_w : (..., n_streams)
        Noise over gain of each stream, above 0; infinite for one without gain, which gets nothing.
    total_power_w : float

    Notes
    -----
    p = max(level - floor, 0) with the level at which powers sum to the total (Cover and Thomas, section 9.4). With
    floors in rising order, the level over the first n streams is (total + their floors) / n; the largest n whose last
    floor lies below its level is the right one. Where no stream has any gain, the power is shared evenly.
    """
    n_streams = floor_w.shape[-1]
    is_open = np.isfinite(floor_w)
    rising = np.sort(floor_w, axis=-1)
    finite = np.isfinite(rising)
    sums = np.cumsum(np.where(finite, rising, 0.0), axis=-1)
    levels = (total_power_w + sums) / np.arange(1, n_streams + 1)
    n_served = np.sum(finite & (rising < levels), axis=-1, keepdims=True)
    level = np.take_along_axis(levels, np.maximum(n_served - 1, 0), axis=-1)
    filled = np.where(is_open, np.maximum(level - np.where(is_open, floor_w, 0.0), 0.0), 0.0)
    return np.asarray(np.where(n_served > 0, filled, total_power_w / n_streams))


def iterative_water_filling(h: NDArray[Any], total_power_w: float) -> Floats:
    """Return powers by damped iterative water filling, (..., n_users): each user fills over what disturbs it.

    Parameters
    ----------
    h : (..., n_users, n_users), complex
        Channel over the root of the noise power; antenna k carries the stream of user k.
    total_power_w : float

    Notes
    -----
    From equal powers, p <- p' / K + p (K - 1) / K with p' the water filling over (interference + noise) / |h_kk|^2,
    until the sum of rates changes by less than 1e-6 of itself, or 100 rounds (the rule of An et al. 2023). It is
    selfish: nobody counts the harm done to others, so it is not the best allocation and need not improve at each round.
    """
    gains = h.real**2 + h.imag**2
    n_users = gains.shape[-1]
    flat = gains.reshape(-1, n_users, n_users).astype(np.float64)
    powers_w = np.full(flat.shape[:-1], total_power_w / n_users)
    rate = np.full(flat.shape[0], np.nan)
    is_moving = np.ones(flat.shape[0], dtype=bool)
    for _ in range(_MOST_ROUNDS):
        own, others = _own_and_others(flat[is_moving], powers_w[is_moving])
        with np.errstate(divide="ignore"):
            filled = water_filling(others / own, total_power_w)
        powers_w[is_moving] = filled / n_users + powers_w[is_moving] * (n_users - 1) / n_users
        own, others = _own_and_others(flat[is_moving], powers_w[is_moving])
        now = np.log2(1.0 + own * powers_w[is_moving] / others).sum(axis=-1)
        before, rate[is_moving] = rate[is_moving], now
        is_moving[is_moving] = ~(np.abs(now - before) <= _LEAST_CHANGE * now)
        if not is_moving.any():
            break
    return powers_w.reshape(gains.shape[:-1])


def _own_and_others(gains: Floats, powers_w: Floats) -> tuple[Floats, Floats]:
    """Return each user's own gain, and the power of interference and noise at it."""
    own = np.einsum("ckk->ck", gains)
    received = np.einsum("ckj,cj->ck", gains, powers_w)
    return own, np.maximum(received - own * powers_w, 0.0) + 1.0
