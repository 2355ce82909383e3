"""Satellites, stations, arrays and links out of order: what stops, what goes on, and when it is back, by hand.

Links and channels carry 1 Mbit/s; arrays are always lit.
"""

from __future__ import annotations

from dataclasses import replace
from math import radians

import numpy as np
import pytest
from scipy.optimize import brentq

from simulator.constants import EARTH_GRAVITY_M3_S2, SPEED_OF_LIGHT_M_S
from simulator.engine.world import GroundComputing
from simulator.network.grid import topology_of
from simulator.network.lengths import link_lengths_m
from simulator.orbits.position_models import position_model
from simulator.orbits.walker import WalkerShell
from simulator.outages import Outage, OutageKind, OutagePlan
from simulator.records import Fate, Run, ToGround

RADIUS_M = 6_928_137.0
PERIOD_S = 2.0 * np.pi * np.sqrt(RADIUS_M**3 / EARTH_GRAVITY_M3_S2)
LIGHT_S = 2.0 * RADIUS_M * float(np.sin(radians(5.0))) / SPEED_OF_LIGHT_M_S
ROUNDING_S = 1e-6
"""Brown-outs and crossings are roots, good to 1e-6 s; all else is sums of a few float64 numbers."""


def plan(kind, first, *spans_s, second=-1, output=float("nan")):
    return OutagePlan(scheduled=tuple(Outage(kind, first, second, *span_s, output) for span_s in spans_s))


def safe(*spans_s, satellite=0):
    return plan(OutageKind.SATELLITE, satellite, *spans_s)


def kinds(played):
    return [(pytest.approx(t_s, abs=ROUNDING_S), kind) for t_s, _, kind in played.events]


# satellites


def test_safe_mode_stops_the_computer_and_leaves_the_base_load(tiny_world, make_task, play):
    """A task of 60 s runs from 0 s, is stopped at 20 s, and starts over at 50 s."""
    world = tiny_world(base_power_w=30.0, outages=safe((20.0, 50.0)))
    played = play(world, {1: [Run(satellite=0)]}, [make_task(1, 0.0, 60.0)])
    assert played.row(1).finish_s == pytest.approx(110.0, abs=ROUNDING_S)
    (energy,) = played.energy
    assert energy[5] == pytest.approx(30.0 * 1000.0, rel=1e-12), "base load, safe mode included"
    assert energy[6] == pytest.approx(60.0 * (20.0 + 60.0), rel=1e-12)
    assert energy[20] == 0, "no brown-out"
    assert kinds(played) == [(20.0, "safe_mode"), (50.0, "recovered")]
    assert max(played.ledger_errors()) < 1e-9
    assert [outage[3:5] for outage in played.outages] == [(20.0, 50.0)]


def test_what_arises_in_safe_mode_is_lost(tiny_world, make_task, play):
    world = tiny_world(outages=safe((0.0, 50.0)))
    played = play(world, {2: [Run(satellite=0)]}, [make_task(1, 10.0), make_task(2, 60.0)])
    assert (played.row(1).fate, played.row(1).reason) == (Fate.LOST, "arose on a satellite in safe mode")
    assert played.row(2).fate is Fate.ON_TIME


def test_safe_modes_that_overlap_end_with_the_last(tiny_world, play):
    played = play(tiny_world(outages=safe((10.0, 40.0), (30.0, 60.0), (200.0, np.inf))), {}, [])
    assert kinds(played) == [(10.0, "safe_mode"), (60.0, "recovered"), (200.0, "safe_mode")]


def test_a_satellite_that_browns_out_in_safe_mode_needs_power_too(tiny_world, play):
    """3 kJ at 30 W last for 100 s, without light for ever."""
    played = play(tiny_world(capacity_j=3000.0, base_power_w=30.0, outages=safe((50.0, 200.0))), {}, [])
    assert kinds(played) == [(50.0, "safe_mode"), (100.0, "brown_out")]
    assert played.energy[0][5] == pytest.approx(3000.0)
    assert not played.simulation.fleet.is_up[0]
    assert played.simulation.fleet.n_down == 1


