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


def placed(view, *, prefers_holders=True, n_tasks=1, **changes):
    scheduler = SCHEDULERS["phoenix"](prefers_holders=prefers_holders)
    scheduler.start(view)
    return [scheduler.decide(task, view) for task in tasks(n_tasks, **({"model": "a"} | changes))]


def model_view(**changes):
    return ModelView(links=ring(6), backlog_s=[0.0] * 6, stored=[1e5] * 6, **changes)


def test_a_task_goes_to_a_satellite_that_has_its_model():
    """Its own satellite is lit, but another has the model; without the option the own one is as good as any."""
    assert [run.satellite for run in placed(model_view(holders={3}))] == [3]
    assert [run.satellite for run in placed(model_view(holders={3}), prefers_holders=False)] == [0]
    assert [run.satellite for run in placed(model_view(holders={3}), model=None)] == [0]


def test_the_own_satellite_comes_first_where_it_has_the_model():
    assert [run.satellite for run in placed(model_view(holders={0, 3}))] == [0]


def test_where_holders_are_dark_the_wait_for_the_model_is_planned():
    """The only copy is in the shadow, so that it runs at home, when the model is there."""
    view = model_view(holders={3}, lit={3: []})
    (run,) = placed(view)
    assert (run.satellite, run.not_before_s) == (0, FETCH_S)
    (blind,) = placed(view, prefers_holders=False)
    assert (blind.satellite, blind.not_before_s) == (0, 0.0)


@pytest.mark.parametrize("fetch_s", [580.0, inf])
def test_a_model_that_comes_too_late_is_as_good_as_none(fetch_s):
    """Runs of 30 s are due at 600 s: nothing without a copy can meet that."""
    (decision,) = placed(model_view(holders={3}, lit={3: []}, fetch_s=fetch_s))
    assert isinstance(decision, Drop)
