"""Runs of tiny worlds whose arrays do not always face the Sun."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from simulator.outages import Outage, OutageKind, OutagePlan
from simulator.power.array_output import solve_array_output
from simulator.power.solar_array import Attitude, Panel, SolarArray
from simulator.records import Run
from simulator.sunlight.illumination import solve_illumination
from simulator.sunlight.sun import sun_path

ORBIT_S = 5739.0
FIXED = SolarArray(
    attitude=Attitude.BODY_FIXED,
    panels=(
        Panel(normal=(1.0, 0.0, 0.0), share=0.3),
        Panel(normal=(-1.0, 0.0, 0.0), share=0.3),
        Panel(normal=(0.0, 0.0, -1.0), share=0.4),
    ),
)
NADIR = SolarArray(attitude=Attitude.NADIR)
TRACKING = SolarArray(attitude=Attitude.SUN_TRACKING)


@pytest.fixture
def low_fleet(kepler_fleet):
    """Three satellites of one plane that holds the Sun 20 degrees off, with shadows."""
    return kepler_fleet(6_928_137.0, 90.0, 20.0, [0.0, 100.0, 200.0], epoch="2026-03-20T14:46:00Z")


def test_books_balance_and_each_array_harvests_what_its_geometry_says(tiny_world, play, make_task, low_fleet):
    world = tiny_world(
        3,
        positions=low_fleet,
        links=[],
        capacity_j=[60e3, 30e3, 60e3],
        solar_power_w=40.0,
        base_power_w=6.0,
        efficiency=0.95,
        warm_up_s=100.0,
        end_s=2 * ORBIT_S,
        arrays=(FIXED, FIXED, NADIR),
        traced=(0,),
    )
    tasks = [make_task(i, 20.0 + 300.0 * i, source=i % 3, deadline_s=50.0 + 300.0 * i + 500.0) for i in range(30)]
    played = play(world, {i: [Run(satellite=i % 3)] for i in range(30)}, tasks)
    # production's bound on the ledger
    assert max(played.ledger_errors()) <= 1e-9
    end_s = played.simulation.fleet.batteries[0].t_s
    assert end_s >= 2 * ORBIT_S
    for i_sat, array in enumerate(world.arrays):
        harvested_j = 0.0
        for k in range(3):
            span_s = (k * ORBIT_S, (k + 1) * ORBIT_S)
            flux = float(sun_path(low_fleet.epoch, *span_s).flux_factor(np.mean(span_s)))
            light = solve_illumination(low_fleet, *span_s, world.shadow)
            for piece in solve_array_output(array, low_fleet, np.array([i_sat]), light).supply(0, 40.0 * flux):
                if piece.start_s < end_s:
                    harvested_j += piece.energy_j(piece.start_s, min(piece.end_s, end_s))
        assert played.energy[i_sat][4] == pytest.approx(harvested_j, rel=1e-12)
    times_s = [t_s for t_s, _ in played.traces[0]]
    assert all(a_s <= b_s for a_s, b_s in pairwise(times_s))


def test_a_world_told_that_all_arrays_face_the_sun_runs_like_one_not_told(tiny_world, play, low_fleet):
    steering = SolarArray(attitude=Attitude.YAW_STEERING)
    plain, told = (
        play(
            tiny_world(
                3, positions=low_fleet, links=[], solar_power_w=40.0, base_power_w=6.0, end_s=ORBIT_S, arrays=arrays
            ),
            {},
            [],
        )
        for arrays in ((), (TRACKING, steering, TRACKING))
    )
    assert plain.energy == told.energy


def test_schedulers_are_told_the_mean_output_in_sunlight(tiny_world, play, low_fleet):
    world = tiny_world(
        3, positions=low_fleet, links=[], solar_power_w=40.0, end_s=ORBIT_S, arrays=(FIXED, TRACKING, NADIR)
    )
    view = play(world, {}, []).simulation.dispatcher.view
    assert view.solar_power_w(1) == 40.0
    # the Sun stands 20 degrees off the plane, and moves 1e-3 rad an orbit
    assert view.solar_power_w(2) == pytest.approx(40.0 * np.cos(np.radians(20.0)), rel=2e-3)
    ahead_s = (ORBIT_S, 2 * ORBIT_S)
    light = solve_illumination(low_fleet, *ahead_s, world.shadow)
    pieces = solve_array_output(FIXED, low_fleet, np.array([0]), light).supply(0, 40.0)
    time_s = np.arange(ahead_s[0] + 0.5, ahead_s[1], 1.0)
    power_w = np.array([piece.power_w(t_s) for piece in pieces for t_s in time_s if piece.start_s <= t_s < piece.end_s])
    is_lit = np.interp(time_s, *light.knots(0)) == 1.0
    # sums of one second, with the edges of sunlight off by as much
    assert view.solar_power_w(0) == pytest.approx(power_w[is_lit].mean(), rel=1e-3)
    assert view.solar_power_w(0) < 0.6 * 40.0


def test_a_brown_out_and_its_recovery_happen_on_a_swinging_supply(tiny_world, play, low_fleet):
    world = tiny_world(
        3,
        positions=low_fleet,
        links=[],
        capacity_j=5e3,
        solar_power_w=40.0,
        base_power_w=6.0,
        recovery_share=0.5,
        end_s=2 * ORBIT_S,
        arrays=(FIXED,) * 3,
    )
    played = play(world, {}, [])
    kinds = [kind for _, i_sat, kind in played.events if i_sat == 0]
    assert kinds[:2] == ["brown_out", "recovered"]
    assert max(played.ledger_errors()) <= 1e-9
    empty_s = next(t_s for t_s, i_sat, kind in played.events if i_sat == 0 and kind == "brown_out")
    # 5 kJ at 6 W in the shadow that holds the battery's end, plus the fading of the array before it
    light = solve_illumination(low_fleet, 0.0, 2 * ORBIT_S, world.shadow)
    stored_j, t_s, step_s = 5e3, 0.0, 0.1
    pieces = iter(solve_array_output(FIXED, low_fleet, np.array([0]), light).supply(0, 40.0))
    piece = next(pieces)
    while stored_j > 0.0:
        while piece.end_s <= t_s + 0.5 * step_s:
            piece = next(pieces)
        stored_j = min(5e3, stored_j + step_s * (piece.power_w(t_s + 0.5 * step_s) - 6.0))
        t_s += step_s
    # a step, and half a per cent of the array's power, which the distance of the Sun changes and this does not
    assert empty_s == pytest.approx(t_s, abs=5.0)


def test_an_array_that_gives_half_for_a_while_gives_half_of_every_piece(tiny_world, play, low_fleet):
    from_s, to_s = 500.0, 4000.0  # over a shadow and changes of panels
    world = tiny_world(
        3,
        positions=low_fleet,
        links=[],
        capacity_j=60e3,
        solar_power_w=40.0,
        end_s=ORBIT_S,
        arrays=(FIXED,) * 3,
        outages=OutagePlan(scheduled=(Outage(OutageKind.ARRAY, 0, -1, from_s, to_s, 0.5),)),
    )
    energy = play(world, {}, []).energy
    flux = float(sun_path(low_fleet.epoch, 0.0, ORBIT_S).flux_factor(0.5 * ORBIT_S))
    light = solve_illumination(low_fleet, 0.0, ORBIT_S, world.shadow)
    pieces = solve_array_output(FIXED, low_fleet, np.array([0]), light).supply(0, 40.0 * flux)

    def harvested_j(a_s, b_s):
        spans = ((piece, max(a_s, piece.start_s), min(b_s, piece.end_s)) for piece in pieces)
        return sum(piece.energy_j(c_s, d_s) for piece, c_s, d_s in spans if c_s < d_s)

    whole_j, lost_j = harvested_j(0.0, ORBIT_S), 0.5 * harvested_j(from_s, to_s)
    assert lost_j > 0.1 * whole_j
    assert energy[0][4] == pytest.approx(whole_j - lost_j, rel=1e-12)
    assert energy[0][13] <= 1e-9


def _told(play, make_task, world, ask, times_s=(700.0,)):
    """Return what a task hears at each time."""
    heard = []

    def look(task, view):
        heard.append(ask(view))
        return Run(satellite=0)

    tasks = [make_task(i, t_s, work_s=1.0, deadline_s=t_s + 100.0) for i, t_s in enumerate(times_s)]
    play(world, {task.task_id: [look] for task in tasks}, tasks)
    return heard


def test_what_arrays_will_give_is_what_the_ledger_has_later(tiny_world, play, make_task, low_fleet):
    world = tiny_world(
        3,
        positions=low_fleet,
        links=[],
        solar_power_w=40.0,
        end_s=3 * ORBIT_S,
        arrays=(FIXED, TRACKING, NADIR),
        outages=OutagePlan(scheduled=(Outage(OutageKind.ARRAY, 2, -1, 300.0, 6e3, 0.25),)),
    )
    # before and inside an outage, over a shadow, and beyond what is known at first
    times_s = (100.0, 300.5, 5000.0, 7000.0, 9000.0, 14_000.0)
    next_s = dict(pairwise(times_s))

    def ask(view):
        view._fleet.settle_all()
        told_j = [view.harvest_j(i, 0.0, next_s.get(view.now_s, 0.0)) for i in range(3)]
        return told_j, [battery.harvested_j for battery in view._fleet.batteries]

    heard = _told(play, make_task, world, ask, times_s)
    assert heard[-1][0] == [0.0, 0.0, 0.0]
    for k, ((told_j, before_j), (_, after_j)) in enumerate(pairwise(heard)):
        gained_j = np.subtract(after_j, before_j)
        is_foreseen = np.array([True, True, k not in (0, 2)])  # that an array degrades or recovers is not
        # of sums of up to 1e6 J with a rounding of 1e-16
        np.testing.assert_allclose(np.array(told_j)[is_foreseen], gained_j[is_foreseen], rtol=1e-11)
        assert sum(told_j) > 1e3


def test_output_is_told_to_be_high_where_the_cosine_law_says(tiny_world, play, make_task, low_fleet):
    world = tiny_world(
        3, positions=low_fleet, links=[], solar_power_w=40.0, end_s=ORBIT_S, arrays=(FIXED, TRACKING, NADIR)
    )
    heard = _told(
        play,
        make_task,
        world,
        lambda view: (
            [view.output_swings(i) for i in range(2)],
            [view.powered_windows(1, level_w, 0.0, 9e3) for level_w in (40.0, 41.0)],
            view.sunlit_windows(1, 700.0, 9e3),
            view.powered_windows(0, 12.0, 0.0, 9e3),
        ),
    )
    swings, (all_sunlight, none), sunlit, powered = heard[0]
    assert swings == [True, False]
    assert all_sunlight == sunlit
    assert none == []
    light = solve_illumination(low_fleet, 0.0, 9e3, world.shadow)
    flux = float(sun_path(low_fleet.epoch, 0.0, 9e3).flux_factor(4500.0))
    pieces = solve_array_output(FIXED, low_fleet, np.array([0]), light).supply(0, 40.0 * flux)
    time_s = np.arange(705.0, 9e3, 10.0)
    is_lit = np.interp(time_s, *light.knots(0)) == 1.0
    power_w = np.array([next(p for p in pieces if p.start_s <= t_s < p.end_s).power_w(t_s) for t_s in time_s])
    is_told = np.array([any(a_s <= t_s < b_s for a_s, b_s in powered) for t_s in time_s])
    # the world solves other windows of time: the drift of the Sun inside one is straight to some 1e-6
    is_clear = np.abs(power_w - 12.0) > 1e-3
    assert is_clear.sum() >= time_s.size - 2
    np.testing.assert_array_equal(is_told[is_clear], (is_lit & (power_w > 12.0))[is_clear])
    assert 0.2 * is_lit.sum() < is_told.sum() < 0.9 * is_lit.sum()


def test_where_edges_are_told_wrong_nothing_tells_them_by_the_output(tiny_world, play, make_task, low_fleet):
    world = tiny_world(
        3,
        positions=low_fleet,
        links=[],
        solar_power_w=40.0,
        end_s=ORBIT_S,
        arrays=(FIXED,) * 3,
        forecast_error_s=200.0,
    )
    heard = _told(
        play,
        make_task,
        world,
        lambda view: (
            view.output_swings(0),
            view.harvest_j(0, 0.0, 5000.0) - view.solar_power_w(0) * view.sunlit_s(0, view.now_s, 5000.0),
            view.powered_windows(0, 1.0, 0.0, 5000.0) == view.sunlit_windows(0, view.now_s, 5000.0),
        ),
    )
    assert heard[0] == (False, 0.0, True)
