"""What a review found: PHOENIX moved waiting tasks past the last contact that could take their results down."""

from __future__ import annotations

import pytest

from scenarios.laws import LawWorld, observe
from schedulers import SCHEDULERS


@pytest.mark.parametrize("name", ["phoenix", "phoenix-b"])
def test_a_task_that_is_moved_still_meets_a_contact(name):
    """The contact of a result is counted upon but not booked; with 50 channels nobody else takes it."""
    channels = tuple(f"ground.stations[{i}].channels=50" for i in range(3))
    world = LawWorld(name="results on the ground", overrides=("tasks.deliver_to=ground", "tasks.load=0.4", *channels))
    run = observe(SCHEDULERS[name], name, *world.build())
    n_moved = sum(len(call.decision.revisions) for call in run.calls if hasattr(call.decision, "revisions"))
    assert n_moved > 0
    assert {row[11] for row in run.rows} == {"on_time", "dropped"}
