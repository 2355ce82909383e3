"""What work arrives where, learnt from what has arrived."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_GUESS = 0.5
"""Processor share that every satellite is taken to ask for before the first task is seen."""


class DemandEstimate:
    """Arriving work per second of each satellite: the fleet's over a long memory, each one's part over a short one.

    A satellite's own count over a short time is mostly chance. It is drawn towards the fleet's mean by the share of the
    variance between satellites that chance explains (the linear empirical Bayes estimate of Poisson rates).

    Parameters
    ----------
    n_sats : int
    long_s, short_s : float, s
        Time constants of forgetting for the fleet and for each satellite.
    """

    def __init__(self, n_sats: int, long_s: float, short_s: float) -> None:
        self._long_s, self._short_s = long_s, short_s
        self._new_s = [0.0] * n_sats
        self._new_square_s2 = 0.0
        self._short_work_s = np.zeros(n_sats)
        self._short_weight_s = self._short_weight_squared_s = 0.0
        self._long_weight_s = self._long_work_s = 0.0
        self._long_square_s2 = self._long_variance_s2 = 0.0

    def add(self, satellite: int, work_s: float) -> None:
        """Count a task where it arrives."""
        self._new_s[satellite] += work_s
        self._new_square_s2 += work_s * work_s

    def rates(self, elapsed_s: float) -> Floats:
        """Return processor seconds per second, (n_sats,), after so much time since the last call."""
        new_s = np.array(self._new_s)
        keep_long, keep_short = float(np.exp(-elapsed_s / self._long_s)), float(np.exp(-elapsed_s / self._short_s))
        self._long_work_s = self._long_work_s * keep_long + float(new_s.sum())
        self._long_square_s2 = self._long_square_s2 * keep_long + self._new_square_s2
        self._long_variance_s2 = self._long_variance_s2 * keep_long**2 + self._new_square_s2
        self._long_weight_s = self._long_weight_s * keep_long + elapsed_s
        self._short_work_s = self._short_work_s * keep_short + new_s
        self._short_weight_s = self._short_weight_s * keep_short + elapsed_s
        self._short_weight_squared_s = self._short_weight_squared_s * keep_short**2 + elapsed_s
        self._new_s = [0.0] * len(self._new_s)
        self._new_square_s2 = 0.0
        if self._long_weight_s == 0.0:
            return np.full(len(new_s), _GUESS)
        return self._shares() * self._long_work_s / self._long_weight_s

    @property
    def relative_error(self) -> float:
        """Standard error of the fleet's load, relative to it, if tasks arrive as a Poisson process."""
        return float(np.sqrt(self._long_variance_s2)) / self._long_work_s if self._long_work_s > 0.0 else 0.0

    def _shares(self) -> Floats:
        """Return the part of each satellite in the fleet's work, (n_sats,); sums to 1."""
        n_sats = len(self._short_work_s)
        mean_s = float(self._short_work_s.mean())
        if mean_s == 0.0:
            return np.full(n_sats, 1.0 / n_sats)
        # of a weighted sum of tasks that arrive at random: mean work x mean square over mean of one task's work
        by_chance_s2 = mean_s * self._long_square_s2 / self._long_work_s
        by_chance_s2 *= self._short_weight_squared_s / self._short_weight_s
        excess_s2 = max(0.0, float(self._short_work_s.var()) - by_chance_s2)
        trust = excess_s2 / (excess_s2 + by_chance_s2)
        return (mean_s + trust * (self._short_work_s - mean_s)) / (n_sats * mean_s)
