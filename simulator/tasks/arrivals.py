"""Poisson arrivals, drawn lazily and satellite by satellite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.orbits.model import Floats
from simulator.random_streams import Stream, random_stream
from simulator.records import Task
from simulator.tasks.workload import Workload

_BLOCK = 64  # tasks that a satellite draws at a time; part of what a seed means
_WORK, _INPUT, _RESULT, _DEADLINE, _ACCEPT, _N_DRAWS = range(6)
_TASKS_PER_WINDOW = 32_768


class Thinning(Protocol):
    """Rates that change along the orbit."""

    @property
    def highest_factors(self) -> Floats:
        """Highest rate of each satellite relative to that in its workload: (n_sats,)."""
        ...

    def shares(self, i_sat: NDArray[np.intp], t_s: Floats) -> Floats:
        """Return the rate of satellites at times relative to their highest: (n,), (n,) -> (n,)."""
        ...


class PoissonArrivals:
    """Tasks of a fleet over [0, end_s), in order of time (satellites in order at equal times).

    A satellite's tasks depend on the seed, its index and its rate alone: they are the same in any fleet. Halving a
    rate doubles the times between the same tasks. Memory does not grow with `end_s`. Iterating again starts again.

    Parameters
    ----------
    workload : Workload
        Rates and properties.
    seed, replication : int
        Key of the streams `Stream.ARRIVALS`, one per satellite.
    end_s : float
        End of the arrivals.
    pattern : Thinning, optional
        Thins the arrivals (Lewis and Shedler 1979): candidates arise at each satellite's highest rate, and each is
        kept with the share of that rate at its time.
    start_s : float
        Start of the arrivals.
    surge : int, optional
        Number of a surge: keys the streams `Stream.DEMAND_SURGES` in place of `Stream.ARRIVALS`.
    """

    def __init__(
        self,
        workload: Workload,
        *,
        seed: int,
        end_s: float,
        replication: int = 0,
        pattern: Thinning | None = None,
        start_s: float = 0.0,
        surge: int | None = None,
    ) -> None:
        if not 0.0 <= end_s < np.inf:
            raise ValueError(f"end_s = {end_s}: must be at least 0 and finite")
        if pattern is not None and len(pattern.highest_factors) != len(workload.rate_hz):
            n_factors = len(pattern.highest_factors)
            raise ValueError(f"workload.rate_hz has {len(workload.rate_hz)} rates, pattern {n_factors}")
        if not 0.0 <= start_s <= end_s:
            raise ValueError(f"start_s = {start_s}: must be from 0 to end_s = {end_s}")
        self.workload = workload
        self.seed = seed
        self.replication = replication
        self.end_s = end_s
        self.pattern = pattern
        self.start_s = start_s
        self.surge = surge

    def __iter__(self) -> Iterator[Task]:
        """Yield tasks in order of time; `task_id` counts them from 0."""
        task_id = 0
        for i_sat, t_s, draws in self._windows():
            yield from _tasks(self.workload, task_id, i_sat, t_s, draws)
            task_id += len(t_s)

    def _windows(self) -> Iterator[tuple[NDArray[np.intp], Floats, Floats]]:
        """Yield satellites (n,), times (n,) and uniform draws (n, 5) of the tasks of one window after another."""
        candidate_rate_hz = self.workload.rate_hz * (1.0 if self.pattern is None else self.pattern.highest_factors)
        draws = _Draws(candidate_rate_hz, self._streams(candidate_rate_hz), self.start_s)
        total_hz, highest_hz = float(candidate_rate_hz.sum()), float(candidate_rate_hz.max(initial=0.0))
        if total_hz == 0.0:
            return
        window_s = min(_TASKS_PER_WINDOW / total_hz, 0.5 * _BLOCK / highest_hz)
        n_windows = int(np.ceil((self.end_s - self.start_s) / window_s))
        for k in range(n_windows):
            end_s = self.end_s if k == n_windows - 1 else self.start_s + (k + 1) * window_s
            i_sat, t_s, uniform = draws.before(end_s)
            if self.pattern is not None:
                kept = uniform[:, _ACCEPT] < self.pattern.shares(i_sat, t_s)
                i_sat, t_s, uniform = i_sat[kept], t_s[kept], uniform[kept]
            order = np.lexsort((i_sat, t_s))
            yield i_sat[order], t_s[order], uniform[order]

    def _streams(self, rate_hz: Floats) -> list[np.random.Generator]:
        """Return the stream of every satellite with a rate."""
        stream = Stream.ARRIVALS if self.surge is None else Stream.DEMAND_SURGES
        return [
            random_stream(self.seed, stream, satellite=i_sat, neighbour=self.surge, replication=self.replication)
            for i_sat in np.flatnonzero(rate_hz > 0.0).tolist()
        ]


class _Draws:
    """The current block of every satellite: arrival times (n_sats, block) and uniform draws (n_sats, block, 5)."""

    def __init__(self, rate_hz: Floats, streams: Sequence[np.random.Generator], start_s: float) -> None:
        self.active = np.flatnonzero(rate_hz > 0.0)
        self.mean_gap_s = 1.0 / rate_hz[self.active]
        self.streams = streams
        self.t_s = np.full((len(self.active), _BLOCK), start_s)
        self.uniform = np.empty((len(self.active), _BLOCK, _N_DRAWS))
        self.taken_until_s = start_s
        self._refill(np.arange(len(self.active)))

    def before(self, end_s: float) -> tuple[NDArray[np.intp], Floats, Floats]:
        """Take all candidates before a time that have not been taken, in no particular order."""
        rows = np.arange(len(self.active))
        parts = []
        while len(rows):
            t_s = self.t_s[rows]
            row, column = np.nonzero((t_s >= self.taken_until_s) & (t_s < end_s))
            parts.append((self.active[rows[row]], t_s[row, column], self.uniform[rows[row], column]))
            rows = rows[t_s[:, -1] < end_s]
            self._refill(rows)
        self.taken_until_s = end_s
        i_sat, times_s, uniform = (np.concatenate(part) for part in zip(*parts, strict=True))
        return i_sat, times_s, uniform

    def _refill(self, rows: NDArray[np.intp]) -> None:
        """Draw the next block of some rows."""
        for row in rows.tolist():
            stream = self.streams[row]
            gaps_s = stream.standard_exponential(_BLOCK) * self.mean_gap_s[row]
            gaps_s[0] += self.t_s[row, -1]
            np.cumsum(gaps_s, out=self.t_s[row])
            stream.random(out=self.uniform[row])


def _tasks(workload: Workload, first_id: int, i_sat: NDArray[np.intp], t_s: Floats, draws: Floats) -> Iterator[Task]:
    """Yield the tasks of one window."""
    deliver_to, model = workload.deliver_to, workload.model
    columns = zip(
        range(first_id, first_id + len(t_s)),
        i_sat.tolist(),
        t_s.tolist(),
        _uniform(workload.input_bits, draws[:, _INPUT]),
        _uniform(workload.result_bits, draws[:, _RESULT]),
        _uniform(workload.work_s, draws[:, _WORK]),
        (t_s + _uniform(workload.deadline_s, draws[:, _DEADLINE])).tolist(),
        strict=True,
    )
    for task_id, source, arrival_s, input_bits, result_bits, work_s, deadline_s in columns:
        yield Task(
            task_id=task_id,
            source=source,
            arrival_s=arrival_s,
            input_bits=input_bits,
            result_bits=result_bits,
            work_s=work_s,
            deadline_s=deadline_s,
            deliver_to=deliver_to,
            model=model,
        )


def _uniform(limits: tuple[float, float], draws: Floats) -> list[float]:
    """Return uniform numbers between two limits."""
    low, high = limits
    scaled: list[float] = (low + (high - low) * draws).tolist()
    return scaled
