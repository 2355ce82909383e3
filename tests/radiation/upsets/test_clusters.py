from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiation.devices import MultiplicityLaw, memory_array, truncated_geometric
from radiation.upsets.clusters import ClusterDraws, cells_of_clusters, draw_clusters, flips_of_clusters
from radiation.upsets.expected_clusters import (
    bits_per_cluster_probabilities,
    expected_bits_per_cluster,
    same_word_probability,
)

LOWER, UPPER = 0.25, 0.75
"""Numbers below and above one half: directions down and up."""


def draw(memory, law, n_events, seed=1):
    streams = [np.random.default_rng((seed, i)) for i in range(3)]
    return draw_clusters(memory, law, n_events, addresses=streams[0], multiplicities=streams[1], walks=streams[2])


def bits_of_events(flips, n_events):
    return np.bincount(flips.event, weights=np.bitwise_count(flips.mask), minlength=n_events)


def every_cluster(memory, law):
    """Give all starts, multiplicities, directions and steps with their probabilities, as draws and weights."""
    p, draws = memory.bit_line_share, []
    for m in range(1, law.largest + 1):
        for start, down, left, steps in product(
            range(memory.n_bits), (LOWER, UPPER), (LOWER, UPPER), product((True, False), repeat=m - 1)
        ):
            weight = (
                law.probabilities[m - 1] / memory.n_bits / 4.0 * np.prod([p if step else 1.0 - p for step in steps])
            )
            draws.append((start, m, (down, left, *(0.0 if step else 1.0 for step in steps)), weight))
    multiple = [row for row in draws if row[1] > 1]
    walk = np.zeros((len(multiple), law.largest + 1))
    for row, (_, _, numbers, _) in zip(walk, multiple, strict=True):
        row[: len(numbers)] = numbers
    start, multiplicity = np.array([row[0] for row in draws]), np.array([row[1] for row in draws])
    return ClusterDraws(start=start, multiplicity=multiplicity, walk=walk), np.array([row[3] for row in draws])


TINY = [
    {"n_bits": 2 * 3 * 4 * 6, "word_bits": 3, "interleaving": 2, "words_per_row": 4, "rows_per_array": 4},
    {
        "n_bits": 4 * 16,
        "word_bits": 4,
        "interleaving": 1,
        "words_per_row": 4,
        "rows_per_array": 2,
        "bit_line_share": 0.2,
    },
    {
        "n_bits": 6 * 5,
        "word_bits": 2,
        "interleaving": 3,
        "words_per_row": 3,
        "rows_per_array": 3,
        "bit_line_share": 0.5,
    },
]


@pytest.mark.parametrize("geometry", TINY)
def test_expectations_are_those_of_all_clusters_of_a_tiny_memory(geometry):
    """Brute force over every start, direction and step, through the code that the sampler uses."""
    memory = memory_array(**geometry)
    law = MultiplicityLaw(probabilities=(0.4, 0.25, 0.2, 0.1, 0.05))
    draws, weight = every_cluster(memory, law)
    assert weight.sum() == pytest.approx(1.0)
    flips = flips_of_clusters(memory, draws)
    bits = bits_of_events(flips, weight.size)
    assert expected_bits_per_cluster(memory, law) == pytest.approx(weight @ bits, rel=1e-12)
    by_count = np.bincount(bits.astype(int), weights=weight, minlength=law.largest + 1)[1:]
    assert bits_per_cluster_probabilities(memory, law) == pytest.approx(by_count, abs=1e-12)
    has_double = np.zeros(weight.size, dtype=bool)
    has_double[flips.event[np.bitwise_count(flips.mask) >= 2]] = True
    assert same_word_probability(memory, law) == pytest.approx(weight @ has_double, abs=1e-12)
    assert weight @ has_double > 0.0


def test_one_cluster_done_by_hand():
    """Up a row, right, right, then over the edge of the row."""
    memory = memory_array(n_bits=64, word_bits=4, interleaving=2, words_per_row=4, rows_per_array=2)
    start = np.array([1 * 16 + 13])
    walk = np.array([[LOWER, UPPER, 0.0, 1.0, 1.0, 1.0]])
    draws = ClusterDraws(start=start, multiplicity=np.array([5]), walk=walk)
    _, row, column = cells_of_clusters(memory, draws)
    assert row.tolist() == [1, 0, 0, 0]
    assert column.tolist() == [13, 13, 14, 15]
    flips = flips_of_clusters(memory, draws)
    # Columns 13 and 15 are bits 2 and 3 of word 3 of the row; column 14 is bit 3 of word 2.
    assert flips.word.tolist() == [2, 3, 7]
    assert flips.mask.tolist() == [0b1000, 0b1100, 0b0100]


def test_clusters_do_not_reach_into_the_next_array():
    memory = memory_array(n_bits=64, word_bits=4, interleaving=2, words_per_row=4, rows_per_array=2)
    up = ClusterDraws(start=np.array([1 * 16]), multiplicity=np.array([2]), walk=np.array([[UPPER, UPPER, 0.0]]))
    assert cells_of_clusters(memory, up)[1].tolist() == [1]


