"""SimPy's event queue with absolute times."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from typing import Any

import simpy
from simpy.events import NORMAL


class Clock(simpy.Environment):
    """A SimPy environment on which plain callbacks can be set for an absolute time.

    `simpy.Environment.schedule` adds a delay to the present; going through a difference would shift
    times by a rounding error and break ties between events meant for the same instant.
    """

    def at(self, t_s: float, callback: Callable[[Any], None], argument: Any = None) -> None:
        """Call `callback(argument)` at `t_s`, after what was set for the same time before.

        Raises
        ------
        ValueError
            If `t_s` lies in the past.
        """
        if not t_s >= self._now:
            raise ValueError(f"t_s = {t_s}: events cannot be set before now ({self._now} s)")
        event: Any = _Call(callback, argument)
        heappush(self._queue, (t_s, NORMAL, next(self._eid), event))


class _Call:
    """An event as far as SimPy's loop is concerned, a third as dear: one callback, always successful."""

    __slots__ = ("argument", "callback", "callbacks")
    _ok = True

    def __init__(self, callback: Callable[[Any], None], argument: Any) -> None:
        self.callback = callback
        self.argument = argument
        self.callbacks = _MAKE_THE_CALL


def _make_the_call(call: _Call) -> None:
    call.callback(call.argument)


_MAKE_THE_CALL = (_make_the_call,)
