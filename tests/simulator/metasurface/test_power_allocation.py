from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.metasurface.power_allocation import iterative_water_filling, water_filling

FLOORS = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=6)


@given(FLOORS, st.floats(1e-2, 1e3))
def test_water_filling_meets_the_optimality_conditions(floors: list[float], total_w: float) -> None:
    """Karush-Kuhn-Tucker: one level over all served streams, and no other floor below it; all power spent."""
    floor_w = np.array(floors)
    powers_w = water_filling(floor_w, total_w)
    assert np.all(powers_w >= 0.0)
    np.testing.assert_allclose(powers_w.sum(), total_w, rtol=1e-9)
    # Floors up to 1e5 times the total lose so many digits of the powers.
    margin = 1e-12 * max(total_w, floor_w.max())
    level = (powers_w + floor_w)[powers_w > 0.0]
    assert np.ptp(level) <= margin
    assert np.all(floor_w[powers_w == 0.0] >= level.max() - margin)


def test_water_filling_beats_a_fine_grid() -> None:
    floor_w = np.array([[0.1, 0.4, 2.0], [1.0, 1.0, 0.2]])
    share = np.linspace(0.0, 1.0, 101)
    grid = np.array([(a, b, 1.0 - a - b) for a in share for b in share if a + b <= 1.0 + 1e-12]).clip(0.0)
    for floors in floor_w:
        best = np.log2(1.0 + grid / floors).sum(axis=1).max()
        found = np.log2(1.0 + water_filling(floors, 1.0) / floors).sum()
        assert best <= found <= best + 1e-3  # a grid of hundredths misses by the square of its step at most
    np.testing.assert_allclose(water_filling(floor_w, 1.0)[1], water_filling(floor_w[1], 1.0))


def test_streams_without_gain_get_nothing_unless_none_has_any() -> None:
    np.testing.assert_array_equal(water_filling(np.array([np.inf, 1.0, np.inf]), 3.0), [0.0, 3.0, 0.0])
    np.testing.assert_array_equal(water_filling(np.array([np.inf, np.inf]), 3.0), [1.5, 1.5])


def test_iterative_water_filling_is_water_filling_where_nobody_disturbs() -> None:
    h = np.diag([2.0, 1.0, 0.3]).astype(complex)
    expected = water_filling(1.0 / np.diag(h).real ** 2, 5.0)
    # The rounds close a third of the distance each and stop when the rate moves by 1e-6: the root of it in powers.
    np.testing.assert_allclose(iterative_water_filling(h, 5.0), expected, atol=5e-3)


def test_iterative_water_filling_ends_where_each_fills_over_what_disturbs_it() -> None:
    rng = np.random.default_rng(0)
    h = rng.standard_normal((5, 3, 3)) + 1j * rng.standard_normal((5, 3, 3)) + 4.0 * np.eye(3)
    powers_w = iterative_water_filling(h, 2.0)
    np.testing.assert_allclose(powers_w.sum(axis=-1), 2.0, rtol=1e-12)
    gains = np.abs(h) ** 2
    own = np.einsum("ckk->ck", gains)
    others = np.einsum("ckj,cj->ck", gains, powers_w) - own * powers_w + 1.0
    np.testing.assert_allclose(powers_w, water_filling(others / own, 2.0), atol=5e-3)
    for i in range(5):  # batches stop each for itself
        np.testing.assert_allclose(iterative_water_filling(h[i], 2.0), powers_w[i], rtol=1e-12)
