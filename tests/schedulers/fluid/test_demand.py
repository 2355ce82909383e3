"""Estimates of arriving work against closed forms, and against the truth behind random arrivals."""

from __future__ import annotations

import numpy as np
import pytest

from schedulers.fluid.demand import DemandEstimate

PERIOD_S = 300.0
WORK_S = 30.0


def estimate(n_sats):
    return DemandEstimate(n_sats, long_s=60_000.0, short_s=1200.0)


def count(demand, work_s, grain_s=WORK_S):
    """Hand over work of each satellite in tasks of one size."""
    for satellite, total_s in enumerate(work_s):
        for _ in range(round(total_s / grain_s)):
            demand.add(satellite, grain_s)


def test_before_anything_has_had_time_to_arrive_every_satellite_is_taken_to_be_half_busy():
    assert estimate(3).rates(0.0).tolist() == [0.5, 0.5, 0.5]


def test_time_without_tasks_is_known_to_bring_none():
    assert estimate(3).rates(PERIOD_S).tolist() == [0.0, 0.0, 0.0]


def test_constant_arrivals_are_found_at_once_and_for_good_whatever_the_periods():
    demand = estimate(4)
    for elapsed_s in (300.0, 300.0, 60.0, 1200.0, 300.0):
        count(demand, [0.2 * elapsed_s] * 4, grain_s=6.0)
        # sums of a few floats
        assert demand.rates(elapsed_s) == pytest.approx([0.2] * 4, rel=1e-12)


def test_the_fleets_load_is_a_mean_whose_weights_fall_exponentially():
    demand = DemandEstimate(2, long_s=600.0, short_s=1200.0)
    count(demand, [90.0, 90.0])
    demand.rates(PERIOD_S)
    count(demand, [180.0, 180.0])
    found = demand.rates(PERIOD_S)
    kept = np.exp(-PERIOD_S / 600.0)
    assert found == pytest.approx([(0.3 * kept + 0.6) / (kept + 1.0)] * 2, rel=1e-12)


def test_arrivals_too_fine_for_chance_are_believed_satellite_by_satellite():
    """A thousand tasks of 0.03 s differ by 3 % by chance; these differ by a factor of three."""
    demand = estimate(3)
    count(demand, [30.0, 60.0, 90.0], grain_s=0.03)
    # variance 600 s^2, of which 60 s x 0.03 s by chance
    trust = 1.0 - 1.8 / 600.0
    assert demand.rates(PERIOD_S) == pytest.approx([0.2 - 0.1 * trust, 0.2, 0.2 + 0.1 * trust], rel=1e-9)


def test_a_mean_over_several_periods_owes_less_to_chance_than_one_period_does():
    """The work of two periods has weights k and 1, its variance weights k^2 and 1."""
    demand = estimate(3)
    for _ in range(2):
        count(demand, [30.0, 60.0, 90.0], grain_s=3.0)
        found = demand.rates(PERIOD_S)
    kept = np.exp(-PERIOD_S / 1200.0)
    variance_s2, by_chance_s2 = 600.0 * (1.0 + kept) ** 2, 60.0 * 3.0 * (1.0 + kept**2)
    trust = 1.0 - by_chance_s2 / variance_s2
    assert found == pytest.approx([0.2 - 0.1 * trust, 0.2, 0.2 + 0.1 * trust], rel=1e-9)


def test_the_load_of_n_equal_tasks_is_known_to_one_in_the_root_of_n():
    demand = DemandEstimate(2, long_s=1e12, short_s=1200.0)
    assert demand.relative_error == 0.0
    for _ in range(4):
        count(demand, [750.0, 0.0])
        demand.rates(PERIOD_S)
    assert demand.relative_error == pytest.approx(1.0 / np.sqrt(100.0), rel=1e-6)


def test_a_short_memory_follows_a_hot_spot_that_moves():
    demand = estimate(2)
    for _ in range(20):
        count(demand, [60.0, 0.0], grain_s=0.06)
        demand.rates(PERIOD_S)
    for _ in range(20):
        count(demand, [0.0, 60.0], grain_s=0.06)
        found = demand.rates(PERIOD_S)
    # 5 memories later, e^-5 of the old place is left; the chance of tasks this small takes less than 0.01
    assert found == pytest.approx([0.0, 0.2], abs=0.2 * 0.02)


@pytest.mark.parametrize("seed", range(20))
def test_chance_is_shrunk_away(seed):
    """All satellites alike, ten tasks each: the spread that is left is the error of the measured variance.

    Of n Poisson counts of mean m the variance is measured with a relative standard error of sqrt((2 + 1/m) / n).
    """
    n_sats, n_tasks = 400, 10.0
    demand, rng = estimate(n_sats), np.random.default_rng(seed)
    work_s = WORK_S * rng.poisson(n_tasks, n_sats)
    count(demand, work_s)
    found = demand.rates(PERIOD_S)
    assert found.sum() == pytest.approx(work_s.sum() / PERIOD_S, rel=1e-12)
    four_errors = 4.0 * np.sqrt((2.0 + 1.0 / n_tasks) / n_sats)
    assert found.std() <= four_errors * (work_s / PERIOD_S).std()


def mean_square_errors(n_periods, spread):
    """Return errors of the estimate, of counting alone (the same memory) and of the fleet's mean, in true rates.

    Rates are gamma distributed, with a spread relative to their mean of a task per 100 s; work is exponential.
    """
    n_sats, mean_rate = 2000, 0.3
    rng = np.random.default_rng(5)
    rates = rng.gamma(1.0 / spread**2, mean_rate * spread**2, n_sats)
    demand = estimate(n_sats)
    counted_s = weight_s = 0.0
    for _ in range(n_periods):
        work_s = np.zeros(n_sats)
        for satellite, n_tasks in enumerate(rng.poisson(rates * PERIOD_S / WORK_S)):
            for task_work_s in rng.exponential(WORK_S, n_tasks).tolist():
                demand.add(satellite, task_work_s)
                work_s[satellite] += task_work_s
        found = demand.rates(PERIOD_S)
        kept = np.exp(-PERIOD_S / 1200.0)
        counted_s, weight_s = counted_s * kept + work_s, weight_s * kept + PERIOD_S
    return [float(((guess - rates) ** 2).mean()) for guess in (found, counted_s / weight_s, rates.mean())]


@pytest.mark.parametrize("spread", [0.3, 1.0])
@pytest.mark.parametrize("n_periods", [1, 12])
def test_hot_spots_are_told_from_chance_better_than_by_counting_or_by_the_mean(n_periods, spread):
    found, counted, mean = mean_square_errors(n_periods, spread)
    assert found < min(counted, mean)
