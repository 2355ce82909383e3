"""Batteries that run empty: what stops, what is lost, what goes on, and that the ledger closes all the same."""

from __future__ import annotations

from math import radians, sin

import pytest

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.records import Fate, Forward, Hold, Place, Run
from simulator.sunlight.sun import sun_path

LINK_LIGHT_S = 2.0 * 6_928_137.0 * sin(radians(5.0)) / SPEED_OF_LIGHT_M_S
"""Between satellites 10 degrees apart on the circle of the tiny world."""

LEDGER = 1e-12
"""Of what came in: some hundred additions in float64 (1e-16 each) with room to spare."""


def flux(world, window=0):
    """Flux factor that the engine takes in a window of supply."""
    span_s = (window * world.window_s, (window + 1) * world.window_s)
    return float(sun_path(world.positions.epoch, *span_s).flux_factor(0.5 * sum(span_s)))


def test_work_stops_when_the_battery_is_empty_and_starts_over_after_recovery(tiny_world, make_task, play):
    """2,000 J last 50 s at 30 + 60 W against 50 W of Sun; 5 % = 100 J come back with all loads off."""
    world = tiny_world(capacity_j=2000.0, solar_power_w=50.0, base_power_w=30.0)
    sun_w = 50.0 * flux(world)
    played = play(
        world, {1: [Run(satellite=0)], 2: [Run(satellite=0)]}, [make_task(1, 10.0, 20.0), make_task(2, 40.0, 80.0)]
    )
    empty_s = 40.0 + (2000.0) / (90.0 - sun_w)
    # full again at 40 s: task 1 drew 20 s x (90 - sun), 10 s of (sun - 30) brought back less
    drawn_j = 20.0 * (90.0 - sun_w) - 10.0 * (sun_w - 30.0)
    empty_s = 40.0 + (2000.0 - drawn_j) / (90.0 - sun_w)
    up_s = empty_s + 100.0 / sun_w
    assert played.row(1).fate is Fate.ON_TIME
    first, second = played.events[:2]
    # the battery is declared empty at a billionth of its capacity: 2e-6 J at 40 W are 5e-8 s
    assert first == (pytest.approx(empty_s, abs=1e-6), 0, "brown_out")
    assert second == (pytest.approx(up_s, abs=1e-6), 0, "recovered")
    # 100 J last 2.5 s at full load, so the 80 s of task 2 never fit and satellite and task try for ever
    assert played.row(2).fate is Fate.IN_FLIGHT
    assert played.row(2).place in (None, Place.SOURCE_SUNLIT)
    assert len(played.events) > 10
    assert max(played.ledger_errors()) < LEDGER
    assert played.energy[0][16] == 1.0  # max_depth_of_discharge


def test_a_task_that_fits_after_recovery_is_done_from_its_beginning(tiny_world, make_task, play):
    world = tiny_world(capacity_j=2000.0, solar_power_w=50.0, base_power_w=30.0, recovery_share=0.9)
    sun_w = 50.0 * flux(world)
    played = play(
        world, {1: [Run(satellite=0)], 2: [Run(satellite=0)]}, [make_task(1, 0.0, 45.0), make_task(2, 1.0, 30.0)]
    )
    up_s = 2000.0 / (90.0 - sun_w) + 1800.0 / sun_w
    row = played.row(2)
    assert row.start_s == pytest.approx(up_s, abs=1e-6)
    assert row.finish_s == pytest.approx(up_s + 30.0, abs=1e-6)
    processor = played.simulation.dispatcher.processors[0]
    assert processor.busy_s == pytest.approx(2000.0 / (90.0 - sun_w) + 30.0, abs=1e-6)


def test_brown_out_times_and_unserved_energy_are_counted(tiny_world, play):
    world = tiny_world(capacity_j=3000.0, base_power_w=30.0)
    played = play(world, {}, [])
    (row,) = played.energy
    assert played.events == [(pytest.approx(100.0, abs=1e-6), 0, "brown_out")]
    assert row[20] == 1
    assert row[21] == pytest.approx(900.0, abs=1e-5)
    assert row[12] == pytest.approx(900.0 * 30.0, abs=1e-3)  # unserved_j
    assert row[5] == pytest.approx(3000.0)  # base_j


def test_a_task_that_arises_without_power_is_lost(tiny_world, make_task, play):
    played = play(tiny_world(capacity_j=3000.0, base_power_w=30.0), {}, [make_task(1, 200.0)])
    assert (played.row(1).fate, played.row(1).reason) == (Fate.LOST, "arose on a satellite without power")


def test_a_task_held_without_power_is_lost(tiny_world, make_task, play):
    world = tiny_world(capacity_j=3000.0, base_power_w=30.0)
    played = play(world, {1: [Hold(until_s=150.0)]}, [make_task(1, 50.0)])
    assert (played.row(1).fate, played.row(1).reason) == (Fate.LOST, "held by a satellite that lost power")


