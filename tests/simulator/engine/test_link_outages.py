"""A link fails during a transfer: where the data are, when they arrive, and what was paid, by hand.

Links carry 1 Mbit/s, so 5 Mbit last 5 s per hop. Satellites stand 10 degrees apart on one circle.
"""

from __future__ import annotations

from math import radians

import numpy as np
import pytest

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.network.bookings import RouteBooking
from simulator.network.interrupted import Interruption, interruption
from simulator.outages import Outage, OutageKind, OutagePlan
from simulator.records import Fate, Run, Split

RADIUS_M = 6_928_137.0
FIVE_SECONDS_BITS = 5e6
RING = ((0, 1), (1, 2), (2, 3), (0, 3))
CHAIN = ((0, 1), (1, 2))
ROUNDING_S = 1e-9
"""Times of some 1e2 s are sums of a few float64 numbers, 1e-14 s each; positions on the circle are good to 1e-6 m."""


def light_s(degrees: float) -> float:
    return 2.0 * RADIUS_M * float(np.sin(radians(degrees) / 2.0)) / SPEED_OF_LIGHT_M_S


SHORT_S, LONG_S = light_s(10.0), light_s(30.0)


def scripted(outages):
    """Outages as written down, spans by link."""
    return OutagePlan(
        scheduled=tuple(Outage(OutageKind.LINK, *ends, *span_s) for ends, spans in outages.items() for span_s in spans)
    )


@pytest.fixture
def act(tiny_world, make_task, play):
    """Play tasks of 5 Mbit that run on satellite 2 and arise at 0, while links fail as scripted."""

    def run(links, outages, *, n_sats=4, arrivals_s=(0.0,), answer=None, **more):
        world = tiny_world(n_sats, links=links, outages=scripted(outages), **more)
        tasks = [make_task(i, arrival_s, input_bits=FIVE_SECONDS_BITS) for i, arrival_s in enumerate(arrivals_s)]
        return play(world, answer or (lambda task, view: Run(satellite=2)), tasks)

    return run


def link_use(played, a, b):
    links = played.transport.links
    directed = links.topology.directed_link(a, b)
    return links.n_transfers[directed], links.bits[directed], links.busy_s[directed]


def test_a_hop_that_is_cut_is_sent_again_the_other_way_round(act):
    """2 s of the first hop are in vain; the detour goes over the far side of the ring: 0, 3, 2."""
    played = act(RING, {(0, 1): [(2.0, 1e4)]}, receive_power_w=3.0)
    row = played.row(0)
    assert row.start_s == pytest.approx(2.0 + 5.0 + LONG_S + 5.0 + SHORT_S, abs=ROUNDING_S)
    assert row.fate is Fate.ON_TIME
    assert row.n_hops == 2 + 2, "there and back, without the hop that was cut"
    assert link_use(played, 0, 1) == pytest.approx((1, 2e6, 2.0), rel=1e-12)
    assert link_use(played, 1, 2) == (0, 0.0, 0.0)
    assert link_use(played, 0, 3) == pytest.approx((1, 5e6, 5.0), rel=1e-12)
    transmit_j, receive_j = ([energy[column] for energy in played.energy] for column in (7, 8))
    assert transmit_j == pytest.approx([10.0 * (2.0 + 5.0), 0.0, 0.0, 10.0 * 5.0], abs=1e-6)
    assert receive_j == pytest.approx([0.0, 3.0 * 2.0, 3.0 * 5.0, 3.0 * 5.0], abs=1e-6)
    assert max(played.ledger_errors()) < 1e-9
    assert played.transport.rerouting.n_rerouted == played.transport.rerouting.n_cut == 1


def test_a_hop_under_way_ends_before_its_relay_looks_for_another_way(act):
    """The next link fails: the relay gets all data at 5 s + light, and sends them back round the ring: 1, 0, 3, 2."""
    played = act(RING, {(1, 2): [(2.0, 1e4)]})
    row = played.row(0)
    there_s = 5.0 + SHORT_S
    assert row.start_s == pytest.approx(there_s + 3 * 5.0 + SHORT_S + LONG_S + SHORT_S, abs=ROUNDING_S)
    assert row.n_hops == 1 + 3 + 2
    assert (played.transport.rerouting.n_rerouted, played.transport.rerouting.n_cut) == (1, 0)


def test_a_second_failure_sends_the_data_to_the_target_and_not_to_the_first_relay(act):
    """After (1, 2) the hop under way to 1 breaks as well, at 3 s: from 0 the target is reached by 3."""
    row = act(RING, {(1, 2): [(2.0, 1e4)], (0, 1): [(3.0, 1e4)]}).row(0)
    assert row.start_s == pytest.approx(3.0 + 5.0 + LONG_S + 5.0 + SHORT_S, abs=ROUNDING_S)
    assert row.n_hops == 2 + 2


