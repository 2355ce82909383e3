import numpy as np
import pytest

from onboard_models.campaign import outcome_counts, run_trials
from onboard_models.campaign.plans import FlipNumber, UniformFlips
from onboard_models.campaign.trials import joined_outcomes
from onboard_models.datasets.labelled_images import LabelledImages
from onboard_models.subject import NO_ANSWER, Answers, answers_of_logits, no_answers
from tests.onboard_models.campaign.small_image import small_image


def answers(label, is_detected=None, is_finite=None):
    n = len(label)
    return Answers(
        label=np.array(label, np.int64),
        exit_index=np.zeros(n, np.int8),
        is_finite=np.ones(n, bool) if is_finite is None else np.array(is_finite),
        is_detected=np.zeros(n, bool) if is_detected is None else np.array(is_detected),
    )


def test_each_inference_counts_as_what_it_is():
    #                label  without flips  with flips  alarm
    cases = np.array(
        [
            (1, 1, 1, 0),  # as without flips, correct
            (1, 1, 2, 0),  # silent and critical
            (1, 2, 3, 0),  # silent, was wrong before
            (1, 2, 1, 0),  # silent, correct by luck
            (1, 1, 2, 1),  # detected
            (1, 1, 1, 1),  # detected, and correct all the same
            (1, 1, NO_ANSWER, 0),  # withheld
            (1, 2, 2, 0),  # wrong as ever
        ]
    )
    found = outcome_counts(
        answers(cases[:, 2], is_detected=cases[:, 3] == 1, is_finite=np.arange(8) < 6),
        answers(cases[:, 1]),
        cases[:, 0].astype(np.int64),
    )
    assert (found.n, found.correct, found.silent, found.critical) == (8, 3, 3, 1)
    assert (found.detected, found.non_finite, found.crashed) == (3, 2, 0)


def test_a_crash_takes_every_answer():
    found = outcome_counts(no_answers(3), answers([0, 1, 2]), np.array([0, 1, 2]))
    assert (found.n, found.correct, found.silent, found.detected, found.crashed) == (3, 0, 0, 0, 3)


def test_answers_of_other_inputs_are_refused():
    with pytest.raises(ValueError, match="2 answers, 3 reference answers and 3 labels"):
        outcome_counts(answers([1, 2]), answers([1, 2, 3]), np.array([1, 2, 3]))
    with pytest.raises(ValueError, match="one length"):
        Answers(
            label=np.zeros(2, np.int64),
            exit_index=np.zeros(3, np.int8),
            is_finite=np.ones(2, bool),
            is_detected=np.ones(2, bool),
        )


def test_an_unchecked_network_takes_what_is_no_number_for_the_largest():
    found = answers_of_logits(np.float32([[0, 2, 1], [0, np.nan, 9], [np.inf, 0, 1], [3, 3, 0]]))
    assert found.label.tolist() == [1, 1, 0, 0]
    assert found.is_finite.tolist() == [True, False, False, True]
    assert not found.is_detected.any() and not found.crashed


class BitCounter:
    """Answers with the number of flipped bits plus the input's first value, and crashes at six flips."""

    name = "bit-counter"

    def __init__(self):
        self.image = small_image()

    def answers(self, x, bits):
        if bits.size == 6:
            return no_answers(len(x))
        return answers((x[:, 0, 0, 0].astype(int) + bits.size) % 5)

    def clean_answers(self, x):
        return self.answers(x, np.zeros(0, np.int64))


IMAGES = LabelledImages(
    x=np.arange(1100, dtype=np.float32).reshape(-1, 1, 1, 1) % 5,
    y=(np.arange(1100) % 5 + (np.arange(1100) % 3 == 0)) % 5,
    class_names=tuple("abcde"),
    preprocessing="none",
)


class Numbered:
    """Trial i flips i bits."""

    n_trials = 8

    def bits(self, i_trial):
        return np.arange(i_trial)


def test_trials_are_counted_over_all_images():
    found = run_trials(BitCounter(), IMAGES, Numbered(), range(8))
    third = 1100 // 3 + 1  # labels that are one more than the input
    assert found.n_flips.tolist() == list(range(8))
    assert found.correct.tolist() == [1100 - third, third, 0, 0, 0, 1100 - third, 0, 0]
    assert found.silent.tolist() == [0, 1100, 1100, 1100, 1100, 0, 0, 1100]
    assert found.critical.tolist() == [0, 1100 - third, 1100 - third, 1100 - third, 1100 - third, 0, 0, 1100 - third]
    assert found.crashed.tolist() == [0, 0, 0, 0, 0, 0, 1100, 0]
    assert found.drop_points[1] == pytest.approx(100 * (1100 - 2 * third) / 1100)
    assert found.drop_points[0] == 0.0


def test_trials_come_out_the_same_together_and_alone():
    plan = UniformFlips(number=FlipNumber(n_flips=3), n_trials=6, seed=2)
    subject = BitCounter()
    trials = plan.on(subject.image)
    together = run_trials(subject, IMAGES, trials, range(6))
    alone = joined_outcomes([run_trials(subject, IMAGES, trials, [i]) for i in range(6)])
    for name in ("i_trial", "n_flips", "correct", "silent", "crashed", "clean_correct"):
        assert np.array_equal(getattr(together, name), getattr(alone, name))


def test_progress_ends_at_one():
    shares = []
    run_trials(BitCounter(), IMAGES, Numbered(), range(4), on_trial=shares.append)
    assert shares == sorted(shares) and shares[-1] == 1.0
