"""MHSPO: single slots by hand against the formulas, and whole runs against what the paper demands of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from scenarios.laws import LawWorld, observe
from schedulers.mhspo import MhspoScheduler
from simulator.records import Drop, Fate, Forward, Hold, Run, Signalling
from tests.schedulers.small_view import LIGHT_S, POWER_W, RATE_BPS, TASK, SmallView, line, ring, tasks


def next_slot(scheduler, view, held, *, at_s=None):
    """Let the slot end and return what is decided for the tasks held, by task."""
    view.now_s = float(int(view.now_s) + 1) if at_s is None else at_s
    scheduler.wake(view)
    return {task.task_id: scheduler.decide(task, view) for task in held}


def started(view, **options):
    scheduler = MhspoScheduler(**options)
    scheduler.start(view)
    return scheduler


def accepted(scheduler, view, arriving):
    return [task for task in arriving if isinstance(scheduler.decide(task, view), Hold)]


def test_every_satellite_reports_two_numbers_over_each_of_its_links_in_every_slot():
    view = SmallView(links=line(4), backlog_s=[0.0] * 4)
    scheduler = started(view)
    for _ in range(10):
        next_slot(scheduler, view, [])
    assert scheduler.signalling() == Signalling(n_messages=10 * 6, bits=10 * 6 * 2 * 64)


# one slot


@pytest.mark.parametrize("backlog_s", [5.0, 40.0, 200.0])
def test_a_task_leaves_where_the_formulas_say_so(backlog_s):
    """Of one size, with empty neighbours: V (rho_d (d_C - t) + rho_e (e_C - P s/b)) + Q^B = theta_m at the limit."""
    sending_s = TASK.input_bits / RATE_BPS
    gain = 1.0 * (backlog_s + TASK.work_s - sending_s - LIGHT_S)
    gain += 0.01 * (POWER_W * TASK.work_s - 10.0 * sending_s)
    theta = 2.0 * (6 + 2 * 6)
    v = (theta - backlog_s / TASK.work_s) / gain
    # rounding of a dozen float64 operations is 1e-15 of the sum: a thousandth is far on either side
    for factor, kind in ((0.999, Run), (1.001, Forward)):
        view = SmallView(links=ring(5), backlog_s=[backlog_s, 0.0, 0.0, 0.0, 0.0])
        scheduler = started(view, v=factor * v)
        verdict = next_slot(scheduler, view, accepted(scheduler, view, [TASK]))[0]
        assert isinstance(verdict, kind)


def test_it_never_forwards_to_be_later_than_here():
    """Waiting for the neighbour's slot costs a second, the way back 4 ms: 0.9 s of backlog are no reason to leave."""
    for backlog_s, kind in ((0.0, Run), (0.9, Run), (1.1, Forward)):
        view = SmallView(links=ring(5), backlog_s=[backlog_s, 0.0, 0.0, 0.0, 0.0])
        scheduler = started(view, v=1e6)
        verdict = next_slot(scheduler, view, accepted(scheduler, view, [TASK]))[0]
        assert isinstance(verdict, kind)


def test_it_trusts_what_it_has_learnt_of_a_neighbour():
    """A busy neighbour looks idle at first; once its reports have been learnt from, nobody goes there."""
    view = SmallView(links=line(2), backlog_s=[50.0, 300.0])
    scheduler = started(view, v=1e6)
    first = next_slot(scheduler, view, accepted(scheduler, view, [TASK]))[0]
    for _ in range(40):
        next_slot(scheduler, view, [])
    later = replace(TASK, task_id=1, arrival_s=view.now_s)
    second = next_slot(scheduler, view, accepted(scheduler, view, [later]))[1]
    assert (first, type(second)) == (Forward(neighbour=1), Run)


def test_a_satellite_starts_so_many_tasks_per_slot_and_holds_the_rest():
    view = SmallView(links=line(1), backlog_s=[0.0])
    scheduler = started(view, e_n=4)
    held = accepted(scheduler, view, tasks(7))
    n_started = []
    while held:
        verdicts = next_slot(scheduler, view, held)
        assert all(isinstance(verdict, Run | Hold) for verdict in verdicts.values())
        n_started.append(sum(isinstance(verdict, Run) for verdict in verdicts.values()))
        held = [task for task in held if isinstance(verdicts[task.task_id], Hold)]
    assert n_started == [4, 3]


def test_a_link_carries_so_many_tasks_per_slot():
    view = SmallView(links=ring(5), backlog_s=[500.0, 0.0, 0.0, 0.0, 0.0])
    scheduler = started(view, v=1e6, e_n=1, b_max=2)
    held = accepted(scheduler, view, tasks(6))
    verdicts = list(next_slot(scheduler, view, held).values())
    counts = Counter(verdicts)
    assert counts[Forward(neighbour=1)] == counts[Forward(neighbour=4)] == 2
    assert Counter(map(type, verdicts)) == {Forward: 4, Run: 1, Hold: 1}


