"""Rainflow cycle counting, one level at a time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

OnCycle = Callable[[float, float, float], None]
"""Takes range, mean and count (1 or 0.5) of a cycle."""


class RainflowCounter:
    """Counts the cycles of a series as it comes, after ASTM E1049-85 (2017), section 5.4.4.

    A cycle is told as soon as later levels enclose it. What is kept are the levels that nothing has enclosed yet:
    swings that widen and then narrow, a handful for a battery however long it lives.

    Parameters
    ----------
    on_cycle : callable
        Called with range, mean and count of each cycle, the first two in the unit of the levels.
    """

    __slots__ = ("_levels", "_on_cycle")

    def __init__(self, on_cycle: OnCycle) -> None:
        self._on_cycle = on_cycle
        self._levels: list[float] = []

    def add(self, level: float) -> None:
        """Add the next level; levels between two turning points change nothing."""
        levels = self._levels
        if levels and level == levels[-1]:
            return
        if len(levels) > 1 and (levels[-1] > levels[-2]) == (level > levels[-1]):
            levels[-1] = level
        else:
            levels.append(level)
        while len(levels) > 2:
            older, newer = levels[-3], levels[-2]
            span = abs(newer - older)
            if abs(levels[-1] - newer) < span:
                return
            if len(levels) == 3:
                # the span holds the start of the series, and such a one is half a cycle
                self._on_cycle(span, 0.5 * (older + newer), 0.5)
                del levels[0]
            else:
                self._on_cycle(span, 0.5 * (older + newer), 1.0)
                del levels[-3:-1]

    def finish(self) -> None:
        """Count what is left as half cycles; the counter is as new afterwards."""
        for older, newer in pairwise(self._levels):
            self._on_cycle(abs(newer - older), 0.5 * (older + newer), 0.5)
        self._levels = []