def test_doubles_in_one_word_as_published_for_the_case_of_two_interleaved_words():
    """6.6e-3 per event within 10 %: f = 0.15, words of 32 bits, 0.6 along the bit line."""
    memory = memory_array(n_bits=2**26, word_bits=32, interleaving=2, bit_line_share=0.6)
    law = truncated_geometric(multi_cell_share=0.15, growth=0.25, largest=8)
    exact = same_word_probability(memory, law)
    assert exact == pytest.approx(6.6e-3, rel=0.10)
    n = 1_000_000
    flips = flips_of_clusters(memory, draw(memory, law, n))
    doubles = np.unique(flips.event[np.bitwise_count(flips.mask) >= 2]).size
    assert abs(doubles - n * exact) <= 5.0 * np.sqrt(n * exact)


@pytest.mark.parametrize(("interleaving", "published"), [(1, 6.9e-2), (4, 7.5e-5)])
def test_doubles_in_one_word_for_other_interleavings(interleaving, published):
    """Two other columns of the same table, given to two digits; the rarer by about 75 events in a million, 12 %."""
    memory = memory_array(n_bits=2**26, word_bits=32, interleaving=interleaving, bit_line_share=0.6)
    law = truncated_geometric(multi_cell_share=0.15, growth=0.25, largest=8)
    assert same_word_probability(memory, law) == pytest.approx(published, rel=0.02 if interleaving == 1 else 0.15)


@pytest.mark.parametrize("interleaving", [8, 12])
def test_no_doubles_in_one_word_where_words_are_interleaved_wider_than_clusters(interleaving):
    memory = memory_array(n_bits=2**20 * 3, word_bits=32, interleaving=interleaving, bit_line_share=0.1)
    law = truncated_geometric(multi_cell_share=1.0, growth=0.9, largest=8)
    assert same_word_probability(memory, law) == 0.0
    flips = flips_of_clusters(memory, draw(memory, law, 200_000))
    assert np.all(np.bitwise_count(flips.mask) == 1)


def test_bits_per_cluster_agree_with_draws():
    memory = memory_array(n_bits=2**12, word_bits=8, interleaving=2, words_per_row=4, rows_per_array=5)
    law = truncated_geometric(multi_cell_share=0.6, growth=0.6, largest=10)
    n = 400_000
    bits = bits_of_events(flips_of_clusters(memory, draw(memory, law, n)), n)
    probabilities = bits_per_cluster_probabilities(memory, law)
    counts = np.bincount(bits.astype(int), minlength=law.largest + 1)[1:]
    assert np.all(np.abs(counts - n * probabilities) <= 5.0 * np.sqrt(n * probabilities))
    assert expected_bits_per_cluster(memory, law) == pytest.approx(probabilities @ np.arange(1, law.largest + 1))


@given(
    word_bits=st.integers(1, 64),
    interleaving=st.integers(1, 6),
    n_groups=st.integers(1, 200),
    rows_per_array=st.integers(1, 40),
    share=st.floats(0.0, 1.0),
    largest=st.integers(2, 12),
    seed=st.integers(0, 2**32),
)
def test_flips_lie_in_the_memory_and_count_as_the_cells_in_the_array(
    word_bits, interleaving, n_groups, rows_per_array, share, largest, seed
):
    memory = memory_array(
        n_bits=word_bits * interleaving * n_groups,
        word_bits=word_bits,
        interleaving=interleaving,
        rows_per_array=rows_per_array,
        bit_line_share=share,
    )
    law = truncated_geometric(multi_cell_share=0.7, growth=0.7, largest=largest)
    n = 50
    draws = draw(memory, law, n, seed)
    flips = flips_of_clusters(memory, draws)
    event, row, column = cells_of_clusters(memory, draws)
    assert np.all((flips.word >= 0) & (flips.word < memory.n_words))
    assert np.all(flips.mask <= np.uint64(2**word_bits - 1))
    assert np.unique(np.stack((event, row, column)), axis=1).shape[1] == event.size
    assert np.array_equal(bits_of_events(flips, n), np.bincount(event, minlength=n))
    assert np.all(bits_of_events(flips, n) <= draws.multiplicity)
    first_row = row[:n] // rows_per_array * rows_per_array
    height = np.minimum(rows_per_array, memory.n_rows - first_row)
    deep_inside = (row[:n] - first_row >= largest) & (row[:n] - first_row < height - largest)
    deep_inside &= (column[:n] >= largest) & (column[:n] < memory.n_columns - largest)
    assert np.array_equal(bits_of_events(flips, n)[deep_inside], draws.multiplicity[deep_inside])


def test_clusters_are_connected():
    memory = memory_array(n_bits=2**16, word_bits=32, interleaving=4)
    law = truncated_geometric(multi_cell_share=1.0, growth=0.9, largest=12)
    event, row, column = cells_of_clusters(memory, draw(memory, law, 300))
    for i in range(300):
        cells = set(zip(row[event == i].tolist(), column[event == i].tolist(), strict=True))
        reached, frontier = set(), [next(iter(cells))]
        while frontier:
            r, c = frontier.pop()
            reached.add((r, c))
            frontier += ({(r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)} & cells) - reached
        assert reached == cells
