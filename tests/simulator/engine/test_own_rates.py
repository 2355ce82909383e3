"""Terminals and radios of a mixed fleet: links run at their slower end, each satellite has its own way down."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.contacts.stations import station_geometry
from simulator.engine.storage import Overflow, StorageSetting
from simulator.engine.world import GroundComputing, LinkParameters
from simulator.network.link_budget import RateSteps
from simulator.network.routes import RouteMetric
from simulator.orbits.model import Frame
from simulator.records import DeliverTo, Run, ToGround
from simulator.timescale import parse_epoch
from tests.simulator.engine.conftest import LINK_LIGHT_S

EPOCH = parse_epoch("2026-03-20T14:46:00Z")
RATES_BPS = (1e6, 8e6, 4e6, 3e6)
SLOWER_BPS = (1e6, 4e6, 3e6)
"""Of satellites 0 and 1, 1 and 2, 2 and 3."""


def terminals(*rates_bps: float):
    return tuple(
        LinkParameters(rate_bps=rate_bps, transmit_power_w=10.0, receive_power_w=0.0) for rate_bps in rates_bps
    )


def on(satellite: int):
    return lambda task, view: Run(satellite=satellite, priority=task.deadline_s)


@pytest.mark.parametrize("routing", list(RouteMetric))
def test_every_hop_takes_size_over_the_rate_of_its_slower_end(tiny_world, play, make_task, routing):
    world = tiny_world(4, own_isl=terminals(*RATES_BPS), routing=routing)
    foreseen_s = []

    def look(task, view):
        foreseen_s.extend((view.transfer_s(0, 3, task.input_bits), view.transfer_s(3, 1, task.result_bits)))
        return Run(satellite=3, priority=task.deadline_s)

    played = play(world, {0: [look]}, [make_task(0, 7.0, input_bits=2.5e6, result_bits=0.7e6)])
    there_s = sum(2.5e6 / rate_bps + LINK_LIGHT_S for rate_bps in SLOWER_BPS)
    back_s = sum(0.7e6 / rate_bps + LINK_LIGHT_S for rate_bps in SLOWER_BPS)
    row = played.row(0)
    # the light of 1.2e6 m is known to 1e-8 m, and positions move by 1e-9 m between two ways of computing them
    assert row.start_s == pytest.approx(7.0 + there_s, abs=1e-9)
    assert row.delivered_s == pytest.approx(row.finish_s + back_s, abs=1e-9)
    assert foreseen_s == pytest.approx([there_s, 0.7e6 / 3e6 + 0.7e6 / 4e6 + 2.0 * LINK_LIGHT_S], abs=1e-9)
    links = played.transport.links
    bits, busy_s = (np.reshape(values, (3, 2)) for values in (links.bits, links.busy_s))
    np.testing.assert_allclose(bits, [[2.5e6, 0.7e6]] * 3, rtol=1e-12)
    np.testing.assert_allclose(busy_s, bits / np.array(SLOWER_BPS)[:, np.newaxis], rtol=1e-12)


def test_a_slow_hop_draws_power_for_longer(tiny_world, play, make_task):
    powers_w = ((3.0, 1.0), (40.0, 5.0), (3.0, 1.0), (40.0, 5.0))
    own = tuple(
        LinkParameters(rate_bps=rate_bps, transmit_power_w=sending_w, receive_power_w=receiving_w)
        for rate_bps, (sending_w, receiving_w) in zip(RATES_BPS, powers_w, strict=True)
    )
    world = tiny_world(4, own_isl=own)
    played = play(world, {0: [on(3)]}, [make_task(0, input_bits=12e6)])
    # 12 Mbit take 12 s, 3 s and 4 s
    batteries = played.simulation.fleet.batteries
    assert [battery.transmit_j for battery in batteries] == pytest.approx([36.0, 120.0, 12.0, 0.0], rel=1e-12)
    assert [battery.receive_j for battery in batteries] == pytest.approx([0.0, 60.0, 3.0, 20.0], rel=1e-12)
    assert max(played.ledger_errors()) < 1e-9


def test_transfers_queue_behind_what_a_slow_link_carries(tiny_world, play, make_task):
    world = tiny_world(3, own_isl=terminals(4e6, 4e6, 1e6))
    tasks = [make_task(i, input_bits=4e6) for i in range(2)]
    played = play(world, {0: [on(2)], 1: [on(2)]}, tasks)
    # 1 s to the relay each, 4 s from there on; the second waits for 3 s
    started_s = [played.row(0).start_s, played.row(1).start_s]
    assert started_s[0] == pytest.approx(5.0 + 2.0 * LINK_LIGHT_S, abs=1e-9)
    assert max(hop for hop in played.transport.links.busy_s) == pytest.approx(8.0, rel=1e-12)
    assert started_s[1] == pytest.approx(max(started_s[0] + 10.0, 9.0 + 2.0 * LINK_LIGHT_S), abs=1e-9)


def test_equal_rates_of_one_kind_are_one_rate(tiny_world, play, make_task):
    for world in (tiny_world(3), tiny_world(3, own_isl=terminals(1e6, 1e6, 1e6))):
        assert play(world, {0: [on(2)]}, [make_task(0)]).transport.links.one_rate_bps == 1e6


def light_s(world, satellite, t_s):
    at_m = world.positions.at(np.array([satellite]), np.array([t_s]), Frame.EARTH_FIXED)[0]
    return float(np.linalg.norm(at_m - station_geometry(world.stations).position_m[0])) / SPEED_OF_LIGHT_M_S


RADIOS = (
    LinkParameters(rate_bps=2e6, transmit_power_w=10.0, receive_power_w=4.0),
    LinkParameters(rate_bps=0.5e6, transmit_power_w=3.0, receive_power_w=1.0),
)


@pytest.mark.parametrize("satellite", [0, 1])
def test_each_satellite_sends_and_receives_at_the_rate_and_power_of_its_radio(
    tiny_world, below, play, make_task, satellite
):
    world = tiny_world(
        2,
        links=[],
        is_geostationary=True,
        stations=[below(EPOCH)],
        own_downlink=RADIOS,
        ground=GroundComputing(compute_s=7.0, n_servers=None, network_delay_s=0.0),
    )
    foreseen_s = []

    def look(task, view):
        foreseen_s.append(view.ground_delivery_s(task, satellite))
        return ToGround()

    played = play(world, {1: [look]}, [make_task(1, 20.0, source=satellite, input_bits=3e6, result_bits=1e6)])
    row, radio = played.row(1), RADIOS[satellite]
    down_s = 20.0 + 3e6 / radio.rate_bps
    assert row.start_s == pytest.approx(down_s + light_s(world, satellite, down_s), abs=1e-9)
    up_s = row.finish_s + 1e6 / radio.rate_bps
    assert row.delivered_s == pytest.approx(up_s + light_s(world, satellite, up_s), abs=1e-9)
    # foreseen with the longest light there is above the mask, 0.14 s at most for each way
    assert row.delivered_s <= foreseen_s[0] <= row.delivered_s + 0.3
    energy = played.energy[satellite]
    assert energy[7] == pytest.approx(radio.transmit_power_w * 3e6 / radio.rate_bps, rel=1e-12)
    assert energy[8] == pytest.approx(radio.receive_power_w * 1e6 / radio.rate_bps, rel=1e-12)
    assert max(played.ledger_errors()) < 1e-9


def test_each_satellite_has_its_own_rate_by_distance(tiny_world, below, play, make_task):
    steps = [RateSteps(reach_m=(4e7,), rate_bps=(rate_bps,)) for rate_bps in (1e6, 0.25e6)]
    world = tiny_world(
        2,
        links=[],
        is_geostationary=True,
        stations=[below(EPOCH, n_channels=2)],
        downlink_steps=steps[0],
        own_downlink_steps=tuple(steps),
    )
    tasks = [make_task(i, source=i, input_bits=2e6, deliver_to=DeliverTo.GROUND) for i in range(2)]
    played = play(world, lambda task, view: ToGround(), tasks)
    for i, end_s in enumerate((2.0, 8.0)):
        assert played.row(i).start_s == pytest.approx(end_s + light_s(world, i, end_s), abs=1e-9)


def test_memories_empty_at_the_rate_and_power_of_their_own_radio(tiny_world, below, play, make_task):
    memories = StorageSetting(capacity_bits=(1e9, 1e9), overflow=Overflow.DROP_NEW, raw_to_ground_share=0.0)
    world = tiny_world(
        2,
        links=[],
        is_geostationary=True,
        stations=[below(EPOCH, n_channels=2)],
        own_downlink=RADIOS,
        storage=memories,
    )
    tasks = [make_task(i, source=i, result_bits=6e6, deliver_to=DeliverTo.GROUND) for i in range(2)]
    played = play(world, lambda task, view: Run(satellite=task.source, priority=0.0), tasks)
    for i, radio in enumerate(RADIOS):
        down_s = 10.0 + 6e6 / radio.rate_bps
        assert played.row(i).delivered_s == pytest.approx(down_s + light_s(world, i, down_s), abs=1e-9)
        assert played.energy[i][7] == pytest.approx(radio.transmit_power_w * 6e6 / radio.rate_bps, rel=1e-12)
        assert played.memory(i).downlinked_bits == pytest.approx(6e6, rel=1e-12)
    assert max(played.ledger_errors()) < 1e-9