def test_a_brown_out_cuts_a_transfer_and_frees_what_it_booked(tiny_world, make_task, play):
    """Satellite 1 (of three) dies at 100 s, while it sends on the first task and the second waits behind it.

    The first hop of the second task is under way and ends; the hops that have not begun are given back.
    """
    world = tiny_world(3, capacity_j=[1e6, 3000.0, 1e6], base_power_w=30.0, transmit_power_w=1e-6)
    tasks = [make_task(1, 50.0, input_bits=40e6), make_task(2, 60.0, input_bits=40e6)]
    played = play(world, {1: [Run(satellite=2)], 2: [Run(satellite=2)]}, tasks)
    for task_id in (1, 2):
        row = played.row(task_id)
        assert (row.fate, row.reason) == (Fate.LOST, "transfer cut: satellite 1 lost power")
    links = played.transport.links
    # 0 -> 1: both (50 to 90 s, and 90 to 130 s under way); 1 -> 2: the first, under way since 90 s
    assert links.n_transfers == [2, 0, 1, 0]
    assert links.busy_s == [80.0, 0.0, 40.0, 0.0]
    transmit_j = [row[7] for row in played.energy]
    # satellite 1 sent from 90 s + light to its end at 100 s
    assert transmit_j == pytest.approx([80e-6, (10.0 - LINK_LIGHT_S) * 1e-6, 0.0], rel=1e-3)
    assert played.simulation.dispatcher.committed_s == [0.0, 0.0, 0.0]
    assert max(played.ledger_errors()) < LEDGER


def test_routes_lead_around_a_satellite_that_is_down(tiny_world, make_task, play):
    """A ring of four: from 0 to 2 over 1 while it lives, over 3 when it does not, not at all without both."""
    world = tiny_world(
        4, links=[(0, 1), (1, 2), (2, 3), (0, 3)], capacity_j=[1e6, 3000.0, 1e6, 6000.0], base_power_w=30.0
    )
    seen = []

    def look(task, view):
        seen.append((view.n_hops(0, 2), view.is_up(1), view.is_up(3)))
        return Run(satellite=2)

    tasks = [make_task(i, t_s, 1.0, input_bits=1e6) for i, t_s in ((1, 10.0), (2, 110.0), (3, 210.0))]
    played = play(world, look, tasks)
    assert seen == [(2, True, True), (2, False, True), (-1, False, False)]
    assert [played.row(i).fate for i in (1, 2, 3)] == [Fate.ON_TIME, Fate.ON_TIME, Fate.LOST]
    assert played.row(3).reason == "no route from satellite 0 to 2"
    busy_s = {
        pair: played.transport.links.busy_s[played.transport.links.topology.directed_link(*pair)]
        for pair in ((0, 1), (0, 3))
    }
    assert busy_s == {(0, 1): 1.0, (0, 3): 1.0}


def test_forwarding_into_a_satellite_without_power_loses_the_task(tiny_world, make_task, play):
    world = tiny_world(2, capacity_j=[1e6, 3000.0], base_power_w=30.0)
    played = play(world, {1: [Forward(neighbour=1)]}, [make_task(1, 200.0)])
    assert (played.row(1).fate, played.row(1).reason) == (Fate.LOST, "no route from satellite 0 to 1")


def test_mean_powers_of_known_loads(tiny_world, make_task, play):
    """Efficiencies of 0.9: 60 W for 100 s out of the battery take 6,000 / 0.9 J, and 667 J of it are lost."""
    world = tiny_world(efficiency=0.9, traced=(0,))
    played = play(world, {1: [Run(satellite=0)]}, [make_task(1, 100.0, 100.0)])
    (row,) = played.energy
    assert row[9] == pytest.approx(1e6 - 6000.0 / 0.9, rel=1e-12)  # stored_j
    assert row[11] == pytest.approx(6000.0 / 0.9 - 6000.0, rel=1e-9)  # losses_j
    assert row[14] == pytest.approx(6000.0)
    assert row[15] == pytest.approx(6000.0)
    times = [t_s for t_s, _ in played.traces[0]]
    assert times == sorted(times)
    assert (100.0, 1e6) in played.traces[0]


def test_a_world_without_any_load_runs(tiny_world, play):
    """No load at all: nothing can ever be empty, and nothing divides by the largest load."""
    played = play(tiny_world(modes=((0.0, 1.0),), transmit_power_w=0.0), {}, [])
    assert played.energy[0][9] == 1e6


def test_reading_the_view_changes_nothing(tiny_world, make_task, play):
    """Reading settles batteries at other times: only the rounding of the last bits may differ."""

    def read_everything(task, view):
        for satellite in range(view.n_sats):
            view.stored_j(satellite), view.capacity_j(satellite), view.solar_power_w(satellite)
            view.base_power_w(satellite), view.is_up(satellite), view.committed_s(satellite)
            view.is_sunlit(satellite, view.now_s), view.sunlit_windows(satellite, view.now_s, view.now_s + 3000.0)
            view.sunlit_s(satellite, view.now_s, view.now_s + 100.0), view.contacts(satellite, 0.0, 1e4)
            view.neighbours(satellite), view.n_hops(view.here, satellite), view.transfer_s(0, satellite, 1e6)
            view.ground_delivery_s(task, satellite), view.ground_delivery_of_result_s(satellite, view.now_s, 1e6)
        return answer(task, view)

    def answer(task, view):
        return Run(satellite=task.task_id % 3)

    world = tiny_world(
        3, capacity_j=[1e4, 8e3, 2e4], solar_power_w=40.0, base_power_w=30.0, efficiency=0.9, receive_power_w=3.0
    )
    tasks = [make_task(i, 7.0 * i, 8.0, source=(i * 7) % 3, input_bits=2e6, result_bits=1e5) for i in range(120)]
    quiet, curious = play(world, answer, tasks), play(world, read_everything, tasks)
    assert [row[11:14] for row in quiet.task_rows] == [row[11:14] for row in curious.task_rows]
    assert len(quiet.events) > 2
    assert [e[1:] for e in quiet.events] == [e[1:] for e in curious.events]
    for a, b in zip(quiet.energy, curious.energy, strict=True):
        # a few hundred additions more or less
        assert a[3:12] == pytest.approx(b[3:12], rel=1e-10, abs=1e-6)
    assert max(*quiet.ledger_errors(), *curious.ledger_errors()) < LEDGER
