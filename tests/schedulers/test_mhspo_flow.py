"""The flow of one slot against an exhaustive search and an assignment solver."""

from __future__ import annotations

from itertools import product
from math import inf, isinf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from schedulers.mhspo_flow import NOWHERE, assign

# Sums of at most eight costs below 1e4: rounding of 1e-11, far below the least difference of two flows that matters.
ROUNDING = 1e-9

COSTS = st.one_of(st.just(inf), st.integers(-30, 30).map(float), st.floats(-1e4, 1e4))


@st.composite
def problems(draw, max_tasks):
    n_tasks, n_places = draw(st.integers(0, max_tasks)), draw(st.integers(1, 5))
    row = st.lists(COSTS, min_size=n_places, max_size=n_places)
    costs = draw(st.lists(row, min_size=n_tasks, max_size=n_tasks))
    capacities = draw(st.lists(st.integers(0, 3), min_size=n_places, max_size=n_places))
    return costs, capacities


def value(costs, capacities, places):
    """Return tasks carried and total cost of a flow, after checking that it is one."""
    for place, capacity in enumerate(capacities):
        assert places.count(place) <= capacity
    chosen = [row[place] for row, place in zip(costs, places, strict=True) if place != NOWHERE]
    assert not any(isinf(cost) for cost in chosen)
    return len(chosen), sum(chosen)


def best_by_search(costs, capacities):
    best = (0, 0.0)
    for places in product(range(-1, len(capacities)), repeat=len(costs)):
        if any(places.count(p) > c for p, c in enumerate(capacities)):
            continue
        chosen = [row[p] for row, p in zip(costs, places, strict=True) if p != NOWHERE]
        if not any(isinf(cost) for cost in chosen):
            best = min(best, (len(chosen), sum(chosen)), key=lambda b: (-b[0], b[1]))
    return best


@given(problems(max_tasks=4))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_no_flow_carries_more_or_costs_less(problem):
    costs, capacities = problem
    n_carried, cost = value(costs, capacities, assign(costs, capacities))
    best_n, best_cost = best_by_search(costs, capacities)
    assert n_carried == best_n
    assert cost == pytest.approx(best_cost, abs=ROUNDING)


@given(problems(max_tasks=8))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_it_is_the_optimal_assignment_where_every_place_stands_for_its_seats(problem):
    """One column per seat; what is forbidden costs so much that it is taken last, and is then not counted."""
    costs, capacities = problem
    seats = [place for place, capacity in enumerate(capacities) for _ in range(capacity)]
    n_carried, cost = value(costs, capacities, assign(costs, capacities))
    if not costs or not seats:
        assert n_carried == 0
        return
    matrix = np.array([[min(row[place], 1e7) for place in seats] for row in costs])
    chosen = matrix[linear_sum_assignment(matrix)]
    assert n_carried == np.count_nonzero(chosen < 1e7)
    # the solver adds up costs of 1e7: 2e-9 each
    assert cost == pytest.approx(chosen[chosen < 1e7].sum(), abs=1e-7)


def test_equal_costs_go_to_the_first_place_and_the_first_task():
    assert assign([[1.0, 1.0], [1.0, 1.0]], [2, 2]) == [0, 0]
    assert assign([[1.0, inf], [1.0, inf]], [1, 1]) == [0, NOWHERE]


def test_a_task_gives_way_along_a_chain():
    """The cheapest places are full until two others move on: 0 -> 1 -> 2."""
    assert assign([[0.0, inf, inf], [0.0, 1.0, inf], [inf, 0.0, 1.0]], [1, 1, 1]) == [0, 1, 2]


def test_without_a_way_everyone_stays():
    assert assign([[inf, inf]], [3, 3]) == [NOWHERE]
    assert assign([[1.0]], [0]) == [NOWHERE]
    assert assign([], [1]) == []
