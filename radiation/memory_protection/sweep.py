"""Periodic sweeps over memory, one word after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A walk over all words that begins every `period_s` and takes `duration_s`.

    Word `k` of `n_words` is visited at `phase_s + duration_s * k / n_words` and every period before and after.

    Raises
    ------
    ValueError
        If `period_s` is not positive and finite, `duration_s` is not from 0 to `period_s`, or `phase_s` is not finite.
    """

    period_s: float
    phase_s: float = 0.0
    duration_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.period_s < np.inf:
            raise ValueError(f"period_s is {self.period_s}; it must be positive and finite (no sweeps: give None)")
        if not 0.0 <= self.duration_s <= self.period_s:
            raise ValueError(
                f"duration_s is {self.duration_s}; a sweep must end before the next begins, "
                f"so it must be from 0 to period_s = {self.period_s}"
            )
        if not np.isfinite(self.phase_s):
            raise ValueError(f"phase_s is {self.phase_s}; it must be finite")

    def next_visit_s(self, t_s: NDArray[np.float64], word: NDArray[np.int64], n_words: int) -> NDArray[np.float64]:
        """Return when each word is next visited after `t_s`, strictly; broadcasts."""
        first_s = self.phase_s + self.duration_s * (word / n_words)
        visit_s = first_s + (np.floor((t_s - first_s) / self.period_s) + 1.0) * self.period_s
        late: NDArray[np.float64] = np.where(visit_s > t_s, visit_s, visit_s + self.period_s)
        return late
