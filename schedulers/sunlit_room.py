"""How much more work in sunlight each satellite could finish by a time, without arranging it.

In overload most satellites refuse most tasks, and arranging a plan only to be refused costs most of a decision.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from schedulers.arrangement import PlannedTask, Windows
from simulator.records import View

_AHEAD_S: Final = 1800.0
"""How far beyond the last due time sunlight is looked up, so that tasks due later need no new look."""

_ROUNDING_S: Final = 1e-6
"""What sums of times may be wrong by."""


class _Room(NamedTuple):
    """What is left of sunlight by each due time of a plan; right until the plan or the forecast changes."""

    plan: Sequence[PlannedTask]
    windows: Windows
    until_s: float
    due_s: list[float]
    used_s: list[float]  # by tasks due before each due time; at the end: by all
    room_s: list[float]  # least from each due time on


class SunlitRoom:
    """Says which satellites surely have no sunlight left for a task.

    Work that is due by a time and needs sunlight must fit, with the task, into the sunlight until that time, however
    it is arranged; this holds for the due time of the task and for all later ones. While a plan stays what it
    is, sunlight passes at least as fast as its work is done, so what was too little once stays too little.
    """

    def __init__(self, n_sats: int) -> None:
        self._rooms: list[_Room | None] = [None] * n_sats

    def is_short(
        self, satellite: int, plan: Sequence[PlannedTask], deadline_s: float, runtime_s: float, view: View
    ) -> bool:
        """Say whether a task of a runtime that must end by a time, or earlier, surely has no room in sunlight."""
        now_s, room = view.now_s, self._rooms[satellite]
        if room is None or room.plan is not plan or deadline_s > room.until_s:
            room = self._look(satellite, plan, deadline_s, view)
        else:
            windows = view.sunlit_windows(satellite, now_s, room.until_s)
            if not _is_rest(windows, room.windows):
                room = self._look(satellite, plan, deadline_s, view)
        k = bisect_left(room.due_s, deadline_s)
        if k < len(room.room_s) and runtime_s > room.room_s[k] + _ROUNDING_S:
            return True
        return runtime_s > _sunlight_s(room.windows, deadline_s) - room.used_s[k] + _ROUNDING_S

    def _look(self, satellite: int, plan: Sequence[PlannedTask], deadline_s: float, view: View) -> _Room:
        now_s = view.now_s
        tasks = sorted(task for task in plan if task.needs_sunlight and task.start_s + task.runtime_s > now_s)
        until_s = max(deadline_s, tasks[-1].due_s if tasks else deadline_s) + _AHEAD_S
        windows = view.sunlit_windows(satellite, now_s, until_s)
        # a task that has been planned into what is now thought to be shadow uses no sunlight where it stands
        overlaps_s = [_overlap_s(windows, max(task.start_s, now_s), task.end_s) for task in tasks]
        used_s = list(accumulate(overlaps_s, initial=0.0))
        room_s = [_sunlight_s(windows, task.due_s) - used for task, used in zip(tasks, used_s[1:], strict=True)]
        least_s = list(accumulate(reversed(room_s), min))[::-1]
        room = _Room(plan, windows, until_s, [task.due_s for task in tasks], used_s, least_s)
        self._rooms[satellite] = room
        return room


def _is_rest(windows: Windows, earlier: Windows) -> bool:
    """Say whether windows are what is left of earlier ones."""
    rest = earlier[len(earlier) - len(windows) :] if len(windows) <= len(earlier) else []
    return len(rest) == len(windows) and windows[1:] == rest[1:] and (not windows or windows[0][1] == rest[0][1])


def _sunlight_s(windows: Windows, until_s: float) -> float:
    return sum([min(end_s, until_s) - start_s for start_s, end_s in windows if start_s < until_s], 0.0)


def _overlap_s(windows: Windows, start_s: float, end_s: float) -> float:
    return sum([max(0.0, min(end_s, lit_end_s) - max(start_s, lit_s)) for lit_s, lit_end_s in windows], 0.0)
