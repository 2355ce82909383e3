"""Lower bounds on what a run of a world can achieve, whoever schedules it and however much of the future is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schedulers.bound.battery_energy import base_battery_energy_j, least_battery_energy
from schedulers.bound.demand import CompletedWork, Demand, demand_of
from schedulers.bound.depth import least_depth, work_segments
from schedulers.bound.fleet import Bodies, base_load_floor, grouped, satellites_of
from schedulers.bound.programme import Solution
from schedulers.bound.sunlight import solve_forecast, time_grid
from simulator.engine.world import World
from simulator.records import Task

Floats = NDArray[np.float64]

_ROUNDING: Final = 1e-9
"""What a bound is lowered by: shares of a split task may sum to 1 within 1e-9, and sums in float64 round."""

_LEAST_PRICED: Final = {
    "processor time": 1,
    "array energy": 1,
    "battery losses": 1,
    "arrivals": 1,
    "deadlines": 3,
    "ground": 1,
    "ground servers": 1,
}
"""Families of conditions that can be said to hold a bound up, and from how many prices on."""

_ON_FLOOR: Final = 1e-6
"""A depth this near the floor of the base load is on it; 0.3 J of a 340 kJ battery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A lower bound at an amount of completed work.

    `value` is nan if no run can complete that amount without running a battery empty. `floor` is what the base load
    alone makes of it. `binding` names what holds the bound up: `base load` alone, or which of `processor time` (all of
    it is used at some time somewhere), `array energy` (of sunlit satellites), `battery losses`, `arrivals` and
    `deadlines` (when work can be done), `ground` (contacts) and `ground servers` have a price.
    """

    completed: CompletedWork
    value: float
    floor: float
    is_feasible: bool
    binding: tuple[str, ...]
    solve_s: float


class BoundProblem:
    """A world and its tasks, forecast once; bounds for any amount of completed work.

    Parameters
    ----------
    world : World
    tasks : iterable of Task
        All that arise; with `world` they are what the scheduler of a run would be given.
    interval_s : float
        Longest interval of the grid: arrivals count from its start and deadlines to its end, so shorter ones give
        higher bounds at longer solving times.
    n_groups : int, optional
        Solve the depth over about so many groups of satellites in similar light instead of over every satellite.

    Raises
    ------
    ValueError
        If `interval_s` is not positive or `n_groups` is below 1.
    """

    def __init__(self, world: World, tasks: Iterable[Task], *, interval_s: float, n_groups: int | None = None) -> None:
        if not interval_s > 0.0:
            raise ValueError(f"interval_s = {interval_s}: must be positive")
        if n_groups is not None and n_groups < 1:
            raise ValueError(f"n_groups = {n_groups}: at least one")
        begin_s = perf_counter()
        self.interval_s = interval_s
        # in a mixed fleet every satellite may use the modes of all: the bound can only be lower for it
        self._modes, self._tasks_at_once = world.all_modes, world.tasks_at_once
        self._segments = work_segments(world.all_modes, world.tasks_at_once)
        grid_s = time_grid(world, interval_s)
        forecast = solve_forecast(world, grid_s)
        self.demand: Demand = demand_of(world, tasks, forecast.contacts, grid_s)
        self._satellites = satellites_of(world, forecast.pieces)
        window_begin_s = world.warm_up_s
        self._is_in_window = grid_s[forecast.pieces.interval] >= window_begin_s
        self.base_depth = base_load_floor(
            self._satellites, self._ends_in_window(self._satellites, grid_s, window_begin_s)
        )
        self._bodies = self._satellites if n_groups is None else grouped(self._satellites, n_groups)
        self._is_counted = self._ends_in_window(self._bodies, grid_s, window_begin_s)
        self.n_bodies = len(self._bodies.batteries)
        self.n_intervals = grid_s.size - 1
        self.build_s = perf_counter() - begin_s

    @staticmethod
    def _ends_in_window(bodies: Bodies, grid_s: Floats, window_begin_s: float) -> NDArray[np.bool_]:
        """Return which pieces end in the window, its first instant included."""
        interval = bodies.pieces.interval
        is_inside = grid_s[interval] >= window_begin_s
        is_border = bodies.pieces.is_last & (grid_s[interval + 1] == window_begin_s)
        return np.asarray(is_inside | is_border, dtype=np.bool_)

    @property
    def base_load_runs_empty(self) -> bool:
        """Whether the base load alone empties a battery: then every run has brown-outs."""
        return bool(np.any(self._satellites.base_only_j < 0.0))

    def depth_of_discharge(self, completed: CompletedWork) -> Bound:
        """Return the bound on the largest depth of discharge over satellites and the window."""
        floor = float(self.base_depth.max())
        if self.base_load_runs_empty:
            return _infeasible(completed, min(floor, 1.0), 0.0)
        solution = least_depth(
            self._bodies,
            self._is_counted,
            floor,
            self.demand,
            self._lowered(completed),
            self._segments,
            interval_s=self.interval_s,
        )
        if not solution.is_feasible:
            return _infeasible(completed, floor, solution.solve_s)
        value = max(floor, solution.certified - _ROUNDING)
        is_on_floor = value <= floor + _ON_FLOOR
        return Bound(
            completed=completed,
            value=value,
            floor=floor,
            is_feasible=True,
            binding=("base load",) if is_on_floor else _binding(solution),
            solve_s=solution.solve_s,
        )

    def battery_energy(self, completed: CompletedWork) -> Bound:
        """Return the bound on the energy in joules that the fleet's batteries deliver in the window."""
        floor_j = base_battery_energy_j(self._satellites, self._is_in_window)
        solution = least_battery_energy(
            self._satellites,
            self._is_in_window,
            self.demand,
            self._lowered(completed),
            self._modes,
            self._tasks_at_once,
            interval_s=self.interval_s,
        )
        if not solution.is_feasible:
            return _infeasible(completed, floor_j, solution.solve_s)
        extra_j = max(solution.certified, 0.0)
        is_on_floor = extra_j <= _ON_FLOOR * floor_j
        return Bound(
            completed=completed,
            value=(floor_j + extra_j) * (1.0 - _ROUNDING),
            floor=floor_j,
            is_feasible=True,
            binding=("base load",) if is_on_floor else _binding(solution),
            solve_s=solution.solve_s,
        )

    def _lowered(self, completed: CompletedWork) -> CompletedWork:
        """Return an amount less by rounding, and no more than there is."""
        offered = self.demand.offered
        return CompletedWork(
            warm_up_s=min(completed.warm_up_s, offered.warm_up_s) * (1.0 - _ROUNDING),
            window_s=min(completed.window_s, offered.window_s) * (1.0 - _ROUNDING),
        )


def _binding(solution: Solution) -> tuple[str, ...]:
    """Return the conditions of a kind that can bind or not and have prices.

    Every amount of work ends up at one priced deadline or two (of warm-up and window), so it takes more to say that
    the times of deadlines matter.
    """
    return tuple(name for name, least in _LEAST_PRICED.items() if solution.n_priced.get(name, 0) >= least)


def _infeasible(completed: CompletedWork, floor: float, solve_s: float) -> Bound:
    return Bound(completed=completed, value=float("nan"), floor=floor, is_feasible=False, binding=(), solve_s=solve_s)
