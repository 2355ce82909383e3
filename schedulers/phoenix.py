"""PHOENIX: sunlight-aware task scheduling (Liu et al., IEEE INFOCOM 2024, arXiv 2407.07337)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import inf

from schedulers.planning import FleetPlans
from simulator.records import Decision, Drop, Run, Scheduler, Task, ToGround, View


class PhoenixScheduler(Scheduler):
    """Ground first, then own sunlight (now or deferred), then another orbit's sunlight, then the own battery.

    Two levels: the orbit is the one with the least work assigned per second of sunlight; inside it, the satellite with
    the most predicted energy that still meets every deadline. On each satellite tasks are packed earliest deadline
    first into sunlit time. Order `b` uses the own battery before another orbit.

    Differences from the paper (whose algorithms and parameters were only partly available to us):

    1. Rules and their order are pieced together from the abstract and secondary descriptions; the two readings of the
       order are both here (`order`).
    2. The work assigned to an orbit is counted in processor seconds and forgotten every orbital period.
    3. Predicted energy is stored + panel energy over one orbital period - base load - committed work, not capped;
       the middle terms, which hardly change while the orbit turns by less than a turn, are those of the last epoch.
    4. Tasks are placed one by one at arrival, not in batches sorted by deadline; those that wait are re-timed.
    5. Execution is not preempted: a task runs in sunlight only where it fits whole before the shadow.
    6. A satellite that runs several tasks at once is planned as if it ran one.
    7. Plans are one for the whole fleet and known at once everywhere; only battery state can be old.
    8. A task that can meet its deadline nowhere is dropped.

    Parameters
    ----------
    order : "a" or "b"
    epoch_s : float
        How often sunlight per orbit is summed up anew.
    max_planes : int
        How many orbits are tried, in order of their ratio; 0 means all.

    Raises
    ------
    ValueError
        If an option is out of range.
    """

    name = "phoenix"

    def __init__(self, order: str = "a", epoch_s: float = 600.0, max_planes: int = 0) -> None:
        if order not in ("a", "b"):
            raise ValueError(f"order = {order!r}: write 'a' (battery last) or 'b' (own battery before another orbit)")
        if not epoch_s > 0.0:
            raise ValueError(f"epoch_s = {epoch_s}: must be positive")
        if max_planes < 0:
            raise ValueError(f"max_planes = {max_planes}: must be 0 (all) or positive")
        self.order = order
        self.epoch_s = epoch_s
        self.max_planes = max_planes
        self._plans = FleetPlans(0)
        self._assigned_s: list[float] = []
        self._sunlit_s: list[float] = []
        self._gain_j: list[float] = []
        self._ratios: list[float] = []
        self._period_end_s = 0.0

    # orbit level

    def start(self, view: View) -> float:
        """Begin with empty plans and the first sum of sunlight."""
        self._plans = FleetPlans(view.n_sats)
        self._assigned_s = [0.0] * len(view.planes)
        self._period_end_s = view.now_s + view.orbital_period_s
        return self.wake(view)

    def wake(self, view: View) -> float:
        """Sum up sunlight per orbit, and energy per satellite without tasks, over the coming period."""
        now_s = view.now_s
        if now_s >= self._period_end_s:
            self._assigned_s = [0.0] * len(view.planes)
            self._period_end_s += view.orbital_period_s
        end_s = now_s + view.orbital_period_s
        sunlit_s = [view.sunlit_s(satellite, now_s, end_s) for satellite in range(view.n_sats)]
        self._gain_j = [
            view.solar_power_w(satellite) * lit_s - view.base_power_w(satellite) * view.orbital_period_s
            for satellite, lit_s in enumerate(sunlit_s)
        ]
        self._sunlit_s = [sum(sunlit_s[satellite] for satellite in plane) for plane in view.planes]
        self._ratios = [self._ratio(plane) for plane in range(len(view.planes))]
        return now_s + self.epoch_s

    def _ratio(self, plane: int) -> float:
        sunlit_s = self._sunlit_s[plane]
        return self._assigned_s[plane] / sunlit_s if sunlit_s > 0.0 else inf

    def _planes_by_ratio(self, reachable: frozenset[int]) -> Iterator[int]:
        """Yield reachable orbits with sunlight, the one with least work per second of sunlight first."""
        ratios = self._ratios
        least = min(ratios) if len(reachable) == len(ratios) else min((ratios[p] for p in reachable), default=inf)
        if least == inf:
            return
        first = ratios.index(least)
        if first not in reachable:  # an orbit out of reach has the same ratio
            first = min(plane for plane in reachable if ratios[plane] == least)
        yield first  # nearly always the only one: do not sort for it
        rest = [plane for plane in reachable if ratios[plane] < inf and plane != first]
        rest.sort(key=lambda plane: (ratios[plane], plane))
        yield from rest

    # task level

    def decide(self, task: Task, view: View) -> Decision:
        """Place a task at its arrival."""
        if view.ground_delivery_s(task, view.here) <= task.deadline_s:
            return ToGround()
        tries = (self._in_own_sunlight, self._in_another_orbit, self._on_own_battery)
        if self.order == "b":
            tries = (self._in_own_sunlight, self._on_own_battery, self._in_another_orbit)
        for attempt in tries:
            decision = attempt(task, view)
            if decision is not None:
                return decision
        return Drop(reason="no satellite can meet the deadline")

    def _in_own_sunlight(self, task: Task, view: View) -> Run | None:
        return self._try(task, view.here, view, needs_sunlight=True)

    def _on_own_battery(self, task: Task, view: View) -> Run | None:
        return self._try(task, view.here, view, needs_sunlight=False)

    def _in_another_orbit(self, task: Task, view: View) -> Run | None:
        planes = self._planes_by_ratio(view.reachable_planes(view.here))
        for plane in islice(planes, self.max_planes or None):
            run = self._in_orbit(plane, task, view)
            if run is not None:
                return run
        return None

    def _in_orbit(self, plane: int, task: Task, view: View) -> Run | None:
        now_s, deadline_s = view.now_s, task.deadline_s
        for satellite in self._by_predicted_energy(plane, view):
            if not view.sunlit_windows(satellite, now_s, deadline_s):
                continue
            run = self._try(task, satellite, view, needs_sunlight=True)
            if run is not None:
                self._assigned_s[plane] += task.work_s
                self._ratios[plane] = self._ratio(plane)
                return run
        return None

    def _by_predicted_energy(self, plane: int, view: View) -> list[int]:
        """Return the other satellites of an orbit, most predicted energy first."""
        here, compute_w, gain_j = view.here, view.modes[0].power_w, self._gain_j
        stored_j, committed_s = view.stored_j, view.committed_s
        ranked = [
            (compute_w * committed_s(satellite) - stored_j(satellite) - gain_j[satellite], satellite)
            for satellite in view.planes[plane]
            if satellite != here
        ]
        ranked.sort()
        return [satellite for _, satellite in ranked]

    def _try(self, task: Task, satellite: int, view: View, *, needs_sunlight: bool) -> Run | None:
        """Plan the task on a satellite if it and all admitted before meet their deadlines."""
        fit = self._plans.fit(task, satellite, view, needs_sunlight=needs_sunlight)
        return None if fit is None else self._plans.commit(fit)


class PhoenixBScheduler(PhoenixScheduler):
    """PHOENIX with the own battery before another orbit (the other reading of the paper), as an ablation."""

    name = "phoenix-b"

    def __init__(self, epoch_s: float = 600.0, max_planes: int = 0) -> None:
        super().__init__(order="b", epoch_s=epoch_s, max_planes=max_planes)
