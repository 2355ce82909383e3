from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scenarios.studies import estimate, paired_difference

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12)


def test_hand_calculated_interval():
    # mean 3, sample standard deviation sqrt(10 / 4); t(0.975, 4) = 2.7764 from any printed table
    result = estimate([1.0, 2.0, 3.0, 4.0, 5.0])
    assert result.mean == 3.0
    assert result.half_width == pytest.approx(2.7764 * math.sqrt(2.5) / math.sqrt(5.0), rel=1e-4)  # the table's digits
    assert result.n_seeds == 5


@given(VALUES)
def test_interval_is_that_of_a_t_test(values):
    result = estimate(values)
    expected = stats.ttest_1samp(values, 0.0) if len(set(values)) > 1 else None
    if expected is None:
        assert result.half_width == pytest.approx(0.0, abs=1e-9 * max(abs(value) for value in values) + 1e-300)
        return
    low, high = expected.confidence_interval(0.95)
    scale = max(abs(value) for value in values)  # both sum in another order: rounding is of the largest value
    assert result.mean - result.half_width == pytest.approx(low, rel=1e-9, abs=1e-12 * scale)
    assert result.mean + result.half_width == pytest.approx(high, rel=1e-9, abs=1e-12 * scale)


def test_paired_interval_is_that_of_a_paired_t_test_and_pairs_by_seed():
    own = {3: 0.31, 1: 0.25, 2: 0.40, 9: 7.0}
    reference = {1: 0.20, 2: 0.33, 3: 0.27, 8: -5.0}
    result = paired_difference(own, reference)
    low, high = stats.ttest_rel([0.25, 0.40, 0.31], [0.20, 0.33, 0.27]).confidence_interval(0.95)
    assert result.n_seeds == 3
    assert (result.mean - result.half_width, result.mean + result.half_width) == pytest.approx((low, high), rel=1e-9)


def test_pairing_removes_what_seeds_have_in_common():
    reference = {seed: 10.0 * seed for seed in range(5)}
    own = {seed: value + 1.0 for seed, value in reference.items()}
    assert paired_difference(own, reference).half_width == pytest.approx(0.0, abs=1e-12)
    assert estimate(list(own.values())).half_width > 10.0


def test_one_seed_has_no_interval_and_nan_stays_nan():
    assert estimate([0.5]).mean == 0.5
    assert math.isnan(estimate([0.5]).half_width)
    assert math.isnan(estimate([0.5, math.nan]).mean)
    assert paired_difference({1: 0.5}, {2: 0.5}).n_seeds == 0