def test_a_slow_link_carries_no_more_than_it_can_send():
    """2.5 s per task and slots of 1 s: a task may begin when the link is free, in every third slot."""
    view = SmallView(links=line(2), backlog_s=[500.0, 0.0], rate_bps=TASK.input_bits / 2.5)
    scheduler = started(view, v=1e6)
    went = []
    for slot in range(7):
        new = replace(TASK, task_id=slot, arrival_s=view.now_s)
        verdict = next_slot(scheduler, view, accepted(scheduler, view, [new]))[slot]
        went.append(isinstance(verdict, Forward))
    assert went == [True, False, False, True, False, False, True]


def test_new_tasks_are_accepted_up_to_the_target_of_the_queue():
    """theta = 2 E_n without neighbours: with E_n = 1 the fourth task of one size finds three, more than 2."""
    view = SmallView(links=line(1), backlog_s=[0.0])
    scheduler = started(view, e_n=1)
    answers = [scheduler.decide(task, view) for task in tasks(5)]
    assert [type(answer) for answer in answers] == [Hold, Hold, Hold, Drop, Drop]


def test_what_others_send_is_always_accepted():
    view = SmallView(links=line(1), backlog_s=[0.0], now_s=0.5)
    scheduler = started(view, e_n=1)
    answers = [scheduler.decide(task, view) for task in tasks(5)]
    assert all(isinstance(answer, Hold) for answer in answers)


def test_neighbours_without_power_are_left_alone():
    view = SmallView(links=ring(3), backlog_s=[50.0, 0.0, 0.0], down={1, 2})
    scheduler = started(view, v=1e6)
    verdict = next_slot(scheduler, view, accepted(scheduler, view, [TASK]))[0]
    assert isinstance(verdict, Run)


def test_a_task_at_the_very_boundary_begins_the_slot_itself():
    view = SmallView(links=line(1), backlog_s=[0.0])
    scheduler = started(view)
    early = accepted(scheduler, view, [TASK])
    view.now_s = 1.0
    late = replace(TASK, task_id=1, arrival_s=1.0)
    assert scheduler.decide(late, view) == Hold(until_s=2.0)
    assert isinstance(next_slot(scheduler, view, early, at_s=1.0)[0], Run)
    assert isinstance(next_slot(scheduler, view, [late], at_s=2.0)[1], Run)


# whole runs


def hot_spot_run(**options):
    """All work arises on one satellite."""
    world, arriving = LawWorld(name="a hot spot", overrides=("tasks.load=0.15", "duration.seconds=1200")).build()
    arriving = tuple(replace(task, source=5) for task in arriving)
    return observe(lambda: MhspoScheduler(**options), "a hot spot", world, arriving)


@pytest.fixture(scope="module")
def hot_spot():
    return hot_spot_run()


def decisions_by_task(run):
    by_task = defaultdict(list)
    for call in run.calls:
        by_task[call.task_id].append(call)
    return by_task


def test_paths_of_many_hops_arise_from_one_hop_per_slot(hot_spot):
    assert not hot_spot.failure
    n_forwards = [sum(isinstance(c.decision, Forward) for c in calls) for calls in decisions_by_task(hot_spot).values()]
    assert max(n_forwards) >= 3
    assert len({row[2] for row in hot_spot.rows}) > 6


def test_a_task_has_at_most_one_action_per_slot(hot_spot):
    for calls in decisions_by_task(hot_spot).values():
        slots = [call.now_s // 1.0 for call in calls if isinstance(call.decision, Forward | Run)]
        assert len(slots) == len(set(slots))
        assert all(call.now_s == call.now_s // 1.0 for call in calls if isinstance(call.decision, Forward | Run))


def test_budgets_hold_in_every_slot(hot_spot):
    acts = Counter(
        (call.now_s, call.here, getattr(call.decision, "neighbour", None))
        for call in hot_spot.calls
        if isinstance(call.decision, Forward | Run)
    )
    assert max(acts.values()) <= 6


def test_offloading_relieves_a_hot_spot(hot_spot):
    """24 satellites share what would keep one busy for 3.6 times the time there is."""
    alone = hot_spot_run(v=0.0)
    n_on_time = {
        name: sum(row[11] is Fate.ON_TIME for row in run.rows) for name, run in (("a", alone), ("m", hot_spot))
    }
    assert n_on_time["m"] > 1.5 * n_on_time["a"]
    assert all(row[2] == 5 for row in alone.rows)


def test_single_hop_forwards_from_the_source_only():
    run = hot_spot_run(single_hop=True)
    assert not run.failure
    forwards = [call for call in run.calls if isinstance(call.decision, Forward)]
    assert forwards
    assert {call.here for call in forwards} == {5}
