"""The ground: contacts, channels, computing, results on their way up and down, and what a view foresees of it."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.contacts.stations import GroundStation, station_geometry
from simulator.engine.world import GroundComputing
from simulator.orbits.model import Frame
from simulator.records import DeliverTo, Fate, Place, Run, ToGround
from simulator.timescale import parse_epoch

EPOCH = parse_epoch("2026-03-20T14:46:00Z")
HORIZON_S = 5739.0


def light_s(world, satellite, t_s, station=0):
    at_m = world.positions.at(np.array([satellite]), np.array([t_s]), Frame.EARTH_FIXED)[0]
    return float(np.linalg.norm(at_m - station_geometry(world.stations).position_m[station])) / SPEED_OF_LIGHT_M_S


@pytest.fixture
def geostationary(tiny_world, below):
    """Satellites that see one station all the time, through one channel of 1 Mbit/s unless asked otherwise."""

    def build(n_sats=1, *, n_channels=1, **changes):
        return tiny_world(
            n_sats, links=[], is_geostationary=True, stations=[below(EPOCH, n_channels=n_channels)], **changes
        )

    return build


def test_input_down_computing_and_result_up(geostationary, make_task, play):
    world = geostationary(
        receive_power_w=4.0, ground=GroundComputing(compute_s=7.0, n_servers=None, network_delay_s=0.5)
    )
    played = play(world, {1: [ToGround()]}, [make_task(1, 20.0, input_bits=3e6, result_bits=1e6)])
    row = played.row(1)
    down_s = 23.0 + light_s(world, 0, 23.0)
    # light time comes from a position of 4e7 m, good to 1e-8 m; times of 40 s round by 1e-14
    assert row.start_s == pytest.approx(down_s + 0.5, abs=1e-12)
    assert row.finish_s == pytest.approx(down_s + 7.5, abs=1e-12)
    up_s = down_s + 8.0 + 1.0
    assert row.delivered_s == pytest.approx(up_s + light_s(world, 0, up_s), abs=1e-12)
    assert (row.place, row.station, row.satellite, row.n_hops, row.fate) == (Place.GROUND, 0, 0, 0, Fate.ON_TIME)
    assert played.energy[0][7] == pytest.approx(30.0)  # 10 W for 3 s down
    assert played.energy[0][8] == pytest.approx(4.0)  # 4 W for 1 s up
    assert played.transport.ground.channels.n_transfers == [2]


def test_a_task_for_the_ground_computed_there_needs_no_way_up(geostationary, make_task, play):
    world = geostationary()
    task = make_task(1, input_bits=3e6, result_bits=1e6, deliver_to=DeliverTo.GROUND)
    row = play(world, {1: [ToGround()]}, [task]).row(1)
    assert row.delivered_s == row.finish_s == pytest.approx(4.0 + light_s(world, 0, 3.0), abs=1e-12)


def test_a_result_for_the_ground_is_sent_down_after_computing_on_board(geostationary, make_task, play):
    world = geostationary()
    task = make_task(1, 0.0, 10.0, result_bits=2e6, deliver_to=DeliverTo.GROUND)
    row = play(world, {1: [Run(satellite=0)]}, [task]).row(1)
    assert row.place is Place.SOURCE_SUNLIT
    assert row.delivered_s == pytest.approx(12.0 + light_s(world, 0, 12.0), abs=1e-12)


def test_satellites_wait_for_the_one_channel(geostationary, make_task, play):
    world = geostationary(3)
    tasks = [make_task(i, 0.0, source=i, input_bits=5e6, deliver_to=DeliverTo.GROUND) for i in range(3)]
    played = play(world, lambda task, view: ToGround(), tasks)
    for i in range(3):
        end_s = 5.0 * (i + 1)
        assert played.row(i).start_s == pytest.approx(end_s + light_s(world, i, end_s), abs=1e-12)


def test_two_channels_serve_two_satellites_but_a_satellite_has_one_terminal(geostationary, make_task, play):
    world = geostationary(2, n_channels=2)
    tasks = [make_task(i, 0.0, source=i // 2, input_bits=5e6, deliver_to=DeliverTo.GROUND) for i in range(3)]
    played = play(world, lambda task, view: ToGround(), tasks)
    ends_s = [played.row(i).start_s - light_s(world, i // 2, 5.0) for i in range(3)]
    # the satellite moves 0.2 m along the line of sight in 5 s at most: 1 ns
    assert ends_s == pytest.approx([5.0, 10.0, 5.0], abs=1e-8)


def test_the_ground_has_as_many_servers_as_it_has(geostationary, make_task, play):
    computing = GroundComputing(compute_s=10.0, n_servers=2, network_delay_s=0.0)
    world = geostationary(3, n_channels=3, ground=computing)
    tasks = [make_task(i, float(i), source=i, deliver_to=DeliverTo.GROUND) for i in range(3)]
    played = play(world, lambda task, view: ToGround(), tasks)
    starts_s = [played.row(i).start_s - light_s(world, i, float(i)) for i in range(2)]
    assert starts_s == pytest.approx([0.0, 1.0], abs=1e-12)
    assert played.row(2).start_s == pytest.approx(played.row(0).finish_s, abs=1e-12)


def test_a_start_time_on_the_way_down_is_kept(geostationary, make_task, play):
    world = geostationary()
    task = make_task(1, 0.0, input_bits=1e6, deliver_to=DeliverTo.GROUND)
    row = play(world, {1: [ToGround(not_before_s=40.0)]}, [task]).row(1)
    assert row.start_s == pytest.approx(41.0 + light_s(world, 0, 41.0), abs=1e-12)


def test_a_start_time_beyond_what_is_known_of_the_sky_is_kept(geostationary, make_task, play):
    world = geostationary(end_s=100.0)
    late_s = 5.0 * HORIZON_S
    task = make_task(1, 0.0, input_bits=1e6, deliver_to=DeliverTo.GROUND, deadline_s=6.0 * HORIZON_S)
    row = play(world, {1: [ToGround(not_before_s=late_s)]}, [task]).row(1)
    assert row.start_s == pytest.approx(late_s + 1.0 + light_s(world, 0, late_s + 1.0), abs=1e-9)


@pytest.fixture
def passing(tiny_world, kepler_fleet):
    """Two satellites on a polar circle, and a station that the first passes; the horizon is a whole orbit."""
    fleet = kepler_fleet(6_928_137.0, 90.0, 90.0, [0.0, 10.0])
    under_m = fleet.at(np.array([0]), np.array([1500.0]), Frame.EARTH_FIXED)[0]
    longitude_rad, latitude_rad = np.arctan2(under_m[1], under_m[0]), np.arcsin(under_m[2] / np.linalg.norm(under_m))
    station = GroundStation(name="on the way", latitude_rad=float(latitude_rad), longitude_rad=float(longitude_rad))
    return tiny_world(2, stations=[station])


def test_a_transfer_waits_for_the_contact(passing, make_task, play):
    known = []

    def wait(task, view):
        known.extend(view.contacts(0, 0.0, 3000.0))
        return ToGround()

    task = make_task(1, 0.0, input_bits=1e6, deadline_s=3000.0, deliver_to=DeliverTo.GROUND)
    row = play(passing, wait, [task]).row(1)
    assert len(known) == 1
    assert 1100.0 < known[0].rise_s < 1500.0 < known[0].set_s < 1900.0
    end_s = known[0].rise_s + 1.0
    assert row.start_s == pytest.approx(end_s + light_s(passing, 0, end_s), abs=1e-9)
    assert (row.fate, row.station) == (Fate.ON_TIME, 0)


def test_a_neighbour_that_passes_earlier_takes_it_down(passing, make_task, play):
    known = []

    def via_the_other(task, view):
        known.extend(view.contacts(1, 0.0, 3000.0))
        return ToGround(via=1)

    task = make_task(1, 0.0, input_bits=1e6, deadline_s=3000.0, deliver_to=DeliverTo.GROUND)
    row = play(passing, via_the_other, [task]).row(1)
    assert row.n_hops == 1
    assert row.start_s == pytest.approx(known[0].rise_s + 1.0, abs=0.01)


def test_what_the_view_foresees_comes_true(passing, make_task, play):
    """The forecast takes light time at the mask elevation, its upper bound; the contact itself is exact."""
    foreseen = []

    def foresee(task, view):
        foreseen.append(view.ground_delivery_s(task, task.task_id - 1))
        return ToGround(via=task.task_id - 1)

    tasks = [
        make_task(i, 10.0 * i, input_bits=1e6, result_bits=1e6, deadline_s=3000.0, deliver_to=kind)
        for i, kind in ((1, DeliverTo.GROUND), (2, DeliverTo.GROUND))
    ]
    played = play(passing, foresee, tasks)
    for i in (1, 2):
        assert 0.0 <= foreseen[i - 1] - played.row(i).delivered_s < 0.01


def test_no_contact_before_the_deadline_is_foreseen_as_never(passing, make_task, play):
    foreseen = []

    def foresee(task, view):
        foreseen.append(view.ground_delivery_s(task, 0))
        return ToGround()

    row = play(passing, foresee, [make_task(1, 0.0, input_bits=1e6, deadline_s=900.0)]).row(1)
    assert foreseen == [inf]
    assert row.fate is Fate.IN_FLIGHT


def test_a_result_is_not_sent_up_to_a_satellite_without_power(geostationary, make_task, play):
    """The battery is empty at 100 s, the result is ready at 201 s; nothing is drawn from an empty battery."""
    computing = GroundComputing(compute_s=200.0, n_servers=None, network_delay_s=0.0)
    world = geostationary(capacity_j=3000.0, base_power_w=30.0, receive_power_w=5.0, ground=computing)
    played = play(world, {1: [ToGround()]}, [make_task(1, 0.0, input_bits=1e6, result_bits=1e6)])
    assert played.row(1).fate is Fate.LOST
    assert "power" in played.row(1).reason
    assert played.energy[0][8] == 0.0
    assert max(played.ledger_errors()) < 1e-12


def test_old_news_of_others_and_fresh_news_of_oneself(tiny_world, make_task, play):
    """Every 100 s satellites say what they know; between that another one sees what was said last."""
    seen = []

    def look(task, view):
        seen.append((view.committed_s(0), view.committed_s(1), view.stored_j(0), view.stored_j(1)))
        return Run(satellite=0)

    tasks = [
        make_task(1, 90.0, 40.0),
        make_task(2, 95.0, 5.0, source=1),
        make_task(3, 110.0, 1.0, source=1),
        make_task(4, 120.0, 1.0),
    ]
    play(tiny_world(2, state_age_s=100.0), look, tasks)
    assert seen[0][:2] == (0.0, 0.0)
    # at 95 s satellite 1 still believes what was said at 0 s: nothing to do, full
    assert seen[1] == (0.0, 0.0, 1e6, 1e6)
    # at 110 s it knows what was said at 100 s: 30 s of the first task left and 5 s of the second; 10 s at 60 W drawn
    assert seen[2] == (pytest.approx(35.0), 0.0, pytest.approx(1e6 - 600.0), 1e6)
    # satellite 0 knows itself: 10 s + 5 s + 1 s left at 120 s
    assert seen[3][0] == pytest.approx(16.0)
    assert seen[3][2] == pytest.approx(1e6 - 30.0 * 60.0)


def test_a_brown_out_frees_the_channel_at_once(geostationary, make_task, play):
    """Satellite 0 draws 30 W, 40 W while it sends 60 Mbit from 50 s on: 3 kJ last for 87.5 s.

    From then on the other satellite may have the channel, 22.5 s before all would have been sent.
    """
    world = geostationary(2, capacity_j=[3000.0, 1e6], base_power_w=30.0, transmit_power_w=10.0)
    tasks = [
        make_task(1, 50.0, source=0, input_bits=60e6, deliver_to=DeliverTo.GROUND),
        make_task(2, 90.0, source=1, input_bits=5e6, deliver_to=DeliverTo.GROUND),
    ]
    played = play(world, lambda task, view: ToGround(), tasks)
    assert played.events[0] == (pytest.approx(87.5, abs=1e-6), 0, "brown_out")
    assert (played.row(1).fate, played.row(1).reason) == (Fate.LOST, "transfer cut: satellite 0 lost power")
    assert played.row(2).start_s == pytest.approx(95.0 + light_s(world, 1, 95.0), abs=1e-9)
    channels = played.transport.ground.channels
    assert channels.n_transfers == [2]
    assert channels.bits == [pytest.approx(37.5e6 + 5e6, abs=1.0)]
    assert channels.busy_s == [pytest.approx(37.5 + 5.0, abs=1e-6)]
    assert [row[7] for row in played.energy] == pytest.approx([375.0, 50.0], abs=1e-5)
    assert max(played.ledger_errors()) < 1e-9
