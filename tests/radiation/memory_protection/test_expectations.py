"""Closed forms beside sampled upsets of single bits, within five standard errors."""

from __future__ import annotations

import numpy as np
import pytest

from radiation.memory_protection import (
    OUTCOMES,
    SECDED,
    Ending,
    Layout,
    MemoryProtection,
    Outcome,
    Parity,
    Sweep,
    TripleModularRedundancy,
    Unprotected,
    residual_of,
)
from radiation.memory_protection.expectations import (
    failure_probability,
    flip_probability,
    mean_outcome_probabilities,
    outcome_probabilities,
    parity_miss_probability,
)

CODES = [Unprotected(), Parity(word_bits=16), Parity(), SECDED(), TripleModularRedundancy()]
by_code = pytest.mark.parametrize("code", CODES, ids=lambda code: f"{code.name}-{code.word_bits}")
DATA_BYTES = 2**19
PERIOD_S = 10.0
N_PERIODS = 4


def assert_within(counted, expected, n_standard_errors=5.0):
    """Compare counts of rare independent things with their mean; one count is allowed where hardly any is expected."""
    assert np.all(np.abs(np.asarray(counted) - expected) <= n_standard_errors * np.sqrt(expected) + 1.0)


def sampled(code, exposure, single_bits, seed=3, protection=None):
    """Return what is left over `N_PERIODS` periods of the given exposure, memory reloaded in between."""
    layout = Layout(code=code, data_bytes=DATA_BYTES)
    end_s = N_PERIODS * PERIOD_S
    upsets = single_bits(layout.stored_bytes * 8, N_PERIODS * exposure, end_s, np.random.default_rng(seed))
    protection = protection or MemoryProtection(code=code, reload=Sweep(period_s=PERIOD_S))
    return residual_of(upsets, protection, data_bytes=DATA_BYTES, memory_word_bits=64, end_s=end_s)


@by_code
@pytest.mark.parametrize("exposure", [0.0, 1e-13, 1e-6, 1e-3, 0.05, 3.0])
def test_probabilities_are_probabilities(code, exposure):
    chance = outcome_probabilities(code, np.array([exposure, exposure]))
    assert chance.shape == (2, len(OUTCOMES))
    assert (chance >= 0.0).all()
    assert chance.sum(axis=-1) == pytest.approx(1.0, abs=1e-12)
    assert mean_outcome_probabilities(code, exposure).sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("flip", [0.02, 0.3])
@pytest.mark.parametrize(
    "code", [*CODES, Parity(word_bits=8), TripleModularRedundancy(word_bits=8)], ids=lambda c: f"{c.name}-{c.word_bits}"
)
def test_random_patterns_are_read_as_often_as_the_probabilities_say(code, flip):
    rng = np.random.default_rng(2)
    n = 50_000
    pattern = np.zeros((n, code.n_parts), dtype=np.uint64)
    for part in range(code.n_parts):
        for bit in range(code.word_bits if part < code.n_copies else code.check_bits):
            pattern[:, part] |= (rng.random(n) < flip).astype(np.uint64) << np.uint64(bit)
    counted = np.bincount(code.read(pattern)[0], minlength=len(OUTCOMES))
    chance = code.probabilities(np.array(flip))
    # one count is allowed where hardly any is expected
    assert (np.abs(counted - n * chance) <= 5.0 * np.sqrt(n * chance * (1.0 - chance)) + 1.0).all()


@by_code
@pytest.mark.parametrize("per_word", [0.02, 0.5])
def test_words_in_each_state_at_one_moment(code, per_word, single_bits):
    exposure = per_word / code.stored_bits
    left = sampled(code, exposure, single_bits)
    for t_s, age in ((PERIOD_S * 0.7, 0.7), (PERIOD_S * 2.999999, 0.999999)):
        expected = left.n_words * outcome_probabilities(code, age * exposure)
        counted = np.bincount(left.outcome[left.at(t_s)], minlength=len(OUTCOMES))
        assert_within(counted[1:], expected[1:])


@by_code
def test_time_spent_in_each_state(code, single_bits):
    exposure = 0.5 / code.stored_bits
    expected_s = (
        sampled(code, exposure, single_bits).n_words * N_PERIODS * PERIOD_S * mean_outcome_probabilities(code, exposure)
    )
    # the spread between samples stands in for the standard error, which has no closed form here
    spent_s = np.array([sampled(code, exposure, single_bits, seed).word_seconds() for seed in range(8)])
    standard_error_s = spent_s.std(axis=0, ddof=1) / np.sqrt(8)
    assert (np.abs(spent_s.mean(axis=0) - expected_s)[1:] <= 5.0 * standard_error_s[1:] + PERIOD_S / 8).all()


