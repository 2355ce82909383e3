"""Captures that exclude each other: one sensor per satellite, and rest between captures of a target."""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import pairwise
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulator.orbits.model import Floats, Indices
from simulator.tasks.observation.targets import Targets

RevisitBy: TypeAlias = Literal["fleet", "satellite"]

_TINY_S: Final = 1e-6
"""Captures may touch: what rounding makes of an exact distance is no overlap."""


class CapturePlan:
    """What stands of the captures that satellites could make, from the last pruning on."""

    def __init__(self, targets: Targets, capture_s: float, revisit_by: RevisitBy) -> None:
        self._capture_s = capture_s
        self._priority = targets.priority
        self._revisit_s = targets.revisit_s
        self._revisit_of_s: list[float] = targets.revisit_s.tolist()
        self._n_targets = targets.n_targets
        self._is_by_satellite = revisit_by == "satellite"
        self._of_satellite: dict[int, list[float]] = {}
        self._of_target: dict[int, list[float]] = {}

    def standing(self, i_sat: Indices, i_target: Indices, time_s: Floats) -> NDArray[np.bool_]:
        """Plan captures around their middles and say which stand; all (n,), sorted by satellite, then time."""
        stands = self._has_no_rival(i_sat, i_target, time_s)
        self._note(i_sat[stands], time_s[stands])
        rivals = np.flatnonzero(~stands)
        order = rivals[np.lexsort((i_target[rivals], i_sat[rivals], time_s[rivals], -self._priority[i_target[rivals]]))]
        columns = zip(*(column[order].tolist() for column in (i_sat, i_target, time_s)), strict=True)
        stands[order] = [self._take(satellite, target, t_s) for satellite, target, t_s in columns]
        return stands

    def forget_before(self, t_s: float) -> None:
        """Drop what can exclude nothing that comes at `t_s` or later."""
        _forget(self._of_satellite, t_s - self._capture_s)
        _forget(self._of_target, t_s - float(self._revisit_s.max()))

    def _has_no_rival(self, i_sat: Indices, i_target: Indices, time_s: Floats) -> NDArray[np.bool_]:
        """Say which captures nothing can exclude: none is near on their satellite, and their target needs no rest."""
        is_near = np.zeros(time_s.size, dtype=np.bool_)
        near = (i_sat[1:] == i_sat[:-1]) & (np.diff(time_s) < self._capture_s)
        is_near[1:] |= near
        is_near[:-1] |= near
        last_s = np.full(int(i_sat.max(initial=-1)) + 1, -np.inf)
        for satellite, times_s in self._of_satellite.items():
            if satellite < last_s.size:
                last_s[satellite] = times_s[-1]
        is_free = ~is_near & (self._revisit_s[i_target] == 0.0) & (time_s >= last_s[i_sat] + self._capture_s)
        return np.asarray(is_free, dtype=np.bool_)

    def _note(self, i_sat: Indices, time_s: Floats) -> None:
        """Keep captures that stand, sorted by satellite."""
        satellites, first = np.unique(i_sat, return_index=True)
        times_s, borders = time_s.tolist(), pairwise([*first.tolist(), i_sat.size])
        for satellite, (start, stop) in zip(satellites.tolist(), borders, strict=True):
            of_satellite = self._of_satellite.setdefault(satellite, [])
            of_satellite += times_s[start:stop]
            of_satellite.sort()

    def _take(self, satellite: int, target: int, t_s: float) -> bool:
        """Let a capture stand if it fits."""
        of_satellite = self._of_satellite.setdefault(satellite, [])
        if not _fits(of_satellite, t_s, self._capture_s):
            return False
        revisit_s = self._revisit_of_s[target]
        if revisit_s > 0.0:
            key = satellite * self._n_targets + target if self._is_by_satellite else target
            of_target = self._of_target.setdefault(key, [])
            if not _fits(of_target, t_s, revisit_s):
                return False
            insort(of_target, t_s)
        insort(of_satellite, t_s)
        return True


def _fits(times_s: list[float], t_s: float, gap_s: float) -> bool:
    """Whether a time is at least `gap_s` from each of some sorted times."""
    k = bisect_left(times_s, t_s)
    least_s = gap_s - _TINY_S
    return (k == 0 or t_s - times_s[k - 1] >= least_s) and (k == len(times_s) or times_s[k] - t_s >= least_s)


def _forget(lists: dict[int, list[float]], t_s: float) -> None:
    """Drop times before `t_s`, and lists that have become empty."""
    for key in list(lists):
        times_s = lists[key]
        del times_s[: bisect_left(times_s, t_s)]
        if not times_s:
            del lists[key]
