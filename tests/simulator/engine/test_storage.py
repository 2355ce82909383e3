"""Memories and the queue on the way down: closed forms, replays by brute force, and the ledger of every bit."""

from __future__ import annotations

from math import fsum, inf, isnan
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.contacts.stations import GroundStation
from simulator.engine.clock import Clock
from simulator.engine.contact_rates import OneRate
from simulator.engine.downlink_queue import DownlinkQueue
from simulator.engine.storage import ROUNDING_BITS, DataKind, Overflow, Storage, StorageSetting
from simulator.engine.task_ends import NO_ROOM
from simulator.engine.world import GroundComputing
from simulator.network.channels import ChannelCalendar
from simulator.orbits.model import Frame
from simulator.records import Contact, DeliverTo, Drop, Fate, Hold, Run, Split, Task, ToGround
from simulator.timescale import parse_epoch

EPOCH = parse_epoch("2026-03-20T14:46:00Z")
LIGHT_S = 0.13
"""More than the light needs from a geostationary satellite."""


def storage(n_sats, capacity_bits=1e9, overflow=Overflow.DROP_NEW, raw=0.0):
    return StorageSetting(capacity_bits=(capacity_bits,) * n_sats, overflow=overflow, raw_to_ground_share=raw)


@pytest.fixture
def geostationary(tiny_world, below):
    """Satellites that see one station all the time, through one channel of 1 Mbit/s unless asked otherwise."""

    def build(n_sats=1, *, n_channels=1, **changes):
        values = {"links": [], "storage": storage(n_sats)} | changes
        return tiny_world(n_sats, is_geostationary=True, stations=[below(EPOCH, n_channels=n_channels)], **values)

    return build


@pytest.fixture
def passing(tiny_world, kepler_fleet):
    """One satellite on a polar circle, and a station that it passes once within the horizon."""
    fleet = kepler_fleet(6_928_137.0, 90.0, 90.0, [0.0])
    under_m = fleet.at(np.array([0]), np.array([1500.0]), Frame.EARTH_FIXED)[0]
    longitude_rad, latitude_rad = np.arctan2(under_m[1], under_m[0]), np.arcsin(under_m[2] / np.linalg.norm(under_m))
    station = GroundStation(name="on the way", latitude_rad=float(latitude_rad), longitude_rad=float(longitude_rad))

    def build(**changes):
        return tiny_world(1, stations=[station], **changes)

    return build


# closed forms


