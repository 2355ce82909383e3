"""Predictions of backlog: how fast they follow, and how much worse they are than the best constant."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from schedulers.mhspo_learning import BacklogLearner, step_s


def learner(n_sats=1, *, largest_s=100.0, step_s=5.0, delay_slots=0):
    return BacklogLearner(n_sats, largest_s=largest_s, step_s=step_s, delay_slots=delay_slots)


def test_the_step_is_that_of_the_paper():
    assert step_s(600.0, 3600, 0) == pytest.approx(10.0, rel=1e-15)  # one division
    assert step_s(600.0, 3600, 1) == pytest.approx(600.0 / sqrt(7200.0), rel=1e-15)


def test_it_moves_by_one_step_towards_what_it_hears():
    learning = learner(3)
    for _ in range(3):
        learning.learn([15.0, 40.0, 0.0])
    assert learning.predicted_s == [15.0, 15.0, 0.0]
    learning.learn([15.0, 0.0, 0.0])
    assert learning.predicted_s == [15.0, 10.0, 0.0]


def test_it_stays_within_its_bounds():
    learning = learner(largest_s=12.0)
    for _ in range(5):
        learning.learn([1e9])
    assert learning.predicted_s == [12.0]


def test_feedback_comes_late():
    learning = learner(delay_slots=2)
    seen = []
    for _ in range(4):
        learning.learn([50.0])
        seen.append(learning.predicted_s[0])
    assert seen == [0.0, 0.0, 5.0, 10.0]


@pytest.mark.parametrize("delay_slots", [0, 1, 5])
def test_a_constant_is_learnt_to_a_few_steps(delay_slots):
    """Late feedback makes it overshoot by one step per slot of delay, and one more."""
    learning = learner(delay_slots=delay_slots)
    for slot in range(100):
        learning.learn([52.5])
        if slot > 30:
            assert abs(learning.predicted_s[0] - 52.5) <= 5.0 * (delay_slots + 1)


@pytest.mark.parametrize("delay_slots", [0, 1, 4])
@pytest.mark.parametrize("kind", ["random", "jumping", "queue"])
def test_the_regret_keeps_the_bound_of_delayed_gradients(kind, delay_slots):
    """Quanrud and Khashabi (2015): with gradients of 1, Qmax^2 / 2 eta + eta (T / 2 + D), below 1.5 Qmax sqrt(T + D).

    The bound holds for every sequence, so that there is no tolerance.
    """
    n_slots, largest_s = 2000, 100.0
    backlogs = _backlogs(kind, n_slots, largest_s)
    eta_s = step_s(largest_s, n_slots, delay_slots)
    learning = learner(largest_s=largest_s, step_s=eta_s, delay_slots=delay_slots)
    errors = []
    for backlog_s in backlogs:
        errors.append(abs(learning.predicted_s[0] - backlog_s))
        learning.learn([backlog_s])
    best = np.abs(backlogs - np.median(backlogs)).sum()
    assert sum(errors) - best <= 1.5 * largest_s * sqrt(n_slots * (1 + delay_slots))


def _backlogs(kind, n_slots, largest_s):
    rng = np.random.default_rng(5)
    if kind == "random":
        return rng.uniform(0.0, largest_s, n_slots)
    if kind == "jumping":
        return np.where(np.arange(n_slots) // 7 % 2 == 0, 0.0, largest_s)
    backlogs, backlog_s = [], 0.0
    for arrives in rng.random(n_slots) < 0.012:
        backlog_s = min(max(backlog_s - 1.0, 0.0) + 30.0 * arrives, largest_s)
        backlogs.append(backlog_s)
    return np.array(backlogs)
