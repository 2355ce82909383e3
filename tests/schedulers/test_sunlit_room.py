"""What surely has no room in sunlight must be refused by the arrangement too, and most of what it refuses should be."""

from __future__ import annotations

import numpy as np

from schedulers.arrangement import PlannedTask, arrange
from schedulers.sunlit_room import SunlitRoom


class Sky:
    """A view that knows time and sunlight."""

    def __init__(self, windows):
        self.windows, self.now_s = windows, 0.0

    def sunlit_windows(self, satellite, start_s, end_s):
        spans = [(max(a, start_s), min(b, end_s)) for a, b in self.windows[satellite]]
        return [(a, b) for a, b in spans if a < b]


def crowded_life(seed, n_tasks=400):
    """Offer tasks to one satellite as time goes by; yield what the room says and what the arrangement says."""
    rng = np.random.default_rng(seed)
    dusk_s = rng.uniform(500.0, 2000.0)
    view = Sky([[(0.0, dusk_s), (dusk_s + rng.uniform(100.0, 800.0), 20_000.0)]])
    room, plan = SunlitRoom(1), []
    for number in range(n_tasks):
        view.now_s += rng.exponential(12.0)
        runtime_s, deadline_s = rng.uniform(10.0, 50.0), view.now_s + rng.uniform(60.0, 900.0)
        # transfers there and back: released later, due earlier than the deadline
        new = PlannedTask(
            deadline_s - rng.uniform(0.0, 5.0), number, view.now_s + rng.uniform(0.0, 5.0), runtime_s, 0.0, True
        )
        is_short = room.is_short(0, plan, deadline_s, runtime_s, view)
        found = arrange(plan, new, view.now_s, lambda end_s: view.sunlit_windows(0, view.now_s, end_s))
        yield is_short, found is not None, (new.due_s, runtime_s)
        if found is not None:
            plan = found.plan


def test_what_has_no_room_is_refused_by_the_arrangement():
    judged = [row[:2] for seed in range(20) for row in crowded_life(seed)]
    assert sum(is_short for is_short, _ in judged) > 0
    assert not any(is_short and fits for is_short, fits in judged)


def test_most_refusals_are_seen_without_an_arrangement():
    # arrangements are refused too because tasks cannot be split at dusk or moved; sunlight that is used up is the
    # usual cause in overload
    refused = [is_short for seed in range(20) for is_short, fits, _ in crowded_life(seed) if not fits]
    assert len(refused) > 1000
    assert np.mean(refused) > 0.5


def test_a_forecast_that_changes_is_looked_up_anew():
    view = Sky([[(0.0, 20.0)]])
    room, plan = SunlitRoom(1), []
    assert room.is_short(0, plan, 100.0, 30.0, view)
    view.windows = [[(0.0, 40.0)]]
    assert not room.is_short(0, plan, 100.0, 30.0, view)


def test_work_in_the_shadow_and_ended_work_use_no_sunlight():
    view = Sky([[(0.0, 50.0)]])
    view.now_s = 20.0
    dark = PlannedTask(90.0, 0, 0.0, 30.0, 60.0, False)
    ended = PlannedTask(40.0, 1, 0.0, 20.0, 0.0, True)
    assert not SunlitRoom(1).is_short(0, [dark, ended], 100.0, 30.0, view)
    assert SunlitRoom(1).is_short(0, [dark, ended], 100.0, 30.1, view)
    lit = PlannedTask(50.0, 2, 0.0, 10.0, 20.0, True)
    assert not SunlitRoom(1).is_short(0, [lit], 100.0, 20.0, view)
    assert SunlitRoom(1).is_short(0, [lit], 100.0, 20.1, view)
