"""Small worlds, and what runs in them achieve beside the bounds."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.build import build_world
from scenarios.config import scenario_from_text
from scenarios.laws import observe
from scenarios.workload import build_tasks
from schedulers.bound import BoundProblem, CompletedWork
from simulator.records import Fate

TEXT = """\
schema_version: 1
name: small
seed: 3
epoch: 2026-03-20T00:00:00Z
satellites: {kind: walker, planes: 3, satellites_per_plane: 3, phasing: 1, altitude_km: 550, inclination_deg: 53}
duration: {seconds: 9000}
warm_up: {seconds: 2500}
tasks: {kind: poisson, load: 0.5}
scheduler: oec-local
"""

UNSERVED, DISCHARGE, DEPTH = 12, 14, 16
"""Columns of an energy row."""


@dataclass(frozen=True)
class Measured:
    """What a run did, in the terms of the bounds."""

    completed: CompletedWork
    depth: float
    battery_energy_j: float
    has_brown_outs: bool
    share_on_time: float


def build(*overrides):
    world, _ = build_world(scenario := scenario_from_text(TEXT, overrides, source="small"))
    return world, tuple(build_tasks(scenario, world))


def problem(world, tasks, interval_s=60.0, n_groups=None):
    return BoundProblem(world, tasks, interval_s=interval_s, n_groups=n_groups)


def measure(factory, world, tasks):
    run = observe(factory, "small", world, tasks)
    assert run.failure == ""
    return measured(run)


def measured(run):
    done = {True: 0.0, False: 0.0}
    n_on_time = 0
    for row in run.rows:
        work_s, fate, is_counted = row[8], row[11], row[18]
        if fate == Fate.ON_TIME:
            n_on_time += 1
            done[is_counted] += work_s
    return Measured(
        completed=CompletedWork(warm_up_s=done[False], window_s=done[True]),
        depth=max(row[DEPTH] for row in run.energy),
        battery_energy_j=sum(row[DISCHARGE] for row in run.energy),
        has_brown_outs=any(row[UNSERVED] > 0.0 for row in run.energy),
        share_on_time=n_on_time / len(run.rows) if run.rows else 1.0,
    )
