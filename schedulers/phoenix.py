"""PHOENIX: sunlight-aware task scheduling (Liu et al., IEEE INFOCOM 2024, arXiv 2407.07337)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import inf

from schedulers.energy_ranking import EnergyRanking
from schedulers.planning import Fit, FleetPlans
from simulator.records import Decision, Drop, Run, Scheduler, Signalling, Task, ToGround, View


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
    9. Predicted energy counts committed work at the first mode of a processor, whichever it will run in.
    10. Where arrays do not face the Sun, a task that runs in sunlight takes the time in which the array carries most of
        the load (`prefers_output`). Ours.

    Parameters
    ----------
    order : "a" or "b"
    epoch_s : float
        How often sunlight per orbit is summed up anew.
    max_planes : int
        How many orbits are tried, in order of their ratio; 0 means all.
    has_orbits : bool
        False leaves out the orbit level: the satellites of the whole fleet are tried, most predicted energy first.
        Their energies are then at most a minute old, and `max_planes` is of no use.
    has_deferral : bool
        False never lets a task wait for sunlight: it runs in the sunlit period in which its input is there, behind
        work that is planned before it, or not in sunlight. A contact with the ground may still be waited for.
    has_ground : bool
        False computes nothing on the ground; results go there if tasks want it.
    models : "ignore", "await" or "prefer"
        Plans as if every satellite had every model, or for when the model of a task will be there; "prefer" does so and
        tries satellites in sunlight that have it before all others.
    prefers_output : bool
        False takes all sunlight for alike where output swings along the orbit.
    mode : "first" or "efficient"
        Operating point of the processor: the first of its satellite, or the one that takes the least energy for a task
        of those in which it and all admitted before meet their deadlines, in sunlight where it is to run there.

    Raises
    ------
    ValueError
        If an option is out of range.
    """

    name = "phoenix"

    def __init__(
        self,
        order: str = "a",
        epoch_s: float = 600.0,
        max_planes: int = 0,
        has_orbits: bool = True,
        has_deferral: bool = True,
        has_ground: bool = True,
        mode: str = "first",
        models: str = "ignore",
        prefers_output: bool = True,
    ) -> None:
        if models not in ("ignore", "await", "prefer"):
            raise ValueError(
                f"models = {models!r}: write 'ignore', 'await' (plan the wait) or 'prefer' (holders first)"
            )
        if mode not in ("first", "efficient"):
            raise ValueError(f"mode = {mode!r}: write 'first' or 'efficient' (least energy that meets the deadline)")
        if order not in ("a", "b"):
            raise ValueError(f"order = {order!r}: write 'a' (battery last) or 'b' (own battery before another orbit)")
        if not epoch_s > 0.0:
            raise ValueError(f"epoch_s = {epoch_s}: must be positive")
        if max_planes < 0:
            raise ValueError(f"max_planes = {max_planes}: must be 0 (all) or positive")
        self.order = order
        self.epoch_s = epoch_s
        self.max_planes = max_planes
        self.has_orbits = has_orbits
        self.has_deferral = has_deferral
        self.has_ground = has_ground
        self.mode = mode
        self.models = models
        self.prefers_output = prefers_output
        self._plans = FleetPlans(0)
        self._assigned_s: list[float] = []
        self._sunlit_s: list[float] = []
        self._gain_j: list[float] = []
        self._ratios: list[float] = []
        self._period_end_s = 0.0
        self._ranking = EnergyRanking()

    # orbit level

    def start(self, view: View) -> float:
        """Begin with empty plans and the first sum of sunlight."""
        self._plans = FleetPlans(
            view.n_sats,
            is_efficient=self.mode == "efficient",
            awaits_models=self.models != "ignore",
            prefers_output=self.prefers_output,
        )
        self._ranking = EnergyRanking()
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
        if self.has_ground and view.ground_delivery_s(task, view.here) <= task.deadline_s:
            return ToGround()
        elsewhere = self._in_another_orbit if self.has_orbits else self._anywhere
        tries = (self._in_own_sunlight, elsewhere, self._on_own_battery)
        if self.order == "b":
            tries = (self._in_own_sunlight, self._on_own_battery, elsewhere)
        attempts = [(attempt, False) for attempt in tries]
        if self.models == "prefer" and task.model is not None:
            attempts = [(self._in_own_sunlight, True), (elsewhere, True), *attempts]
        for attempt, needs_model in attempts:
            decision = attempt(task, view, needs_model=needs_model)
            if decision is not None:
                return decision
        return Drop(reason="no satellite can meet the deadline")

    def _in_own_sunlight(self, task: Task, view: View, *, needs_model: bool) -> Run | None:
        if needs_model and not view.has_model(view.here, task.model):
            return None
        return self._try(task, view.here, view, needs_sunlight=True)

    def _on_own_battery(self, task: Task, view: View, *, needs_model: bool) -> Run | None:
        if needs_model and not view.has_model(view.here, task.model):
            return None
        return self._try(task, view.here, view, needs_sunlight=False)

    def _in_another_orbit(self, task: Task, view: View, *, needs_model: bool) -> Run | None:
        planes = self._planes_by_ratio(view.reachable_planes(view.here))
        for n_full, plane in enumerate(islice(planes, self.max_planes or None)):
            run = self._in_orbit(plane, task, view, is_crowded=n_full > 0, needs_model=needs_model)
            if run is not None:
                return run
        return None

    def _in_orbit(self, plane: int, task: Task, view: View, *, is_crowded: bool, needs_model: bool) -> Run | None:
        """Place a task in an orbit; where it is crowded, satellites without room are sorted out before all else."""
        here, has_no_sunlight = view.here, self._plans.has_no_sunlight
        satellites = [satellite for satellite in view.planes[plane] if satellite != here]
        if needs_model:
            satellites = [satellite for satellite in satellites if view.has_model(satellite, task.model)]
        if is_crowded:
            satellites = [satellite for satellite in satellites if not has_no_sunlight(task, satellite, view)]
        for n_refused, satellite in enumerate(self._by_predicted_energy(satellites, view)):
            if n_refused > 0 and not is_crowded and has_no_sunlight(task, satellite, view):
                continue
            run = self._try(task, satellite, view, needs_sunlight=True)
            if run is not None:
                self._assigned_s[plane] += task.work_s
                self._ratios[plane] = self._ratio(plane)
                return run
        return None

    def _anywhere(self, task: Task, view: View, *, needs_model: bool) -> Run | None:
        """Place a task in sunlight on any other satellite, most predicted energy first."""
        self._ranking.refresh_if_old(view, self._gain_j)
        now_s, here, deadline_s = view.now_s, view.here, task.deadline_s
        for satellite in self._ranking.candidates(task):
            if satellite == here or (needs_model and not view.has_model(satellite, task.model)):
                continue
            if not view.sunlit_windows(satellite, now_s, deadline_s):
                self._ranking.refuse(satellite, 0.0, deadline_s)
                continue
            run = self._try(task, satellite, view, needs_sunlight=True)
            if run is not None:
                mode = view.modes_of(satellite)[run.mode]
                self._ranking.take(satellite, mode.power_w * task.work_s / mode.speed)
                return run
            self._ranking.refuse(satellite, task.work_s, deadline_s)
        return None

    def _by_predicted_energy(self, satellites: Sequence[int], view: View) -> list[int]:
        """Return satellites, most predicted energy first."""
        if len(satellites) < 2:
            return list(satellites)
        modes_of, gain_j = view.modes_of, self._gain_j
        stored_j, committed_s = view.stored_j, view.committed_s
        ranked = [
            (
                modes_of(satellite)[0].power_w * committed_s(satellite) - stored_j(satellite) - gain_j[satellite],
                satellite,
            )
            for satellite in satellites
        ]
        ranked.sort()
        return [satellite for _, satellite in ranked]

    def _try(self, task: Task, satellite: int, view: View, *, needs_sunlight: bool) -> Run | None:
        """Plan the task on a satellite if it and all admitted before meet their deadlines."""
        fit = self._plans.fit(task, satellite, view, needs_sunlight=needs_sunlight)
        if fit is None or not (self.has_deferral or _waits_for_no_sunlight(fit, task, view)):
            return None
        return self._plans.commit(fit)

    def signalling(self) -> Signalling:
        """Count plans as they change; work and sunlight per orbit follow from those and from the forecast."""
        return self._plans.signalling()


