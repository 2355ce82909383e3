import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiation.devices import memory_array


def test_neighbouring_columns_are_the_same_bit_of_neighbouring_words():
    memory = memory_array(n_bits=2 * 4 * 8 * 3, word_bits=8, interleaving=4, words_per_row=8, rows_per_array=2)
    columns = np.arange(memory.n_columns)
    word, bit = memory.logical(np.full_like(columns, 1), columns)
    # Row 1 begins with word 8; four words take turns in the first 32 columns, the next four in the last 32.
    assert word[:6].tolist() == [8, 9, 10, 11, 8, 9]
    assert bit[:6].tolist() == [0, 0, 0, 0, 1, 1]
    assert word[32:36].tolist() == [12, 13, 14, 15]
    assert bit[31] == 7


@given(
    word_bits=st.integers(1, 64),
    interleaving=st.integers(1, 16),
    n_groups=st.integers(1, 60),
    rows_per_array=st.integers(1, 20),
)
def test_every_cell_is_one_bit_of_one_word(word_bits, interleaving, n_groups, rows_per_array):
    memory = memory_array(
        n_bits=word_bits * interleaving * n_groups,
        word_bits=word_bits,
        interleaving=interleaving,
        rows_per_array=rows_per_array,
    )
    row, column = np.divmod(np.arange(memory.n_bits), memory.n_columns)
    word, bit = memory.logical(row, column)
    assert np.array_equal(np.sort(word * word_bits + bit), np.arange(memory.n_bits))
    back = memory.physical(word, bit)
    assert np.array_equal(back[0], row)
    assert np.array_equal(back[1], column)
    assert sum(height * count for height, count in memory.array_heights()) == memory.n_rows
    assert sum(count for _, count in memory.array_heights()) == memory.n_arrays


def test_widest_row_of_at_most_1024_bits_is_chosen():
    assert memory_array(n_bits=64 * 2**23, word_bits=32, interleaving=4).n_columns == 1_024
    assert memory_array(n_bits=39 * 2**21, word_bits=39, interleaving=4).n_columns == 39 * 4 * 4
    assert memory_array(n_bits=128 * 7_919, word_bits=32, interleaving=4).n_columns == 128


def test_refuses_sizes_with_the_nearest_that_fit():
    with pytest.raises(ValueError, match=r"n_bits = 1000: give a multiple of 128, .* such as 1024"):
        memory_array(n_bits=1_000, word_bits=32, interleaving=4)
    with pytest.raises(ValueError, match=r"n_bits = 1024: give a multiple of 768, .* such as 1536"):
        memory_array(n_bits=1_024, word_bits=32, interleaving=4, words_per_row=24)
    with pytest.raises(ValueError, match="words_per_row = 6: give a multiple of interleaving = 4"):
        memory_array(n_bits=1_024, word_bits=32, interleaving=4, words_per_row=6)
    with pytest.raises(ValueError, match="word_bits = 72: give 1 to 64"):
        memory_array(n_bits=7_200, word_bits=72, interleaving=1)
    with pytest.raises(ValueError, match=r"bit_line_share = 1\.5"):
        memory_array(n_bits=1_024, bit_line_share=1.5)
    with pytest.raises(ValueError, match="interleaving = 0"):
        memory_array(n_bits=1_024, interleaving=0)
