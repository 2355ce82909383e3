"""A protected network as it runs on board: numpy and ONNX Runtime alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.protection.exit_rule import ExitRule
from onboard_models.runtime import open_session, run_in_batches
from onboard_models.subject import Answers

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
    rule : ExitRule of its exits
    n_threads : threads inside an operator
    """

    def __init__(self, files: OnboardFiles, rule: ExitRule, *, n_threads: int = 1) -> None:
        self._files, self._rule = files, rule
        self._least_bound = float(rule.bounds.min())
        self._whole = open_session(files.whole, n_threads=n_threads)
        self._given = self._whole.get_inputs()[0].name
        self._many = open_session(files.many, n_threads=n_threads) if files.many else None
        self._one = open_session(files.one, n_threads=n_threads) if files.one else None

    def answers(self, x: NDArray[np.float32]) -> Answers:
        """Return the answers to images (n, ...)."""
        if len(x) > BATCH:
            return _joined([self.answers(x[first : first + BATCH]) for first in range(0, len(x), BATCH)])
        session = self._one if len(x) == 1 else self._many
        if session is None:
            return self._whole_answers(x)
        logits, place = session.run(None, {self._given: x})
        n = len(x)
        # one comparison for all; what is beyond the tightest bound, or no number, is looked at exit by exit
        if not float(np.abs(logits).max()) <= self._least_bound:
            return self._whole_answers(x)
        return Answers(
            label=logits.argmax(axis=1),
            exit_index=place.astype(np.int8),
            is_finite=np.ones(n, np.bool_),
            is_detected=np.zeros(n, np.bool_),
        )

    def _whole_answers(self, x: NDArray[np.float32]) -> Answers:
        """Return the answers by the logits of all exits: with one exit, or where one of those is not believed."""
        outputs = run_in_batches(self._whole, x)
        return self._rule.answers([outputs[name].astype(np.float32) for name in self._files.outputs])


def _joined(parts: list[Answers]) -> Answers:
    return Answers(
        label=np.concatenate([part.label for part in parts]),
        exit_index=np.concatenate([part.exit_index for part in parts]),
        is_finite=np.concatenate([part.is_finite for part in parts]),
        is_detected=np.concatenate([part.is_detected for part in parts]),
    )
