"""The tasks that captures make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.orbits.model import Floats, Indices
from simulator.random_streams import Stream, random_stream
from simulator.records import DeliverTo, Task
from simulator.tasks.observation.opportunities import Opportunities, OpportunityWindows
from simulator.tasks.workload import Range

_TAKE, _DATA, _RESULT, _DEADLINE, _N_DRAWS = range(5)
_BITS_PER_GBIT: Final = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureWork:
    """What a capture asks for: each property is uniform in its range, independent of the others.

    `work_s_per_gbit` turns the data of a capture into runtime on a processor of speed 1; `deadline_s` counts from the
    end of the capture.

    Raises
    ------
    ValueError
        If a range is negative, not finite or upside down, or work or deadline are not positive.
    """

    data_bits: Range
    work_s_per_gbit: float
    result_bits: Range
    deadline_s: Range
    deliver_to: DeliverTo = DeliverTo.SOURCE

    def __post_init__(self) -> None:
        for name in ("data_bits", "result_bits", "deadline_s"):
            low, high = getattr(self, name)
            if not 0.0 <= low <= high < np.inf:
                raise ValueError(f"{name} = ({low}, {high}): must be 0 <= low <= high, both finite")
        if not self.data_bits[0] > 0.0 or not self.deadline_s[0] > 0.0:
            raise ValueError(f"data_bits = {self.data_bits}, deadline_s = {self.deadline_s}: must be positive")
        if not 0.0 < self.work_s_per_gbit < np.inf:
            raise ValueError(f"work_s_per_gbit = {self.work_s_per_gbit}: must be positive and finite")

    @property
    def mean_work_s(self) -> float:
        """Mean runtime on a processor of speed 1."""
        return 0.5 * (self.data_bits[0] + self.data_bits[1]) / _BITS_PER_GBIT * self.work_s_per_gbit


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One capture and its task, which arises when the capture ends; `time_s` is its middle."""

    task: Task
    i_target: int
    time_s: float
    off_nadir_rad: float
    sun_elevation_rad: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturesTaken:
    """Captures of one window with what their tasks ask for; every array has shape (n,), in order of time."""

    opportunities: Opportunities
    task_id: Indices
    arrival_s: Floats
    data_bits: Floats
    result_bits: Floats
    work_s: Floats
    deadline_s: Floats
    deliver_to: DeliverTo

    def tasks(self) -> Iterator[Task]:
        """Yield their tasks."""
        columns = (
            self.task_id,
            self.opportunities.i_sat,
            self.arrival_s,
            self.data_bits,
            self.result_bits,
            self.work_s,
            self.deadline_s,
        )
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for task_id, source, arrival_s, data_bits, result_bits, work_s, deadline_s in rows:
            yield Task(
                task_id=task_id,
                source=source,
                arrival_s=arrival_s,
                input_bits=data_bits,
                result_bits=result_bits,
                work_s=work_s,
                deadline_s=deadline_s,
                deliver_to=self.deliver_to,
            )


