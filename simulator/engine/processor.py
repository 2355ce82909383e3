"""The processor of a satellite: one job at a time, by priority among those whose start time has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from math import inf, isnan, nan

from simulator.engine.clock import Clock
from simulator.engine.jobs import Job
from simulator.records import ProcessorMode


class Processor:
    """Runs queued jobs; tells `on_power` when its power changes and `on_finish` when a job is done.

    Ties in priority are served in the order of queueing. Non-preemptive unless asked otherwise; a preempted
    job keeps what it has done (`on_preempt` is told how much), one interrupted by a brown-out loses what it has
    done since it last started.
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
        "_run_version",
        "_sequence",
        "_timer_s",
        "_waiting",
        "busy_s",
        "finish_s",
        "is_up",
        "modes",
        "running",
        "satellite",
        "started_s",
    )

    def __init__(
        self,
        satellite: int,
        clock: Clock,
        modes: Sequence[ProcessorMode],
        is_preemptive: bool,
        on_power: Callable[[int, float], None],
        on_start: Callable[[Job], None],
        on_preempt: Callable[[Job, float], None],
        on_finish: Callable[[Job], None],
    ) -> None:
        self.satellite = satellite
        self.modes = modes
        self.is_up = True
        self.running: Job | None = None
        self.started_s = 0.0
        self.finish_s = 0.0
        self.busy_s = 0.0
        self._clock = clock
        self._is_preemptive = is_preemptive
        self._on_power = on_power
        self._on_start = on_start
        self._on_preempt = on_preempt
        self._on_finish = on_finish
        self._waiting: dict[int, Job] = {}
        self._ready: list[tuple[float, int, int, Job]] = []
        self._future: list[tuple[float, int, int, Job]] = []
        self._sequence = 0
        self._timer_s = inf
        self._run_version = 0

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

    def busy_until_now_s(self) -> float:
        """Return processor time spent so far, the running job included."""
        return self.busy_s + (self._clock.now - self.started_s if self.running is not None else 0.0)

    def shut_down(self) -> None:
        """Lose power: the running job goes back to the queue with its progress lost."""
        self.is_up = False
        job = self._stop_running()
        if job is not None:
            job.start_s = job.finish_s = nan
            job.place = None
            self._waiting[id(job)] = job
            self._push(job)

    def power_up(self) -> None:
        """Have power again."""
        self.is_up = True
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
        if self.running is not None:
            if not self._is_preemptive:
                return
            if not self._ready or self._ready[0][0] >= self.running.priority:
                self._arm_timer()
                return
            self._preempt()
        while self._ready:
            _, _, version, job = heappop(self._ready)
            if job.version == version and id(job) in self._waiting:
                self._start(job)
                return
        self._arm_timer()

    def _move_due(self) -> None:
        now, future = self._clock.now, self._future
        while future and future[0][0] <= now:
            _, sequence, version, job = heappop(future)
            if job.version == version and id(job) in self._waiting:
                heappush(self._ready, (job.priority, sequence, version, job))
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
        now, mode = self._clock.now, self.modes[job.mode]
        self.running = job
        self.started_s = now
        self.finish_s = now + job.work_s / mode.speed
        self._on_power(self.satellite, mode.power_w)
        if isnan(job.start_s):
            job.start_s = now
        job.finish_s = self.finish_s
        self._on_start(job)
        self._run_version += 1
        self._clock.at(self.finish_s, self._on_done, self._run_version)
        if self._is_preemptive:
            self._arm_timer()

    def _on_done(self, run_version: int) -> None:
        if run_version != self._run_version or self.running is None:
            return
        job = self.running
        self.running = None
        self.busy_s += self._clock.now - self.started_s
        self.poll()
        if self.running is None:
            self._on_power(self.satellite, 0.0)
        self._on_finish(job)

    def _stop_running(self) -> Job | None:
        job = self.running
        if job is None:
            return None
        self.running = None
        self._run_version += 1
        self.busy_s += self._clock.now - self.started_s
        self._on_power(self.satellite, 0.0)
        return job

    def _preempt(self) -> None:
        speed = self.modes[self.running.mode].speed if self.running is not None else 1.0
        left_s = (self.finish_s - self._clock.now) * speed
        job = self._stop_running()
        if job is not None:
            self._on_preempt(job, job.work_s - left_s)
            job.work_s = left_s
            job.finish_s = nan
            self._waiting[id(job)] = job
            self._push(job)
