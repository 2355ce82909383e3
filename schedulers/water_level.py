"""Water level: run as near as possible without any battery going deeper than the fleet's common level."""

from __future__ import annotations

from math import inf

from schedulers.arrangement import PlannedTask
from schedulers.planning import Fit, FleetPlans
from simulator.records import FIELD_BITS, Decision, Drop, Scheduler, Signalling, Task, ToGround, View


class WaterLevelScheduler(Scheduler):
    """Our own: ground first, then the nearest satellite whose battery stays above a common level, like filling a pool.

    The level is a depth of discharge that no satellite is to exceed. It starts at the deepest discharge that base
    loads alone cause, which no scheduler can avoid. Every task goes to the satellite fewest hops away on which it
    meets its deadline without pushing the satellite's predicted deepest discharge below the level: in sunlight first,
    then, with what the level leaves of the battery, in shadow. Only when no satellite can take it is the level raised,
    to the least that some satellite needs.

    What is predicted is the depth at the end of the next shadow: shortfall from full at its beginning (stored energy
    now, panel energy, base load and planned work until then), plus base load and planned work inside it.

    Information: own plans of all satellites (one planner, or plans broadcast), battery state as old as the view says,
    the exact forecast of sunlight. No solver runs when a task arrives.

    Parameters
    ----------
    max_hops : int
        How far a task may travel.
    max_candidates : int
        On about how many satellites that could take it a task is tried, in sunlight and again in shadow.
    hop_cost_s : float
        How much longer a task may wait for one hop less.
    margin : float
        Depth of discharge added to the floor at the start; a little room spares hops.

    Raises
    ------
    ValueError
        If an option is out of range.
    """

    name = "water-level"

    def __init__(
        self, max_hops: int = 16, max_candidates: int = 10, hop_cost_s: float = 100.0, margin: float = 0.0
    ) -> None:
        if max_hops < 0:
            raise ValueError(f"max_hops = {max_hops}: must not be negative")
        if not 0.0 <= margin <= 1.0:
            raise ValueError(f"margin = {margin}: a depth of discharge from 0 to 1")
        if not hop_cost_s >= 0.0:
            raise ValueError(f"hop_cost_s = {hop_cost_s}: must not be negative")
        self.max_hops = max_hops
        if max_candidates < 1:
            raise ValueError(f"max_candidates = {max_candidates}: at least one satellite must be looked at")
        self.max_candidates = max_candidates
        self.hop_cost_s = hop_cost_s
        self.margin = margin
        self.level = 0.0
        self._n_raised = 0
        self._plans = FleetPlans(0)
        self._rings: dict[int, list[list[int]]] = {}
        self._shadows: list[tuple[float, float]] = []

    def start(self, view: View) -> None:
        """Begin at the level of the base loads."""
        self._plans = FleetPlans(view.n_sats)
        self._rings = {}
        self._n_raised = 0
        self._shadows = [(-inf, -inf)] * view.n_sats
        everyone = range(view.n_sats)
        self.level = self.margin + max(self._depth(satellite, view, 0.0) for satellite in everyone)

    def decide(self, task: Task, view: View) -> Decision:
        """Place a task at its arrival."""
        if view.ground_delivery_s(task, view.here) <= task.deadline_s:
            return ToGround()
        lowest: Fit | None = None
        least = inf
        for needs_sunlight in (True, False):
            found, deep, depth = self._search(task, view, needs_sunlight=needs_sunlight)
            if found is not None:
                return self._plans.commit(found)
            if deep is not None and depth < least:
                lowest, least = deep, depth
        if lowest is None:
            return Drop(reason="no satellite can meet the deadline")
        self.level = least
        self._n_raised += 1
        return self._plans.commit(lowest)

    def signalling(self) -> Signalling:
        """Count plans as they change, and a broadcast of the level whenever it is raised."""
        plans = self._plans.signalling()
        return Signalling(n_messages=plans.n_messages + self._n_raised, bits=plans.bits + FIELD_BITS * self._n_raised)

    def _search(self, task: Task, view: View, *, needs_sunlight: bool) -> tuple[Fit | None, Fit | None, float]:
        """Return the cheapest fit above the level, or None, the fit that goes least deep, and how deep that is."""
        best: Fit | None = None
        lowest: Fit | None = None
        cost_s, least, n_fits, now_s = inf, inf, 0, view.now_s
        for n_hops, ring in enumerate(self._outwards(view)):
            if n_hops * self.hop_cost_s >= cost_s or n_fits >= self.max_candidates:
                break
            for satellite in ring:
                if needs_sunlight and not self._sees_the_sun(satellite, task, view):
                    continue
                fit = self._plans.fit(task, satellite, view, needs_sunlight=needs_sunlight)
                if fit is None:
                    continue
                n_fits += 1
                fit_cost_s = fit.start_s - now_s + n_hops * self.hop_cost_s
                if fit_cost_s >= cost_s:
                    continue
                depth = self._depth_with(fit, view)
                if depth <= self.level:
                    best, cost_s = fit, fit_cost_s
                elif depth < least:
                    lowest, least = fit, depth
        return best, lowest, least

    # where

    def _outwards(self, view: View) -> list[list[int]]:
        """Return satellites by hops from the holder: ring after ring."""
        here = view.here
        if here not in self._rings:
            self._rings[here] = _by_hops(here, view, self.max_hops)
        return self._rings[here]

    def _sees_the_sun(self, satellite: int, task: Task, view: View) -> bool:
        """Whether a satellite is lit for long enough before the deadline; cheap, and right for most."""
        dusk_s, dawn_s = self._next_shadow(satellite, view)
        now_s = view.now_s
        return now_s < dusk_s or dawn_s + task.work_s / view.modes[0].speed <= task.deadline_s

    # how deep

    def _next_shadow(self, satellite: int, view: View) -> tuple[float, float]:
        """Return the shadow that lasts or comes next, as (dusk, dawn); inf without one in the forecast."""
        shadow = self._shadows[satellite]
        now_s = view.now_s
        if now_s < shadow[1]:
            return shadow
        windows = view.sunlit_windows(satellite, now_s, now_s + view.horizon_s)
        if not windows:
            shadow = (now_s, inf)
        elif windows[0][0] > now_s:
            shadow = (now_s, windows[0][0])
        else:
            dusk_s = windows[0][1]
            dawn_s = windows[1][0] if len(windows) > 1 else inf
            shadow = (dusk_s, dawn_s) if dusk_s < now_s + view.horizon_s else (inf, inf)
        if shadow[1] < inf:
            self._shadows[satellite] = shadow
        return shadow

    def _depth(self, satellite: int, view: View, new_sunlit_s: float, new_shadow_s: float = 0.0) -> float:
        """Return the predicted depth of discharge at the end of the next shadow, with more work added."""
        now_s = view.now_s
        dusk_s, dawn_s = self._next_shadow(satellite, view)
        capacity_j, base_w = view.capacity_j(satellite), view.base_power_w(satellite)
        compute_w = view.modes[0].power_w
        sunlit_s, shadow_s = _planned_s(self._plans.of[satellite], now_s, dusk_s)
        stored_j = view.stored_j(satellite)
        if dusk_s > now_s:
            left_s = min(dusk_s - now_s, view.orbital_period_s)
            gain_j = (view.solar_power_w(satellite) - base_w) * left_s - compute_w * (sunlit_s + new_sunlit_s)
            stored_j = min(capacity_j, stored_j + gain_j)
        if dawn_s == inf:
            return 1.0 - stored_j / capacity_j
        dark_s = dawn_s - max(dusk_s, now_s)
        stored_j -= base_w * dark_s + compute_w * (shadow_s + new_shadow_s)
        return 1.0 - stored_j / capacity_j

    def _depth_with(self, fit: Fit, view: View) -> float:
        dusk_s, dawn_s = self._next_shadow(fit.satellite, view)
        end_s = fit.start_s + fit.runtime_s
        if fit.start_s >= dawn_s:  # after the shadow: it counts against the recharge, taken as if before it
            return self._depth(fit.satellite, view, 0.0)
        in_shadow_s = max(0.0, end_s - max(fit.start_s, dusk_s))
        return self._depth(fit.satellite, view, fit.runtime_s - in_shadow_s, in_shadow_s)


def _planned_s(plan: list[PlannedTask], now_s: float, dusk_s: float) -> tuple[float, float]:
    """Return the planned processor seconds before dusk and after it."""
    before_s = after_s = 0.0
    for task in plan:
        start_s, end_s = max(task.start_s, now_s), task.start_s + task.runtime_s
        if end_s > start_s:
            before_s += max(0.0, min(end_s, dusk_s) - start_s)
            after_s += max(0.0, end_s - max(start_s, dusk_s))
    return before_s, after_s


def _by_hops(source: int, view: View, max_hops: int) -> list[list[int]]:
    """Return satellites in rings of equal hops from one, in the order of links inside a ring."""
    rings, seen = [[source]], {source}
    while rings[-1] and len(rings) <= max_hops:
        outer = []
        for satellite in rings[-1]:
            for neighbour in view.neighbours(satellite):
                if neighbour not in seen:
                    seen.add(neighbour)
                    outer.append(neighbour)
        rings.append(outer)
    return rings