class ObservationCaptures:
    """The captures of a fleet that end before `end_s`, in order of time. Iterating again starts again.

    Each opportunity is taken with probability `share_taken`, independently: whose image nobody needs, or which clouds
    would spoil, is not taken. A satellite draws from its own stream, in order of its opportunities.

    Parameters
    ----------
    windows : OpportunityWindows
    work : CaptureWork
    share_taken : float
    seed, replication : int
        Key of the streams `Stream.CAPTURES`, one per satellite.
    end_s : float

    Raises
    ------
    ValueError
        If `share_taken` is not a share, or `end_s` is negative or not finite.
    """

    def __init__(
        self,
        windows: OpportunityWindows,
        work: CaptureWork,
        *,
        share_taken: float,
        seed: int,
        end_s: float,
        replication: int = 0,
    ) -> None:
        if not 0.0 <= share_taken <= 1.0:
            raise ValueError(f"share_taken = {share_taken}: must lie in 0 to 1")
        if not 0.0 <= end_s < np.inf:
            raise ValueError(f"end_s = {end_s}: must be at least 0 and finite")
        self.windows = windows
        self.work = work
        self.share_taken = share_taken
        self.seed = seed
        self.replication = replication
        self.end_s = end_s

    def __iter__(self) -> Iterator[Capture]:
        """Yield captures in order of time; `task_id` counts them from 0."""
        for taken in self.by_window():
            seen = taken.opportunities
            columns = (seen.i_target, seen.time_s, seen.off_nadir_rad, seen.sun_elevation_rad)
            rows = zip(taken.tasks(), *(column.tolist() for column in columns), strict=True)
            for task, i_target, time_s, off_nadir, sun in rows:
                yield Capture(
                    task=task, i_target=i_target, time_s=time_s, off_nadir_rad=off_nadir, sun_elevation_rad=sun
                )

    def by_window(self) -> Iterator[CapturesTaken]:
        """Yield the same captures in columns, those of one window after another."""
        first_id = 0
        half_s = 0.5 * self.windows.sensor.capture_s
        streams: dict[int, np.random.Generator] = {}
        for window in self.windows.until(self.end_s - half_s):
            draws = self._draws(window, streams)
            taken = np.flatnonzero(draws[:, _TAKE] < self.share_taken)
            yield _taken(window.taken(taken), draws[taken], self.work, half_s, first_id)
            first_id += taken.size

    def n_opportunities(self, start_s: float) -> int:
        """Count the opportunities whose tasks would arise in [start_s, end_s), by solving for all of them."""
        half_s = 0.5 * self.windows.sensor.capture_s
        windows = self.windows.until(self.end_s - half_s)
        return sum(int(np.count_nonzero(window.time_s + half_s >= start_s)) for window in windows)

    def _draws(self, window: Opportunities, streams: dict[int, np.random.Generator]) -> Floats:
        """Return uniform draws for the opportunities of a window, (n, 4)."""
        order = np.argsort(window.i_sat, kind="stable")
        satellites, counts = np.unique(window.i_sat, return_counts=True)
        draws = np.empty((order.size, _N_DRAWS))
        first = 0
        for satellite, n in zip(satellites.tolist(), counts.tolist(), strict=True):
            stream = streams.get(satellite)
            if stream is None:
                stream = random_stream(self.seed, Stream.CAPTURES, satellite=satellite, replication=self.replication)
                streams[satellite] = stream
            draws[order[first : first + n]] = stream.random((n, _N_DRAWS))
            first += n
        return draws


def share_for_load(load: float, n_opportunities: int, mean_work_s: float, satellite_seconds: float) -> float:
    """Return the share of opportunities that makes a mean load: work per satellite and second.

    Raises
    ------
    ValueError
        If all of them make less.
    """
    full_load = n_opportunities * mean_work_s / satellite_seconds
    if load > full_load:
        raise ValueError(
            f"load = {load:g}: all {n_opportunities} captures that are possible make {full_load:.4g}; lower the load, "
            "raise work_s_per_gbit, add targets, widen the off-nadir limits or shorten capture_s and revisit_s"
        )
    return load / full_load


def _taken(
    opportunities: Opportunities, draws: Floats, work: CaptureWork, half_s: float, first_id: int
) -> CapturesTaken:
    """Return the captures of one window."""
    arrival_s = opportunities.time_s + half_s
    data_bits = _uniform(work.data_bits, draws[:, _DATA])
    return CapturesTaken(
        opportunities=opportunities,
        task_id=np.arange(first_id, first_id + arrival_s.size),
        arrival_s=arrival_s,
        data_bits=data_bits,
        result_bits=_uniform(work.result_bits, draws[:, _RESULT]),
        work_s=data_bits / _BITS_PER_GBIT * work.work_s_per_gbit,
        deadline_s=arrival_s + _uniform(work.deadline_s, draws[:, _DEADLINE]),
        deliver_to=work.deliver_to,
    )


def _uniform(limits: Range, draws: Floats) -> Floats:
    """Return uniform numbers between two limits."""
    low, high = limits
    return np.asarray(low + (high - low) * draws, dtype=np.float64)
