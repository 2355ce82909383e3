"""The life of tasks in worlds so small that every time can be worked out by hand."""

from __future__ import annotations

from math import isnan, radians, sin

import pytest

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.engine.decision_checks import IllegalDecisionError
from simulator.records import Drop, Fate, Forward, Hold, Place, Revision, Run, Split

LINK_LIGHT_S = 2.0 * 6_928_137.0 * sin(radians(5.0)) / SPEED_OF_LIGHT_M_S
"""Between satellites 10 degrees apart on the circle of the tiny world."""

HERE = Run(satellite=0)


def starts(played, *task_ids):
    return [played.row(task_id).start_s for task_id in task_ids]


def test_first_come_first_served(tiny_world, make_task, play):
    tasks = [make_task(1, 0.0, 10.0), make_task(2, 4.0, 10.0), make_task(3, 30.0, 5.0)]
    played = play(tiny_world(), {1: [HERE], 2: [HERE], 3: [HERE]}, tasks)
    assert starts(played, 1, 2, 3) == [0.0, 10.0, 30.0]
    assert [played.row(i).delivered_s for i in (1, 2, 3)] == [10.0, 20.0, 35.0]
    row = played.row(1)
    assert (row.fate, row.place, row.n_hops, row.station) == (Fate.ON_TIME, Place.SOURCE_SUNLIT, 0, -1)
    assert played.simulation.dispatcher.processors[0].busy_s == 25.0


def test_tasks_of_one_instant_keep_their_order(tiny_world, make_task, play):
    tasks = [make_task(i, 5.0, 1.0) for i in (3, 1, 2)]
    played = play(tiny_world(), lambda task, view: HERE, tasks)
    assert starts(played, 3, 1, 2) == [5.0, 6.0, 7.0]


def test_a_small_priority_number_goes_first(tiny_world, make_task, play):
    tasks = [make_task(i, float(i), 10.0) for i in range(3)]
    played = play(tiny_world(), {0: [HERE], 1: [HERE], 2: [Run(satellite=0, priority=-1.0)]}, tasks)
    assert starts(played, 0, 2, 1) == [0.0, 10.0, 20.0]


def test_a_start_time_is_kept_and_does_not_block_others(tiny_world, make_task, play):
    later = Run(satellite=0, not_before_s=50.0, priority=-1.0)
    played = play(tiny_world(), {1: [later], 2: [HERE]}, [make_task(1), make_task(2, 1.0, 10.0)])
    assert starts(played, 1, 2) == [50.0, 1.0]


def test_offload_over_two_links_takes_each_link_in_turn(tiny_world, make_task, play):
    """Store and forward: 2 Mbit over two links of 1 Mbit/s, each with its light time; the result goes back alike."""
    task = make_task(1, 3.0, 10.0, input_bits=2e6, result_bits=1e6)
    played = play(tiny_world(3), {1: [Run(satellite=2)]}, [task])
    row = played.row(1)
    # sums of a few numbers below 100 round by 1e-14 each
    assert row.start_s == pytest.approx(3.0 + 2 * (2.0 + LINK_LIGHT_S), abs=1e-12)
    assert row.finish_s == pytest.approx(row.start_s + 10.0, abs=1e-12)
    assert row.delivered_s == pytest.approx(row.finish_s + 2 * (1.0 + LINK_LIGHT_S), abs=1e-12)
    assert (row.satellite, row.n_hops, row.place) == (2, 4, Place.OTHER_SUNLIT)
    assert [energy[7] for energy in played.energy] == pytest.approx([20.0, 30.0, 10.0])
    """transmit_j: 10 W for 2 s (input) at the source, 2 + 1 s in the middle, 1 s (result) at the end."""
    assert played.transport.links.n_transfers == [1, 1, 1, 1]


def test_two_transfers_share_a_link_one_after_the_other(tiny_world, make_task, play):
    tasks = [make_task(1, 0.0, 1.0, input_bits=4e6), make_task(2, 1.0, 1.0, input_bits=1e6)]
    played = play(tiny_world(2), lambda task, view: Run(satellite=1), tasks)
    assert starts(played, 1, 2) == pytest.approx([4.0 + LINK_LIGHT_S, 5.0 + LINK_LIGHT_S], abs=1e-12)
    assert played.transport.links.busy_s[0] == pytest.approx(5.0)