@pytest.mark.parametrize(
    ("failure_s", "start_s", "sent_by_1_s"),
    [
        (2.0, 30.0 + 5.0 + SHORT_S, 5.0),  # before its hop: the relay waits with the data until 30 s
        (7.0, 30.0 + 5.0 + SHORT_S, 7.0 - (5.0 + SHORT_S) + 5.0),  # during it: cut, and sent again from 30 s
        (10.0 + 1.5 * SHORT_S, 10.0 + 2 * SHORT_S, 5.0),  # when the last bits are on their way: no matter
    ],
)
def test_without_another_way_the_relay_waits_for_the_link(act, failure_s, start_s, sent_by_1_s):
    played = act(CHAIN, {(1, 2): [(failure_s, 30.0)]}, n_sats=3)
    row = played.row(0)
    assert row.start_s == pytest.approx(start_s, abs=ROUNDING_S)
    assert row.fate is Fate.ON_TIME
    assert played.energy[1][7] == pytest.approx(10.0 * sent_by_1_s, abs=1e-6)
    assert link_use(played, 1, 2)[2] == pytest.approx(sent_by_1_s, abs=ROUNDING_S)


def test_a_link_that_recovers_at_once_carries_the_data_again_at_once(act):
    row = act(CHAIN, {(1, 2): [(7.0, 8.0)]}, n_sats=3).row(0)
    assert row.start_s == pytest.approx(8.0 + 5.0 + SHORT_S, abs=ROUNDING_S), "the rest of the old booking is free"


def test_what_is_decided_while_there_is_no_way_waits_too(act):
    played = act(CHAIN, {(0, 1): [(0.0, 20.0)]}, n_sats=3, arrivals_s=(5.0,))
    row = played.row(0)
    assert row.start_s == pytest.approx(20.0 + 10.0 + 2 * SHORT_S, abs=ROUNDING_S)
    assert played.transport.rerouting.n_held == 1


def test_what_waits_for_a_link_that_never_recovers_is_in_flight(act):
    played = act(CHAIN, {(1, 2): [(2.0, 1e6)]}, n_sats=3)
    assert played.row(0).fate is Fate.IN_FLIGHT
    assert len(played.task_rows) == 1


def test_a_queue_moves_to_the_detour_in_order(act):
    """Two tasks at once: the second would have sent from 5 s; cut at 2 s, both go round, one after the other."""
    played = act(RING, {(0, 1): [(2.0, 1e4)]}, arrivals_s=(0.0, 0.0), modes=((60.0, 1e3),))
    around_s = LONG_S + 5.0 + SHORT_S
    assert played.row(0).start_s == pytest.approx(2.0 + 5.0 + around_s, abs=ROUNDING_S)
    assert played.row(1).start_s == pytest.approx(2.0 + 10.0 + around_s, abs=ROUNDING_S)
    assert link_use(played, 0, 1) == pytest.approx((1, 2e6, 2.0), rel=1e-12)


def test_data_that_wait_on_a_satellite_are_lost_with_its_power(act):
    """Satellite 1 has sent nothing and lives on 20 W from 1 kJ: it is empty at 50 s, before the link recovers."""
    capacity_j = [1e6, 1e3, 1e6]
    played = act(CHAIN, {(1, 2): [(2.0, 100.0)]}, n_sats=3, base_power_w=20.0, capacity_j=capacity_j)
    row = played.row(0)
    assert (row.fate, row.reason) == (Fate.LOST, "transfer cut: satellite 1 lost power")
    assert (50.0, 1, "brown_out") in [(round(t_s, 6), i_sat, kind) for t_s, i_sat, kind in played.events]


def test_data_under_way_wait_for_a_satellite_too_if_all_other_routes_lead_over_it(act):
    """The ring is cut at (0, 1) at 2 s, and 3 is empty since 1 s: 0 keeps the data until the link is back at 60 s.

    Satellite 3 lives on 1 J, and has no array to recover with.
    """
    capacity_j = [1e6, 1e6, 1e6, 1.0]
    played = act(RING, {(0, 1): [(2.0, 60.0)]}, base_power_w=1.0, capacity_j=capacity_j)
    assert (1.0, 3, "brown_out") in [(round(t_s, 6), i_sat, kind) for t_s, i_sat, kind in played.events]
    assert played.row(0).start_s == pytest.approx(60.0 + 10.0 + 2 * SHORT_S, abs=ROUNDING_S)


@pytest.mark.parametrize("empty", [1, 2])
@pytest.mark.parametrize(("link", "sent_s"), [((0, 1), 3.0), ((1, 2), 5.0)])
def test_a_hop_in_vain_ends_when_its_link_fails(act, empty, link, sent_s):
    """The relay or the target lives on 1 J: the transfer is lost in the first second, its hop ends with its link."""
    capacity_j = [1e6] * 3
    capacity_j[empty] = 1.0
    played = act(CHAIN, {link: [(3.0, 1e4)]}, n_sats=3, base_power_w=1.0, capacity_j=capacity_j, receive_power_w=3.0)
    assert (played.row(0).fate, played.row(0).reason) == (Fate.LOST, f"transfer cut: satellite {empty} lost power")
    assert link_use(played, 0, 1) == pytest.approx((1, 1e6 * sent_s, sent_s), rel=1e-12)
    assert played.energy[0][7] == pytest.approx(10.0 * sent_s, abs=1e-6)
    if empty != 1:
        assert played.energy[1][8] == pytest.approx(3.0 * sent_s, abs=1e-6)
    assert max(played.ledger_errors()) < 1e-9
    assert played.transport.rerouting.n_rerouted == played.transport.rerouting.n_cut == 0


