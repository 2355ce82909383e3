"""At which exit an image leaves a network, and which answers are not believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.subject import Answers

NEVER: Final = 2.0
"""A threshold that no share reaches."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExitRule:
    """Each image takes the first exit that is sure of it, and otherwise the last.

    An exit is believed if its logits are finite and none is larger in magnitude than its bound. It is sure if it is
    believed and the share (softmax) of one class reaches the threshold of that class. Where the last exit is not
    believed, the last one that is answers instead, and the answer carries an alarm.

    Attributes
    ----------
    thresholds : (n_exits - 1, n_classes) float32, above 0.5 so that one class at most can reach its own
    bounds : (n_exits,) float32
    is_strict : whether an exit must also name the same class as the exit before it, so that the first answers nothing
    """

    thresholds: NDArray[np.float32]
    bounds: NDArray[np.float32]
    is_strict: bool = False

    def __post_init__(self) -> None:
        if self.thresholds.ndim != 2 or self.bounds.shape != (len(self.thresholds) + 1,):
            raise ValueError(
                f"thresholds and bounds have shapes {self.thresholds.shape} and {self.bounds.shape}: give "
                "(n_exits - 1, n_classes) and (n_exits,)"
            )

    def answers(self, logits: Sequence[NDArray[np.float32]]) -> Answers:
        """Return what is answered, given the logits (n, n_classes) of all exits, the last exit last."""
        believed = self.is_believed(logits)
        chosen = self._first_sure(logits, believed)
        n_exits, n = believed.shape
        last_believed = np.where(believed, np.arange(n_exits)[:, None], 0).max(axis=0)
        is_alarm = (chosen == n_exits - 1) & ~believed[-1]
        chosen = np.where(is_alarm & believed.any(axis=0), last_believed, chosen)
        answer = np.stack(logits)[chosen, np.arange(n)]
        return Answers(
            label=answer.argmax(axis=1),
            exit_index=chosen.astype(np.int8),
            is_finite=np.asarray(np.isfinite(answer).all(axis=1)),
            is_detected=is_alarm,
        )

    def is_believed(self, logits: Sequence[NDArray[np.float32]]) -> NDArray[np.bool_]:
        """Return whether the logits of each exit are small enough, (n_exits, n); what is no number is not."""
        # the bounds come from memory and may be any number by now
        with np.errstate(invalid="ignore"):
            return np.stack([np.abs(z).max(axis=1) <= bound for z, bound in zip(logits, self.bounds, strict=True)])

    def _first_sure(self, logits: Sequence[NDArray[np.float32]], believed: NDArray[np.bool_]) -> NDArray[np.int64]:
        n_exits, n = believed.shape
        chosen = np.full(n, n_exits - 1)
        before: NDArray[np.int64] | None = None
        for i in range(n_exits - 1):
            with np.errstate(invalid="ignore"):
                is_sure = believed[i] & (shares(logits[i]) >= self.thresholds[i]).any(axis=1)
            if self.is_strict:
                label = logits[i].argmax(axis=1)
                is_sure &= label == before if before is not None else False
                before = label
            chosen = np.where(is_sure & (chosen == n_exits - 1), i, chosen)
        return chosen


def shares(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the softmax of logits (n, n_classes); rows that hold what is no finite number are nan."""
    with np.errstate(invalid="ignore", over="ignore"):
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        share: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    share[~np.isfinite(logits).all(axis=1)] = np.nan
    return share
