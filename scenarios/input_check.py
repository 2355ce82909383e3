"""Checks of a scenario that need its world: orbits, targets, traces and outages of the files that it names."""

from __future__ import annotations

from scenarios.build import build_world
from scenarios.config.observation import ObservationTasks
from scenarios.config.scenario import Scenario
from scenarios.config.workload import TraceTasks
from scenarios.observation import build_targets
from scenarios.workload import build_tasks
from simulator.engine.world import World


def check_inputs(scenario: Scenario) -> World:
    """Read every file that a run reads before its first event, and return the world that they make.

    Networks of the section `inference` are not loaded, and captures are not counted for a load.

    Raises
    ------
    ValueError
        As `build_world` and `build_tasks`.
    """
    world, _ = build_world(scenario)
    if isinstance(scenario.tasks, TraceTasks):
        build_tasks(scenario, world)
    elif isinstance(scenario.tasks, ObservationTasks):
        build_targets(scenario, scenario.tasks)
    return world
