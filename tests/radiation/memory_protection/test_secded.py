from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from numpy.typing import NDArray

from radiation.memory_protection import SECDED, Outcome
from radiation.memory_protection.secded import codewords_by_weight, parity_check_columns, patterns_by_weight

COLUMNS = np.array(parity_check_columns(), dtype=np.uint8)


def pattern_of(bits: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the pattern (n, 2) of n sets of wrong bits (n, weight)."""
    one = np.uint64(1) << (bits % 64).astype(np.uint64)
    data = np.bitwise_or.reduce(np.where(bits < 64, one, np.uint64(0)), axis=1)
    check = np.bitwise_or.reduce(np.where(bits >= 64, one, np.uint64(0)), axis=1)
    return np.stack([data, check], axis=1)


def all_of_weight(weight: int) -> NDArray[np.int64]:
    return np.array(list(combinations(range(72), weight)), dtype=np.int64)


def test_columns_are_those_of_a_minimum_odd_weight_code():
    weights = np.bitwise_count(COLUMNS)
    assert len(np.unique(COLUMNS)) == 72
    assert np.bincount(weights).tolist() == [0, 8, 0, 56, 0, 8]
    ones_per_row = [(COLUMNS[:64] >> row & 1).sum() for row in range(8)]
    assert ones_per_row == [26] * 8


def test_all_single_errors_are_corrected():
    outcome, wrong = SECDED().read(pattern_of(all_of_weight(1)))
    assert (outcome == Outcome.CORRECTED).all()
    assert not wrong.any()
    assert not SECDED().rewritten(pattern_of(all_of_weight(1))).any()


def test_all_double_errors_are_detected_and_left_as_they_are():
    doubles = pattern_of(all_of_weight(2))
    outcome, wrong = SECDED().read(doubles)
    assert (outcome == Outcome.DETECTED).all()
    assert (wrong == doubles[:, 0]).all()
    assert (SECDED().rewritten(doubles) == doubles).all()


def test_every_triple_error_is_decided_by_its_syndrome():
    triples = all_of_weight(3)
    outcome, wrong = SECDED().read(pattern_of(triples))
    syndrome = np.bitwise_xor.reduce(COLUMNS[triples], axis=1)
    looks_like = {int(column): bit for bit, column in enumerate(COLUMNS)}
    fourth = np.array([looks_like.get(int(s), -1) for s in syndrome])
    assert ((outcome == Outcome.MISCORRECTED) == (fourth >= 0)).all()
    assert ((outcome == Outcome.DETECTED) == (fourth < 0)).all()
    # what a mis-correction leaves is the three bits and a fourth, less those among the check bits
    data_bits = (triples < 64).sum(axis=1) + ((fourth >= 0) & (fourth < 64))
    assert (np.bitwise_count(wrong) == data_bits).all()
    counted = np.bincount(outcome, minlength=5)
    assert (counted == patterns_by_weight()[:, 3]).all()


def test_scrubbing_makes_a_mis_corrected_word_silent_and_wrong():
    triples = pattern_of(all_of_weight(3)[:2000])
    miscorrected = triples[SECDED().read(triples)[0] == Outcome.MISCORRECTED]
    scrubbed = SECDED().rewritten(miscorrected)
    outcome, wrong = SECDED().read(scrubbed)
    assert len(miscorrected) > 0
    assert (outcome == Outcome.SILENT).all()
    assert (wrong == SECDED().read(miscorrected)[1]).all()
    assert (SECDED().rewritten(scrubbed) == scrubbed).all()


def test_quadruple_errors_counted_by_pairs_of_pairs():
    # four columns add up to nothing as often as two pairs have the same sum; three ways to pair four bits
    pairs = all_of_weight(2)
    n_pairs = np.bincount(COLUMNS[pairs[:, 0]] ^ COLUMNS[pairs[:, 1]], minlength=256)
    n_codewords = sum(comb(int(n), 2) for n in n_pairs) // 3
    assert codewords_by_weight()[4] == n_codewords
    assert patterns_by_weight()[Outcome.SILENT, 4] == n_codewords


def test_all_patterns_are_counted_once():
    assert sum(codewords_by_weight()) == 2**64
    total = patterns_by_weight().sum(axis=0)
    assert total == pytest.approx([comb(72, weight) for weight in range(73)], rel=1e-12)


@pytest.mark.parametrize("weight", [4, 5, 6, 9])
def test_wider_errors_as_often_as_the_weights_say(weight):
    rng = np.random.default_rng(weight)
    n = 20_000
    bits = np.argsort(rng.random((n, 72)), axis=1)[:, :weight]
    outcome, _ = SECDED().read(pattern_of(bits))
    expected = patterns_by_weight()[:, weight] / comb(72, weight)
    standard_error = np.sqrt(expected * (1 - expected) / n)
    assert (np.abs(np.bincount(outcome, minlength=5) / n - expected) <= 5 * standard_error).all()
