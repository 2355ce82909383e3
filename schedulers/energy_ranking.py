"""The satellites of a fleet by predicted energy, kept up without looking at all of them for every task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.records import Task, View

LOOK_AGE_S: Final = 60.0
"""How old energies may be: a full look at 1,584 satellites takes some milliseconds, as much as a hundred decisions.

In a minute a battery gains or loses some 10 kJ, a thirtieth of its capacity.
"""

REFUSAL_AGE_S: Final = 600.0
_N_STEPS, _STEP_S = 64, 20.0
"""Refusals are told apart by deadline in steps over twice their age and more; all are asked for later deadlines."""


class EnergyRanking:
    """Satellites, most predicted energy first: stored energy + gain - energy for committed work.

    Between two full looks a satellite loses the energy of each task that it is given; what it gains is seen at the
    next look. A satellite that refused a task is not tried for the next ten minutes for one that is as long and due as
    early: before a given time it can only have less room later, and full satellites would be asked again and again.
    """

    def __init__(self) -> None:
        self._energy_j: NDArray[np.float64] = np.empty(0)
        self._refused_work_s: NDArray[np.float64] = np.empty((_N_STEPS, 0))  # least of tasks due at a step or later
        self._looked_at_s = -inf
        self._refusals_from_s = -inf

    def refresh_if_old(self, view: View, gain_j: Sequence[float]) -> None:
        """Look at all satellites if the last look is `LOOK_AGE_S` ago; `gain_j` is what each gains without tasks."""
        if view.now_s < self._looked_at_s + LOOK_AGE_S:
            return
        self._looked_at_s = view.now_s
        modes_of, stored_j, committed_s = view.modes_of, view.stored_j, view.committed_s
        everyone = range(view.n_sats)
        self._energy_j = np.array([stored_j(m) + gain_j[m] - modes_of(m)[0].power_w * committed_s(m) for m in everyone])
        if view.now_s >= self._refusals_from_s + REFUSAL_AGE_S:
            self._refusals_from_s = view.now_s
            self._refused_work_s = np.full((_N_STEPS, view.n_sats), inf)

    def candidates(self, task: Task) -> Iterator[int]:
        """Yield satellites that may have room for a task, most energy first; of equals the first in number."""
        step = ceil((task.deadline_s - self._refusals_from_s) / _STEP_S)
        energy_j = self._energy_j.copy()
        if step < _N_STEPS:
            energy_j[self._refused_work_s[step] <= task.work_s] = -inf
        while True:
            best = int(energy_j.argmax())
            if energy_j[best] == -inf:
                return
            yield best
            energy_j[best] = -inf

    def refuse(self, satellite: int, work_s: float, deadline_s: float) -> None:
        """Note that a satellite has no room for such a task."""
        n_steps = min(int((deadline_s - self._refusals_from_s) / _STEP_S) + 1, _N_STEPS)
        refused = self._refused_work_s[:n_steps, satellite]
        np.minimum(refused, work_s, out=refused)

    def take(self, satellite: int, energy_j: float) -> None:
        """Count the energy of a task that a satellite was given."""
        self._energy_j[satellite] -= energy_j
