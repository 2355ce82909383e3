"""Times of an inhomogeneous Poisson process whose rate is tabulated, by inversion of the cumulative rate.

Between two instants of the table the rate is taken as linear, so the cumulative rate is the sum of trapezoids and is
inverted exactly. Arrivals of a process of unit rate are drawn one after the other: a longer table keeps the events of
a shorter one that begins with it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

SPARE_DEVIATIONS: Final = 5.0
"""Arrivals drawn beyond the expected number, in standard deviations; more are drawn when they do not suffice."""


def cumulative_rate(t_s: NDArray[np.float64], rate_per_s: ArrayLike) -> NDArray[np.float64]:
    """Return the expected number of events from the first instant up to each.

    Parameters
    ----------
    t_s : (n_times,), ascending
    rate_per_s : (..., n_times), finite and not negative

    Returns
    -------
    expected : (..., n_times), float64; 0 at the first instant

    Raises
    ------
    ValueError
        If times do not ascend, the last axes differ, or a rate is negative or not finite.
    """
    rates = np.asarray(rate_per_s, dtype=np.float64)
    if t_s.ndim != 1 or t_s.size < 2 or not np.all(np.diff(t_s) > 0.0):
        raise ValueError(f"t_s has shape {t_s.shape}: give two ascending instants or more")
    if rates.shape[-1] != t_s.size:
        raise ValueError(f"rate_per_s has shape {rates.shape}: its last axis must have the {t_s.size} instants of t_s")
    expected = np.zeros(rates.shape)
    np.cumsum(0.5 * (rates[..., 1:] + rates[..., :-1]) * np.diff(t_s), axis=-1, out=expected[..., 1:])
    if rates.size and not (rates.min() >= 0.0 and np.isfinite(expected[..., -1]).all()):
        raise ValueError("rate_per_s: every rate must be finite and not negative")
    return expected


def draw_event_times(
    rng: np.random.Generator,
    t_s: NDArray[np.float64],
    rate_per_s: NDArray[np.float64],
    expected: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return times of one process, ascending, from `t_s[0]` up to but not including `t_s[-1]`.

    Parameters
    ----------
    t_s : (n_times,), ascending
    rate_per_s : (n_times,)
    expected : (n_times,), optional
        `cumulative_rate(t_s, rate_per_s)`, where the caller has it.
    """
    if expected is None:
        expected = cumulative_rate(t_s, rate_per_s)
    return _inverted(_unit_arrivals(rng, float(expected[-1])), t_s, rate_per_s, expected)


def _unit_arrivals(rng: np.random.Generator, until: float) -> NDArray[np.float64]:
    """Return arrivals of a process of rate one before `until`; the draws do not depend on it."""
    blocks, last = [np.empty(0)], 0.0
    while last < until:
        missing = until - last
        gaps = rng.standard_exponential(int(missing + SPARE_DEVIATIONS * missing**0.5) + 4)
        gaps[0] += last
        blocks.append(np.cumsum(gaps))
        last = float(blocks[-1][-1])
    arrivals = np.concatenate(blocks)
    return np.asarray(arrivals[: np.searchsorted(arrivals, until)])


def _inverted(
    arrivals: NDArray[np.float64],
    t_s: NDArray[np.float64],
    rate_per_s: NDArray[np.float64],
    expected: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return when the cumulative rate reaches each arrival: the root of `a s + (b - a) s^2 / (2 h) = excess`."""
    step = np.searchsorted(expected, arrivals, side="right") - 1
    excess = arrivals - expected[step]
    length_s = t_s[step + 1] - t_s[step]
    first, last = rate_per_s[step].astype(np.float64), rate_per_s[step + 1].astype(np.float64)
    # This form of the root keeps its digits where the rate hardly changes; the clip is for rounding at a step's end.
    slope = first + np.sqrt(np.maximum(first**2 + 2.0 * (last - first) * excess / length_s, 0.0))
    into_s = np.divide(2.0 * excess, slope, out=np.zeros_like(excess), where=slope > 0.0)
    return np.asarray(np.minimum(t_s[step] + np.minimum(into_s, length_s), np.nextafter(t_s[-1], t_s[0])))
