"""Lets changes of state that have been solved ahead happen in their time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.engine.clock import Clock
from simulator.orbits.model import Floats, Indices


class SolvedSwitches:
    """Things that are on or off, all off at first.

    Parameters
    ----------
    clock : Clock
    n : int
        How many things.
    on_change : callable
        Told which thing changes, and whether it is on from now on.
    """

    def __init__(self, clock: Clock, n: int, on_change: Callable[[int, bool], None]) -> None:
        self._clock = clock
        self._is_on = [False] * n
        self._on_change = on_change

    def play(self, changes: tuple[Floats, Indices, NDArray[np.bool_]]) -> None:
        """Set what happens when, to which thing, and how it is from then on; what is due now is so at once."""
        self._go_on(iter(list(zip(*(column.tolist() for column in changes), strict=True))))

    def _go_on(self, changes: Iterator[Sequence[float]]) -> None:
        """Let happen what is due, and await the next change."""
        for t_s, which, is_on in changes:
            if t_s > self._clock.now:
                self._clock.at(t_s, self._happen, (changes, int(which), bool(is_on)))
                return
            self._set(int(which), bool(is_on))

    def _happen(self, argument: tuple[Iterator[Sequence[float]], int, bool]) -> None:
        changes, which, is_on = argument
        self._set(which, is_on)
        self._go_on(changes)

    def _set(self, which: int, is_on: bool) -> None:
        if is_on != self._is_on[which]:
            self._is_on[which] = is_on
            self._on_change(which, is_on)
