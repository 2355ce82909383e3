"""Where output swings, tasks are planned for the time in which the array carries most of the load."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from schedulers import SCHEDULERS
from schedulers.depth_forecast import DepthForecast
from schedulers.planning import FleetPlans
from tests.schedulers.small_view import POWER_W, TASK, ring
from tests.schedulers.test_phoenix_ablations import SunlitView

BASE_W = 30.0
STEPS = ((0.0, 200.0, 20.0), (200.0, 300.0, 45.0), (300.0, 400.0, 60.0), (400.0, 500.0, 100.0), (500.0, 1e4, 30.0))
"""Start, end and output: by that order 25, 56, 75, 125 and 38 % of the load of 30 W and 50 W."""


@dataclass
class SwingingView(SunlitView):
    """Sunlight for ever, with an output of five steps."""

    def output_swings(self, satellite):
        return True

    def powered_windows(self, satellite, power_w, start_s, end_s):
        cut = [(max(a, start_s), min(b, end_s)) for a, b, output_w in STEPS if output_w >= power_w]
        return [(a, b) for a, b in cut if a < b]

    def harvest_j(self, satellite, start_s, end_s):
        return sum(max(0.0, min(b, end_s) - max(a, start_s)) * output_w for a, b, output_w in STEPS)

    def capacity_j(self, satellite):
        return 2e5

    @property
    def horizon_s(self):
        return 6000.0


def view(**changes) -> SwingingView:
    return SwingingView(links=ring(2), backlog_s=[0.0] * 2, stored=[1e5] * 2, **changes)


@pytest.mark.parametrize(
    ("deadline_s", "start_s"),
    [(600.0, 400.0), (430.0, 400.0), (429.0, 300.0), (330.0, 300.0), (329.0, 200.0), (229.0, 0.0)],  # runs for 30 s
)
def test_a_task_starts_in_the_best_output_before_its_deadline(deadline_s, start_s) -> None:
    task = replace(TASK, deadline_s=deadline_s)
    assert TASK.work_s == 30.0
    assert BASE_W + POWER_W == 80.0
    for options, expected_s in (({}, start_s), ({"prefers_output": False}, 0.0)):
        seen, scheduler = view(), SCHEDULERS["phoenix"](**options)
        scheduler.start(seen)
        assert scheduler.decide(task, seen).not_before_s == expected_s


def test_the_depth_to_come_counts_what_the_array_will_give() -> None:
    seen = view(lit={0: [(0.0, 700.0), (3000.0, 9000.0)]})
    plans = FleetPlans(2)
    fit = plans.fit(TASK, 0, seen, needs_sunlight=True)
    assert fit is not None
    # to dusk 4 + 4.5 + 6 + 10 + 6 kJ come from the array, 21 kJ go to base load and 1.5 kJ to the task; then 69 kJ
    stored_j = 1e5 + 30.5e3 - 21e3 - 1.5e3 - 69e3
    assert DepthForecast(plans, 2).depth_with(fit, seen) == pytest.approx(1.0 - stored_j / 2e5, rel=1e-12)
