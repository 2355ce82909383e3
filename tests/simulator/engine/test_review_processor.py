"""What a review found: a job done at this very instant was preempted; times that are no numbers jammed a queue."""

from __future__ import annotations

from math import nan

import pytest

from simulator.engine.decision_checks import IllegalDecisionError
from simulator.records import Revision, Run, ToGround


@pytest.mark.parametrize("n_at_once", [1, 2])
def test_a_job_that_ends_when_an_urgent_one_comes_is_not_preempted(tiny_world, make_task, play, n_at_once):
    """Task 1 runs from 1 s to 11 s, task 2 comes at 11 s by an event that was set before the end of task 1."""
    world = tiny_world(is_preemptive=True, tasks_at_once=n_at_once)
    answers = {
        0: [Run(satellite=0, priority=7.0)],
        1: [Run(satellite=0, priority=5.0, not_before_s=1.0)],
        2: [Run(satellite=0, priority=1.0)],
    }
    long = [make_task(0, 0.0, 100.0)] if n_at_once == 2 else []
    played = play(world, answers, [*long, make_task(1, 0.0, 10.0), make_task(2, 11.0, 20.0)])
    assert (played.row(1).start_s, played.row(1).finish_s) == (1.0, 11.0)
    assert (played.row(2).start_s, played.row(2).finish_s) == (11.0, 31.0)
    if long:
        assert (played.row(0).start_s, played.row(0).finish_s) == (0.0, 100.0)


@pytest.mark.parametrize(
    "decision",
    [
        Run(satellite=0, revisions=(Revision(task_id=1, not_before_s=nan, priority=0.0),)),
        Run(satellite=0, revisions=(Revision(task_id=1, not_before_s=5.0, priority=nan),)),
        ToGround(not_before_s=nan),
    ],
)
def test_times_that_are_no_numbers_are_refused(tiny_world, make_task, play, decision):
    """A waiting job with such a time would stand at the head of the queue for ever and block all behind it."""
    tasks = [make_task(1), make_task(2, 1.0)]
    with pytest.raises(IllegalDecisionError, match="not a number"):
        play(tiny_world(), {1: [Run(satellite=0, not_before_s=100.0)], 2: [decision]}, tasks)