def test_a_pass_brings_down_its_length_times_the_rate(passing, make_task, play):
    """More raw data than fit wait for the only pass; the last of them is sent in part."""
    contacts = []

    def look(task, view):
        contacts.extend(view.contacts(0, 0.0, 3000.0))
        return Drop()

    tasks = [make_task(i, 10.0 * i, input_bits=7e6, deadline_s=3000.0) for i in range(100)]
    play(passing(), look, tasks[:1])
    (contact,) = contacts
    played = play(passing(storage=storage(1, raw=1.0), end_s=3000.0), lambda task, view: Run(satellite=0), tasks)
    memory = played.memory(0)
    assert memory.downlinked_bits == pytest.approx(1e6 * (contact.set_s - contact.rise_s), abs=1e-3)
    n_down = int(memory.downlinked_bits // 7e6)
    assert [row.fate for row in played.downlinks].count("delivered") == n_down
    assert [row.n_parts for row in played.downlinks] == [1] * (n_down + 1) + [0] * (99 - n_down)
    assert memory.stored_bits == pytest.approx(700e6 - memory.downlinked_bits, abs=1e-3)
    ended_s = [row.ended_s for row in played.downlinks[:n_down]]
    assert ended_s == pytest.approx([contact.rise_s + 7.0 * (k + 1) for k in range(n_down)], abs=0.01)


def test_what_finds_no_room_is_dropped_to_the_bit(geostationary, make_task, play):
    """Ten inputs of 3 Mbit come to 10 Mbit of room while the first runs for ever: three fit, seven are dropped."""
    world = geostationary(storage=storage(1, capacity_bits=10e6))
    tasks = [make_task(i, 10.0 * i, 1e4, input_bits=3e6) for i in range(10)]
    played = play(world, lambda task, view: Run(satellite=0), tasks)
    memory = played.memory(0)
    assert (memory.generated_bits, memory.dropped_bits, memory.n_dropped) == (30e6, 21e6, 7)
    assert (memory.stored_bits, memory.peak_bits, memory.ledger_relative_error) == (9e6, 9e6, 0.0)
    assert [(played.row(i).fate, played.row(i).reason) for i in (2, 3)] == [
        (Fate.IN_FLIGHT, "under way at the end of the run"),
        (Fate.DROPPED, NO_ROOM),
    ]


def test_an_input_is_let_go_when_its_run_ends(geostationary, make_task, play):
    world = geostationary(storage=storage(1, capacity_bits=6e6), traced=(0,))
    tasks = [make_task(i, 4.0 * i, 10.0, input_bits=3e6, result_bits=1e6) for i in range(3)]
    played = play(world, lambda task, view: Run(satellite=0), tasks)
    # 3 at 0 s, 6 at 4 s, no room at 8 s; ends at 10 and 20 s
    assert [(t_s, stored) for t_s, stored, _ in played.fill[0]] == [(0.0, 3e6), (4.0, 6e6), (10.0, 3e6), (20.0, 0.0)]
    assert [played.row(i).fate for i in range(3)] == [Fate.ON_TIME, Fate.ON_TIME, Fate.DROPPED]
    assert played.memory(0).used_bits == 6e6


def test_the_least_urgent_makes_room(tiny_world, make_task, play):
    """Raw data first, then the waiting input of the latest deadline; what runs is never dropped."""
    world = tiny_world(storage=storage(1, capacity_bits=10e6, overflow=Overflow.DROP_LOWEST_PRIORITY, raw=0.5))
    deadlines_s = {0: 900.0, 1: 800.0, 2: 300.0, 3: 500.0, 4: 400.0}
    tasks = [make_task(i, 10.0 * i, 1e4, input_bits=3e6, deadline_s=deadlines_s[i]) for i in range(5)]
    played = play(world, lambda task, view: Run(satellite=0), tasks)
    fates = [played.row(i).fate for i in range(5)]
    # 0 runs; 1 comes with 0's raw data in the way of nothing (3 + 1.5 + 3 + 1.5 = 9); 2 pushes out raw data, 3 finds
    # the rest of them and then only input 1 less urgent than itself, 4 pushes out 3
    assert fates == [Fate.IN_FLIGHT, Fate.DROPPED, Fate.IN_FLIGHT, Fate.DROPPED, Fate.IN_FLIGHT]
    assert played.memory(0).stored_bits == 9e6
    assert {row.fate for row in played.downlinks} == {"dropped"}
    assert played.memory(0).dropped_bits == 5 * 1.5e6 + 2 * 3e6


def test_room_is_not_made_in_vain(geostationary, make_task, play):
    """An input larger than all that is less urgent is dropped itself, and nothing else with it."""
    world = geostationary(storage=storage(1, capacity_bits=10e6, overflow=Overflow.DROP_LOWEST_PRIORITY))
    sizes_bits = [4e6, 4e6, 7e6]
    tasks = [make_task(i, 10.0 * i, 1e4, input_bits=bits, deadline_s=900.0 - i) for i, bits in enumerate(sizes_bits)]
    played = play(world, lambda task, view: Run(satellite=0), tasks)
    assert [played.row(i).fate for i in range(3)] == [Fate.IN_FLIGHT, Fate.IN_FLIGHT, Fate.DROPPED]


def test_data_that_have_come_back_make_room_once(tiny_world, make_task):
    """Memory 0 overflows when the second datum comes, so it knows both when the second leaves and comes back."""
    setting = storage(2, capacity_bits=10e6, overflow=Overflow.DROP_LOWEST_PRIORITY)
    dropped = []
    memories = Storage(setting, Clock(), (), dropped.append)
    tasks = [make_task(i, 0.0, deadline_s=900.0 - i) for i in range(5)]
    data = [memories.make(DataKind.INPUT, 0, 4e6, task, None) for task in tasks[:4]]
    assert [datum.task.task_id for datum in dropped] == [0, 1]
    assert memories.move(data[2], 1) and memories.move(data[2], 0)
    assert memories.make(DataKind.INPUT, 0, 8e6, tasks[4], None) is not None
    assert [datum.task.task_id for datum in dropped[2:]] == [2, 3]
    assert [row[-1] for row in memories.rows()] == [8e6, 4e6]
    assert memories.accounts[0].dropped_bits == 16e6


# order and sharing


def test_results_go_before_inputs_and_inputs_before_raw_data(geostationary, make_task, play):
    world = geostationary(storage=storage(1, raw=1.0), modes=((60.0, 1.0), (60.0, 1.0)))

    def decide(task, view):
        return Run(satellite=0) if task.task_id in (1, 3) else ToGround()

    tasks = [
        make_task(0, 0.0, input_bits=5e6, deliver_to=DeliverTo.GROUND),  # raw 0 is sent from 0 to 5 s
        make_task(1, 1.0, 1.0, input_bits=1e6, result_bits=2e6, deliver_to=DeliverTo.GROUND),  # result at 2 s
        make_task(2, 1.5, input_bits=3e6, deliver_to=DeliverTo.GROUND),
    ]
    played = play(world, decide, tasks)
    order = [(row.kind, row.task_id) for row in sorted(played.downlinks, key=lambda row: row.first_sent_s)]
    assert order == [("raw", 0), ("result", 1), ("input", 0), ("input", 2), ("raw", 1), ("raw", 2)]
    ends_s = [row.ended_s for row in sorted(played.downlinks, key=lambda row: row.first_sent_s)]
    assert ends_s == pytest.approx([5.0, 7.0, 12.0, 15.0, 16.0, 19.0], abs=LIGHT_S)
    assert played.row(1).delivered_s == ends_s[1]


def test_the_way_up_takes_its_channel_from_the_queue(geostationary, make_task, play):
    """At 7 s a result is booked to go up to satellite 1 when its terminal is free, at 24 s, on channel 0.

    Satellite 0, which begins to send there at 20 s, gives way and goes on over channel 1.
    """
    computing = GroundComputing(compute_s=3.0, n_servers=None, network_delay_s=0.0)
    world = geostationary(3, n_channels=2, storage=storage(3, raw=1.0), ground=computing)
    tasks = [
        make_task(0, 0.0, 1e4, source=2, input_bits=5e6),  # channel 0 until 5 s
        make_task(1, 0.0, source=1, input_bits=2e6, result_bits=2e6),  # channel 1: copy until 2 s, input until 4 s
        make_task(2, 1.0, 1e4, source=1, input_bits=20e6),  # channel 1 from 4 to 24 s
        make_task(3, 20.0, 1e4, source=0, input_bits=10e6),
    ]
    played = play(world, lambda task, view: ToGround() if task.task_id == 1 else Run(satellite=task.source), tasks)
    assert played.row(1).delivered_s == pytest.approx(26.0, abs=LIGHT_S)
    raw = {row.task_id: row for row in played.downlinks if row.kind == "raw"}
    assert [raw[k].n_parts for k in range(4)] == [1, 1, 1, 2]
    assert [raw[k].ended_s for k in range(4)] == pytest.approx([5.0, 2.0, 24.0, 30.0], abs=LIGHT_S)
    assert max(played.ledger_errors()) < 1e-12


def replay(data, contacts, n_channels):
    """Serve data by hand: at each moment that something ends, comes or rises, the most urgent go first."""
    left = {k: size for k, (_, _, size, _) in enumerate(data)}
    sending, done, t_s = {}, {}, 0.0
    while True:
        for sat, (k, end_s, sent) in list(sending.items()):
            if end_s <= t_s:
                left[k] -= sent
                del sending[sat]
                if left[k] <= ROUNDING_BITS:
                    done[k] = end_s
        while len(sending) < n_channels:
            ready = []
            for k, (sat, ready_s, _, urgency) in enumerate(data):
                sets_s = [set_s for rise_s, set_s in contacts[sat] if rise_s <= t_s < set_s]
                if ready_s <= t_s and left[k] > ROUNDING_BITS and sat not in sending and sets_s:
                    ready.append((urgency, k, sat, sets_s[0]))
            if not ready:
                break
            _, k, sat, set_s = min(ready)
            end_s = min(t_s + left[k], set_s)
            sending[sat] = (k, end_s, left[k] if t_s + left[k] <= set_s else set_s - t_s)
        ahead = [end_s for _, end_s, _ in sending.values()]
        ahead += [ready_s for _, ready_s, _, _ in data if ready_s > t_s]
        ahead += [rise_s for spans in contacts for rise_s, _ in spans if rise_s > t_s]
        if not ahead:
            return done
        t_s = min(ahead)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_sats=st.integers(1, 4), n_channels=st.integers(1, 2))
