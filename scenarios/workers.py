"""Jobs spread over worker processes: the dearest first, failures kept as results, an interruption ends them all."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Final, Generic, TypeVar

Report = Callable[[float], None]
ResultT = TypeVar("ResultT")

_POLL_S: Final = 0.3
_MOST_TRIES: Final = 2
"""A dying worker takes the jobs beside its own along: each of them is tried once more, alone, to tell who it was."""

_PATIENCE_S: Final = 3.0
"""How long an interrupted worker may take to remove its unfinished run before it is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[ResultT]):
    """Work for a worker: `call` can be pickled and takes a function that is told the finished share."""

    call: Callable[[Report], ResultT]
    estimated_cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job gave no result."""

    message: str


def run_jobs(jobs: Sequence[Job[ResultT]], *, n_workers: int, progress: Report) -> list[ResultT | Failure]:
    """Run jobs in worker processes and return their results in the order of the jobs.

    A job that raises, or whose process dies twice, gives a `Failure`, and the others go on. Whatever interrupts this
    process ends the workers and passes through; workers end by themselves if this process dies.

    Parameters
    ----------
    jobs : sequence of Job
    n_workers : int
        Processes, at least 1; results do not depend on it.
    progress : callable
        Called with the finished share of all jobs, weighed by their estimated cost.
    """
    if n_workers < 1:
        raise ValueError(f"n_workers = {n_workers}: at least 1")
    batch = _Batch(jobs, progress)
    while batch.n_left:
        batch.run_until_a_worker_dies(n_workers)
    return [batch.results[i_job] for i_job in range(len(jobs))]


class _Worker(SpawnProcess):
    """A worker that ends quietly when another was ended while it read from the queue that they share."""

    def run(self) -> None:
        """Run until told to end."""
        try:
            super().run()
        except EOFError:
            sys.exit(1)


class _Workers(SpawnContext):
    """Starts such workers."""

    Process = _Worker


class _Batch(Generic[ResultT]):
    """Jobs on their way to results."""

    def __init__(self, jobs: Sequence[Job[ResultT]], progress: Report) -> None:
        self.results: dict[int, ResultT | Failure] = {}
        self._jobs, self._progress = jobs, progress
        self._n_tries = [0] * len(jobs)
        # fresh processes instead of copies: a copy of a process with threads (progress bar, Arrow) can stand still
        self._context = _Workers()
        self._shares: Any = self._context.Array("d", max(len(jobs), 1))

    @property
    def n_left(self) -> int:
        """Jobs without a result."""
        return len(self._jobs) - len(self.results)

    def run_until_a_worker_dies(self, n_workers: int) -> None:
        """Run what is left, or only those that a dead worker left behind; return early if a worker process dies."""
        left = [i_job for i_job in range(len(self._jobs)) if i_job not in self.results]
        if suspects := [i_job for i_job in left if self._n_tries[i_job]]:
            left, n_workers = suspects, 1
        before = multiprocessing.active_children()
        with ProcessPoolExecutor(
            min(n_workers, len(left)), self._context, initializer=_begin_worker, initargs=(self._shares,)
        ) as pool:
            try:
                self._feed(pool, left, n_workers)
            except BrokenProcessPool:
                self._give_up_after_most_tries()
            except BaseException:
                _end([child for child in multiprocessing.active_children() if child not in before])
                raise

    def _feed(self, pool: ProcessPoolExecutor, left: Sequence[int], n_workers: int) -> None:
        waiting = deque(sorted(left, key=lambda i_job: (-self._jobs[i_job].estimated_cpu_s, i_job)))
        running: dict[Future[ResultT | Failure], int] = {}
        while waiting or running:
            while waiting and len(running) < n_workers:  # none is handed out before a worker is free to begin it
                i_job = waiting.popleft()
                self._n_tries[i_job] += 1
                running[pool.submit(_work, i_job, self._jobs[i_job].call)] = i_job
            done, _ = wait(running, timeout=_POLL_S, return_when=FIRST_COMPLETED)
            for future in done:
                self.results[running[future]] = future.result()
                del running[future]
            self._progress(self._share_done())

    def _share_done(self) -> float:
        weights = [job.estimated_cpu_s for job in self._jobs]
        shares = [1.0 if i_job in self.results else self._shares[i_job] for i_job in range(len(self._jobs))]
        return sum(weight * share for weight, share in zip(weights, shares, strict=True)) / sum(weights)

    def _give_up_after_most_tries(self) -> None:
        for i_job, n_tries in enumerate(self._n_tries):
            if i_job not in self.results and n_tries >= _MOST_TRIES:
                self.results[i_job] = Failure(message="its process died; was it killed, or out of memory?")


def _end(workers: Sequence[Any]) -> None:
    """End workers, those that do not listen by force; what they were writing is swept by the next run of it."""
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(_PATIENCE_S)
        if worker.is_alive():
            worker.kill()


class _Ended(SystemExit):
    """What SIGTERM raises in a worker."""


_worker_shares: Any = None
"""In a worker: how far each job is, shared with its parent; it can be inherited by a process, not sent with a job."""


def _begin_worker(shares: Any) -> None:
    """Make a fresh process a worker: Ctrl-C is for its parent to handle, and it ends when its parent does."""
    global _worker_shares
    _worker_shares = shares
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _raise_ended)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _raise_ended(_number: int, _frame: object) -> None:
    raise _Ended


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _work(i_job: int, call: Callable[[Report], ResultT]) -> ResultT | Failure:
    def report(share: float) -> None:
        _worker_shares[i_job] = share

    try:
        return call(report)
    except _Ended:
        raise
    except (ValueError, OSError) as error:
        return Failure(message=str(error))
    except (Exception, SystemExit) as error:  # whatever a scheduler does: it must not stop other runs
        return Failure(message=f"{type(error).__name__}: {error}")
