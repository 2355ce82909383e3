"""Planned flow: a fluid programme says where work should run, and tasks follow it earliest deadline first."""

from __future__ import annotations

from math import inf
from operator import attrgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schedulers.depth_forecast import DepthForecast
from schedulers.fluid.capacity import Capacity, capacity, sunlight_within
from schedulers.fluid.demand import DemandEstimate
from schedulers.fluid.fleet_state import FleetState, read_fleet, read_hardware
from schedulers.fluid.flow import Destination, FlowProgramme
from schedulers.fluid.levels import least_levels
from schedulers.planning import Fit, FleetPlans
from schedulers.rings import Rings
from simulator.records import FIELD_BITS, Decision, Drop, Scheduler, Signalling, Task, ToGround, View

OBJECTIVES: Final = ("depth", "wear", "energy")

_LONG_MEMORY_S: Final = 60_000.0
"""Ten orbits: the level follows the fleet's mean load, whose chance variation over one orbit the queues absorb."""

_SHORT_MEMORY_PERIODS: Final = 4.0
_BATTERY_HOPS: Final = {"depth": 20.0, "wear": 20.0, "energy": 100.0}
"""How many hops a task should go rather than run on a battery."""

_HARVEST_SHARE: Final = 0.9
"""Price of sunlit work that keeps a battery from filling up, relative to work on the battery: it is the same energy,
but there is still time to make up for it."""

_PACE_AHEAD_TASKS: Final = 2.0
"""By how many tasks work in the shadow may run ahead of an even spread: tasks are not a fluid."""

_ROOM: Final = 1e-3
"""Depth of discharge kept free for what the forecast leaves out (transmissions): 340 J of 340 kJ, about 150 hops."""

_BATTERY_COST_S: Final = {"depth": 200.0, "wear": 200.0, "energy": 1e6}
"""Off the plan, how long a task should wait or travel for sunlight rather than run on a battery."""

_MAX_TRIED: Final = {True: 150, False: 60}
"""Off the plan, how many satellites are tried in sunlight and on batteries before the level is raised instead: keeps a
decision in overload from trying the whole fleet."""

_served = attrgetter("served_s")


