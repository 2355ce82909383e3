import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiation.devices import SINGLE_CELLS, MultiplicityLaw, tabulated_multiplicity, truncated_geometric


@given(f=st.floats(0.0, 1.0), q=st.floats(0.0, 0.95), largest=st.integers(2, 20))
def test_truncation_keeps_the_share_of_multi_cell_events_and_the_ratio_of_neighbours(f, q, largest):
    law = truncated_geometric(multi_cell_share=f, growth=q, largest=largest)
    assert law.largest == largest
    assert sum(law.probabilities[1:]) == pytest.approx(f, abs=1e-12)
    for m in range(1, largest - 1):
        assert law.probabilities[m + 1] == pytest.approx(q * law.probabilities[m], abs=1e-15)


def test_mean_and_tail_of_a_law_done_by_hand():
    law = tabulated_multiplicity([0.5, 0.3, 0.2])
    assert law.mean == pytest.approx(0.5 + 0.6 + 0.6)
    assert law.at_least() == pytest.approx([1.0, 0.5, 0.2])


def test_draws_follow_the_law():
    law = tabulated_multiplicity([0.5, 0.0, 0.3, 0.2])
    n = 200_000
    counts = np.bincount(law.draw(np.random.default_rng(5), n), minlength=5)[1:]
    expected = n * np.array(law.probabilities)
    assert counts[1] == 0
    assert np.all(np.abs(counts - expected) <= 5.0 * np.sqrt(expected))


def test_a_longer_draw_begins_with_a_shorter_one():
    law = truncated_geometric(multi_cell_share=0.4, growth=0.4, largest=12)
    long = law.draw(np.random.default_rng(5), 100)
    assert np.array_equal(long[:40], law.draw(np.random.default_rng(5), 40))


def test_published_digits_may_miss_one_by_little():
    assert sum(tabulated_multiplicity([0.9862, 0.0122, 0.0016005]).probabilities) == pytest.approx(1.0, abs=1e-15)
    with pytest.raises(ValueError, match=r"they sum to 0.9\d*, not to 1"):
        tabulated_multiplicity([0.9, 0.05])


def test_refuses_what_is_no_probability():
    with pytest.raises(ValueError, match="each lies between 0 and 1"):
        MultiplicityLaw(probabilities=(1.5, -0.5))
    with pytest.raises(ValueError, match="give 1 to 64"):
        MultiplicityLaw(probabilities=())
    with pytest.raises(ValueError, match=r"growth = 1\.0"):
        truncated_geometric(multi_cell_share=0.1, growth=1.0, largest=4)
    with pytest.raises(ValueError, match="multi_cell_share = 2"):
        truncated_geometric(multi_cell_share=2, growth=0.1, largest=4)
    with pytest.raises(ValueError, match="largest = 1"):
        truncated_geometric(multi_cell_share=0.1, growth=0.1, largest=1)


def test_single_cells_are_single():
    assert SINGLE_CELLS.mean == 1.0
    assert SINGLE_CELLS.largest == 1
