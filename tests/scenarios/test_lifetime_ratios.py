from __future__ import annotations

import math

import pyarrow as pa
import pytest

from scenarios.lifetime_ratios import lifetime_ratios


class _Run:
    """A run with nothing but depths of discharge."""

    def __init__(self, depths: list[float]) -> None:
        self.depths = depths

    def table(self, name: str, columns: list[str]) -> pa.Table:
        assert (name, columns) == ("energy", ["max_depth_of_discharge"])
        return pa.table({columns[0]: self.depths})


def test_the_worst_satellites_and_each_with_itself():
    """15 points less are twice the life, 30 four times; the deepest satellite of each run may be another one."""
    first, second = lifetime_ratios([_Run([0.5, 0.2, 0.35]), _Run([0.2, 0.2, 0.35])])
    assert (first.worst, first.median) == (1.0, 1.0)
    assert second.worst == pytest.approx(2.0)
    assert second.by_satellite.tolist() == pytest.approx([4.0, 1.0, 1.0])
    assert second.median == pytest.approx(1.0)


def test_fleets_of_different_size_compare_by_their_worst_alone():
    _, smaller = lifetime_ratios([_Run([0.5, 0.2]), _Run([0.35])])
    assert smaller.worst == pytest.approx(2.0)
    assert math.isnan(smaller.median)