def _waits_for_no_sunlight(fit: Fit, task: Task, view: View) -> bool:
    """Say whether the task, and all that move for it, start in the sunlit period in which their inputs are there."""
    changed = {task.task_id, *(moved.task_id for moved in fit.arrangement.moved)}
    for planned in fit.arrangement.plan:
        if planned.task_id in changed and planned.needs_sunlight:
            ready_s = max(planned.release_s, view.now_s)
            lit = view.sunlit_windows(fit.satellite, ready_s, planned.end_s)
            if lit != [(ready_s, planned.end_s)]:
                return False
    return True


class PhoenixBScheduler(PhoenixScheduler):
    """PHOENIX with the own battery before another orbit (the other reading of the paper), as an ablation."""

    name = "phoenix-b"

    def __init__(self, epoch_s: float = 600.0, max_planes: int = 0) -> None:
        super().__init__(order="b", epoch_s=epoch_s, max_planes=max_planes)


class PhoenixNoOrbitsScheduler(PhoenixScheduler):
    """PHOENIX without orbits: the most predicted energy of the whole fleet, as an ablation."""

    name = "phoenix-no-orbits"

    def __init__(self, epoch_s: float = 600.0) -> None:
        super().__init__(epoch_s=epoch_s, has_orbits=False)


class PhoenixNoDeferralScheduler(PhoenixScheduler):
    """PHOENIX that never lets a task wait for the next sunlit period, as an ablation."""

    name = "phoenix-no-deferral"

    def __init__(self, epoch_s: float = 600.0, max_planes: int = 0) -> None:
        super().__init__(epoch_s=epoch_s, max_planes=max_planes, has_deferral=False)


class PhoenixNoGroundScheduler(PhoenixScheduler):
    """PHOENIX that computes nothing on the ground, as an ablation."""

    name = "phoenix-no-ground"

    def __init__(self, epoch_s: float = 600.0, max_planes: int = 0) -> None:
        super().__init__(epoch_s=epoch_s, max_planes=max_planes, has_ground=False)
