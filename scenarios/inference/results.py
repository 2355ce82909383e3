"""What becomes of a task whose network may run with wrong weights."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.subject import NO_ANSWER, Answers


class Result(IntEnum):
    """Of an answer; that of a task is the worst of its answers, here the last."""

    CORRECT = 0
    """The answer that the network gives without flips, be it right or wrong."""
    DETECTED = 1
    """An alarm of memory or network: whoever gets the answer knows that it is not to be trusted."""
    CORRUPT = 2
    """Another answer than without flips, and no alarm."""
    LOST = 3
    """No answer: the network cannot be loaded or run."""


RESULTS: Final = tuple(result.name.lower() for result in Result)
"""Words of the column `result`, by number."""


def results_of(answers: Answers, reference: Answers) -> NDArray[np.int8]:
    """Return the result of each answer (n,), held against the same network's answers without flips."""
    results = np.where(answers.label != reference.label, Result.CORRUPT, Result.CORRECT)
    results = np.where(answers.is_detected | (answers.label == NO_ANSWER), Result.DETECTED, results)
    return np.full(len(answers), Result.LOST, np.int8) if answers.crashed else results.astype(np.int8)
