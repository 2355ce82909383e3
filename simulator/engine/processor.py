"""The processor of a satellite: a few jobs at once, by priority among those whose start time has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from math import inf, isnan, nan

from simulator.engine.clock import Clock
from simulator.engine.jobs import Job
from simulator.engine.world import World
from simulator.records import ProcessorMode


class Execution:
    """A job that runs: since when, until when, in which mode."""

    __slots__ = ("finish_s", "is_stopped", "job", "mode", "started_s")

    def __init__(self, job: Job, mode: ProcessorMode, started_s: float) -> None:
        self.job = job
        self.mode = mode
        self.started_s = started_s
        self.finish_s = started_s + job.work_s / mode.speed
        self.is_stopped = False


class Processor:
    """Runs queued jobs; tells `on_power` when its power changes and `on_finish` when a job is done.

    Up to `tasks_at_once` jobs run side by side, each at full speed and full power. Ties in priority are served in
    the order of queueing. Non-preemptive unless asked otherwise; a preempted job keeps what it has done
    (`on_preempt` is told how much), one interrupted by a brown-out loses what it has done since it last started. A
    reset loses every job; those that come before the restart wait for it.
    """

    __slots__ = (
        "_clock",
        "_future",
        "_is_preemptive",
        "_on_finish",
        "_on_power",
        "_on_preempt",
        "_on_start",
        "_ready",
        "_sequence",
        "_timer_s",
        "_waiting",
        "busy_s",
        "is_resetting",
        "is_up",
        "modes",
        "restart_s",
        "running",
        "satellite",
        "tasks_at_once",
    )

    def __init__(
        self,
        satellite: int,
        clock: Clock,
        world: World,
        on_power: Callable[[int, float], None],
        on_start: Callable[[Job], None],
        on_preempt: Callable[[Job, float], None],
        on_finish: Callable[[Job], None],
    ) -> None:
        self.satellite = satellite
        self.modes: Sequence[ProcessorMode] = world.own_modes[satellite] if world.own_modes else world.modes
        self.tasks_at_once = world.tasks_at_once
        self.is_up = True
        self.is_resetting = False
        self.restart_s = nan
        self.running: list[Execution] = []
        self.busy_s = 0.0
        self._clock = clock
        self._is_preemptive = world.is_preemptive
        self._on_power = on_power
        self._on_start = on_start
        self._on_preempt = on_preempt
        self._on_finish = on_finish
        self._waiting: dict[int, Job] = {}
        self._ready: list[tuple[float, int, int, Job]] = []
        self._future: list[tuple[float, int, int, Job]] = []
        self._sequence = 0
        self._timer_s = inf

    def queue(self, job: Job) -> None:
        """Take a job whose input is here."""
        self._waiting[id(job)] = job
        self._push(job)
        self.poll()

    def revise(self, job: Job, not_before_s: float, priority: float) -> bool:
        """Re-time a job that waits here; return whether it still did. `poll` follows when all is re-timed."""
        if id(job) not in self._waiting:
            return False
        job.not_before_s, job.priority = not_before_s, priority
        job.version += 1
        self._push(job)
        return True

    def remove(self, job: Job) -> None:
        """Let go of a job that waits here; one that does not is left alone."""
        if self._waiting.pop(id(job), None) is not None:
            self._drop_stale()

    def busy_until_now_s(self) -> float:
        """Return processor time spent so far, summed over jobs side by side, the running ones included."""
        now_s = self._clock.now
        return self.busy_s + sum(now_s - execution.started_s for execution in self.running)

    def work_under_way_s(self) -> float:
        """Return the work that the running jobs have had done, in seconds at speed 1."""
        now_s = self._clock.now
        return sum((now_s - execution.started_s) * execution.mode.speed for execution in self.running)

    def shut_down(self) -> None:
        """Lose power: running jobs go back to the queue with their progress lost."""
        self.is_up = False
        for execution in list(self.running):
            job = self._stop(execution)
            job.start_s = job.finish_s = nan
            job.place = None
            job.n_logic_errors = 0  # of an execution that begins anew
            self._waiting[id(job)] = job
            self._push(job)
        self._tell_power()

    def power_up(self) -> None:
        """Have power again."""
        self.is_up = not self.is_resetting
        self.poll()

    def reset(self, restart_s: float) -> list[Job]:
        """Hang: forget every job and be off until `restart`; return the running ones, then those that waited."""
        self.is_up, self.is_resetting, self.restart_s = False, True, restart_s
        lost = [self._stop(execution) for execution in list(self.running)]
        lost += self._waiting.values()
        for queue in (self._waiting, self._ready, self._future):
            queue.clear()
        self._tell_power()
        return lost

    def restart(self, *, has_power: bool) -> None:
        """End a reset; without power the computer stays off."""
        self.is_resetting, self.is_up = False, has_power
        self.poll()

    def _push(self, job: Job) -> None:
        self._sequence += 1
        if job.not_before_s <= self._clock.now:
            heappush(self._ready, (job.priority, self._sequence, job.version, job))
        else:
            heappush(self._future, (job.not_before_s, self._sequence, job.version, job))

    def poll(self) -> None:
        """Start what may start now."""
        if not self.is_up:
            return
        self._move_due()
        has_changed = False
        while self._ready:
            if len(self.running) >= self.tasks_at_once and not self._make_room():
                break
            self._start(heappop(self._ready)[3])
            self._drop_stale()
            has_changed = True
        if has_changed:
            self._tell_power()
        if self._is_preemptive or len(self.running) < self.tasks_at_once:
            self._arm_timer()

    def _make_room(self) -> bool:
        """Preempt the least urgent running job, the latest started of equals, if one that is ready is more urgent.

        A job that ends now makes room by itself.
        """
        now_s = self._clock.now
        if not self._is_preemptive or any(execution.finish_s <= now_s for execution in self.running):
            return False
        victim = max(self.running, key=lambda execution: (execution.job.priority, execution.started_s))
        if self._ready[0][0] >= victim.job.priority:
            return False
        left_s = (victim.finish_s - now_s) * victim.mode.speed
        job = self._stop(victim)
        self._on_preempt(job, job.work_s - left_s)
        job.work_s = left_s
        job.finish_s = nan
        self._waiting[id(job)] = job
        self._push(job)
        return True

    def _move_due(self) -> None:
        now, future = self._clock.now, self._future
        while future and future[0][0] <= now:
            _, sequence, version, job = heappop(future)
            if job.version == version and id(job) in self._waiting:
                heappush(self._ready, (job.priority, sequence, version, job))
        self._drop_stale()

    def _drop_stale(self) -> None:
        """Let the first ready entry be one that still holds."""
        ready = self._ready
        while ready and (ready[0][3].version != ready[0][2] or id(ready[0][3]) not in self._waiting):
            heappop(ready)

    def _arm_timer(self) -> None:
        if self._future and self._future[0][0] < self._timer_s:
            self._timer_s = self._future[0][0]
            self._clock.at(self._timer_s, self._on_timer, self._timer_s)

    def _on_timer(self, t_s: float) -> None:
        if t_s == self._timer_s:
            self._timer_s = inf
            self.poll()

    def _start(self, job: Job) -> None:
        del self._waiting[id(job)]
        execution = Execution(job, self.modes[job.mode], self._clock.now)
        self.running.append(execution)
        if isnan(job.start_s):
            job.start_s = execution.started_s
        job.finish_s = execution.finish_s
        self._on_start(job)
        self._clock.at(execution.finish_s, self._on_done, execution)

    def _on_done(self, execution: Execution) -> None:
        if execution.is_stopped:
            return
        self._stop(execution)
        n_left = len(self.running)
        self.poll()
        if len(self.running) == n_left:
            self._tell_power()
        self._on_finish(execution.job)

    def _stop(self, execution: Execution) -> Job:
        execution.is_stopped = True
        self.running.remove(execution)
        self.busy_s += self._clock.now - execution.started_s
        return execution.job

    def _tell_power(self) -> None:
        self._on_power(self.satellite, sum([execution.mode.power_w for execution in self.running]))
