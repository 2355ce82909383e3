import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from radiation.upsets.event_times import cumulative_rate, draw_event_times

# A quiet orbit with two passes through the anomaly, the second of which starts and ends at zero.
T_S = np.array([0.0, 600.0, 1_000.0, 1_300.0, 2_500.0, 4_000.0, 4_100.0, 4_600.0, 5_000.0, 6_000.0])
RATE_PER_S = np.array([0.02, 0.02, 0.6, 0.05, 0.0, 0.0, 0.0, 1.2, 0.0, 0.02])


def draw(seed: int, rate_per_s=RATE_PER_S, t_s=T_S):
    return draw_event_times(np.random.default_rng(seed), t_s, rate_per_s)


def test_cumulative_rate_is_the_sum_of_trapezoids():
    by_numpy = [np.trapezoid(RATE_PER_S[:n], T_S[:n]) for n in range(1, T_S.size + 1)]
    assert cumulative_rate(T_S, RATE_PER_S) == pytest.approx(by_numpy, rel=1e-14)


def test_counts_follow_poissons_law():
    expected = cumulative_rate(T_S, RATE_PER_S)[-1]
    counts = np.array([draw(seed).size for seed in range(2_000)])
    assert abs(counts.mean() - expected) <= 5.0 * np.sqrt(expected / counts.size)
    # The variance of a sample variance of Poisson counts is about (2 m^2 + m) / n.
    assert abs(counts.var() - expected) <= 5.0 * np.sqrt((2.0 * expected**2 + expected) / counts.size)


def test_rescaled_times_are_uniform():
    """Cumulative rates at the events, made with another quadrature than the sampler's, are uniform."""
    fine_s = np.linspace(0.0, T_S[-1], 600_001)
    step_rate = np.interp(0.5 * (fine_s[1:] + fine_s[:-1]), T_S, RATE_PER_S)
    fine = np.concatenate(([0.0], np.cumsum(step_rate * np.diff(fine_s))))
    times = np.concatenate([draw(seed) for seed in range(20)])
    assert times.size > 10_000
    rescaled = np.interp(times, fine_s, fine) / fine[-1]
    # One in a hundred thousand correct samplers fails; the seeds are fixed.
    assert stats.kstest(rescaled, "uniform").pvalue > 1e-5


def test_gaps_of_rescaled_times_are_exponential():
    times = np.concatenate([draw(0, np.full(2, 3.0), np.array([0.0, 10_000.0]))])
    assert stats.kstest(3.0 * np.diff(times), "expon").pvalue > 1e-5


def test_thinning_gives_the_same_law():
    rng = np.random.default_rng(99)
    peak = RATE_PER_S.max()
    candidates = rng.uniform(0.0, T_S[-1], rng.poisson(200 * peak * T_S[-1]))
    thinned = candidates[rng.random(candidates.size) * peak < np.interp(candidates, T_S, RATE_PER_S)]
    inverted = np.concatenate([draw(seed) for seed in range(200)])
    difference = thinned.size - inverted.size
    assert abs(difference) <= 5.0 * np.sqrt(thinned.size + inverted.size)
    assert stats.ks_2samp(thinned, inverted).pvalue > 1e-5


def test_no_event_where_the_rate_is_zero():
    times = np.concatenate([draw(seed) for seed in range(50)])
    assert not np.any((times > 2_500.0) & (times < 4_100.0))


def test_a_longer_table_keeps_the_events_of_a_shorter_one():
    for seed in range(20):
        short = draw(seed, RATE_PER_S[:5], T_S[:5])
        assert np.array_equal(draw(seed)[: short.size], short)


@given(
    steps_s=st.lists(st.floats(1e-3, 1e4), min_size=1, max_size=12),
    rates=st.lists(st.sampled_from([0.0, 1e-300, 1e-9, 1e-3, 0.1]), min_size=13, max_size=13),
    seed=st.integers(0, 2**32),
)
def test_times_ascend_within_the_table(steps_s, rates, seed):
    t_s = np.concatenate(([5.0], 5.0 + np.cumsum(steps_s)))
    times = draw(seed, np.array(rates[: t_s.size]), t_s)
    assert np.all(np.diff(times) >= 0.0)
    assert np.all((times >= t_s[0]) & (times < t_s[-1]))


def test_refuses_tables_that_are_no_rates():
    with pytest.raises(ValueError, match="every rate must be finite and not negative"):
        cumulative_rate(T_S, -RATE_PER_S)
    with pytest.raises(ValueError, match="every rate must be finite and not negative"):
        cumulative_rate(T_S, np.full(T_S.size, np.nan))
    with pytest.raises(ValueError, match="give two ascending instants"):
        cumulative_rate(T_S[::-1], RATE_PER_S)
    with pytest.raises(ValueError, match="its last axis must have the 10 instants"):
        cumulative_rate(T_S, RATE_PER_S[:-1])
