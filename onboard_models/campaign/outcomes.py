"""What came of inferences under flipped bits, each held against the label and against the answer without flips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.subject import NO_ANSWER, Answers

OUTCOMES: Final = ("correct", "silent", "critical", "detected", "non_finite", "crashed")
"""Names of the counts, in the order of tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCounts:
    """Numbers of inferences.

    `silent`, `detected` and `crashed` exclude one another; what is in none of them is the answer that would have come
    without flips. `correct` and `non_finite` are counted besides.

    Attributes
    ----------
    n : inferences
    correct : the answer is the label, whether there was an alarm or not
    silent : the answer is another than without flips, and there was no alarm (silent data corruption)
    critical : those of `silent` whose answer without flips was correct; the answer now is wrong
    detected : there was an alarm, or no answer was given
    non_finite : a logit was infinite or no number, and nobody stopped the network from answering or crashing
    crashed : the network could not be loaded or run, or not in time
    """

    n: int
    correct: int
    silent: int
    critical: int
    detected: int
    non_finite: int
    crashed: int


def outcome_counts(answers: Answers, reference: Answers, label: NDArray[np.int64]) -> OutcomeCounts:
    """Return the counts of some inferences.

    Parameters
    ----------
    answers : under flips
    reference : the same network on the same inputs, without flips
    label : (n,) int64

    Raises
    ------
    ValueError
        If the three are not of one length.
    """
    if not len(answers) == len(reference) == label.size:
        raise ValueError(
            f"{len(answers)} answers, {len(reference)} reference answers and {label.size} labels: give as many of each"
        )
    n = label.size
    if answers.crashed:
        return OutcomeCounts(n=n, correct=0, silent=0, critical=0, detected=0, non_finite=0, crashed=n)
    is_correct = answers.label == label
    is_detected = answers.is_detected | (answers.label == NO_ANSWER)
    is_silent = (answers.label != reference.label) & ~is_detected
    is_critical = is_silent & (reference.label == label)
    return OutcomeCounts(
        n=n,
        correct=int(is_correct.sum()),
        silent=int(is_silent.sum()),
        critical=int(is_critical.sum()),
        detected=int(is_detected.sum()),
        non_finite=int((~answers.is_finite).sum()),
        crashed=0,
    )
