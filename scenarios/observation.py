"""Captures of a scenario: what its keys mean to the simulator, and what a run keeps of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from scenarios.config.observation import ObservationTasks, TargetFile, TargetGrid
from scenarios.config.problems import UnfitScenarioError
from scenarios.config.scenario import Scenario
from simulator.engine.world import World
from simulator.orbits.model import Floats
from simulator.records import DeliverTo, Task
from simulator.results import RunFolder, file_sha256
from simulator.tasks.observation import (
    CapturesTaken,
    CaptureWork,
    ObservationCaptures,
    OpportunityWindows,
    Sensor,
    Targets,
    grid_targets,
    read_targets,
)
from simulator.tasks.observation.captures import share_for_load

_N_KEPT: Final = 2_000_000
"""Captures that counting for a load leaves for the run: 80 MB, four orbits of 72 x 22 satellites over a dense grid."""


def build_captures(scenario: Scenario, tasks: ObservationTasks, world: World) -> ObservationCaptures:
    """Return the captures of a scenario; a load is met by counting what is possible first.

    Raises
    ------
    TargetFileError
        If the file of targets is broken.
    UnfitScenarioError
        If all possible captures make less than the load.
    """
    windows = OpportunityWindows(
        world.positions,
        build_targets(scenario, tasks),
        Sensor(
            max_off_nadir_rad=np.radians(tasks.maximum_off_nadir_deg),
            min_off_nadir_rad=np.radians(tasks.minimum_off_nadir_deg),
            min_sun_elevation_rad=tasks.min_sun_elevation_rad,
            capture_s=tasks.capture_s,
        ),
        revisit_by=tasks.revisit_by,
        window_s=world.orbital_period_s,
        n_kept=0 if tasks.load is None else _N_KEPT,
    )
    work = CaptureWork(
        data_bits=tasks.data_bits,
        work_s_per_gbit=tasks.work_s_per_gbit,
        result_bits=tasks.result_bits,
        deadline_s=(tasks.deadline_s.low, tasks.deadline_s.high),
        deliver_to=DeliverTo(tasks.deliver_to),
    )
    share = 1.0 if tasks.share_taken is None else tasks.share_taken
    captures = ObservationCaptures(windows, work, share_taken=share, seed=scenario.seed, end_s=world.end_s)
    if tasks.load is None:
        return captures
    counted = _counted(_Question(key=_geometry_key(scenario, tasks), world=world, captures=captures))
    satellite_seconds = world.positions.n_sats * (world.end_s - world.warm_up_s)
    try:
        share = share_for_load(tasks.load, counted.n_possible, work.mean_work_s, satellite_seconds)
    except ValueError as error:
        raise UnfitScenarioError(f"tasks.{error}") from error
    return ObservationCaptures(counted.windows, work, share_taken=share, seed=scenario.seed, end_s=world.end_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A question for how many captures are possible; questions of one `key` have one answer."""

    key: str
    world: World = field(compare=False)
    captures: ObservationCaptures = field(compare=False)


class _Counted(NamedTuple):
    """How many captures are possible in the window after warm-up, and what was solved to count them."""

    n_possible: int
    windows: OpportunityWindows


@lru_cache(maxsize=2)
def _counted(question: _Question) -> _Counted:
    """Count captures, once for all schedulers and seeds of a process."""
    n_possible = question.captures.n_opportunities(question.world.warm_up_s)
    return _Counted(n_possible, question.captures.windows)


def _geometry_key(scenario: Scenario, tasks: ObservationTasks) -> str:
    """Return all that says which captures are possible: orbits, times, targets, sensor, and the files with them."""
    sections = (scenario.satellites, scenario.duration, scenario.warm_up, tasks)
    files = [file_sha256(path) for path in scenario.input_files]
    return repr((scenario.epoch, *(section.model_dump_json() for section in sections), *files))


def build_targets(scenario: Scenario, tasks: ObservationTasks) -> Targets:
    """Return the targets of a scenario.

    Raises
    ------
    TargetFileError
        If the file of targets is broken.
    """
    section = tasks.targets
    if isinstance(section, TargetGrid):
        south, north = np.radians(section.latitude_deg).tolist()
        step_rad = float(np.radians(section.step_deg))
        return grid_targets(step_rad, (south, north), is_even=section.even_spacing, revisit_s=tasks.revisit_s)
    if isinstance(section, TargetFile):
        return read_targets(scenario.folder / section.path, revisit_s=tasks.revisit_s)
    places = section.places
    own_s = [tasks.revisit_s if place.revisit_s is None else place.revisit_s for place in places]
    return Targets(
        names=tuple(place.name for place in places),
        latitude_rad=np.radians([place.latitude_deg for place in places]),
        longitude_rad=np.radians([place.longitude_deg for place in places]),
        priority=np.array([place.priority for place in places]),
        revisit_s=np.array(own_s),
    )


class CaptureLog:
    """Writes captures to the table `captures` as their tasks are asked for, and counts them."""

    def __init__(self, captures: ObservationCaptures, folder: RunFolder, world: World) -> None:
        self._captures = captures
        self._table = folder.table("captures")
        self._window_s = (world.warm_up_s, world.end_s)
        self._n_sats = world.positions.n_sats
        self._n_counted = 0
        self._work_s = self._data_bits = 0.0
        self._is_seen = np.zeros(captures.windows.targets.n_targets, dtype=np.bool_)

    def tasks(self) -> Iterator[Task]:
        """Yield the tasks of the captures, in order of arrival."""
        for taken in self._captures.by_window():
            self._write(taken)
            self._count(taken)
            yield from taken.tasks()

    def finish(self) -> None:
        """Close the table."""
        self._table.close()

    def _write(self, taken: CapturesTaken) -> None:
        seen, targets = taken.opportunities, self._captures.windows.targets
        names = [targets.names[i_target] for i_target in seen.i_target.tolist()]
        latitude_rad, longitude_rad = targets.latitude_rad[seen.i_target], targets.longitude_rad[seen.i_target]
        numbers = (latitude_rad, longitude_rad, seen.time_s, seen.off_nadir_rad, seen.sun_elevation_rad)
        whose = (taken.task_id.tolist(), seen.i_sat.tolist())
        self._table.append_columns([*whose, names, *(column.tolist() for column in numbers)])

    def _count(self, taken: CapturesTaken) -> None:
        start_s, end_s = self._window_s
        inside = np.flatnonzero((taken.arrival_s >= start_s) & (taken.arrival_s < end_s))
        self._n_counted += inside.size
        self._work_s = _added_up(self._work_s, taken.work_s[inside])
        self._data_bits = _added_up(self._data_bits, taken.data_bits[inside])
        self._is_seen[taken.opportunities.i_target[inside]] = True

    @property
    def offered_load(self) -> float:
        """Work that arose inside the window over satellites and time."""
        start_s, end_s = self._window_s
        return self._work_s / (self._n_sats * (end_s - start_s))

    def summary(self, payload_j: float) -> dict[str, float]:
        """Return what was captured: inside the window, but for the share taken and the energy of the whole run."""
        return {
            "n_targets": self._is_seen.size,
            "n_targets_captured": int(np.count_nonzero(self._is_seen)),
            "n_captures": self._n_counted,
            "share_taken": self._captures.share_taken,
            "data_bits": self._data_bits,
            "payload_j": payload_j,
        }


def _added_up(before: float, more: Floats) -> float:
    """Add numbers one by one, in order: sums do not depend on how captures are cut into windows."""
    return float(np.cumsum(np.concatenate([[before], more]))[-1])
