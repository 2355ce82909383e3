"""The computing site on the ground."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapreplace

from simulator.engine.clock import Clock
from simulator.engine.jobs import Job
from simulator.engine.world import GroundComputing


class GroundSite:
    """Runs tasks for a fixed time each on a number of servers, first come, first served."""

    def __init__(self, clock: Clock, computing: GroundComputing) -> None:
        self._clock = clock
        self._computing = computing
        self._free_s = [0.0] * computing.n_servers if computing.n_servers is not None else None

    def finish_s(self, arrival_s: float) -> float:
        """Return when a task that reaches its station at `arrival_s` would have its result back at the stations."""
        computing = self._computing
        start_s = arrival_s + computing.network_delay_s
        if self._free_s is not None:
            start_s = max(start_s, self._free_s[0])
        return start_s + computing.compute_s + computing.network_delay_s

    def compute(self, job: Job, on_done: Callable[[Job], None]) -> None:
        """Run a job that has reached a station now; `on_done` is called when its result is back at the stations."""
        done_s = self.finish_s(self._clock.now)
        job.finish_s = done_s - self._computing.network_delay_s
        job.start_s = job.finish_s - self._computing.compute_s
        if self._free_s is not None:
            heapreplace(self._free_s, job.finish_s)
        self._clock.at(done_s, on_done, job)