@example(seed=49_092, n_sats=4, n_channels=1)  # a contact that ends a third of a thousandth of a bit too early
def test_the_queue_is_that_of_a_replay_by_hand(seed, n_sats, n_channels):
    """Satellites that see one station in random spans, at one bit a second; times are random, so that none coincide."""
    rng = np.random.default_rng(seed)
    contacts = [np.sort(rng.uniform(0.0, 100.0, 2 * rng.integers(1, 4))).reshape(-1, 2).tolist() for _ in range(n_sats)]
    clock, rows = Clock(), []
    sky = SimpleNamespace(
        contacts=[[Contact(station=0, rise_s=a, set_s=b) for a, b in spans] for spans in contacts],
        stations=[None],
        positions=SimpleNamespace(n_sats=n_sats),
        slant_ranges=SimpleNamespace(range_m=lambda *_: 0.0),
        known_until_s=1e3,
    )
    fleet = SimpleNamespace(is_up=[True] * n_sats, add_pulse=lambda *_: None)
    memory = Storage(storage(n_sats), clock, (), lambda data: None)
    channels = ChannelCalendar([n_channels], n_sats)
    costs = (lambda *_: 0.0, lambda *_: None)
    queue = DownlinkQueue(
        (clock, sky, fleet), channels, OneRate([1.0] * n_sats), *costs, memory, SimpleNamespace(downlink=rows.append)
    )
    data = []
    for k in range(int(rng.integers(1, 13))):
        sat, ready_s, size = int(rng.integers(n_sats)), float(rng.uniform(0.0, 90.0)), float(rng.uniform(0.5, 20.0))
        kind = list(DataKind)[rng.integers(3)]
        task = Task(
            task_id=k, source=sat, arrival_s=0.0, input_bits=size, result_bits=0.0, work_s=1.0,
            deadline_s=float(rng.choice([50.0, 70.0])),
        )  # fmt: skip
        stored = memory.make(kind, sat, size, task, None)
        data.append((sat, ready_s, size, stored.urgency))
        queue.add(stored, ready_s, None)
    clock.run(until=200.0)
    expected = replay(data, contacts, n_channels)
    queue.close()
    delivered = {row[0]: row[6] for row in rows if row[9] == "delivered"}
    assert delivered == pytest.approx(expected, abs=1e-6)
    assert {row[0] for row in rows} == set(range(len(data)))
    assert max(row[12 - 2] for row in memory.rows()) < 1e-12
    # a rest that counts as rounding goes with what was sent
    rest_bits = ROUNDING_BITS * len(data)
    assert fsum(account.downlinked_bits for account in memory.accounts) == pytest.approx(
        channels.bits[0], abs=rest_bits
    )