def test_power_that_returns_in_safe_mode_feeds_the_base_load_alone(tiny_world, make_task, play):
    """The array is off until 150 s and gives 100 W then: power is back before 200 s, the computer at 200 s."""
    dark = Outage(OutageKind.ARRAY, 0, -1, 0.0, 150.0, 0.0)
    outages = OutagePlan(scheduled=(dark, *safe((50.0, 200.0)).scheduled))
    world = tiny_world(capacity_j=3000.0, base_power_w=30.0, solar_power_w=100.0, outages=outages)
    played = play(world, {1: [Run(satellite=0)]}, [make_task(1, 201.0, 10.0)])
    told = [kind for _, _, kind in played.events]
    assert told == ["array_down", "safe_mode", "brown_out", "array_up", "recovered"]
    assert played.events[-1][0] == 200.0
    assert played.row(1).start_s == pytest.approx(201.0)
    (energy,) = played.energy
    assert 150.0 < 100.0 + energy[21] < 152.0, "the brown-out ends with 5 % of 3 kJ, 1.5 s after light"
    assert energy[5] == pytest.approx(30.0 * (1000.0 - energy[21]), abs=1e-3)
    assert played.simulation.fleet.n_down == 0
    assert max(played.ledger_errors()) < 1e-9


def test_safe_mode_cuts_what_passes_and_is_routed_around(tiny_world, make_task, play):
    """Satellite 1 of a ring goes off at 10 s, while the first task of 40 Mbit is on its way to 2 over it."""
    ring = [(0, 1), (1, 2), (2, 3), (0, 3)]
    world = tiny_world(4, links=ring, outages=safe((10.0, 500.0), satellite=1))
    tasks = [make_task(i, t_s, 1.0, input_bits=bits) for i, t_s, bits in ((1, 0.0, 40e6), (2, 100.0, 1e6))]
    played = play(world, lambda task, view: Run(satellite=2), tasks)
    assert (played.row(1).fate, played.row(1).reason) == (Fate.LOST, "transfer cut: satellite 1 went into safe mode")
    assert played.row(2).fate is Fate.ON_TIME
    links = played.transport.links
    assert links.busy_s[links.topology.directed_link(0, 3)] == 1.0


# arrays


def test_arrays_give_what_their_faults_leave(tiny_world, play):
    """Off for 200 s; half for 50 s, a quarter for 50 s where two halves overlap, half for 50 s."""
    faults = [(100.0, 300.0, 0.0), (400.0, 500.0, 0.5), (450.0, 550.0, 0.5)]
    outages = OutagePlan(scheduled=tuple(Outage(OutageKind.ARRAY, 0, -1, *fault) for fault in faults))
    sound, faulty = (
        play(tiny_world(base_power_w=30.0, solar_power_w=100.0, outages=plan_), {}, []) for plan_ in (None, outages)
    )
    lost_s = 200.0 + 0.5 * 50.0 + 0.75 * 50.0 + 0.5 * 50.0
    assert faulty.energy[0][4] / sound.energy[0][4] == pytest.approx(1.0 - lost_s / 1000.0, rel=1e-9)
    assert faulty.energy[0][16] == pytest.approx(30.0 * 200.0 / 1e6, rel=1e-9), "deepest in the dark span"
    assert max(faulty.ledger_errors()) < 1e-9


def test_an_array_that_is_off_for_long_stays_off_over_windows_and_comes_back(tiny_world, play):
    """Sunlight is solved 5,739 s at a time; the fault lasts over two borders."""
    outages = plan(OutageKind.ARRAY, 0, (5000.0, 13_000.0), output=0.25)
    sound, faulty = (
        play(tiny_world(solar_power_w=100.0, end_s=15_000.0, outages=plan_), {}, []) for plan_ in (None, outages)
    )
    # the Sun's distance changes the flux by 2e-5 in an orbit
    assert faulty.energy[0][4] / sound.energy[0][4] == pytest.approx(1.0 - 0.75 * 8000.0 / 15_000.0, rel=1e-4)


