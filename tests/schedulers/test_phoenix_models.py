"""PHOENIX where satellites lack models: the right place is plain to see in a ring of six in three orbits."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

import pytest

from schedulers import SCHEDULERS
from simulator.records import Drop
from tests.schedulers.small_view import ring, tasks
from tests.schedulers.test_phoenix_ablations import SunlitView

FETCH_S = 40.0


@dataclass
class ModelView(SunlitView):
    """Satellites that have a model or get it in 40 s, if it can come at all."""

    holders: set[int] = field(default_factory=set)
    fetch_s: float = FETCH_S

    def has_model(self, satellite, model):
        return satellite in self.holders

    def model_delivery_s(self, satellite, model):
        return self.now_s + (0.0 if satellite in self.holders else self.fetch_s)


def placed(view, models, model="a"):
    scheduler = SCHEDULERS["phoenix"](models=models)
    scheduler.start(view)
    return scheduler.decide(tasks(1, model=model)[0], view)


def model_view(**changes):
    return ModelView(links=ring(6), backlog_s=[0.0] * 6, stored=[1e5] * 6, **changes)


@pytest.mark.parametrize(("models", "satellite"), [("prefer", 3), ("await", 0), ("ignore", 0)])
def test_only_who_prefers_holders_goes_to_them_first(models, satellite):
    """Its own satellite is lit, and another has the model."""
    assert placed(model_view(holders={3}), models).satellite == satellite
    assert placed(model_view(holders={0, 3}), models).satellite == 0
    assert placed(model_view(holders={3}), models, model=None).satellite == 0


@pytest.mark.parametrize(("models", "start_s"), [("prefer", FETCH_S), ("await", FETCH_S), ("ignore", 0.0)])
def test_the_wait_for_a_model_is_planned(models, start_s):
    """The only copy is in the shadow, so that the task runs at home, when the model is there."""
    run = placed(model_view(holders={3}, lit={3: []}), models)
    assert (run.satellite, run.not_before_s) == (0, start_s)


@pytest.mark.parametrize("models", ["prefer", "await"])
@pytest.mark.parametrize("fetch_s", [580.0, inf])
def test_a_model_that_comes_too_late_is_as_good_as_none(models, fetch_s):
    """Runs of 30 s are due at 600 s: nothing without a copy can meet that."""
    assert isinstance(placed(model_view(holders={3}, lit={3: []}, fetch_s=fetch_s), models), Drop)


def test_a_wait_that_needs_no_other_orbit_is_shorter_elsewhere():
    """Waiting for the model in its own sunlight would be too late, and the holder in another orbit is lit: it goes."""
    assert placed(model_view(holders={3}, fetch_s=580.0), "await").satellite == 3