class PlannedFlowScheduler(Scheduler):
    """Our own: every few minutes a fluid programme plans where the coming work runs; each task follows the plan.

    Each period the planner reads all batteries and what has arrived, finds the least depth of discharge at which the
    fleet can do the work (`schedulers.fluid.levels`), what each satellite may take at that level against the exact
    forecast of sunlight (`capacity`), and the flow along links with the fewest hops from where work arises to where it
    may run (`flow`). It broadcasts to each satellite its level and the few destinations of its work with their shares.
    No solver runs when a task arrives: of the destinations, the one served least takes it if it fits there earliest
    deadline first without going below the level, else the next. What the plan did not foresee (a burst, a deadline too
    near) goes to the nearest satellite in reach, and only if none can take it is the level raised for the rest of
    the period. Ground comes first, as in PHOENIX.

    Objectives: `depth` keeps the deepest discharge of the fleet least and uses what the deepest base load leaves free
    anyway; `wear` starts the level from zero, so that extra work goes to the shallowest batteries first, which is least
    for any wear that grows ever faster with depth (Xu et al. 2018: above a depth of about 0.15); `energy` does
    the same and, off the plan, goes any way for sunlight before it takes from a battery.

    Information: battery state as old as the view says, plans of all satellites, the exact forecast of sunlight.

    Parameters
    ----------
    objective : "depth", "wear" or "energy"
    period_s : float
        How often is planned.
    utilisation : float
        Share of sunlit time in which a processor is planned busy; the rest is lost between tasks and at dusk.
    wait_share : float
        Part of their slack that tasks may be planned to wait while there is sunlight for all of them; the rest absorbs
        chance. Where sunlight is short they may wait for all of it.
    caution : float
        By how many standard errors the fleet's load is taken for less than it seems when the level is found: a level
        too low is raised when the need is seen, one too high is used up before.
    hop_cost_s : float
        Off the plan, how much longer a task may wait for one hop less.
    max_candidates : int
        Off the plan, how many satellites that could take a task are weighed against each other.

    Raises
    ------
    ValueError
        If an option is out of range.
    """

    name = "planned-flow"

    def __init__(
        self,
        objective: str = "depth",
        period_s: float = 300.0,
        utilisation: float = 0.99,
        wait_share: float = 0.5,
        caution: float = 1.0,
        hop_cost_s: float = 1000.0,
        max_candidates: int = 6,
    ) -> None:
        if objective not in OBJECTIVES:
            raise ValueError(f"objective = {objective!r}: write one of {', '.join(OBJECTIVES)}")
        if not 0.0 < period_s < inf:
            raise ValueError(f"period_s = {period_s}: must be positive")
        if not 0.0 < utilisation <= 1.0:
            raise ValueError(f"utilisation = {utilisation}: a share above 0, at most 1")
        if not 0.0 <= wait_share <= 1.0:
            raise ValueError(f"wait_share = {wait_share}: a share from 0 to 1")
        if not 0.0 <= caution < inf:
            raise ValueError(f"caution = {caution}: must be finite and not negative")
        if not 0.0 <= hop_cost_s < inf:
            raise ValueError(f"hop_cost_s = {hop_cost_s}: must be finite and not negative")
        if max_candidates < 1:
            raise ValueError(f"max_candidates = {max_candidates}: at least one satellite must be looked at")
        self.objective = objective
        self.period_s = period_s
        self.utilisation = utilisation
        self.wait_share = wait_share
        self.caution = caution
        self.hop_cost_s = hop_cost_s
        self.max_candidates = max_candidates
        self.level: list[float] = []
        self.raised_level = 0.0
        self._n_messages = self._n_fields = 0

    # planning

    def start(self, view: View) -> float:
        """Read the hardware and plan for the first period, of whose work nothing is known yet."""
        n_sats = view.n_sats
        self._plans = FleetPlans(n_sats, prefers_output=True)
        self._forecast = DepthForecast(self._plans, n_sats)
        self._rings = Rings()
        self._hardware = read_hardware(view)
        self._programme = FlowProgramme([view.neighbours(satellite) for satellite in range(n_sats)])
        self._demand = DemandEstimate(n_sats, _LONG_MEMORY_S, _SHORT_MEMORY_PERIODS * self.period_s)
        self._slack_sum_s, self._n_tasks = 0.0, 0
        self._planned_at_s = view.now_s
        self._n_messages = self._n_fields = 0
        fleet = read_fleet(view, self._hardware, self._forecast)
        self._floor = max(0.0, float(fleet.base_depth.max()) - _ROOM) if self.objective == "depth" else 0.0
        self._level_now = self._floor
        return self._plan(fleet, view)

    def wake(self, view: View) -> float:
        """Plan for the coming period."""
        return self._plan(read_fleet(view, self._hardware, self._forecast), view)

    def _plan(self, fleet: FleetState, view: View) -> float:
        elapsed_s = view.now_s - self._planned_at_s
        self._planned_at_s = view.now_s
        rates = self._demand.rates(elapsed_s)
        wanted = max(0.0, 1.0 - self.caution * self._demand.relative_error) * float(rates.sum())
        levels = least_levels(fleet, wanted, self.utilisation, self._floor, self._level_now)
        orbit_s = self._hardware.orbit_s
        self._level_now = levels.now + levels.per_orbit * self.period_s / orbit_s
        # a satellite already deeper than its level may still do what takes it no deeper
        level = np.minimum(1.0, np.maximum(levels.at(fleet.dawn_s / orbit_s), fleet.base_depth))
        self.level, self.raised_level = level.tolist(), 0.0
        demand_s = rates * self.period_s
        able = capacity(fleet, level, demand_s, self.period_s, self._wait_s(fleet, demand_s))
        self._is_ample = self._find_ample(fleet, able)
        battery_hops = _BATTERY_HOPS[self.objective]
        self._destinations = self._programme.destinations(
            demand_s,
            able.sunlit_s,
            able.battery_s,
            np.where(able.costs_energy, _HARVEST_SHARE * battery_hops, 0.0),
            battery_hops,
        )
        self._count_signalling()
        return view.now_s + self.period_s

    def _wait_s(self, fleet: FleetState, demand_s: NDArray[np.float64]) -> float:
        """Return how long tasks are planned to wait on the average: all of their slack where sunlight is short.

        Queues are then as long as deadlines allow, and a plan for shorter ones would find no room in the sunlight.
        """
        if not self._n_tasks:
            return 0.0
        slack_s = self._slack_sum_s / self._n_tasks
        sunlight_s = sunlight_within(fleet, self.period_s) * fleet.is_up * self._hardware.relative_speed
        return slack_s if sunlight_s.sum() < demand_s.sum() else self.wait_share * slack_s

    def _find_ample(self, fleet: FleetState, able: Capacity) -> list[bool]:
        """Return where sunlit work, even without a pause, makes no battery deeper at dawn: it need not be asked."""
        hardware = self._hardware
        surplus_w = hardware.solar_w - hardware.base_w - hardware.compute_w
        refills = surplus_w * fleet.lit_orbit_s >= hardware.capacity_j
        is_ample = np.where(fleet.dusk_s > 0.0, ~able.costs_energy, refills)
        return [bool(ample) for ample in is_ample]

    def _count_signalling(self) -> None:
        """Count a report of arrivals per satellite, and its level and destinations (three fields each) in return."""
        n_destinations = sum(map(len, self._destinations))
        self._n_messages += 2 * len(self._destinations)
        self._n_fields += 2 * len(self._destinations) + 3 * n_destinations

    def signalling(self) -> Signalling:
        """Count reports to the planner, its tables, plans as they change, and a broadcast when the level is raised."""
        plans = self._plans.signalling()
        return Signalling(n_messages=plans.n_messages + self._n_messages, bits=plans.bits + FIELD_BITS * self._n_fields)

    # tasks

    def decide(self, task: Task, view: View) -> Decision:
        """Place a task at its arrival."""
        if view.ground_delivery_s(task, view.here) <= task.deadline_s:
            return ToGround()
        runtime_s = task.work_s / view.modes[0].speed
        self._demand.add(view.here, runtime_s)
        self._slack_sum_s += task.deadline_s - view.now_s - runtime_s
        self._n_tasks += 1
        fit = self._as_planned(task, runtime_s, view)
        if fit is None:
            fit = self._nearest(task, view)
        return Drop(reason="no satellite can meet the deadline") if fit is None else self._plans.commit(fit)

    def _as_planned(self, task: Task, runtime_s: float, view: View) -> Fit | None:
        """Return how the task fits on a planned destination, the one served least first; None if on none."""
        destinations = self._destinations[view.here]
        if len(destinations) > 1:
            destinations.sort(key=_served)
        for destination in destinations:
            fit = self._fit(task, destination, view)
            if fit is not None:
                destination.served_s += runtime_s / destination.share_s
                return fit
        return None

    def _fit(self, task: Task, destination: Destination, view: View) -> Fit | None:
        satellite = destination.satellite
        fit = self._plans.fit(task, satellite, view, needs_sunlight=destination.in_sunlight)
        if fit is None or (destination.in_sunlight and self._is_free(fit)):
            return fit
        return fit if self._forecast.depth_with(fit, view) <= self._paced_level(fit, view) else None

    def _is_free(self, fit: Fit) -> bool:
        """Whether sunlit work surely makes no battery deeper: it may push other work into the shadow."""
        return self._is_ample[fit.satellite] and not fit.arrangement.moved

    def _level_of(self, satellite: int) -> float:
        return max(self.raised_level, self.level[satellite])

    def _paced_level(self, fit: Fit, view: View) -> float:
        """Return the level, in a shadow as far as an even spread of work over the shadow may have gone by then."""
        satellite, level = fit.satellite, self._level_of(fit.satellite)
        dusk_s, dawn_s = self._forecast.next_shadow(satellite, view)
        end_s = fit.start_s + fit.runtime_s
        if not dusk_s < fit.start_s or not end_s < dawn_s < inf:
            return level
        capacity_j = view.capacity_j(satellite)
        room = level - view.base_power_w(satellite) * (dawn_s - dusk_s) / capacity_j
        ahead = _PACE_AHEAD_TASKS * fit.runtime_s * view.modes_of(satellite)[0].power_w / capacity_j
        return min(level, level - max(0.0, room) * (dawn_s - end_s) / (dawn_s - dusk_s) + ahead)

    # off the plan

    def _nearest(self, task: Task, view: View) -> Fit | None:
        """Return the cheapest fit above the level, else the one that goes least deep, and raise the level."""
        search = _Search()
        for n_hops, ring in enumerate(self._rings.around(view.here, view)):
            way_cost_s = n_hops * self.hop_cost_s
            if way_cost_s >= search.cost_s or search.n_fits >= self.max_candidates or search.is_exhausted:
                break
            for satellite in ring:
                self._try(task, satellite, way_cost_s, search, view)
        if search.cheapest is None and search.lowest is not None:
            self.raised_level = search.least_depth
            self._n_messages += 1
            self._n_fields += 1
        return search.cheapest or search.lowest

    def _try(self, task: Task, satellite: int, way_cost_s: float, search: _Search, view: View) -> None:
        """Look for room on a satellite, in sunlight first."""
        for needs_sunlight in (True, False):
            if not search.goes_on(needs_sunlight) or (needs_sunlight and not self._sees_the_sun(satellite, task, view)):
                continue
            search.n_tried[needs_sunlight] += 1
            fit = self._plans.fit(task, satellite, view, needs_sunlight=needs_sunlight)
            if fit is None:
                continue
            cost_s = fit.start_s - view.now_s + way_cost_s
            cost_s += 0.0 if needs_sunlight else _BATTERY_COST_S[self.objective]
            if cost_s >= search.cost_s:
                continue
            is_free = needs_sunlight and self._is_free(fit)
            depth = 0.0 if is_free else self._forecast.depth_with(fit, view)
            if depth <= self._level_of(satellite):
                search.take(fit, cost_s)
                return
            search.take_if_lowest(fit, depth)

    def _sees_the_sun(self, satellite: int, task: Task, view: View) -> bool:
        """Whether a satellite is lit for long enough before the deadline; cheap, and right for most."""
        dusk_s, dawn_s = self._forecast.next_shadow(satellite, view)
        return view.now_s < dusk_s or dawn_s + task.work_s / view.modes_of(satellite)[0].speed <= task.deadline_s


class _Search:
    """What has been found so far for a task off the plan."""

    __slots__ = ("cheapest", "cost_s", "least_depth", "lowest", "n_fits", "n_tried")

    def __init__(self) -> None:
        self.cheapest: Fit | None = None
        self.lowest: Fit | None = None
        self.cost_s = self.least_depth = inf
        self.n_fits = 0
        self.n_tried = {True: 0, False: 0}

    def goes_on(self, needs_sunlight: bool) -> bool:
        """Whether more satellites are to be tried in sunlight, or on batteries."""
        return self.lowest is None or self.n_tried[needs_sunlight] < _MAX_TRIED[needs_sunlight]

    @property
    def is_exhausted(self) -> bool:
        return not self.goes_on(True) and not self.goes_on(False)

    def take(self, fit: Fit, cost_s: float) -> None:
        self.cheapest, self.cost_s = fit, cost_s
        self.n_fits += 1

    def take_if_lowest(self, fit: Fit, depth: float) -> None:
        if depth < self.least_depth:
            self.lowest, self.least_depth = fit, depth
