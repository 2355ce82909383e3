"""What satellites expect of their neighbours' backlog: online gradient descent with delayed feedback."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import sqrt
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

_Floats: TypeAlias = npt.NDArray[np.float64]


def step_s(largest_s: float, n_slots: int, delay_slots: int) -> float:
    """Return the step eta = Qmax / sqrt(T + D) of the paper.

    D is read as the sum of the delays over the T slots of the horizon, `n_slots * delay_slots`, as in the analysis of
    delayed gradients (Quanrud and Khashabi, "Online Learning with Adversarial Delays", NeurIPS 2015), which bounds the
    regret for the absolute error: at most 1.5 Qmax sqrt(T + D) against the best constant.
    """
    return largest_s / sqrt(n_slots + n_slots * delay_slots)


class BacklogLearner:
    """Predicts the backlog of every satellite for the coming slot.

    All neighbours of a satellite hear the same reports and so learn the same, which is kept once.

    Parameters
    ----------
    n_sats : int
    largest_s : float
        Predictions stay within [0, largest_s].
    step_s : float
        How far one report moves a prediction.
    delay_slots : int
        Slots until the backlog of a slot is known to the neighbours.

    Attributes
    ----------
    predicted_s : list of float, (n_sats,)
    """

    def __init__(self, n_sats: int, *, largest_s: float, step_s: float, delay_slots: int) -> None:
        self.predicted_s: list[float] = [0.0] * n_sats
        self._predicted: _Floats = np.zeros(n_sats)
        self._largest_s = largest_s
        self._step_s = step_s
        self._delay_slots = delay_slots
        self._under_way: deque[_Floats] = deque()

    def learn(self, backlog_s: Sequence[float]) -> None:
        """Take the backlogs of this slot, and learn from those that have become known.

        Notes
        -----
        The loss of a prediction x of a backlog Q is |x - Q|; its gradient is sign(x - Q), at the time it was made.
        """
        self._under_way.append(np.sign(self._predicted - np.asarray(backlog_s)))
        if len(self._under_way) <= self._delay_slots:
            return
        gradient = self._under_way.popleft()
        if gradient.any():
            self._predicted = np.clip(self._predicted - self._step_s * gradient, 0.0, self._largest_s)
            self.predicted_s = self._predicted.tolist()
