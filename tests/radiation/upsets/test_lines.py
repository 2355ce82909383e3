"""Spoilt rows and columns beside their expectations."""

import numpy as np

from radiation.devices import memory_array
from radiation.upsets.expected_clusters import expected_bits_per_column_upset, expected_bits_per_row_upset
from radiation.upsets.lines import draw_column_flips, draw_row_flips

N_EVENTS = 20_000
MEMORY = memory_array(n_bits=24 * 8 * 37, word_bits=24, interleaving=2, words_per_row=8, rows_per_array=10)
"""Three arrays of ten rows and one of seven."""


def bits_per_event(flips):
    return np.bincount(flips.event, weights=np.bitwise_count(flips.mask), minlength=N_EVENTS)


def assert_mean(found, expected):
    assert abs(found.mean() - expected) <= 5.0 * found.std() / np.sqrt(found.size)


def test_half_of_the_bits_of_a_row_flip():
    flips = draw_row_flips(MEMORY, N_EVENTS, np.random.default_rng(1), np.random.default_rng(2))
    assert_mean(bits_per_event(flips), expected_bits_per_row_upset(MEMORY))
    each_bit = np.array([np.count_nonzero(flips.mask >> np.uint64(bit) & np.uint64(1)) for bit in range(24)])
    # Eight words of a row, each bit of which flips with a probability of one half.
    n = 8 * N_EVENTS
    assert np.all(np.abs(each_bit - 0.5 * n) <= 5.0 * np.sqrt(0.25 * n))


def test_half_of_the_bits_of_a_column_of_one_array_flip():
    flips = draw_column_flips(MEMORY, N_EVENTS, np.random.default_rng(1), np.random.default_rng(2))
    assert_mean(bits_per_event(flips), expected_bits_per_column_upset(MEMORY))
    # Every row of memory is in an array that is hit as often as the others: four arrays.
    by_row = np.bincount(flips.word // MEMORY.words_per_row, minlength=37)
    mean = N_EVENTS / 4 / 2
    # Rows of one array are hit by the same events, each with one half: a variance of 1/8 - 1/64 per event.
    assert np.all(np.abs(by_row - mean) <= 5.0 * np.sqrt(N_EVENTS * (1 / 8 - 1 / 64)))