def test_schedulers_see_the_output_of_now(tiny_world, make_task, play):
    seen = []

    def look(task, view):
        seen.append(view.solar_power_w(0))
        return Run(satellite=0)

    world = tiny_world(solar_power_w=100.0, outages=plan(OutageKind.ARRAY, 0, (20.0, 40.0), output=0.25))
    play(world, look, [make_task(i, t_s, 1.0) for i, t_s in ((1, 10.0), (2, 30.0), (3, 50.0))])
    assert seen == [100.0, 25.0, 100.0]


# stations


@pytest.fixture
def to_ground(tiny_world, make_task, play, below):
    """Send 40 Mbit from a geostationary satellite at 0 s, with stations closed for spans of time."""

    def run(*closed, n_stations=1, **more):
        epoch = tiny_world().positions.epoch
        stations = [below(epoch, name=f"station {i}", longitude_deg=float(i)) for i in range(n_stations)]
        scheduled = tuple(Outage(OutageKind.STATION, i, -1, *span_s) for i, span_s in closed)
        world = tiny_world(
            is_geostationary=True, stations=stations, outages=OutagePlan(scheduled=scheduled),
            ground=GroundComputing(compute_s=0.0, n_servers=None, network_delay_s=0.0), **more,
        )  # fmt: skip
        task = replace(make_task(1, 0.0, input_bits=40e6, result_bits=0.0), deadline_s=900.0)
        return play(world, {1: [ToGround()]}, [task])

    return run


def test_a_station_that_closes_gets_the_data_again_when_it_opens(to_ground):
    played = to_ground((0, (10.0, 30.0)))
    assert played.row(1).start_s == pytest.approx(30.0 + 40.0 + 0.12, abs=0.01), "and the light from 36,000 km"
    channels = played.transport.ground.channels
    assert (channels.n_transfers[0], channels.busy_s[0]) == (3, 50.0), "down twice, and an empty result up"
    assert channels.bits[0] == pytest.approx(50e6)
    assert played.energy[0][7] == pytest.approx(10.0 * (10.0 + 40.0), rel=1e-9)
    assert [kind for _, _, kind in played.events] == ["station_closed", "station_opened"]


def test_another_station_takes_over_at_once(to_ground):
    played = to_ground((0, (10.0, 900.0)), n_stations=2)
    row = played.row(1)
    assert row.station == 1
    assert row.start_s == pytest.approx(10.0 + 40.0 + 0.12, abs=0.01)


def test_a_closed_station_is_no_contact(tiny_world, make_task, play, below):
    seen = []

    def look(task, view):
        seen.append((len(view.contacts(0, view.now_s, view.now_s + 100.0)), view.ground_delivery_s(task, 0) < np.inf))
        return Run(satellite=0)

    stations = [below(tiny_world().positions.epoch)]
    outages = plan(OutageKind.STATION, 0, (0.0, 20.0), (40.0, np.inf))
    world = tiny_world(is_geostationary=True, stations=stations, outages=outages)
    play(world, look, [make_task(i, t_s, 1.0, input_bits=1e6) for i, t_s in ((1, 10.0), (2, 30.0), (3, 50.0))])
    assert seen == [(0, False), (1, True), (0, False)]


# links


def test_a_link_that_comes_back_is_acquired_first(tiny_world, make_task, play):
    outages = plan(OutageKind.LINK, 0, (7.0, 8.0), second=1)
    world = tiny_world(2, outages=outages, acquisition_s=30.0)
    played = play(world, lambda task, view: Run(satellite=1), [make_task(1, 20.0, input_bits=5e6)])
    assert played.row(1).start_s == pytest.approx(8.0 + 30.0 + 5.0 + LIGHT_S, abs=ROUNDING_S)
    assert kinds(played) == [(7.0, "link_down"), (38.0, "link_up")]


def test_a_failure_while_a_link_is_acquired_begins_anew(tiny_world, make_task, play):
    outages = plan(OutageKind.LINK, 0, (7.0, 8.0), (20.0, 21.0), second=1)
    played = play(tiny_world(2, outages=outages, acquisition_s=30.0), {}, [])
    assert kinds(played) == [(7.0, "link_down"), (51.0, "link_up")]


