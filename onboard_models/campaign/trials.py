"""Running trials: the same images under the flips of each, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.campaign.outcomes import OUTCOMES, outcome_counts
from onboard_models.campaign.plans import Trials
from onboard_models.datasets.labelled_images import LabelledImages
from onboard_models.subject import Answers, Subject

_NO_BITS: Final = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOutcomes:
    """What came of trials, (n_trials,) each; counts are of images, `n_images` per trial.

    Attributes
    ----------
    i_trial : number of the trial in its plan
    n_flips : flipped bits
    n_images : inferences
    correct, silent, critical, detected, non_finite, crashed : as `OutcomeCounts`
    clean_correct : correct answers without flips, the same in every trial
    """

    i_trial: NDArray[np.int64]
    n_flips: NDArray[np.int64]
    n_images: NDArray[np.int64]
    correct: NDArray[np.int64]
    silent: NDArray[np.int64]
    critical: NDArray[np.int64]
    detected: NDArray[np.int64]
    non_finite: NDArray[np.int64]
    crashed: NDArray[np.int64]
    clean_correct: NDArray[np.int64]

    @property
    def drop_points(self) -> NDArray[np.float64]:
        """Percentage points of accuracy lost against the same network without flips; negative where flips helped."""
        return 100.0 * (self.clean_correct - self.correct) / self.n_images

    def __len__(self) -> int:
        return int(self.i_trial.size)


def run_trials(
    subject: Subject,
    images: LabelledImages,
    trials: Trials,
    chosen: Sequence[int],
    *,
    n_rows: int = 512,
    on_trial: Callable[[float], None] | None = None,
) -> TrialOutcomes:
    """Run some trials of a plan.

    Parameters
    ----------
    subject : the network
    images : all are answered in every trial
    trials : of a plan on `subject.image`
    chosen : numbers of the trials to run
    n_rows : images to run at once
    on_trial : told the share of the work that is done
    """
    bits = [trials.bits(i_trial) for i_trial in chosen]
    counts = np.zeros((len(chosen), len(OUTCOMES)), np.int64)
    clean_correct, n_done = 0, 0
    starts = range(0, len(images.x), n_rows)
    for start in starts:  # all trials on one batch: what a subject keeps of its input serves them all
        x, y = images.x[start : start + n_rows], images.y[start : start + n_rows]
        reference = subject.answers(x, _NO_BITS)
        clean_correct += int((reference.label == y).sum())
        for i, flipped in enumerate(bits):
            answers = subject.answers(x, flipped) if flipped.size else reference
            counts[i] += _counts(answers, reference, y)
            n_done += 1
            if on_trial is not None:
                on_trial(n_done / (len(starts) * len(bits)))
    return TrialOutcomes(
        i_trial=np.array(chosen, np.int64),
        n_flips=np.array([flipped.size for flipped in bits], np.int64),
        n_images=np.full(len(chosen), len(images.x), np.int64),
        clean_correct=np.full(len(chosen), clean_correct, np.int64),
        **dict(zip(OUTCOMES, counts.T.copy(), strict=True)),
    )


def joined_outcomes(parts: Sequence[TrialOutcomes]) -> TrialOutcomes:
    """Return the trials of several runs as one, in the order given."""
    names = [field.name for field in fields(TrialOutcomes)]
    return TrialOutcomes(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _counts(answers: Answers, reference: Answers, label: NDArray[np.int64]) -> NDArray[np.int64]:
    counts = outcome_counts(answers, reference, label)
    return np.array([getattr(counts, name) for name in OUTCOMES], np.int64)
