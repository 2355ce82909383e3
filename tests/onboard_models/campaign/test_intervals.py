import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from onboard_models.campaign.intervals import (
    error_margin,
    mean_interval,
    normal_quantile,
    sample_size,
    upper_bound_of_share,
    wilson_interval,
)

COUNTS = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS)
def test_wilson_bounds_are_the_shares_whose_score_test_just_fails(counts):
    k, n = counts
    estimate, low, high = wilson_interval(k, n)
    assert estimate == k / n and 0.0 <= low <= estimate <= high <= 1.0
    z = stats.norm.ppf(0.975)
    for bound in (low, high):
        if 0.0 < bound < 1.0:  # (p_hat - p)^2 = z^2 p (1 - p) / n defines the interval
            assert (estimate - bound) ** 2 == pytest.approx(z**2 * bound * (1 - bound) / n, rel=1e-6, abs=1e-15)


def test_wilson_agrees_with_a_published_example():
    # Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263 is 0.2553 to 0.3662, 1 of 29 is 0.0061 to 0.1718
    assert wilson_interval(81, 263)[1:] == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(1, 29)[1:] == pytest.approx((0.0061, 0.1718), abs=5e-5)


@given(COUNTS)
def test_so_few_hits_are_as_unlikely_as_agreed_at_the_upper_bound(counts):
    k, n = counts
    bound = upper_bound_of_share(k, n)
    if k < n:
        assert stats.binom.cdf(k, n, bound) == pytest.approx(0.05, rel=1e-6)
    else:
        assert bound == 1.0


def test_no_hit_in_200_trials_bounds_the_share_by_the_rule_of_three():
    assert upper_bound_of_share(0, 200) == pytest.approx(3 / 200, rel=0.01)  # the rule is 1 % off: ln 20 is 2.996


def test_the_interval_of_a_mean_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    n_series = 2000
    hits = 0
    for values in rng.normal(3.0, 2.0, (n_series, 12)):
        _, low, high = mean_interval(values)
        hits += low <= 3.0 <= high
    standard_error = (0.95 * 0.05 / n_series) ** 0.5
    assert abs(hits / n_series - 0.95) < 4 * standard_error


def test_means_of_few_values_have_no_bounds():
    assert np.isnan(mean_interval(np.zeros(0))).all()
    estimate, low, high = mean_interval(np.array([4.0]))
    assert estimate == 4.0 and np.isnan([low, high]).all()


def test_sample_sizes_are_those_of_surveys():
    # Cochran 1977, section 4.4: 385 for 5 points and 9604 for 1 point in a large population at 95 %
    assert sample_size(10**12, error_margin=0.05) == 385
    assert sample_size(10**12, error_margin=0.01) == 9604
    assert sample_size(0, error_margin=0.01) == 0
    assert sample_size(1, error_margin=0.01) == 1


@given(st.integers(2, 10**9), st.floats(0.005, 0.3), st.sampled_from([0.9, 0.95, 0.998]))
def test_the_sample_is_the_smallest_that_meets_the_margin(population, margin, confidence):
    n = sample_size(population, error_margin=margin, confidence=confidence)
    assert 1 <= n <= population
    assert error_margin(population, n, confidence) <= margin * (1 + 1e-9)
    if n > 1:
        assert error_margin(population, n - 1, confidence) > margin * (1 - 1e-9)


def test_a_sample_without_replacement_stays_within_the_margin_as_often_as_it_says():
    population, harmful, margin = 4000, 2000, 0.03
    n = sample_size(population, error_margin=margin)
    hits = np.arange(n + 1)
    is_within = np.abs(hits / n - 0.5) <= margin
    within = stats.hypergeom(population, harmful, n).pmf(hits)[is_within].sum()
    assert within == pytest.approx(0.95, abs=0.01)  # counts are whole: one more or less is 0.4 points


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_is_a_share(confidence):
    with pytest.raises(ValueError, match=f"confidence = {confidence}"):
        normal_quantile(confidence)


@pytest.mark.parametrize("k, n", [(-1, 3), (4, 3)])
def test_hits_are_among_trials(k, n):
    with pytest.raises(ValueError, match=f"n_hits = {k} of n = {n}"):
        wilson_interval(k, n)
