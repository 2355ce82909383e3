"""How sure counts and means make us: Wilson, Clopper and Pearson, Student; and how many trials a margin takes."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

CONFIDENCE: Final = 0.95


class Interval(NamedTuple):
    """An estimate and the bounds that hold the true value with the confidence asked for."""

    estimate: float
    low: float
    high: float


def wilson_interval(n_hits: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Return the share of hits with its two-sided score interval; nan to 0 and 1 without trials.

    Notes
    -----
    Centre (p + z^2 / 2n) / (1 + z^2 / n), half width z sqrt(p (1 - p) / n + z^2 / 4n^2) / (1 + z^2 / n) (Wilson 1927).
    Inferences of one trial share its flips and are not independent; take shares of trials where that matters.
    """
    _check_counts(n_hits, n)
    if n == 0:
        return Interval(math.nan, 0.0, 1.0)
    z, share = normal_quantile(confidence), n_hits / n
    shrink = 1.0 + z**2 / n
    centre = (share + z**2 / (2 * n)) / shrink
    half_width = z * math.sqrt(share * (1.0 - share) / n + z**2 / (4 * n**2)) / shrink
    return Interval(
        share,
        0.0 if n_hits == 0 else max(0.0, centre - half_width),
        1.0 if n_hits == n else min(1.0, centre + half_width),
    )


def upper_bound_of_share(n_hits: int, n: int, confidence: float = CONFIDENCE) -> float:
    """Return the share that the true one exceeds with a probability of at most 1 - `confidence`.

    Notes
    -----
    Clopper and Pearson (1934), one-sided: the quantile of Beta(k + 1, n - k). Without hits 1 - (1 - confidence)^(1/n),
    about 3 / n at 95 % (rule of three).
    """
    _check_counts(n_hits, n)
    return 1.0 if n_hits == n else float(special.betaincinv(n_hits + 1, n - n_hits, confidence))


def mean_interval(values: NDArray[np.float64], confidence: float = CONFIDENCE) -> Interval:
    """Return the mean of independent values with the two-sided interval of Student's t; bounds are nan for one value.

    Values are taken as normal. Where few of many trials go badly wrong they are not, and the interval can miss harm
    that is too rare to have been seen: look at `upper_bound_of_share` of the bad trials as well.
    """
    if values.size == 0:
        return Interval(math.nan, math.nan, math.nan)
    mean = float(values.mean())
    if values.size == 1:
        return Interval(mean, math.nan, math.nan)
    quantile = float(special.stdtrit(values.size - 1, 0.5 + confidence / 2.0))
    half_width = quantile * float(values.std(ddof=1)) / math.sqrt(values.size)
    return Interval(mean, mean - half_width, mean + half_width)


def sample_size(population: int, *, error_margin: float, confidence: float = CONFIDENCE, share: float = 0.5) -> int:
    """Return how many of a finite population to draw, without replacement, to know a share to within a margin.

    Parameters
    ----------
    population : number of faults that are possible
    error_margin : half width of the interval, above 0 and below 1
    confidence : of the interval
    share : the share expected; 0.5 takes most trials and holds for all

    Raises
    ------
    ValueError
        If a number is outside its range.

    Notes
    -----
    n = N / (1 + e^2 (N - 1) / (z^2 p (1 - p))) (Leveugle et al. 2009, equation 1), rounded up.
    """
    if population < 0 or not 0.0 < error_margin < 1.0 or not 0.0 < share < 1.0:
        raise ValueError(
            f"population = {population}, error_margin = {error_margin}, share = {share}: give 0 or more, and margin "
            "and share above 0 and below 1"
        )
    variance = normal_quantile(confidence) ** 2 * share * (1.0 - share)
    return 0 if population == 0 else math.ceil(population / (1.0 + error_margin**2 * (population - 1) / variance))


def error_margin(population: int, n: int, confidence: float = CONFIDENCE, share: float = 0.5) -> float:
    """Return the margin that a sample of `n` gives: the inverse of `sample_size`; nan without a sample."""
    if n == 0:
        return math.nan
    if population <= 1 or n >= population:
        return 0.0
    left = (population - n) / (population - 1)
    return normal_quantile(confidence) * math.sqrt(share * (1.0 - share) / n * left)


def normal_quantile(confidence: float) -> float:
    """Return z such that a normal value lies within z standard deviations of its mean with this confidence.

    Raises
    ------
    ValueError
        If `confidence` is not above 0 and below 1.
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence = {confidence}: give a share above 0 and below 1, such as 0.95")
    return float(special.ndtri(0.5 + confidence / 2.0))


def _check_counts(n_hits: int, n: int) -> None:
    if not 0 <= n_hits <= n:
        raise ValueError(f"n_hits = {n_hits} of n = {n}: give 0 to n")