def test_the_two_directions_of_a_link_do_not_disturb_each_other(tiny_world, make_task, play):
    tasks = [make_task(1, 0.0, 1.0, input_bits=4e6), make_task(2, 0.0, 1.0, source=1, input_bits=4e6)]
    played = play(tiny_world(2), lambda task, view: Run(satellite=1 - task.source), tasks)
    assert starts(played, 1, 2) == pytest.approx([4.0 + LINK_LIGHT_S] * 2, abs=1e-12)


def test_hold_asks_again_at_its_time(tiny_world, make_task, play):
    played = play(tiny_world(), {1: [Hold(until_s=7.0), Hold(until_s=9.5), HERE]}, [make_task(1, 2.0)])
    assert played.simulation.dispatcher.scheduler.asked == [(1, 0, 2.0), (1, 0, 7.0), (1, 0, 9.5)]
    assert starts(played, 1) == [9.5]


def test_forward_relays_hop_by_hop_and_asks_at_each(tiny_world, make_task, play):
    answers = {1: [Forward(neighbour=1), Forward(neighbour=2), Run(satellite=2)]}
    played = play(tiny_world(3), answers, [make_task(1, 0.0, 10.0, input_bits=1e6)])
    asked = played.simulation.dispatcher.scheduler.asked
    assert [here for _, here, _ in asked] == [0, 1, 2]
    assert [t_s for *_, t_s in asked] == pytest.approx([0.0, 1.0 + LINK_LIGHT_S, 2.0 + 2 * LINK_LIGHT_S], abs=1e-12)
    row = played.row(1)
    assert (row.n_hops, row.satellite, row.fate) == (4, 2, Fate.ON_TIME)


def test_a_task_forwarded_without_end_is_lost(tiny_world, make_task, play):
    played = play(tiny_world(2), lambda task, view: Forward(neighbour=1 - view.here), [make_task(1)])
    assert (played.row(1).fate, played.row(1).reason) == (Fate.LOST, "forwarded without end")


def test_a_split_task_is_done_with_its_last_part(tiny_world, make_task, play):
    split = Split(parts=((0.25, HERE), (0.75, Run(satellite=1))))
    played = play(tiny_world(2), {1: [split]}, [make_task(1, 0.0, 40.0, input_bits=4e6, result_bits=4e6)])
    row = played.row(1)
    assert row.start_s == 0.0
    # three quarters: 3 Mbit there, 30 s of work, 3 Mbit back
    assert row.finish_s == pytest.approx(33.0 + LINK_LIGHT_S, abs=1e-12)
    assert row.delivered_s == pytest.approx(36.0 + 2 * LINK_LIGHT_S, abs=1e-12)
    assert [p.busy_s for p in played.simulation.dispatcher.processors] == pytest.approx([10.0, 30.0])


def test_drop_ends_a_task_with_its_reason(tiny_world, make_task, play):
    played = play(tiny_world(), {1: [Drop(reason="not today")]}, [make_task(1)])
    row = played.row(1)
    assert (row.fate, row.reason, row.place) == (Fate.DROPPED, "not today", None)
    assert isnan(row.start_s)
    assert isnan(row.delivered_s)


def test_on_time_is_by_the_deadline_inclusive(tiny_world, make_task, play):
    tasks = [make_task(1, 0.0, 10.0, deadline_s=10.0), make_task(2, 0.0, 10.0, deadline_s=19.999)]
    played = play(tiny_world(), lambda task, view: HERE, tasks)
    assert [played.row(i).fate for i in (1, 2)] == [Fate.ON_TIME, Fate.LATE]


def test_a_mode_changes_time_and_power(tiny_world, make_task, play):
    world = tiny_world(modes=((60.0, 1.0), (15.0, 0.5), (100.0, 2.0)))
    answers = {1: [Run(satellite=0, mode=1)], 2: [Run(satellite=0, mode=2)], 3: [HERE]}
    played = play(world, answers, [make_task(i, 100.0 * i, 10.0) for i in (1, 2, 3)])
    assert [played.row(i).finish_s - played.row(i).start_s for i in (1, 2, 3)] == [20.0, 5.0, 10.0]
    compute_j = played.energy[0][6]
    assert compute_j == pytest.approx(15.0 * 20.0 + 100.0 * 5.0 + 60.0 * 10.0, rel=1e-12)


# re-timing


def test_a_revision_moves_a_task_that_waits(tiny_world, make_task, play):
    answers = {
        1: [Run(satellite=0, not_before_s=20.0)],
        2: [Run(satellite=0, not_before_s=20.0, revisions=(Revision(task_id=1, not_before_s=80.0, priority=0.0),))],
    }
    played = play(tiny_world(), answers, [make_task(1), make_task(2, 5.0)])
    assert starts(played, 1, 2) == [80.0, 20.0]


