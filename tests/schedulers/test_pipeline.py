"""The pipeline's tiles: who gets them, and when the frame is done."""

from __future__ import annotations

import pytest

from scenarios.laws import LawWorld, observe
from schedulers.pipeline import OecPipelineScheduler
from simulator.records import Fate, Run, Split
from tests.schedulers.small_view import TASK, SmallView, line, ring


def parts(view, **options):
    scheduler = OecPipelineScheduler(**options)
    scheduler.start(view)
    decision = scheduler.decide(TASK, view)
    assert isinstance(decision, Split)
    return [(share, run.satellite) for share, run in decision.parts]


def test_tiles_go_to_the_next_satellites_of_the_plane():
    view = SmallView(links=ring(10), backlog_s=[0.0] * 10, here=8)
    assert parts(view) == [(0.25, 8), (0.25, 9), (0.25, 0), (0.25, 1)]
    assert parts(view, n_satellites=2) == [(0.5, 8), (0.5, 9)]


def test_a_short_plane_is_used_once():
    view = SmallView(links=ring(3), backlog_s=[0.0] * 3)
    assert [satellite for _, satellite in parts(view, n_satellites=8)] == [0, 1, 2]


def test_satellites_without_power_or_route_leave_their_tiles_to_the_others():
    view = SmallView(links=[*line(3), (), ()], backlog_s=[0.0] * 5, down={1})
    assert parts(view) == [(0.5, 0), (0.5, 2)]


def test_alone_it_runs_the_frame_whole():
    view = SmallView(links=[()], backlog_s=[0.0])
    scheduler = OecPipelineScheduler()
    scheduler.start(view)
    assert scheduler.decide(TASK, view) == Run(satellite=0, priority=TASK.arrival_s)


@pytest.mark.parametrize("n_satellites", [2, 3])
def test_a_frame_alone_takes_its_share_of_the_time(n_satellites):
    """Work / m, the tiles' way (a store-and-forward hop for each satellite ahead) and the results' way back."""
    world, arriving = LawWorld(name="one task").build()
    task = next(task for task in arriving if task.source == 5)
    run = observe(lambda: OecPipelineScheduler(n_satellites), "one task", world, [task])
    row = run.rows[0]
    assert row[11] is Fate.ON_TIME
    n_ahead = n_satellites - 1
    assert row[13] == n_ahead * (n_ahead + 1)  # there and back: 2 (1 + 2 + ... + ahead)
    share_bits = (task.input_bits + task.result_bits) / n_satellites
    light_s = 2 * n_ahead * 0.033  # four satellites in a plane are 9,800 km apart
    # tiles of one frame share the first links, so that one may wait for at most all the others
    most_s = n_ahead * n_satellites * share_bits / world.isl.rate_bps + light_s
    least_s = task.work_s / n_satellites
    assert least_s < row[16] - task.arrival_s <= least_s + most_s
