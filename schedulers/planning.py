"""Plans of what every satellite is committed to, and whether a task fits into one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan, nan
from typing import Final, NamedTuple

from schedulers.arrangement import Arrangement, PlannedTask, Windows, arrange
from schedulers.sunlit_room import SunlitRoom
from simulator.records import FIELD_BITS, DeliverTo, ProcessorMode, Revision, Run, Signalling, Task, View

_CARRIED_SHARES: Final = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Parts of the load, base load included, that an array carries by itself in time that is preferred, best first."""


class Fit(NamedTuple):
    """A task that fits on a satellite: when it would start, and what moves for it."""

    satellite: int
    arrangement: Arrangement
    runtime_s: float
    due_s: float
    mode: int = 0

    @property
    def start_s(self) -> float:
        """Planned start."""
        return self.arrangement.start_s


class FleetPlans:
    """Planned tasks of every satellite, as if each ran one task at a time.

    A task is admitted only if it and all admitted before meet their deadlines, transfers there and back included.
    Every satellite knows all plans, so each change is broadcast. Tasks run in the first mode of their satellite, with
    `is_efficient` in the one that takes the least energy for them of those in which they fit. With `awaits_models` a
    task is planned for when its model is there, else as if every satellite had it. With `prefers_output`, where output
    is known to swing, tasks in sunlight are planned when the array carries most of the load.
    """

    def __init__(
        self, n_sats: int, *, is_efficient: bool = False, awaits_models: bool = False, prefers_output: bool = False
    ) -> None:
        self.of: list[list[PlannedTask]] = [[] for _ in range(n_sats)]
        self._is_efficient = is_efficient
        self._awaits_models = awaits_models
        self._prefers_output = prefers_output
        self._room = SunlitRoom(n_sats)
        self._n_commits = 0
        self._n_fields = 0

    def signalling(self) -> Signalling:
        """Return one broadcast per change: satellite and planned task, and number and start of each that moved."""
        return Signalling(n_messages=self._n_commits, bits=FIELD_BITS * self._n_fields)

    def has_no_sunlight(self, task: Task, satellite: int, view: View) -> bool:
        """Say whether a task surely finds no sunlight on a satellite: cheaper than to ask how it fits."""
        runtime_s = self._least_runtime_s(task, satellite, view)
        return self._room.is_short(satellite, self.of[satellite], task.deadline_s, runtime_s, view)

    def has_no_contact(self, task: Task, satellite: int, view: View) -> bool:
        """Say whether a result that must go down surely meets no station in time: cheaper still.

        Any slot on a channel lies inside a contact that ends after the task and begins before its deadline.
        """
        if task.deliver_to is not DeliverTo.GROUND:
            return False
        end_s = view.now_s + self._least_runtime_s(task, satellite, view)
        return not view.contacts(satellite, end_s, task.deadline_s)

    def _least_runtime_s(self, task: Task, satellite: int, view: View) -> float:
        modes = view.modes_of(satellite)
        return task.work_s / (max(mode.speed for mode in modes) if self._is_efficient else modes[0].speed)

    def fit(self, task: Task, satellite: int, view: View, *, needs_sunlight: bool) -> Fit | None:
        """Return how a task fits on a satellite, None if it does not; nothing is planned yet."""
        if not view.is_up(satellite) or self.has_no_contact(task, satellite, view):
            return None
        modes = view.modes_of(satellite)
        if not self._is_efficient:
            return self._fit_in(0, task.work_s / modes[0].speed, task, satellite, view, needs_sunlight)
        for mode in _by_energy(modes):
            fit = self._fit_in(mode, task.work_s / modes[mode].speed, task, satellite, view, needs_sunlight)
            if fit is not None:
                return fit
        return None

    def _fit_in(
        self, mode: int, runtime_s: float, task: Task, satellite: int, view: View, needs_sunlight: bool
    ) -> Fit | None:
        """Return how a task of known runtime fits on a satellite."""
        now_s, here = view.now_s, view.here
        release_s, due_s = now_s, task.deadline_s
        if satellite != here:
            release_s += view.transfer_s(here, satellite, task.input_bits)
            if release_s > due_s:  # inf without a route: ask no further
                return None
        if self._awaits_models:
            release_s = max(release_s, view.model_delivery_s(satellite, task.model))
        if satellite != task.source and task.deliver_to is DeliverTo.SOURCE:
            # the way back is as long as the way there, and routes from the source are known already
            due_s -= view.transfer_s(task.source, satellite, task.result_bits)
        if not release_s + runtime_s <= due_s:
            return None
        down_bits = nan if task.deliver_to is DeliverTo.SOURCE else task.result_bits
        new = PlannedTask(due_s, task.task_id, release_s, runtime_s, 0.0, needs_sunlight, down_bits)

        def windows_until(end_s: float) -> Windows:
            return view.sunlit_windows(satellite, now_s, end_s)

        def powered_until(end_s: float) -> list[Windows]:
            load_w = view.base_power_w(satellite) + view.modes_of(satellite)[mode].power_w
            return [view.powered_windows(satellite, share * load_w, now_s, end_s) for share in _CARRIED_SHARES]

        preferred = powered_until if self._prefers_output and view.output_swings(satellite) else None
        arrangement = arrange(self.of[satellite], new, now_s, windows_until, preferred)
        if arrangement is None:
            return None
        if not _results_are_in_time((new.starting(arrangement.start_s), *arrangement.moved), satellite, view):
            return None
        return Fit(satellite, arrangement, runtime_s, due_s, mode)

    def commit(self, fit: Fit) -> Run:
        """Plan a task as it fits and return the decision that carries it out."""
        self.of[fit.satellite] = fit.arrangement.plan
        self._n_commits += 1
        self._n_fields += 1 + len(PlannedTask._fields) + 2 * len(fit.arrangement.moved)
        return Run(
            satellite=fit.satellite,
            not_before_s=fit.arrangement.start_s,
            priority=fit.due_s,
            mode=fit.mode,
            revisions=tuple(
                Revision(task_id=moved.task_id, not_before_s=moved.start_s, priority=moved.due_s)
                for moved in fit.arrangement.moved
            ),
        )


def _by_energy(modes: Sequence[ProcessorMode]) -> list[int]:
    """Return modes, the one with the least energy for the same work first; of equals the fastest."""
    return sorted(range(len(modes)), key=lambda mode: (modes[mode].power_w / modes[mode].speed, -modes[mode].speed))


def _results_are_in_time(planned: Iterable[PlannedTask], satellite: int, view: View) -> bool:
    """Say whether results that must reach the ground do so through a contact after their new times."""
    return all(
        isnan(task.down_bits) or view.ground_delivery_of_result_s(satellite, task.end_s, task.down_bits) <= task.due_s
        for task in planned
    )
