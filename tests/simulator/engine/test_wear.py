"""Battery wear of a run: which part of it is counted, and that the books of a brown-out are in it."""

from __future__ import annotations

from math import exp

import pytest

from simulator.records import Run
from simulator.results.tables import TABLES
from simulator.sunlight.sun import sun_path

YEAR_S = 365.25 * 86_400.0


def figures(row):
    return dict(zip(TABLES["energy"].names, row, strict=True))


def sun_w(world, panel_w):
    return panel_w * float(sun_path(world.positions.epoch, 0.0, world.window_s).flux_factor(0.5 * world.window_s))


def test_only_cycles_inside_the_window_count(tiny_world, make_task, play):
    """Tasks before the warm-up ends, inside the window, and over its end: 60 W each above 50 W of Sun less 30 W."""
    world = tiny_world(capacity_j=1e5, solar_power_w=50.0, base_power_w=30.0, warm_up_s=400.0, end_s=1000.0)
    arrivals_s = (0.0, 100.0, 500.0, 700.0, 980.0)
    tasks = [make_task(i, arrival_s, 20.0 if arrival_s < 980.0 else 60.0) for i, arrival_s in enumerate(arrivals_s)]
    played = play(world, {task.task_id: [Run(satellite=0)] for task in tasks}, tasks)
    row = figures(played.energy[0])
    surplus_w = sun_w(world, 50.0) - 30.0
    deficit_w = 60.0 - surplus_w
    # each of the first four is made up for in 20 s x deficit / surplus = 40 s and its battery is full before the next;
    # the last one is cut at the end of the window after 20 s: half a cycle
    assert row["n_cycles"] == 2.5
    depth = 20.0 * deficit_w / 1e5
    assert row["equivalent_full_cycles"] == pytest.approx(2.5 * depth, rel=1e-9)
    assert row["max_depth_of_discharge"] == pytest.approx(depth, rel=1e-9)
    fall_and_rise_s = 20.0 + 20.0 * deficit_w / surplus_w
    missing_s = 0.5 * depth * (2.0 * fall_and_rise_s + 20.0)
    assert row["mean_state_of_charge"] == pytest.approx(1.0 - missing_s / 600.0, rel=1e-12)
    # 2250 D^-1.7 cycles of depth D; Xu et al. 2018: end of life at 0.1639 = ln(0.9425 / 0.8)
    assert row["power_law_lifetime_years"] == pytest.approx(600.0 / (2.5 * depth**1.7 / 2250.0) / YEAR_S, rel=1e-9)
    cycles = 2.5 / (1.40e5 * depth**-0.501 - 1.23e5) * exp(1.04 * (0.5 - 0.5 * depth))
    calendar = 600.0 * 4.14e-10 * exp(1.04 * (row["mean_state_of_charge"] - 0.5))
    assert row["xu_lifetime_years"] == pytest.approx(600.0 * 0.16391 / (cycles + calendar) / YEAR_S, rel=1e-4)


def test_a_window_that_opens_in_a_discharge_counts_from_there(tiny_world, make_task, play):
    world = tiny_world(capacity_j=1e5, solar_power_w=50.0, base_power_w=30.0, warm_up_s=400.0, end_s=1000.0)
    played = play(world, {1: [Run(satellite=0)]}, [make_task(1, 390.0, 20.0)])
    row = figures(played.energy[0])
    depth = 20.0 * (90.0 - sun_w(world, 50.0)) / 1e5
    # 10 s of the fall, then all the way up: two half cycles
    assert row["n_cycles"] == 1.0
    assert row["equivalent_full_cycles"] == pytest.approx(0.5 * (0.5 * depth + depth), rel=1e-9)


def test_a_brown_out_is_a_discharge_to_nothing(tiny_world, make_task, play):
    world = tiny_world(capacity_j=2000.0, solar_power_w=50.0, base_power_w=30.0, recovery_share=0.9, end_s=200.0)
    played = play(world, {1: [Run(satellite=0)]}, [make_task(1, 0.0, 60.0)])
    row = figures(played.energy[0])
    deficit_w, rise_w = 90.0 - sun_w(world, 50.0), sun_w(world, 50.0)
    # 1.0 to nothing, up to 0.9 with all loads off, the task starts over and it goes to nothing again, and so on
    second_rise_s = 2000.0 / deficit_w + 1800.0 / rise_w + 1800.0 / deficit_w
    last_fall = (200.0 - second_rise_s - 1800.0 / rise_w) * deficit_w / 2000.0
    assert (row["n_brown_outs"], row["max_depth_of_discharge"]) == (2, 1.0)
    # levels 1, 0, 0.9, 0, 0.9 and the end: the first 0.9 is a full cycle, the others are halves
    assert row["n_cycles"] == 2.5
    # an empty battery is declared so at a billionth of its capacity
    assert row["equivalent_full_cycles"] == pytest.approx(0.9 + 0.5 * (1.0 + 0.9 + last_fall), abs=1e-7)


def test_satellites_at_rest_have_no_cycles(tiny_world, play):
    played = play(tiny_world(n_sats=2, solar_power_w=[50.0, 0.0], base_power_w=0.0), {}, [])
    for row in map(figures, played.energy):
        assert (row["n_cycles"], row["equivalent_full_cycles"], row["mean_state_of_charge"]) == (0.0, 0.0, 1.0)
        assert row["power_law_lifetime_years"] == float("inf")