# what goes wrong


def test_a_brown_out_interrupts_what_is_sent_and_loses_nothing(geostationary, make_task, play):
    """Sending at 20 W from 100 s on empties the battery; what is left goes down after its recovery."""
    world = geostationary(
        capacity_j=1000.0, transmit_power_w=20.0, solar_power_w=10.0, end_s=900.0, storage=storage(1, raw=1.0),
        recovery_share=0.5,
    )  # fmt: skip
    played = play(world, {1: [Hold(until_s=800.0), Drop()]}, [make_task(1, 100.0, input_bits=150e6, deadline_s=900.0)])
    assert [kind for _, _, kind in played.events[:2]] == ["brown_out", "recovered"]
    down_s, up_s = played.events[0][0], played.events[1][0]
    (row,) = played.downlinks
    assert down_s < 250.0 < up_s
    assert (row.fate, row.n_parts) == ("delivered", 2)
    assert row.ended_s == pytest.approx(up_s + 150.0 - (down_s - 100.0), abs=LIGHT_S)
    assert played.transport.ground.channels.busy_s[0] == pytest.approx(150.0, abs=1e-6)
    assert played.memory(0).ledger_relative_error < 1e-12
    assert max(played.ledger_errors()) < 1e-12


def test_a_result_that_is_cut_on_its_way_up_leaves_its_channel_to_what_waits(geostationary, make_task, play):
    """A result of 60 Mbit goes up to satellite 0 from 11 s on; its 1.2 kJ at 30 W last for 40 s."""
    ground = GroundComputing(compute_s=0.0, n_servers=None, network_delay_s=0.0)
    world = geostationary(2, ground=ground, capacity_j=[1200.0, 1e6], base_power_w=30.0, transmit_power_w=0.0)
    tasks = [
        make_task(1, 10.0, source=0, input_bits=1e6, result_bits=60e6),
        make_task(2, 20.0, source=1, input_bits=5e6, deliver_to=DeliverTo.GROUND),
    ]
    played = play(world, lambda task, view: ToGround(), tasks)
    assert (played.row(1).fate, played.row(1).reason) == (Fate.LOST, "transfer cut: satellite 0 lost power")
    assert [row.ended_s for row in played.downlinks] == pytest.approx([11.0 + LIGHT_S, 45.0 + LIGHT_S], abs=0.02)
    channels = played.transport.ground.channels
    up_s = 40.0 - played.row(1).start_s
    assert (channels.n_transfers, channels.busy_s) == ([3], [pytest.approx(1.0 + up_s + 5.0, abs=1e-6)])