def test_terminals_that_were_off_acquire_their_links(tiny_world, make_task, play):
    """Satellite 1 is in safe mode until 20 s; its link carries data at 50 s."""
    world = tiny_world(2, outages=safe((10.0, 20.0), satellite=1), acquisition_s=30.0)
    played = play(world, lambda task, view: Run(satellite=1), [make_task(1, 25.0, input_bits=5e6)])
    assert played.row(1).start_s == pytest.approx(50.0 + 5.0 + LIGHT_S, abs=ROUNDING_S)


def test_a_link_that_comes_within_its_range_again_is_acquired_first(tiny_world, make_task, play):
    """Two polar circles cross at the poles: a range shorter than their distance at the equator holds near the poles.

    The first task arises while the link is acquired; the second is on it when it becomes too long, and is sent again.
    """
    shell = WalkerShell(
        n_planes=2, n_slots=1, phasing=0, altitude_m=550e3, inclination_rad=radians(90.0), raan_spread_rad=radians(60.0)
    )
    topology, range_m, end_s = topology_of([(0, 1)], [[0], [1]]), 2.5e6, 5000.0
    positions = position_model(shell, tiny_world().positions.epoch)

    def excess_m(t_s):
        return float(link_lengths_m(topology, positions.all_at(t_s))[0]) - range_m

    raster_s = np.arange(0.0, end_s, 100.0)
    beyond = np.array([excess_m(t_s) for t_s in raster_s]) > 0.0
    assert beyond[0]
    changes = np.flatnonzero(beyond[1:] != beyond[:-1])
    in_s, out_s, again_s = (brentq(excess_m, raster_s[k], raster_s[k + 1], xtol=1e-9) for k in changes[:3])

    world = tiny_world(2, topology=topology, max_range_m=range_m, acquisition_s=30.0, end_s=end_s)
    tasks = [
        make_task(1, in_s + 10.0, input_bits=5e6, deadline_s=end_s),
        make_task(2, out_s - 5.0, input_bits=20e6, deadline_s=end_s),
    ]
    played = play(replace(world, positions=positions), lambda task, view: Run(satellite=1), tasks)
    expected = [(0.0, "link_down"), (in_s + 30.0, "link_up"), (out_s, "link_down"), (again_s + 30.0, "link_up")]
    assert kinds(played)[:4] == expected
    light_s = 2.0 * range_m / SPEED_OF_LIGHT_M_S
    assert played.row(1).start_s == pytest.approx(in_s + 30.0 + 5.0, abs=light_s)
    assert played.row(2).start_s == pytest.approx(again_s + 30.0 + 20.0, abs=light_s)
    assert played.transport.links.busy_s[0] == pytest.approx(5.0 + 5.0 + 20.0, abs=1e-5), "of these, 5 s in vain"


def test_links_between_planes_are_off_near_the_poles(tiny_world, play):
    """Two satellites 10 deg apart on a polar circle: off from 75 deg for the first to 105 deg for the second."""
    topology = topology_of([(0, 1)], [[0], [1]])
    world = tiny_world(2, topology=topology, polar_cutoff_rad=radians(75.0), end_s=PERIOD_S, acquisition_s=5.0)
    played = play(world, {}, [])
    turns = [(65.0, "link_down"), (105.0, "link_up"), (245.0, "link_down"), (285.0, "link_up")]
    expected = [(degrees / 360.0 * PERIOD_S + (5.0 if kind == "link_up" else 0.0), kind) for degrees, kind in turns]
    assert kinds(played) == expected


def test_links_in_a_plane_stay_on_at_the_poles(tiny_world, play):
    played = play(tiny_world(2, polar_cutoff_rad=radians(75.0), end_s=PERIOD_S), {}, [])
    assert played.events == []


def test_a_satellite_near_a_pole_at_the_start_has_no_link_from_the_start(tiny_world, make_task, play):
    seen = []

    def look(task, view):
        seen.append(view.n_hops(0, 9))
        return Run(satellite=0)

    topology = topology_of([(0, 9)], [[*range(9)], [9]])
    play(tiny_world(10, topology=topology, polar_cutoff_rad=radians(75.0)), look, [make_task(1, 0.0, 1.0)])
    assert seen == [-1]
