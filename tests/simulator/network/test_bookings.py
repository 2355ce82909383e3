"""Laws of bookings: nothing overlaps, nothing is early, all time is accounted for and can be given back."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.network.bookings import LinkCalendar, first_gap_s
from simulator.network.channels import ChannelCalendar
from simulator.network.grid import in_plane, topology_of

TIMES = st.integers(0, 60).map(float)  # whole seconds: sums are exact, and spans often touch
DURATIONS = st.integers(0, 12).map(float)
REQUESTS = st.lists(st.tuples(TIMES, DURATIONS), max_size=25)


def one_link():
    return LinkCalendar(topology_of([(0, 1)], [[0, 1]]), rate_bps=1.0)


def busy_seconds(spans):
    return {second for start_s, end_s in spans for second in range(int(start_s), int(end_s))}


@given(REQUESTS)
def test_a_link_serves_one_at_a_time_and_as_early_as_it_can(requests):
    calendar = one_link()
    taken: set[int] = set()
    for ready_s, duration_s in requests:
        start_s = calendar.book(0, ready_s, duration_s)
        needed = set(range(int(start_s), int(start_s + duration_s)))
        assert start_s >= ready_s
        assert not needed & taken
        if duration_s:  # brute force over whole seconds: no earlier start would have done
            assert start_s == next(
                t for t in range(int(ready_s), 1000) if not taken & set(range(t, t + int(duration_s)))
            )
        taken |= needed
        spans = calendar.spans(0)
        assert busy_seconds(spans) == taken
        assert all(end_s < start_s for (_, end_s), (start_s, _) in itertools.pairwise(spans))
    assert calendar.busy_s == [sum(duration_s for _, duration_s in requests), 0.0]
    assert calendar.bits == calendar.busy_s
    assert calendar.n_transfers == [len(requests), 0]
    assert calendar.spans(1) == []


@given(REQUESTS, st.data())
def test_time_given_back_is_free_again(requests, data):
    calendar = one_link()
    bookings = [calendar.book_route([0, 1], ready_s, size_bits, [0.25]) for ready_s, size_bits in requests]
    kept = list(bookings)
    for booking in data.draw(st.lists(st.sampled_from(bookings), unique_by=id)) if bookings else []:
        assert calendar.cancel(booking) == 1
        kept = [other for other in kept if other is not booking]
        spans = [(start_s, end_s) for other in kept for _, _, start_s, end_s in other.hops]
        assert busy_seconds(calendar.spans(0)) == busy_seconds(spans)
    assert calendar.busy_s[0] == sum(booking.size_bits for booking in kept)
    assert calendar.n_transfers[0] == len(kept)


@given(REQUESTS, TIMES)
def test_forgetting_the_past_changes_no_booking_after_it(requests, now_s):
    whole, forgetful = one_link(), one_link()
    for ready_s, duration_s in requests:
        assert whole.book(0, ready_s, duration_s) == forgetful.book(0, ready_s, duration_s)
    forgetful.forget_before(now_s)
    for ready_s, duration_s in requests:
        later_s = now_s + ready_s
        assert whole.book(0, later_s, duration_s) == forgetful.book(0, later_s, duration_s)
    assert len(forgetful.spans(0)) <= len(whole.spans(0))


def test_a_link_in_steady_use_keeps_only_what_is_ahead():
    calendar = one_link()
    for now_s in range(1000):
        calendar.forget_before(float(now_s))
        calendar.book(0, now_s + 10.0, 0.5)
        assert len(calendar.spans(0)) <= 11


ROUTES = st.lists(st.tuples(TIMES, DURATIONS, st.integers(0, 5), st.integers(0, 4), st.booleans()), max_size=20)


@pytest.mark.parametrize("rate_bps", [2.0, (2.0, 0.5, 8.0, 4.0, 2.0, 1.0)])
@given(requests=ROUTES)
def test_routes_obey_causality(rate_bps, requests):
    topology = in_plane([range(6)])
    calendar = LinkCalendar(topology, rate_bps)
    rates_bps = np.broadcast_to(rate_bps, 6)
    propagation_s = [0.125 * (link + 1) for link in range(topology.n_links)]
    bookings = []
    for ready_s, size_bits, first, n_hops, is_up in requests:
        path = [(first + (step if is_up else -step)) % 6 for step in range(n_hops + 1)]
        foreseen_s = calendar.predict_route_s(path, ready_s, size_bits, propagation_s)
        booking = calendar.book_route(path, ready_s, size_bits, propagation_s)
        bookings.append(booking)
        assert booking.arrival_s == foreseen_s
        assert booking.arrival_s >= ready_s + calendar.transfer_s(path, size_bits, propagation_s)
        assert booking.n_hops == n_hops
        assert [hop[:2] for hop in booking.hops] == list(itertools.pairwise(path))
        here_s = ready_s
        for a, b, start_s, end_s in booking.hops:
            assert start_s >= here_s
            assert (
                end_s - start_s == size_bits / rates_bps[topology.link_id(a, b)]
            )  # multiples of 1/8 s below 2**10 s are exact in binary
            here_s = end_s + propagation_s[topology.link_id(a, b)]
        assert booking.arrival_s == here_s
    for a, b in [*topology.links.tolist(), *topology.links[:, ::-1].tolist()]:
        link = topology.directed_link(a, b)
        spans = sorted(hop[2:] for booking in bookings for hop in booking.hops if hop[:2] == (a, b) and hop[3] > hop[2])
        assert all(end_s <= start_s for (_, end_s), (start_s, _) in itertools.pairwise(spans))
        assert calendar.busy_s[link] == sum(end_s - start_s for start_s, end_s in spans)
        assert sum(end_s - start_s for start_s, end_s in calendar.spans(link)) == calendar.busy_s[link]
    assert sum(calendar.bits) == sum(booking.n_hops * booking.size_bits for booking in bookings)


def test_directions_do_not_disturb_each_other_and_transfers_queue():
    calendar = one_link()
    first = calendar.book_route([0, 1], 5.0, 10.0, [0.5])
    back = calendar.book_route([1, 0], 5.0, 10.0, [0.5])
    second = calendar.book_route([0, 1], 6.0, 2.0, [0.5])
    early = calendar.book_route([0, 1], 1.0, 4.0, [0.5])
    assert [booking.hops for booking in (first, back, second, early)] == [
        ((0, 1, 5.0, 15.0),),
        ((1, 0, 5.0, 15.0),),
        ((0, 1, 15.0, 17.0),),
        ((0, 1, 1.0, 5.0),),
    ]
    assert calendar.spans(0) == [(1.0, 17.0)]
    assert second.arrival_s == 17.5


def test_a_cut_keeps_the_hop_under_way():
    topology = in_plane([range(6)])
    calendar = LinkCalendar(topology, rate_bps=1.0)
    booking = calendar.book_route([0, 1, 2, 3], 0.0, 10.0, [0.0] * 6)
    assert calendar.cancel(booking, from_s=15.0) == 1
    busy = {hop[:2]: calendar.spans(topology.directed_link(*hop[:2])) for hop in booking.hops}
    assert busy == {(0, 1): [(0.0, 10.0)], (1, 2): [(10.0, 20.0)], (2, 3): []}


def test_a_satellite_is_already_at_itself():
    booking = one_link().book_route([0], 3.0, 1e9, [0.5])
    assert (booking.hops, booking.arrival_s, booking.n_hops) == ((), 3.0, 0)


def test_giving_back_what_was_not_booked_is_refused():
    calendar = one_link()
    booking = calendar.book_route([0, 1], 0.0, 10.0, [0.0])
    calendar.cancel(booking)
    calendar.book(0, 0.0, 4.0)
    with pytest.raises(ValueError, match="not booked"):
        calendar.cancel(booking)


def test_what_a_cancelled_or_cut_hop_gives_back_counts_at_the_rate_of_its_link():
    topology = in_plane([range(6)])
    rates_bps = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
    calendar = LinkCalendar(topology, rates_bps)
    booking = calendar.book_route([0, 1, 2, 3], 0.0, 64.0, [0.0] * 6)
    assert [hop[2:] for hop in booking.hops] == [(0.0, 64.0), (64.0, 80.0), (80.0, 88.0)]
    calendar.cancel(booking, from_s=70.0)
    calendar.cut_short(booking.hops[1], 70.0)
    found = [topology.directed_link(a, b) for a, b, _, _ in booking.hops]
    assert [calendar.busy_s[link] for link in found] == [64.0, 6.0, 0.0]
    assert [calendar.bits[link] for link in found] == [64.0, 6.0 * rates_bps[found[1] >> 1], 0.0]


@pytest.mark.parametrize("rate_bps", [0.0, -1.0, np.inf, np.nan])
def test_rates_are_checked(rate_bps):
    with pytest.raises(ValueError, match="rate_bps"):
        LinkCalendar(topology_of([(0, 1)], [[0, 1]]), rate_bps)


GROUND = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 3), TIMES, st.integers(1, 12).map(float), st.integers(0, 40)),
    max_size=25,
)


@given(GROUND, st.data())
def test_a_station_serves_as_many_as_it_has_channels_and_a_satellite_one_station(requests, data):
    n_channels = (1, 3)
    calendar = ChannelCalendar(n_channels, n_terminals=4)
    kept = []
    for station, satellite, ready_s, duration_s, slack_s in requests:
        before_s = ready_s + duration_s + slack_s
        others = [other for other in kept if other.station == station]
        own = [other for other in kept if other.satellite == satellite]
        free_s = [
            t
            for t in np.arange(ready_s, before_s - duration_s + 1.0)
            if is_free(own, t, duration_s, 1)
            and any(
                is_free([other for other in others if other.channel == channel], t, duration_s, 1)
                for channel in range(n_channels[station])
            )
        ]
        expected_s = free_s[0] if free_s else np.inf
        assert calendar.earliest_s(station, satellite, ready_s, duration_s, before_s) == expected_s
        booking = calendar.book(station, satellite, ready_s, duration_s, before_s, size_bits=8.0)
        assert (booking is None) == (not free_s)
        if booking is not None:
            assert (booking.start_s, booking.end_s) == (expected_s, expected_s + duration_s)
            kept.append(booking)
        if kept and data.draw(st.integers(0, 4)) == 0:
            calendar.cancel(kept.pop(data.draw(st.integers(0, len(kept) - 1))))
    for station, n in enumerate(n_channels):
        here = [booking for booking in kept if booking.station == station]
        assert calendar.busy_s[station] == sum(booking.end_s - booking.start_s for booking in here)
        assert (calendar.n_transfers[station], calendar.bits[station]) == (len(here), 8.0 * len(here))
        for channel in range(n):
            spans = [(booking.start_s, booking.end_s) for booking in here if booking.channel == channel]
            assert busy_seconds(calendar.spans(station, channel)) == busy_seconds(spans)
            assert len(busy_seconds(spans)) == sum(end_s - start_s for start_s, end_s in spans)
    for satellite in range(4):
        spans = [(booking.start_s, booking.end_s) for booking in kept if booking.satellite == satellite]
        assert busy_seconds(calendar.terminal_spans(satellite)) == busy_seconds(spans)
        assert len(busy_seconds(spans)) == sum(end_s - start_s for start_s, end_s in spans)


def is_free(bookings, start_s, duration_s, limit):
    overlapping = [b for b in bookings if b.start_s < start_s + duration_s and start_s < b.end_s]
    return len(overlapping) < limit


def test_channels_past_are_forgotten():
    calendar = ChannelCalendar([1], n_terminals=2)
    for start_s in range(0, 100, 10):
        calendar.book(0, 0, float(start_s), 5.0)
    calendar.forget_before(50.0)
    calendar.book(0, 0, 200.0, 5.0)
    assert calendar.spans(0, 0)[0] == (50.0, 55.0)
    assert calendar.earliest_s(0, 1, 52.0, 5.0) == 55.0


def test_stations_without_channels_are_refused():
    with pytest.raises(ValueError, match=r"n_channels\[1\] = 0"):
        ChannelCalendar([2, 0], n_terminals=1)


@given(st.lists(st.floats(0.0, 1e5), min_size=1, max_size=40), st.floats(1e-9, 50.0))
def test_any_times_are_kept_apart(ready_times_s, duration_s):
    calendar = one_link()
    starts_s = sorted(calendar.book(0, ready_s, duration_s) for ready_s in ready_times_s)
    assert all(a + duration_s <= b for a, b in itertools.pairwise(starts_s))
    edges_s = [edge for span in calendar.spans(0) for edge in span]
    assert edges_s == sorted(edges_s)
    assert first_gap_s(edges_s, 0.0, 1e6) == max(edges_s) or starts_s[0] >= 1e6