def test_data_on_links_are_kept_until_they_have_arrived(tiny_world, make_task, play):
    """2 Mbit leave satellite 0 at 0 s and are on satellite 1 at 2 s; the result goes home and is handed over."""
    world = tiny_world(2, storage=storage(2), traced=(0, 1))
    task = make_task(1, 0.0, 10.0, input_bits=2e6, result_bits=1e6)
    played = play(world, {1: [Run(satellite=1)]}, [task])
    there_s = pytest.approx(2.0, abs=0.01)
    assert [(t_s, bits) for t_s, bits, _ in played.fill[0]] == [(0.0, 2e6), (there_s, 0.0)]
    assert [bits for _, bits, _ in played.fill[1]] == [2e6, 0.0, 1e6, 0.0]
    home, away = played.memory(0), played.memory(1)
    assert (home.generated_bits, home.sent_bits, home.received_bits, home.used_bits) == (2e6, 2e6, 1e6, 1e6)
    assert (away.generated_bits, away.received_bits, away.used_bits, away.sent_bits) == (1e6, 2e6, 2e6, 1e6)
    assert played.row(1).fate is Fate.ON_TIME


def test_what_is_on_its_way_does_not_make_room(tiny_world, make_task, play):
    """Less urgent data are being sent when urgent ones come; they are kept, and the urgent ones find no room."""
    world = tiny_world(2, storage=storage(2, capacity_bits=4e6, overflow=Overflow.DROP_LOWEST_PRIORITY))
    tasks = [
        make_task(1, 0.0, 10.0, input_bits=3e6, deadline_s=900.0),
        make_task(2, 1.0, 10.0, input_bits=3e6, deadline_s=100.0),
    ]
    played = play(world, lambda task, view: Run(satellite=1), tasks)
    assert [played.row(i).fate for i in (1, 2)] == [Fate.ON_TIME, Fate.DROPPED]


