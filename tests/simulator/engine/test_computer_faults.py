"""Computers that hang at known times lose exactly what was on them; logic errors mark what ran."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
import pytest

from simulator.engine.computer_faults import ComputerFaults
from simulator.engine.task_ends import ARISEN_IN_RESET, LOST_IN_RESET
from simulator.records import DeliverTo, Fate, Forward, Hold, Place, Run, Split, ToGround

LEDGER = 1e-9


def faults(
    interrupts: list[tuple[float, int]] = (), errors: list[tuple[float, int]] = (), reset_s: float = 60.0, **more: Any
) -> ComputerFaults:
    return ComputerFaults(
        interrupt_s=np.array([t_s for t_s, _ in interrupts]),
        interrupted=np.array([satellite for _, satellite in interrupts], dtype=np.int64),
        reset_s=reset_s,
        logic_error_s=np.array([t_s for t_s, _ in errors]),
        erring=np.array([satellite for _, satellite in errors], dtype=np.int64),
        **more,
    )


def test_a_reset_loses_exactly_what_runs_and_waits_there(tiny_world, make_task, play):
    """Task 1 is done at 10 s; at 15 s task 2 runs, 3 waits, 4 is timed for later; 5 is on another satellite."""
    world = tiny_world(2, computer_faults=faults([(15.0, 0)]))
    here, there = [Run(satellite=0)], [Run(satellite=1)]
    timed = [Run(satellite=0, not_before_s=200.0)]
    tasks = [make_task(i, 0.0, 10.0, source=1 if i == 5 else 0) for i in range(1, 6)]
    played = play(world, {1: here, 2: here, 3: here, 4: timed, 5: there}, tasks)
    assert {i: played.row(i).fate for i in range(1, 6)} == {
        1: Fate.ON_TIME, 2: Fate.LOST, 3: Fate.LOST, 4: Fate.LOST, 5: Fate.ON_TIME,
    }  # fmt: skip
    assert {played.row(i).reason for i in (2, 3, 4)} == {LOST_IN_RESET}
    assert played.row(2).start_s == 10.0
    assert isnan(played.row(2).finish_s)
    assert isnan(played.row(3).start_s)
    assert played.events == [(15.0, 0, "reset"), (75.0, 0, "restarted")]
    assert played.simulation.n_resets == 1
    dispatcher = played.simulation.dispatcher
    assert dispatcher.committed_s == [0.0, 0.0]
    assert dispatcher.processors[0].busy_s == 15.0


def test_a_computer_in_reset_takes_nothing_that_arises_and_runs_later_what_is_sent(tiny_world, make_task, play):
    """Off from 10 to 70 s. Task 1 arises there at 20 s, task 2 comes over the link at 30 s, task 3 arises after."""
    world = tiny_world(2, computer_faults=faults([(10.0, 0)]))
    tasks = [make_task(1, 20.0), make_task(2, 30.0, 10.0, source=1), make_task(3, 70.5, 10.0)]
    played = play(world, {2: [Run(satellite=0)], 3: [Run(satellite=0)]}, tasks)
    assert (played.row(1).fate, played.row(1).reason) == (Fate.LOST, ARISEN_IN_RESET)
    assert played.row(2).fate is Fate.ON_TIME
    assert (played.row(2).start_s, played.row(2).finish_s) == (70.0, 80.0)
    assert (played.row(3).start_s, played.row(3).finish_s) == (80.0, 90.0)


def test_schedulers_see_that_a_computer_is_down(tiny_world, make_task, play):
    seen = []

    def look(task, view):
        seen.append((view.now_s, view.is_up(0), view.is_up(1)))
        return Run(satellite=1)

    world = tiny_world(2, computer_faults=faults([(10.0, 0)]))
    play(world, look, [make_task(i, t_s, 1.0, source=1) for i, t_s in enumerate((5.0, 20.0, 69.0, 71.0))])
    assert seen == [(5.0, True, True), (20.0, False, True), (69.0, False, True), (71.0, True, True)]


def test_with_a_state_age_schedulers_hear_of_it_later(tiny_world, make_task, play):
    seen = []

    def look(task, view):
        seen.append((view.now_s, view.is_up(0)))
        return Run(satellite=1)

    world = tiny_world(2, computer_faults=faults([(10.0, 0)]), state_age_s=30.0)
    play(world, look, [make_task(i, t_s, 1.0, source=1) for i, t_s in enumerate((29.0, 31.0, 89.0, 91.0))])
    assert seen == [(29.0, True), (31.0, False), (89.0, False), (91.0, True)]


def test_terminals_relay_send_and_receive_while_a_computer_is_reset(tiny_world, make_task, play):
    """The computer of satellite 1 is off from 3 s on; a task passes it both ways, and its own result leaves it."""
    world = tiny_world(3, computer_faults=faults([(3.0, 1)]))
    relayed = make_task(1, 1.0, 10.0, source=0, input_bits=4e6, result_bits=1e6)
    own = make_task(2, 0.0, 2.0, source=0, result_bits=5e6)
    played = play(world, {1: [Run(satellite=2)], 2: [Run(satellite=1)]}, [relayed, own])
    assert played.row(1).fate is Fate.ON_TIME
    assert played.row(1).n_hops == 4
    assert played.row(2).fate is Fate.ON_TIME  # done at 2.0 s, its result on the link from then to 7 s


def test_what_is_held_on_a_computer_is_lost_and_what_is_forwarded_to_it_waits(tiny_world, make_task, play):
    world = tiny_world(2, computer_faults=faults([(10.0, 0)]))
    held, forwarded = make_task(1, 5.0), make_task(2, 20.0, 10.0, source=1)
    elsewhere = make_task(3, 5.0, 10.0, source=1)
    answers = {
        1: [Hold(until_s=50.0), Run(satellite=0)],
        2: [Forward(neighbour=0), Run(satellite=0)],
        3: [Hold(until_s=50.0), Run(satellite=1)],
    }
    played = play(world, answers, [held, forwarded, elsewhere])
    assert (played.row(1).fate, played.row(1).reason) == (Fate.LOST, LOST_IN_RESET)
    assert (played.row(2).fate, played.row(2).start_s) == (Fate.ON_TIME, 70.0)
    assert (played.row(3).fate, played.row(3).start_s) == (Fate.ON_TIME, 50.0)
    asked = [(task_id, t_s) for task_id, _, t_s in played.simulation.dispatcher.scheduler.asked]
    assert (2, 70.0) in asked  # nobody decides on a computer that is off


def test_an_interrupt_of_a_computer_that_is_off_does_nothing(tiny_world, make_task, play):
    """A second interrupt within the reset; and satellite 1, whose 300 J end at 10 s for good, at 20 s."""
    world = tiny_world(
        2,
        capacity_j=(1e6, 300.0),
        base_power_w=30.0,
        computer_faults=faults([(10.0, 0), (20.0, 1), (50.0, 0)]),
    )
    played = play(world, {1: [Run(satellite=0)]}, [make_task(1, 75.0)])
    kinds = [event for event in played.events if event[2] != "brown_out"]
    assert kinds == [(10.0, 0, "reset"), (70.0, 0, "restarted")]
    assert played.simulation.n_resets == 1
    assert played.row(1).fate is Fate.ON_TIME


def test_a_computer_comes_back_only_with_reset_and_brown_out_both_over(tiny_world, play):
    processor = play(tiny_world(), {}, []).simulation.dispatcher.processors[0]
    processor.reset(restart_s=2000.0)
    processor.shut_down()
    processor.power_up()
    assert not processor.is_up
    processor.restart(has_power=True)
    assert processor.is_up
    processor.reset(restart_s=3000.0)
    processor.shut_down()
    processor.restart(has_power=False)
    assert not processor.is_up
    processor.power_up()
    assert processor.is_up


def test_processors_draw_nothing_while_they_are_reset(tiny_world, make_task, play):
    """60 W from 0 to 15 s, then nothing until the next task from 100 to 110 s."""
    world = tiny_world(base_power_w=1.0, computer_faults=faults([(15.0, 0)]), solar_power_w=5.0)
    played = play(world, {1: [Run(satellite=0)], 2: [Run(satellite=0)]}, [make_task(1, 0.0, 50.0), make_task(2, 100.0)])
    (row,) = played.energy
    assert row[6] == pytest.approx(60.0 * 25.0, rel=1e-12)  # compute_j
    assert max(played.ledger_errors()) < LEDGER


def test_a_part_that_is_lost_loses_the_whole(tiny_world, make_task, play):
    world = tiny_world(2, computer_faults=faults([(3.0, 1)]))
    parts = Split(parts=((0.5, Run(satellite=0)), (0.5, Run(satellite=1))))
    played = play(world, {1: [parts]}, [make_task(1, 0.0, 10.0)])
    assert (played.row(1).fate, played.row(1).reason) == (Fate.LOST, LOST_IN_RESET)
    assert played.simulation.dispatcher.committed_s == [0.0, 0.0]


def test_a_task_on_its_way_to_the_ground_is_not_on_the_computer(tiny_world, make_task, play, below):
    station = below(tiny_world(is_geostationary=True).positions.epoch)
    world = tiny_world(is_geostationary=True, computer_faults=faults([(1.0, 0)]), stations=[station])
    task = make_task(1, 0.0, 10.0, input_bits=5e6, deliver_to=DeliverTo.GROUND)
    played = play(world, {1: [ToGround()]}, [task])
    assert (played.row(1).fate, played.row(1).place) == (Fate.ON_TIME, Place.GROUND)


def test_logic_errors_mark_the_task_that_runs(tiny_world, make_task, play):
    """Task 1 runs from 0 to 10 s, task 2 from 10 to 20 s; at 25 s nothing runs; satellite 1 idles."""
    world = tiny_world(2, computer_faults=faults(errors=[(4.0, 0), (5.0, 1), (12.0, 0), (13.0, 0), (25.0, 0)]))
    run = [Run(satellite=0)]
    played = play(
        world, {1: run, 2: run, 3: [Run(satellite=0)]}, [make_task(i, 0.0) for i in (1, 2)] + [make_task(3, 30)]
    )
    assert [played.row(i).n_logic_errors for i in (1, 2, 3)] == [1, 2, 0]
    assert {played.row(i).fate for i in (1, 2, 3)} == {Fate.ON_TIME}


def test_of_several_tasks_side_by_side_a_logic_error_marks_the_one_that_began_first(tiny_world, make_task, play):
    world = tiny_world(tasks_at_once=2, computer_faults=faults(errors=[(8.0, 0), (12.0, 0)]))
    run = [Run(satellite=0)]
    played = play(world, {1: run, 2: [Run(satellite=0)]}, [make_task(1, 0.0), make_task(2, 5.0)])
    assert [played.row(i).n_logic_errors for i in (1, 2)] == [1, 1]


def test_a_brown_out_takes_back_the_error_with_the_work(tiny_world, make_task, play):
    """300 J last some 6 s at 60 W less the Sun: the execution that erred is lost, and each that follows as well."""
    world = tiny_world(
        capacity_j=300.0, solar_power_w=10.0, recovery_share=1.0, computer_faults=faults(errors=[(2.0, 0)])
    )
    played = play(world, {1: [Run(satellite=0)]}, [make_task(1, 0.0, 7.0)])
    assert played.events[0][2] == "brown_out"
    assert (played.row(1).fate, played.row(1).n_logic_errors) == (Fate.IN_FLIGHT, 0)


def test_errors_of_parts_add_up(tiny_world, make_task, play):
    world = tiny_world(2, computer_faults=faults(errors=[(1.0, 0), (1.5, 1)]))
    parts = Split(parts=((0.5, Run(satellite=0)), (0.5, Run(satellite=1))))
    played = play(world, {1: [parts]}, [make_task(1, 0.0, 10.0)])
    assert (played.row(1).fate, played.row(1).n_logic_errors) == (Fate.ON_TIME, 2)


def test_upkeep_is_a_part_of_the_base_load(tiny_world, make_task, play):
    world = tiny_world(capacity_j=3000.0, base_power_w=30.0, computer_faults=faults(upkeep_power_w=(6.0,)))
    played = play(world, {}, [])
    (row,) = played.energy
    assert row[-1] == pytest.approx(600.0, rel=1e-9)  # a fifth of the 3,000 J that the base load drew
    assert max(played.ledger_errors()) < LEDGER


def test_a_world_without_faults_has_the_columns_it_always_had(tiny_world, make_task, play):
    played = play(tiny_world(), {1: [Run(satellite=0)]}, [make_task(1)])
    assert len(played.task_rows[0]) == 19
    assert len(played.energy[0]) == 27


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"interrupts": [(5.0, 0), (4.0, 0)]}, "interrupt_s"),
        ({"errors": [(5.0, 0), (4.0, 0)]}, "logic_error_s"),
        ({"reset_s": -1.0}, "reset_s = -1"),
        ({"upkeep_power_w": (0.0, -1.0)}, "upkeep_power_w = -1"),
    ],
)
def test_faults_that_cannot_be_are_refused(wrong, told):
    with pytest.raises(ValueError, match=told):
        faults(**wrong)
