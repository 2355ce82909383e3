"""On instances aligned to slots an integer programme is the truth: between the bound and every run."""

from __future__ import annotations

import numpy as np
import pytest

from schedulers import SCHEDULERS
from tests.schedulers.bound.slotted import PlannedScheduler, instance, optimum
from tests.schedulers.bound.small_runs import measure, problem

TRANSIT = 1e-5
"""Transfers delay starts by microseconds, 60 W over which is 1e-9 of 340 kJ; the Sun's edge falls a millisecond apart
for satellites 0.001 deg apart, 1e-6; the solver's own tolerance is 1e-6."""


def check(seed, n_tasks):
    tiny = instance(seed, n_tasks)
    best, plan = optimum(tiny)
    if np.isnan(best):
        return None
    bounds = problem(tiny.world, tiny.tasks, tiny.slot_s)
    bound = bounds.depth_of_discharge(bounds.demand.offered).value
    assert bound <= best + TRANSIT
    planned = measure(lambda: PlannedScheduler(plan), tiny.world, tiny.tasks)
    assert planned.share_on_time == 1.0
    assert planned.depth == pytest.approx(best, abs=TRANSIT)
    runs = {name: measure(factory, tiny.world, tiny.tasks) for name, factory in SCHEDULERS.items()}
    for name, run in runs.items():
        if run.share_on_time == 1.0 and not run.has_brown_outs:
            assert run.depth >= best - TRANSIT, name
    return best, bound, {name: run.depth for name, run in runs.items() if run.share_on_time == 1.0}


@pytest.mark.parametrize("seed", range(6))
def test_the_optimum_lies_between_the_bound_and_every_scheduler(seed):
    assert check(seed, 10) is not None


def test_work_that_must_be_done_in_the_shadow_lifts_bound_and_optimum_off_the_floor():
    best, bound, _ = check(5, 13)
    floor = float(problem(instance(5, 13).world, (), 300.0).base_depth.max())
    # 13 tasks need more busy slots than there are lit ones in time; a slot of 4 minutes is 0.04 of the capacity
    assert floor + 0.04 < bound < best - 0.01


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6, 30))
def test_the_optimum_lies_between_for_many(seed):
    check(seed, 4 + seed % 10)