def test_what_comes_over_links_may_find_no_room(tiny_world, make_task, play):
    world = tiny_world(2, storage=StorageSetting(capacity_bits=(1e9, 3e6)))
    tasks = [make_task(i, 0.0, 50.0, input_bits=2e6) for i in range(2)]
    played = play(world, lambda task, view: Run(satellite=1), tasks)
    assert [played.row(i).fate for i in range(2)] == [Fate.ON_TIME, Fate.DROPPED]
    assert (played.memory(0).sent_bits, played.memory(1).dropped_bits) == (4e6, 2e6)


def test_parts_of_a_task_share_its_input(tiny_world, make_task, play):
    world = tiny_world(3, storage=storage(3))
    answer = Split(parts=((0.25, Run(satellite=0)), (0.75, Run(satellite=1))))
    played = play(world, {1: [answer]}, [make_task(1, 0.0, 10.0, input_bits=4e6, result_bits=4e6)])
    assert played.row(1).fate is Fate.ON_TIME
    assert [played.memory(i).used_bits for i in (0, 1)] == [1e6 + 3e6, 3e6]
    assert max(played.memory(i).ledger_relative_error for i in range(3)) < 1e-12


def test_a_task_given_up_leaves_nothing(tiny_world, make_task, play):
    played = play(tiny_world(1, storage=storage(1)), {1: [Drop()]}, [make_task(1, input_bits=2e6)])
    assert (played.memory(0).lost_bits, played.memory(0).stored_bits) == (2e6, 0.0)


# what schedulers foresee


def test_what_is_foreseen_of_the_queue_comes_true(geostationary, make_task, play):
    foreseen = []

    def decide(task, view):
        foreseen.append(view.ground_delivery_s(task, 0))
        return ToGround()

    world = geostationary(ground=GroundComputing(compute_s=1.0, n_servers=None, network_delay_s=0.0))
    tasks = [make_task(i, 1.0 * i, input_bits=5e6, deliver_to=DeliverTo.GROUND, deadline_s=100.0 + i) for i in range(4)]
    played = play(world, decide, tasks)
    for i in range(4):
        assert 0.0 <= foreseen[i] - played.row(i).delivered_s < LIGHT_S


def test_a_contact_too_late_is_foreseen_as_never(passing, make_task, play):
    foreseen = []

    def decide(task, view):
        foreseen.append(view.ground_delivery_s(task, 0))
        return ToGround()

    row = play(passing(storage=storage(1)), decide, [make_task(1, input_bits=1e6, deadline_s=900.0)]).row(1)
    assert foreseen == [inf]
    assert row.fate is Fate.IN_FLIGHT
    assert isnan(row.delivered_s)


@pytest.mark.parametrize(("field", "value"), [("capacity_bits", (1.0, 0.0)), ("raw_to_ground_share", 1.5)])
def test_settings_that_cannot_be_are_refused(field, value):
    with pytest.raises(ValueError, match=field):
        StorageSetting(**({"capacity_bits": (1.0,)} | {field: value}))
