"""The certified value is below the optimum whatever the multipliers, and equal to it when they are right."""

from __future__ import annotations

import numpy as np
import pytest

from schedulers.bound.programme import LinearProgramme


def small_programme(amount):
    """Cheapest way to make `amount` of two goods with room for 2 at 1 each and 3 at 5 each."""
    programme = LinearProgramme()
    goods = programme.add_columns("goods", 2, 0.0, [2.0, 3.0], [1.0, 5.0])
    rows = np.zeros(2, dtype=np.intp)
    programme.add_rows("amount", [-amount], (rows, goods, -1.0))
    return programme


@pytest.mark.parametrize(("amount", "cost"), [(0.0, 0.0), (1.5, 1.5), (4.0, 12.0)])
def test_value_and_certificate_of_a_programme_solved_by_hand(amount, cost):
    solution = small_programme(amount).solve()
    assert solution.is_feasible
    # rounding of a handful of operations on numbers near 10
    assert solution.value == pytest.approx(cost, abs=1e-12)
    assert solution.certified == pytest.approx(cost, abs=1e-12)


def test_what_holds_is_counted():
    solution = small_programme(4.0).solve()
    assert solution.n_priced == {"amount": 1, "goods": 1}


def test_the_impossible_is_told():
    solution = small_programme(6.0).solve()
    assert not solution.is_feasible
    assert np.isnan(solution.certified)


def test_columns_without_bounds_are_refused():
    with pytest.raises(ValueError, match="finite"):
        LinearProgramme().add_columns("goods", 1, 0.0, np.inf)


def test_equalities_are_certified_too():
    programme = LinearProgramme()
    x = programme.add_columns("x", 2, 0.0, 10.0, [1.0, 3.0])
    rows = np.zeros(2, dtype=np.intp)
    programme.add_rows("sum", [7.0], (rows, x, 1.0), is_equality=True)
    programme.add_rows("difference", [3.0], (rows, x, [1.0, -1.0]))
    solution = programme.solve()
    # x = 5, 2 by hand
    assert solution.value == pytest.approx(11.0, abs=1e-9)
    assert solution.certified == pytest.approx(11.0, abs=1e-9)