def test_a_hop_in_vain_does_not_block_a_link_that_recovers(act):
    """The hop to 1 would last to 5 s; its link fails from 3 s to 4 s, and a task for 1 that arose then goes at 4 s."""
    capacity_j = [1e6, 1e6, 1.0]
    answers = {0: [Run(satellite=2)], 1: [Run(satellite=1)]}
    failures = {(0, 1): [(3.0, 4.0)]}
    more = {"base_power_w": 1.0, "capacity_j": capacity_j}
    played = act(CHAIN, failures, n_sats=3, arrivals_s=(0.0, 3.5), answer=answers, **more)
    assert played.row(0).fate is Fate.LOST
    assert played.row(1).start_s == pytest.approx(4.0 + 5.0 + SHORT_S, abs=ROUNDING_S)


def test_parts_are_rerouted_one_by_one(act):
    """Half a task is 2.5 s per hop: one half goes to 2 and is cut at 2 s, the other runs at home."""

    def halves(task, view):
        return Split(parts=((0.5, Run(satellite=2)), (0.5, Run(satellite=0))))

    row = act(RING, {(0, 1): [(2.0, 1e4)]}, answer=halves).row(0)
    assert row.fate is Fate.ON_TIME
    arrival_s = 2.0 + 2.5 + LONG_S + 2.5 + SHORT_S
    assert row.finish_s == pytest.approx(arrival_s + 5.0, abs=ROUNDING_S)


def test_the_view_knows_of_failed_links(act):
    seen = []

    def look(task, view):
        seen.append((view.n_hops(0, 1), view.transfer_s(0, 1, 1e6), sorted(view.reachable_planes(0))))
        return Run(satellite=0)

    act(RING, {(0, 1): [(10.0, 20.0)], (0, 3): [(14.0, 16.0)]}, answer=look, arrivals_s=(5.0, 12.0, 15.0, 25.0))
    direct = (1, pytest.approx(1.0 + SHORT_S, abs=ROUNDING_S), [0])
    around = (3, pytest.approx(3.0 + LONG_S + 2 * SHORT_S, abs=ROUNDING_S), [0])
    assert seen == [direct, around, (-1, float("inf"), []), direct]


def test_failures_and_recoveries_are_events_of_the_lower_satellite(act):
    played = act(RING, {(0, 3): [(10.0, 20.0), (30.0, 2000.0)], (1, 2): [(15.0, 25.0)]}, end_s=100.0)
    downs = [(t_s, i_sat) for t_s, i_sat, kind in played.events if kind == "link_down"]
    ups = [(t_s, i_sat) for t_s, i_sat, kind in played.events if kind == "link_up"]
    assert downs == [(10.0, 0), (15.0, 1), (30.0, 0)]
    assert ups == [(20.0, 0), (25.0, 1)]
    assert played.simulation.outages.n_begun[OutageKind.LINK] == 3


def test_the_rows_of_links_are_bounded(act, monkeypatch):
    monkeypatch.setattr("simulator.engine.outage_effects._MAX_LINK_ROWS", 3)
    played = act(CHAIN, {(0, 1): [(float(t), t + 0.5) for t in range(1, 50)]}, n_sats=3, end_s=100.0)
    kinds = [kind for _, _, kind in played.events]
    assert kinds == ["link_down", "link_up", "link_down", "link_rows_full"]
    assert played.simulation.outages.n_begun[OutageKind.LINK] == 49


HOPS = ((0, 1, 0.0, 5.0), (1, 2, 5.1, 10.1), (2, 3, 12.0, 17.0))


@pytest.mark.parametrize(
    ("link", "now_s", "expected"),
    [
        ((0, 1), 0.0, Interruption(0, None, 0)),  # it would start now: nothing has begun
        ((0, 1), 3.0, Interruption(0, HOPS[0], 0)),
        ((1, 0), 3.0, Interruption(0, HOPS[0], 0)),
        ((0, 1), 5.0, None),  # over
        ((1, 2), 5.05, Interruption(1, None, 1)),  # light on its way to 1
        ((1, 2), 6.0, Interruption(1, HOPS[1], 1)),
        ((2, 3), 6.0, Interruption(2, None, 2)),
        ((2, 3), 11.0, Interruption(2, None, 2)),  # waits in 2
        ((2, 3), 17.0, None),
        ((4, 5), 3.0, None),
    ],
)
def test_how_far_a_transfer_has_come(link, now_s, expected):
    assert interruption(RouteBooking(hops=HOPS, arrival_s=17.1, size_bits=5.0), *link, now_s) == expected