@pytest.mark.parametrize("where", [0, 1])
def test_a_revision_can_bring_a_task_forward(tiny_world, make_task, play, where):
    """Also when the decision it comes with sends its own task elsewhere first, or is long under way."""
    revision = Revision(task_id=1, not_before_s=10.0, priority=0.0)
    answers = {
        1: [Run(satellite=where, not_before_s=300.0)],
        2: [Run(satellite=where, not_before_s=400.0, revisions=(revision,))],
    }
    tasks = [make_task(1, source=where), make_task(2, 5.0, source=0, input_bits=100e6)]
    played = play(tiny_world(2), answers, tasks)
    assert starts(played, 1, 2) == [10.0, 400.0]


def test_a_revision_reaches_a_task_under_way_and_leaves_one_that_runs(tiny_world, make_task, play):
    def revise(task_id, not_before_s):
        return (Revision(task_id=task_id, not_before_s=not_before_s, priority=0.0),)

    answers = {
        1: [Run(satellite=1)],
        2: [Run(satellite=1, revisions=revise(1, 50.0))],
        3: [Run(satellite=1, not_before_s=200.0, revisions=revise(2, 300.0))],
    }
    tasks = [make_task(1, input_bits=20e6), make_task(2, 1.0, source=1, work_s=10.0), make_task(3, 5.0, source=1)]
    played = play(tiny_world(2), answers, tasks)
    assert starts(played, 1, 2, 3) == [50.0, 1.0, 200.0]


# preemption


def test_preemption_keeps_what_was_done(tiny_world, make_task, play):
    world = tiny_world(is_preemptive=True)
    answers = {1: [Run(satellite=0, priority=2.0)], 2: [Run(satellite=0, priority=1.0)]}
    played = play(world, answers, [make_task(1, 0.0, 10.0), make_task(2, 4.0, 10.0)])
    assert [played.row(i).finish_s for i in (1, 2)] == [20.0, 14.0]
    assert played.simulation.dispatcher.processors[0].busy_s == 20.0


def test_an_equal_priority_does_not_preempt(tiny_world, make_task, play):
    played = play(tiny_world(is_preemptive=True), lambda t, v: HERE, [make_task(1, 0.0, 10.0), make_task(2, 4.0, 10.0)])
    assert [played.row(i).finish_s for i in (1, 2)] == [10.0, 20.0]


def test_a_task_that_becomes_due_preempts(tiny_world, make_task, play):
    """Its start time comes while another runs, and it was queued while that one ran."""
    urgent = Run(satellite=0, priority=1.0, not_before_s=6.0)
    answers = {1: [Run(satellite=0, priority=2.0)], 2: [urgent]}
    played = play(tiny_world(is_preemptive=True), answers, [make_task(1, 0.0, 10.0), make_task(2, 4.0, 3.0)])
    assert [played.row(i).finish_s for i in (1, 2)] == [13.0, 9.0]


def test_committed_work_is_what_is_left_also_after_preemption(tiny_world, make_task, play):
    seen = []

    def look(task, view):
        seen.append(view.committed_s(0))
        return Run(satellite=0, priority=-task.task_id)

    tasks = [make_task(1, 0.0, 10.0), make_task(2, 4.0, 10.0), make_task(3, 15.0, 1.0), make_task(4, 100.0, 1.0)]
    play(tiny_world(is_preemptive=True), look, tasks)
    # at 4 s: 6 s of task 1; at 15 s task 2 is done (4 to 14 s) and 5 s of task 1 are left; at 100 s nothing
    assert seen == pytest.approx([0.0, 6.0, 5.0, 0.0], abs=1e-12)


def test_committed_work_counts_what_is_queued_running_or_under_way(tiny_world, make_task, play):
    seen = []

    def look(task, view):
        seen.append((view.committed_s(0), view.committed_s(1)))
        return Run(satellite=1)

    tasks = [make_task(1, 0.0, 10.0, input_bits=5e6), make_task(2, 2.0, 7.0), make_task(3, 8.0, 1.0)]
    play(tiny_world(2), look, tasks)
    # task 2 has no input and overtakes: it runs from 2 s + light to 9 s + light, so at 8 s 1 s + light of it is left
    assert seen == [(0.0, 0.0), (0.0, 10.0), (0.0, pytest.approx(11.0 + LINK_LIGHT_S, abs=1e-12))]


# the ends of a run


