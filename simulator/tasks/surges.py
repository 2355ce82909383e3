"""More tasks for a while, everywhere or over a part of the Earth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge

import numpy as np
from numpy.typing import NDArray

from simulator.orbits.model import Floats, PositionModel
from simulator.records import Task
from simulator.tasks.arrivals import PoissonArrivals, Thinning
from simulator.tasks.ground_pattern import AreaWeight, places_below


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """`factor` times as many tasks during [from_s, until_s), above 1; with an `area` on satellites above it alone."""

    from_s: float
    until_s: float
    factor: float
    area: AreaWeight | None = None

    def __post_init__(self) -> None:
        if not self.factor > 1.0:
            raise ValueError(f"factor = {self.factor}: must be above 1")
        if not 0.0 <= self.from_s < self.until_s:
            raise ValueError(f"from_s = {self.from_s}, until_s = {self.until_s}: must be 0 or more, then later")


class SurgingArrivals:
    """Tasks of a fleet and the further ones of surges, in order of time; `task_id` counts all of them from 0.

    The tasks that would arise without surges arise at the same times and with the same properties: a surge draws its
    own, factor - 1 times the rate at each place and time, from a stream of each satellite and its number. Where surges
    overlap, their further tasks add up.
    """

    def __init__(self, arrivals: PoissonArrivals, surges: Sequence[Surge], positions: PositionModel) -> None:
        self._parts = [arrivals, *(_further(arrivals, surge, k, positions) for k, surge in enumerate(surges))]

    def __iter__(self) -> Iterator[Task]:
        """Yield tasks in order of time."""
        in_order = merge(*self._parts, key=lambda task: (task.arrival_s, task.source))
        for task_id, task in enumerate(in_order):
            yield replace(task, task_id=task_id)


def _further(arrivals: PoissonArrivals, surge: Surge, i_surge: int, positions: PositionModel) -> PoissonArrivals:
    """Return the tasks that a surge adds."""
    pattern = arrivals.pattern
    if surge.area is not None:
        pattern = _Above(positions, surge.area, pattern)
    workload = replace(arrivals.workload, rate_hz=arrivals.workload.rate_hz * (surge.factor - 1.0))
    end_s = min(surge.until_s, arrivals.end_s)
    return PoissonArrivals(
        workload,
        seed=arrivals.seed,
        replication=arrivals.replication,
        start_s=min(surge.from_s, end_s),
        end_s=end_s,
        pattern=pattern,
        surge=i_surge,
    )


class _Above:
    """The rates of another pattern above an area, nothing elsewhere."""

    def __init__(self, positions: PositionModel, area: AreaWeight, pattern: Thinning | None) -> None:
        self._positions = positions
        self._area = area
        self._pattern = pattern

    @property
    def highest_factors(self) -> Floats:
        """Highest rates, those of the other pattern."""
        return np.ones(self._positions.n_sats) if self._pattern is None else self._pattern.highest_factors

    def shares(self, i_sat: NDArray[np.intp], t_s: Floats) -> Floats:
        """Return the shares of the other pattern above the area, 0 elsewhere."""
        is_above = self._area.contains(*places_below(self._positions, i_sat, t_s))
        shares = np.ones(len(t_s)) if self._pattern is None else self._pattern.shares(i_sat, t_s)
        return np.where(is_above, shares, 0.0)
