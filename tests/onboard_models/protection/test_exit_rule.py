"""The rule by hand on tiny logits, and its tuning against brute force."""

from itertools import product

import numpy as np
import pytest

from onboard_models.protection.exit_rule import NEVER, ExitRule, shares
from onboard_models.protection.exit_tuning import THRESHOLDS, tuned_exits

SURE, UNSURE, HUGE = [8.0, 0.0], [0.2, 0.0], [1e30, 0.0]
OTHER = [0.0, 8.0]


def rule(*, is_strict=False, n_exits=3):
    return ExitRule(
        thresholds=np.full((n_exits - 1, 2), 0.9, np.float32),
        bounds=np.full(n_exits, 20, np.float32),
        is_strict=is_strict,
    )


def answer(*logits, is_strict=False):
    found = rule(is_strict=is_strict, n_exits=len(logits)).answers([np.array([z], np.float32) for z in logits])
    return int(found.label[0]), int(found.exit_index[0]), bool(found.is_finite[0]), bool(found.is_detected[0])


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ((SURE, OTHER, OTHER), (0, 0, True, False)),
        ((UNSURE, OTHER, SURE), (1, 1, True, False)),
        ((UNSURE, UNSURE, OTHER), (1, 2, True, False)),
        ((HUGE, UNSURE, OTHER), (1, 2, True, False)),  # a saturated head is sure, but not believed
        (([np.nan, 0.0], SURE, OTHER), (0, 1, True, False)),
        (([np.inf, 0.0], UNSURE, OTHER), (1, 2, True, False)),
        ((UNSURE, [0.0, 0.3], HUGE), (1, 1, True, True)),  # the last believed exit stands in, with an alarm
        ((UNSURE, [0.0, np.nan], [np.nan, np.nan]), (0, 0, True, True)),
        ((HUGE, HUGE, [0.0, np.nan]), (1, 2, False, True)),
    ],
)
def test_the_first_sure_exit_answers_and_the_unbelievable_is_replaced(logits, expected):
    assert answer(*logits) == expected


def test_strict_exits_answer_only_together():
    assert answer(SURE, SURE, OTHER, is_strict=True) == (0, 1, True, False)
    assert answer(SURE, OTHER, UNSURE, is_strict=True) == (0, 2, True, False)


def test_thresholds_hold_per_class():
    thresholds = np.array([[0.99, 0.6]], np.float32)
    two = ExitRule(thresholds=thresholds, bounds=np.full(2, 20, np.float32))
    logits = np.array([[2.0, 0.0], [0.0, 2.0]], np.float32)  # both with a share of 0.88
    assert two.answers([logits, logits]).exit_index.tolist() == [1, 0]


def test_any_numbers_for_thresholds_give_answers():
    for bits in (0x7F800000, 0xFFFFFFFF, 0x80000001, 0xFF800000):
        hit = np.full((2, 2), bits, np.uint32).view(np.float32)
        broken = ExitRule(thresholds=hit, bounds=np.full(3, bits, np.uint32).view(np.float32))
        assert broken.answers([np.array([SURE, UNSURE], np.float32)] * 3).label.tolist() == [0, 0]


def test_softmax_of_large_logits():
    assert np.allclose(shares(np.array([[1000.0, 1000.0]], np.float32)), 0.5)


def test_tuned_thresholds_cost_little_more_than_the_best_there_are():
    """Brute force over all pairs of thresholds of one exit and two classes."""
    rng = np.random.default_rng(4)
    label = rng.integers(0, 2, 400)
    true = np.where(label[:, None] == np.arange(2), 1.0, -1.0)
    logits = [(true * strength + rng.normal(size=(400, 2))).astype(np.float32) for strength in (0.8, 2.5)]
    costs = [1.0, 4.0]
    is_right = logits[1].argmax(axis=1) == label
    tuned = tuned_exits(
        logits, label, lambda early: costs if early else costs[1:], is_right_without=is_right, most_loss=0.03
    )
    best = np.inf
    for pair in product(THRESHOLDS, THRESHOLDS):
        thresholds = np.array([pair], np.float32)
        found = ExitRule(thresholds=thresholds, bounds=np.full(2, 1e9, np.float32)).answers(logits)
        loss = is_right.astype(float) - (found.label == label)
        if loss.mean() + loss.std() / 10.0 <= 0.03:
            best = min(best, float(np.take(costs, found.exit_index).mean()))
    assert is_right.mean() - tuned.is_right.mean() < 0.03
    assert tuned.early == (0,)
    # coordinate descent with a price reaches the lower hull of cost over errors only
    assert best <= tuned.cost <= best + 0.1


def test_exits_that_do_not_pay_are_left_out():
    label = np.array([0, 1] * 20)
    logits = [np.eye(2, dtype=np.float32)[label] * 9] * 2
    tuned = tuned_exits(
        logits,
        label,
        lambda early: [5.0, 6.0] if early else [4.0],
        is_right_without=np.ones(40, np.bool_),
        most_loss=0.0,
    )
    assert tuned.early == ()
    assert tuned.cost == 4.0
    assert NEVER > 1