def test_only_tasks_of_the_window_count_and_the_drain_lets_them_end(tiny_world, make_task, play):
    tasks = [make_task(1, 99.0, 10.0), make_task(2, 100.0, 10.0), make_task(3, 190.0, 50.0, deadline_s=400.0)]
    played = play(tiny_world(end_s=200.0, warm_up_s=100.0), lambda t, v: HERE, tasks)
    assert [played.row(i).counted for i in (1, 2, 3)] == [False, True, True]
    assert (played.row(3).fate, played.row(3).delivered_s) == (Fate.ON_TIME, 240.0)


def test_the_energy_of_the_drain_is_not_in_the_window(tiny_world, make_task, play):
    played = play(tiny_world(end_s=200.0, warm_up_s=100.0), lambda t, v: HERE, [make_task(1, 150.0, 100.0)])
    (row,) = played.energy
    assert row[19] == pytest.approx(50.0)  # busy_s: 150 to 200 s
    assert row[14] == pytest.approx(50.0 * 60.0)  # discharge_j
    assert row[6] == pytest.approx(100.0 * 60.0)  # compute_j of the ledger goes on
    assert row[16] == pytest.approx(50.0 * 60.0 / 1e6)  # max_depth_of_discharge


def test_what_is_not_delivered_by_the_last_deadline_is_in_flight(tiny_world, make_task, play):
    tasks = [make_task(1, 150.0, 400.0, deadline_s=300.0), make_task(2, 160.0, 1.0, deadline_s=250.0)]
    played = play(tiny_world(end_s=200.0), lambda t, v: HERE, tasks)
    running, waiting = played.row(1), played.row(2)
    assert [running.fate, waiting.fate] == [Fate.IN_FLIGHT] * 2
    assert running.start_s == 150.0
    assert isnan(running.finish_s), "it has not finished"
    assert isnan(waiting.start_s)
    assert max(played.ledger_errors()) < 1e-12


def test_a_late_task_is_delivered_late_before_the_last_deadline(tiny_world, make_task, play):
    tasks = [make_task(1, 0.0, 50.0, deadline_s=20.0), make_task(2, 1.0, 1.0, deadline_s=300.0)]
    played = play(tiny_world(end_s=10.0), lambda t, v: HERE, tasks)
    assert [(played.row(i).fate, played.row(i).delivered_s) for i in (1, 2)] == [
        (Fate.LATE, 50.0),
        (Fate.ON_TIME, 51.0),
    ]


def test_outcomes_are_told_to_a_scheduler_that_listens(tiny_world, make_task, play):
    played = play(tiny_world(2), {1: [Run(satellite=1)], 2: [Drop(reason="x")]}, [make_task(1), make_task(2, 1.0)])
    outcomes = {outcome.task.task_id: outcome for outcome in played.simulation.dispatcher.scheduler.outcomes}
    row = played.row(1)
    assert (outcomes[1].fate, outcomes[1].satellite, outcomes[1].n_hops) == (Fate.ON_TIME, 1, 2)
    assert (outcomes[1].start_s, outcomes[1].finish_s, outcomes[1].delivered_s) == (
        row.start_s,
        row.finish_s,
        row.delivered_s,
    )
    assert (outcomes[2].fate, outcomes[2].reason) == (Fate.DROPPED, "x")


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        (Run(satellite=5), "no such place"),
        (Run(satellite=-1), "no such place"),
        (Run(satellite=None), "no such place"),
        (Run(satellite=0.5), "no such place"),
        (Run(satellite=0, mode=1), "no such place"),
        (Run(satellite=0, not_before_s=float("nan")), "not a number"),
        (Forward(neighbour=0), "not linked"),
        (Hold(until_s=0.0), "not after now"),
        (Hold(until_s=float("nan")), "not after now"),
        (Split(parts=()), "must be positive"),
        (Split(parts=((0.5, HERE), (0.4, HERE))), "sum to 1"),
        (Split(parts=((0.5, HERE), (0.5, Drop()))), "Run or ToGround"),
        (None, "is no decision"),
    ],
)
def test_illegal_decisions_are_refused_by_name(tiny_world, make_task, play, decision, told):
    with pytest.raises(IllegalDecisionError, match=f"^scheduler script: .*{told}"):
        play(tiny_world(2), {1: [decision]}, [make_task(1)])


def test_a_preempted_task_began_when_it_first_began(tiny_world, make_task, play):
    answers = {1: [Run(satellite=0, priority=2.0)], 2: [Run(satellite=0, priority=1.0)]}
    played = play(tiny_world(is_preemptive=True), answers, [make_task(1, 0.0, 10.0), make_task(2, 4.0, 10.0)])
    assert starts(played, 1, 2) == [0.0, 4.0]
