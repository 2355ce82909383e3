"""A protected network as it runs on board: numpy and ONNX Runtime alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.protection.exit_rule import ExitRule
from onboard_models.runtime import open_session, run_in_batches
from onboard_models.subject import Answers, answers_of_logits

BATCH: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardFiles:
    """ONNX models of one network.

    Attributes
    ----------
    whole : has the logits of every exit as an output
    outputs : their names, the last exit last
    one, many : have outputs (logits, place of the exit), for one image and for several; None if there is one exit
    """

    whole: bytes
    outputs: tuple[str, ...]
    one: bytes | None = None
    many: bytes | None = None


class OnboardNetwork:
    """Sessions of a network whose images leave at the first exit that is sure, and whose answers are checked.

    Parameters
    ----------
    files : OnboardFiles
    rule : of its exits; without one the last exit answers unchecked
    n_threads : threads inside an operator
    """

    def __init__(self, files: OnboardFiles, rule: ExitRule | None, *, n_threads: int = 1) -> None:
        self._files, self._rule = files, rule
        self._least_bound = np.inf if rule is None else float(rule.bounds.min())
        self._whole = open_session(files.whole, n_threads=n_threads)
        self._given = self._whole.get_inputs()[0].name
        self._many = open_session(files.many, n_threads=n_threads) if files.many else None
        self._one = open_session(files.one, n_threads=n_threads) if files.one else None

    def answers(self, x: NDArray[np.float32]) -> Answers:
        """Return the answers to images (n, ...)."""
        n = len(x)
        if n > BATCH:
            return _joined([self.answers(x[first : first + BATCH]) for first in range(0, n, BATCH)])
        logits, place = self._early(x)
        if self._rule is None:
            return answers_of_logits(logits)
        # one comparison for all; what is beyond the tightest bound, or no number, is looked at exit by exit
        if not float(np.abs(logits).max()) <= self._least_bound:
            outputs = run_in_batches(self._whole, x)
            return self._rule.answers([outputs[name].astype(np.float32) for name in self._files.outputs])
        return Answers(
            label=logits.argmax(axis=1),
            exit_index=place,
            is_finite=np.ones(n, np.bool_),
            is_detected=np.zeros(n, np.bool_),
        )

    def _early(self, x: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
        """Return the logits that answer and the exits that they come from."""
        session = self._one if len(x) == 1 else self._many
        if session is None:
            (logits,) = self._whole.run(list(self._files.outputs[-1:]), {self._given: x})
            return logits, np.zeros(len(x), np.int8)
        logits, place = session.run(None, {self._given: x})
        return logits, place.astype(np.int8)


def _joined(parts: list[Answers]) -> Answers:
    return Answers(
        label=np.concatenate([part.label for part in parts]),
        exit_index=np.concatenate([part.exit_index for part in parts]),
        is_finite=np.concatenate([part.is_finite for part in parts]),
        is_detected=np.concatenate([part.is_detected for part in parts]),
    )
