"""The streaming count against the standard's example, a series counted by hand, and two other ways of counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.ageing import RainflowCounter

Cycle = tuple[float, float, float]

ASTM_SERIES = (-2.0, 1.0, -3.0, 5.0, -1.0, 3.0, -4.0, 4.0, -2.0)
"""Figure 6 of ASTM E1049-85, points A to I."""


def counted(levels: Sequence[float]) -> list[Cycle]:
    cycles: list[Cycle] = []
    counter = RainflowCounter(lambda span, mean, count: cycles.append((span, mean, count)))
    for level in levels:
        counter.add(level)
    counter.finish()
    return cycles


def test_the_example_of_the_standard():
    """Half cycles A-B, B-C, C-D, D-G, G-H, H-I and the full cycle E-F."""
    assert counted(ASTM_SERIES) == [
        (3.0, -0.5, 0.5),
        (4.0, -1.0, 0.5),
        (4.0, 1.0, 1.0),
        (8.0, 1.0, 0.5),
        (9.0, 0.5, 0.5),
        (8.0, 0.0, 0.5),
        (6.0, 1.0, 0.5),
    ]


def test_a_shallow_swing_inside_a_deep_discharge():
    """A battery goes 1.0 to 0.8, back by 0.05 and on to 0.6, then to full: one deep and one shallow cycle."""
    cycles = counted([1.0, 0.8, 0.85, 0.6, 1.0])
    assert cycles == [
        (pytest.approx(0.05), pytest.approx(0.825), 1.0),
        (pytest.approx(0.4), pytest.approx(0.8), 0.5),
        (pytest.approx(0.4), pytest.approx(0.8), 0.5),
    ]


def test_a_hundred_orbits_of_one_depth_are_a_hundred_cycles():
    cycles = counted([1.0, *[0.8, 1.0] * 100])
    assert {round(span, 12) for span, _, _ in cycles} == {0.2}
    assert sum(count for _, _, count in cycles) == 100.0


@pytest.mark.parametrize("levels", [[], [0.5], [0.5, 0.5, 0.5]])
def test_a_battery_at_rest_has_no_cycle(levels):
    assert counted(levels) == []


def test_memory_is_flat():
    """Random bursts around a charge that swings once per orbit: what is open stays a handful."""
    rng = np.random.default_rng(5)
    n_told = 0

    def tell(span: float, mean: float, count: float) -> None:
        nonlocal n_told
        n_told += 1

    counter = RainflowCounter(tell)
    most = 0
    for i_level in range(100_000):
        counter.add(0.8 + 0.2 * np.cos(i_level / 100.0) + 0.01 * rng.random())
        most = max(most, len(counter._levels))
    assert n_told > 30_000
    # nested open swings each narrower than the last: about the logarithm of all levels
    assert most < 50


fine = st.integers(0, 2**20).map(lambda k: k / 2**20)
"""Levels whose differences are exact in float64, so that all ways of counting see the same ties."""

levels = st.lists(st.one_of(st.integers(0, 12).map(lambda k: k / 16), fine), max_size=60)


def turning_points(levels: Sequence[float]) -> list[float]:
    """Return first, last and every level at which the direction changes, by looking at the whole series."""
    distinct = [level for i, level in enumerate(levels) if i == 0 or level != levels[i - 1]]
    inner = [b for a, b, c in zip(distinct, distinct[1:], distinct[2:], strict=False) if (b - a) * (c - b) < 0.0]
    return distinct if len(distinct) < 2 else [distinct[0], *inner, distinct[-1]]


def standard_count(levels: Sequence[float]) -> list[Cycle]:
    """Return cycles by the steps of ASTM E1049-85, 5.4.4, over the whole series, from the start after each count."""
    points, cycles = turning_points(levels), []
    i_point = 2
    while i_point < len(points):
        first, second, third = points[i_point - 2 : i_point + 1]
        if abs(third - second) < abs(second - first):
            i_point += 1
            continue
        holds_start = i_point == 2
        cycles.append((abs(second - first), 0.5 * (first + second), 0.5 if holds_start else 1.0))
        del points[i_point - 2 : i_point - 1 if holds_start else i_point]
        i_point = 2
    return cycles + [(abs(b - a), 0.5 * (a + b), 0.5) for a, b in pairwise(points)]


def four_point_count(levels: Sequence[float]) -> list[Cycle]:
    """Return cycles by the four-point method: any range inside both its neighbours is one; the rest are halves."""
    points, cycles = turning_points(levels), []
    i_point = 0
    while i_point + 3 < len(points):
        a, b, c, d = points[i_point : i_point + 4]
        if abs(b - c) <= abs(a - b) and abs(b - c) <= abs(c - d):
            cycles.append((abs(b - c), 0.5 * (b + c), 1.0))
            del points[i_point + 1 : i_point + 3]
            i_point = 0
        else:
            i_point += 1
    return cycles + [(abs(b - a), 0.5 * (a + b), 0.5) for a, b in pairwise(points)]


@given(levels=levels)
@settings(max_examples=400, deadline=None, derandomize=True)
def test_streaming_counts_what_the_standard_counts_over_the_whole_series(levels):
    assert Counter(counted(levels)) == Counter(standard_count(levels))


@given(levels=st.lists(fine, max_size=60, unique=True))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_the_four_point_method_finds_the_same_ranges(levels):
    """It tells full cycles and residue apart in another way where ranges are equal; sums of counts agree without."""

    def counts(cycles: Sequence[Cycle]) -> dict[tuple[float, float], float]:
        sums: dict[tuple[float, float], float] = {}
        for span, mean, count in cycles:
            sums[span, mean] = sums.get((span, mean), 0.0) + count
        return sums

    assert counts(counted(levels)) == counts(four_point_count(levels))


@given(levels=levels)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_every_swing_is_counted_once(levels):
    """A full cycle goes its range there and back, a half one way: together they are the way that the series goes."""
    way = sum(abs(b - a) for a, b in pairwise(levels))
    assert sum(2.0 * span * count for span, _, count in counted(levels)) == pytest.approx(way, abs=1e-12)
    if len(set(levels)) > 1:
        assert max(span for span, _, _ in counted(levels)) == max(levels) - min(levels)