@by_code
@pytest.mark.parametrize("per_word", [0.01, 1.0])
def test_words_that_fail_at_some_moment(code, per_word, single_bits):
    exposure = per_word / code.stored_bits
    left = sampled(code, exposure, single_bits)
    failed = left.failures()
    n_failed = len(np.unique(np.stack([left.word[failed], left.start_s[failed] // PERIOD_S]), axis=1).T)
    probability = failure_probability(code, exposure)
    mean = left.n_words * N_PERIODS * probability
    assert abs(n_failed - mean) <= 5.0 * np.sqrt(mean * (1.0 - probability)) + 1.0


@pytest.mark.parametrize("per_word", [0.01, 1.0])
def test_words_that_parity_misses_at_some_moment(per_word, single_bits):
    code = Parity(word_bits=32)
    exposure = per_word / code.stored_bits
    left = sampled(code, exposure, single_bits)
    missed = left.outcome == Outcome.SILENT
    n_missed = len(np.unique(np.stack([left.word[missed], left.start_s[missed] // PERIOD_S]), axis=1).T)
    probability = parity_miss_probability(code, exposure)
    mean = left.n_words * N_PERIODS * probability
    assert abs(n_missed - mean) <= 5.0 * np.sqrt(mean * (1.0 - probability)) + 1.0


def test_double_upsets_between_scrubs_are_those_of_pairs(single_bits):
    """Two upsets of one word of 72 bits within a period, each word scrubbed at its own time in a long sweep."""
    exposure = 0.02 / 72
    protection = MemoryProtection(
        code=SECDED(), scrubbing=Sweep(period_s=PERIOD_S, duration_s=0.9 * PERIOD_S), reloads_detected=True
    )
    left = sampled(SECDED(), exposure, single_bits, protection=protection)
    # pairs in whole periods; at both ends a word has a part of a period, a and 1 - a, of a uniform from 0 to 0.9
    part = np.arange(left.n_words) / left.n_words * 0.9
    pairs = 72 * 71 / 2 * exposure**2 * np.sum(N_PERIODS - 1 + part**2 + (1.0 - part) ** 2)
    assert left.counts().accumulated == left.counts().detected + left.counts().miscorrected + left.counts().silent
    # a third upset before the scrub is left out of this mean: 2 % of it, a tenth of the standard error
    assert_within(left.counts().accumulated, pairs)
    found = np.count_nonzero(left.ended_by == Ending.RELOAD)
    assert_within(
        found,
        np.sum(
            (N_PERIODS - 1) * outcome_probabilities(SECDED(), exposure)[Outcome.DETECTED]
            + outcome_probabilities(SECDED(), exposure * part)[:, Outcome.DETECTED]
        ),
    )


def test_scrubbing_more_often_leaves_less_in_proportion():
    often, seldom = failure_probability(SECDED(), np.array([1e-9, 1e-8]))
    assert seldom / (10 * often) == pytest.approx(10.0, rel=1e-5)


@by_code
def test_small_exposures_keep_their_digits(code):
    exposure = 1e-12
    failing = {1: code.stored_bits * exposure, 2: 0.5 * 72 * 71 * exposure**2, 3: code.word_bits * 3 * exposure**2}
    order = {"secded": 2, "tmr": 3}.get(code.name, 1)
    assert failure_probability(code, exposure) == pytest.approx(failing[order], rel=1e-9, abs=0.0)
    assert outcome_probabilities(code, exposure)[2:].sum() == pytest.approx(failing[order], rel=1e-9, abs=0.0)
    assert flip_probability(exposure) == pytest.approx(exposure, rel=1e-11, abs=0.0)


@by_code
def test_failure_grows_with_exposure_to_certainty(code):
    exposure = np.concatenate([[0.0], np.logspace(-12, 3, 200), np.linspace(0.9, 1.1, 50) / code.stored_bits])
    probability = failure_probability(code, np.sort(exposure))
    assert probability[0] == 0.0
    assert probability[-1] == 1.0
    assert (np.diff(probability) >= 0.0).all()


def test_a_bit_hit_twice_is_right_again():
    assert flip_probability(np.array([0.0, 50.0])) == pytest.approx([0.0, 0.5], abs=1e-15)
