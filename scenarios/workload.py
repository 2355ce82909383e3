"""The tasks of a scenario: arrivals drawn at random, read from a trace or solved for as captures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from scenarios.config.observation import ObservationTasks
from scenarios.config.scenario import Scenario
from scenarios.config.workload import EarthBox, HotSpotsPattern, PoissonTasks, TraceTasks
from scenarios.config.workload import GroundPattern as GroundPatternSection
from scenarios.observation import build_captures
from simulator.engine.world import World
from simulator.orbits.model import PositionModel
from simulator.records import DeliverTo, Task
from simulator.tasks.arrivals import PoissonArrivals
from simulator.tasks.ground_pattern import AreaWeight, GroundPattern
from simulator.tasks.model_mix import with_models
from simulator.tasks.surges import Surge, SurgingArrivals
from simulator.tasks.trace import read_trace
from simulator.tasks.workload import Workload, hot_spot_weights


def build_tasks(scenario: Scenario, world: World) -> Iterator[Task]:
    """Return the tasks of a scenario in order of arrival, drawn or read as they are asked for.

    Raises
    ------
    TraceError
        If the trace is broken, or asks for a model that is in no catalogue; all of it is checked before the first task.
    ValueError
        If the targets of captures are broken, or make less than the load.
    """
    tasks = scenario.tasks
    if isinstance(tasks, ObservationTasks):
        return models_drawn(scenario, (capture.task for capture in build_captures(scenario, tasks, world)))
    deliver_to = DeliverTo(tasks.deliver_to)
    if isinstance(tasks, PoissonTasks):
        return models_drawn(scenario, _poisson_arrivals(scenario, tasks, world, deliver_to))
    path = scenario.folder / tasks.path
    models = None if world.models is None else tuple(world.models.size_bits)
    return _until(read_trace(path, world.positions.names, deliver_to=deliver_to, models=models), world.end_s)


def models_drawn(scenario: Scenario, tasks: Iterable[Task]) -> Iterator[Task]:
    """Return tasks with the models that a scenario makes them ask for; as they are where it names none."""
    shares = None if isinstance(scenario.tasks, TraceTasks) else scenario.tasks.models
    return iter(tasks) if shares is None else with_models(tasks, shares, seed=scenario.seed)


def longest_deadline_s(scenario: Scenario) -> float:
    """Return the longest time that a task of a scenario may take, 0 for a trace, which states its own."""
    return 0.0 if isinstance(scenario.tasks, TraceTasks) else scenario.tasks.deadline_s.high


def _poisson_arrivals(scenario: Scenario, tasks: PoissonTasks, world: World, deliver_to: DeliverTo) -> Iterable[Task]:
    n_sats, pattern = world.positions.n_sats, tasks.pattern
    rate_hz = np.full(n_sats, tasks.mean_rate_hz)
    if isinstance(pattern, HotSpotsPattern):
        rate_hz *= hot_spot_weights(n_sats, pattern.shape, scenario.seed)
    workload = Workload(
        rate_hz=rate_hz,
        work_s=(tasks.runtime_s.low, tasks.runtime_s.high),
        input_bits=tasks.input_bits,
        result_bits=tasks.result_bits,
        deadline_s=(tasks.deadline_s.low, tasks.deadline_s.high),
        deliver_to=deliver_to,
    )
    ground = _ground_pattern(pattern, world.positions) if isinstance(pattern, GroundPatternSection) else None
    arrivals = PoissonArrivals(workload, seed=scenario.seed, end_s=world.end_s, pattern=ground)
    surges = _surges(scenario)
    return SurgingArrivals(arrivals, surges, world.positions) if surges else arrivals


def _surges(scenario: Scenario) -> list[Surge]:
    """Return the surges of a scenario."""
    sections = () if scenario.adversity is None else scenario.adversity.demand_surges or ()
    return [
        Surge(
            from_s=section.from_s,
            until_s=section.until_s,
            factor=section.factor,
            area=None if section.box is None else _area(section.box, 1.0),
        )
        for section in sections
    ]


def _area(box: EarthBox, weight: float) -> AreaWeight:
    south, north, west, east = box.bounds_rad()
    return AreaWeight(latitude_rad=(south, north), longitude_rad=(west, east), weight=weight)


def _ground_pattern(pattern: GroundPatternSection, positions: PositionModel) -> GroundPattern:
    areas = [_area(box, box.weight) for box in pattern.boxes]
    return GroundPattern(positions, areas, pattern.background)


def _until(tasks: Iterator[Task], end_s: float) -> Iterator[Task]:
    """Yield tasks that arrive before the end of the run."""
    for task in tasks:
        if task.arrival_s >= end_s:
            return
        yield task
