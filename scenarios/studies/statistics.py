"""Means over seeds, and paired differences, with the interval that Student's t gives."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean over seeds; the true mean lies within `half_width` of it with 95 % confidence, nan for one seed."""

    mean: float
    half_width: float
    n_seeds: int


def estimate(values: Sequence[float]) -> Estimate:
    """Return mean and two-sided 95 % interval of independent values, assumed normal.

    Notes
    -----
    half width = t(0.975, n - 1) s / sqrt(n) with the sample standard deviation s (Student 1908). nan among the values
    makes the estimate nan: a mean over some of the seeds would not be of the same thing.
    """
    n_seeds = len(values)
    if n_seeds == 0:
        return Estimate(mean=math.nan, half_width=math.nan, n_seeds=0)
    mean = float(np.mean(values))
    if n_seeds == 1:
        return Estimate(mean=mean, half_width=math.nan, n_seeds=1)
    quantile = float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, n_seeds - 1))
    half_width = quantile * float(np.std(values, ddof=1)) / math.sqrt(n_seeds)
    return Estimate(mean=mean, half_width=half_width, n_seeds=n_seeds)


def paired_difference(values: Mapping[int, float], reference: Mapping[int, float]) -> Estimate:
    """Return the estimate of value minus reference over the seeds that both have.

    The same seed means the same arrivals, so what seeds have in common cancels, and the interval is narrower than
    that of two independent means.
    """
    return estimate([values[seed] - reference[seed] for seed in sorted(values.keys() & reference.keys())])
