"""Modes of a mixed fleet: each satellite runs, is asked and is refused by its own."""

from __future__ import annotations

import pytest

from schedulers.phoenix import PhoenixScheduler
from simulator.engine.decision_checks import IllegalDecisionError
from simulator.engine.world import LinkParameters
from simulator.records import ProcessorMode, Run, Task, View

FAST = ProcessorMode(name="fast", power_w=60.0, speed=1.0)
SLOW = ProcessorMode(name="slow", power_w=20.0, speed=0.5)
POOR = ProcessorMode(name="poor", power_w=15.0, speed=0.25)


def on(satellite: int, mode: int = 0):
    return lambda task, view: Run(satellite=satellite, priority=task.deadline_s, mode=mode)


def test_the_modes_are_those_of_the_satellite_that_runs(tiny_world, play, make_task):
    world = tiny_world(2, own_modes=((FAST, SLOW), (POOR,)))
    seen: list[tuple[ProcessorMode, ...]] = []

    def look(task: Task, view: View) -> Run:
        seen.append((*view.modes_of(0), *view.modes_of(1)))
        return Run(satellite=1, priority=task.deadline_s)

    played = play(world, {0: [on(0, 1)], 1: [look]}, [make_task(0), make_task(1, 100.0, source=1)])
    assert seen == [(FAST, SLOW, POOR)]
    times_s = {row.task_id: row.finish_s - row.start_s for row in map(played.row, (0, 1))}
    assert times_s == {0: pytest.approx(20.0), 1: pytest.approx(40.0)}
    assert [played.simulation.fleet.batteries[i].compute_j for i in (0, 1)] == pytest.approx([400.0, 600.0])


def test_a_mode_that_only_others_have_is_refused(tiny_world, play, make_task):
    world = tiny_world(2, own_modes=((FAST, SLOW), (POOR,)))
    with pytest.raises(IllegalDecisionError, match="satellite 1 in mode 1"):
        play(world, {0: [on(1, 1)]}, [make_task(0, source=1)])


def test_committed_work_counts_in_the_first_mode_of_its_satellite(tiny_world, play, make_task):
    world = tiny_world(2, own_modes=((FAST,), (POOR,)))
    found = []

    def look(task: Task, view: View) -> Run:
        found.append([view.committed_s(satellite) for satellite in (0, 1)])
        return Run(satellite=0, priority=task.deadline_s)

    tasks = [make_task(0), make_task(1, source=1), make_task(2, 4.0)]
    play(world, {0: [on(0)], 1: [on(1)], 2: [look]}, tasks)
    assert found == [[pytest.approx(6.0), pytest.approx(36.0)]]


def test_a_hop_costs_each_end_what_its_own_terminal_draws(tiny_world, play, make_task):
    # 2 Mbit over two links of 1 Mbit/s: 2 s at 3 W and at 40 W to send, 2 s at 5 W and at 7 W to receive
    terminals = tuple(
        LinkParameters(rate_bps=1e6, transmit_power_w=sent_w, receive_power_w=got_w)
        for sent_w, got_w in ((3, 1), (40, 5), (9, 7))
    )
    task = make_task(0, input_bits=2e6)
    batteries = play(tiny_world(3, own_isl=terminals), {0: [on(2)]}, [task]).simulation.fleet.batteries
    assert [battery.transmit_j for battery in batteries] == pytest.approx([6.0, 80.0, 0.0])
    assert [battery.receive_j for battery in batteries] == pytest.approx([0.0, 10.0, 14.0])


@pytest.mark.parametrize(("deadline_s", "mode"), [(19.0, 0), (21.0, 1), (500.0, 1)])
def test_an_efficient_phoenix_takes_the_thriftiest_mode_that_is_in_time(tiny_world, play, make_task, deadline_s, mode):
    # 10 s of work: 60 W for 10 s, 20 W for 20 s (the least energy), or 15 W for 40 s (the least power)
    world = tiny_world(1, own_modes=((FAST, SLOW, POOR),))
    played = play(world, PhoenixScheduler(mode="efficient"), [make_task(0, deadline_s=deadline_s)])
    row = played.row(0)
    assert row.finish_s - row.start_s == pytest.approx((10.0, 20.0)[mode])
    assert row.fate == "on_time"


def test_phoenix_keeps_to_the_first_mode_unless_asked(tiny_world, play, make_task):
    played = play(tiny_world(1, own_modes=((FAST, SLOW),)), PhoenixScheduler(), [make_task(0)])
    assert played.row(0).finish_s - played.row(0).start_s == pytest.approx(10.0)
    with pytest.raises(ValueError, match="'first' or 'efficient'"):
        PhoenixScheduler(mode="slow")
