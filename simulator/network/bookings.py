"""Calendars in which links and channels are booked ahead, and transfers over routes.

A transfer takes each resource on its way for the time it really lasts. That time is fixed when the transfer is
decided: it gets the first gap that is long enough, after what was booked before. Nothing has to be simulated
message by message, and a booking can be given back.

A calendar keeps, for each resource, one sorted list of the edges of its busy spans (start, end, start, end, ...), so
that the number of edges at or before a time is even where the resource is free. Spans that touch are one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import TypeAlias

import numpy as np

from simulator.network.grid import Topology

Hop: TypeAlias = tuple[int, int, float, float]
"""From, to, start_s, end_s: a satellite sends to its neighbour during [start_s, end_s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteBooking:
    """A transfer over a route, store and forward; all of it is at the last satellite at `arrival_s`."""

    hops: tuple[Hop, ...]
    arrival_s: float
    size_bits: float

    @property
    def n_hops(self) -> int:
        """Number of links."""
        return len(self.hops)


class LinkCalendar:
    """Bookings of every direction of every link; each direction carries one transfer at a time at the link's rate.

    Parameters
    ----------
    topology : Topology
    rate_bps : float or sequence of float, (n_links,)
        Of all links, or of each.

    Attributes
    ----------
    one_rate_bps : float or None
        The rate that all links have; None where they differ.
    n_transfers : list of int, bits : list of float, busy_s : list of float
        Per directed link (see `Topology.directed_link`): what has been booked and not given back.
    """

    def __init__(self, topology: Topology, rate_bps: float | Sequence[float]) -> None:
        rates_bps = [float(rate_bps)] if isinstance(rate_bps, (int, float)) else list(rate_bps)
        for rate in rates_bps:
            if not 0.0 < rate < inf:
                raise ValueError(f"rate_bps = {rate}: must be positive and finite")
        if len(rates_bps) not in (1, topology.n_links):
            raise ValueError(
                f"rate_bps has {len(rates_bps)} entries: give one, or one for each of {topology.n_links} links"
            )
        self.one_rate_bps = rates_bps[0] if len(set(rates_bps)) == 1 else None
        self._rates_bps = rates_bps * topology.n_links if len(rates_bps) == 1 else rates_bps
        n_directed = 2 * topology.n_links
        self.topology = topology
        self.n_transfers = [0] * n_directed
        self.bits = [0.0] * n_directed
        self.busy_s = [0.0] * n_directed
        self._edges_s: list[list[float]] = [[] for _ in range(n_directed)]
        self._past_s = -np.inf

    def forget_before(self, t_s: float) -> None:
        """Allow spans that ended by `t_s` to be forgotten; nothing will be booked or given back before it."""
        self._past_s = t_s

    def spans(self, link: int) -> list[tuple[float, float]]:
        """Return the busy spans of a directed link that are not yet forgotten, disjoint and in order."""
        edges_s = self._edges_s[link]
        return list(zip(edges_s[::2], edges_s[1::2], strict=True))

    def first_gap_s(self, link: int, ready_s: float, duration_s: float) -> float:
        """Return when a transfer of some length could start on a directed link."""
        return first_gap_s(self._edges_s[link], ready_s, duration_s)

    def book(self, link: int, ready_s: float, duration_s: float) -> float:
        """Take the first gap of a directed link that is long enough and return its start.

        What lasts no time starts at once and takes nothing.
        """
        edges_s = self._edges_s[link]
        if not edges_s or edges_s[-1] < ready_s:
            if edges_s and edges_s[1] <= self._past_s:
                forget_before(edges_s, self._past_s)
            start_s = ready_s
            if duration_s > 0.0:
                edges_s += (ready_s, ready_s + duration_s)
        else:
            forget_before(edges_s, self._past_s)
            start_s = first_gap_s(edges_s, ready_s, duration_s)
            take(edges_s, start_s, start_s + duration_s)
        self.n_transfers[link] += 1
        self.bits[link] += duration_s * self._rates_bps[link >> 1]
        self.busy_s[link] += duration_s
        return start_s

    def transfer_s(self, path: Sequence[int], size_bits: float, propagation_s: Sequence[float]) -> float:
        """Return how long a transfer over a route takes without queueing; arguments as in `book_route`."""
        links = [self.topology.directed_links_of[a][b] >> 1 for a, b in pairwise(path)]
        return sum(size_bits / self._rates_bps[link] + propagation_s[link] for link in links)

    def book_route(
        self, path: Sequence[int], ready_s: float, size_bits: float, propagation_s: Sequence[float]
    ) -> RouteBooking:
        """Book a transfer over a route.

        Parameters
        ----------
        path : sequence of int
            Satellites, linked one to the next.
        ready_s : float
            When all bits are at the first satellite.
        size_bits : float
            Size of what is sent.
        propagation_s : sequence of float, (n_links,)
            Light time of every link.

        Notes
        -----
        A satellite sends on when it holds all bits: hop start = first gap after the arrival, hop end = start +
        size / rate of the link, arrival at the next satellite = end + light time.
        """
        if self.one_rate_bps is None:
            return self._book_route_of_rates(path, ready_s, size_bits, propagation_s)
        duration_s = size_bits / self.one_rate_bps
        directed_links_of, edges_of, past_s = self.topology.directed_links_of, self._edges_s, self._past_s
        n_transfers, bits, busy_s = self.n_transfers, self.bits, self.busy_s
        hops = []
        for a, b in pairwise(path):
            link = directed_links_of[a][b]
            edges_s = edges_of[link]
            last_s = edges_s[-1] if edges_s else -inf
            if last_s >= ready_s or duration_s <= 0.0:
                start_s = self.book(link, ready_s, duration_s)
                end_s = start_s + duration_s
            else:  # nearly every hop: the link is free from then on, so that it is spared a call
                start_s, end_s = ready_s, ready_s + duration_s
                if last_s <= past_s:
                    edges_of[link] = [start_s, end_s]
                else:
                    edges_s += (start_s, end_s)
                n_transfers[link] += 1
                bits[link] += size_bits
                busy_s[link] += duration_s
            hops.append((a, b, start_s, end_s))
            ready_s = end_s + propagation_s[link >> 1]
        return RouteBooking(hops=tuple(hops), arrival_s=ready_s, size_bits=size_bits)

    def _book_route_of_rates(
        self, path: Sequence[int], ready_s: float, size_bits: float, propagation_s: Sequence[float]
    ) -> RouteBooking:
        """Book a transfer over links of several rates."""
        hops = []
        for a, b in pairwise(path):
            link = self.topology.directed_links_of[a][b]
            duration_s = size_bits / self._rates_bps[link >> 1]
            start_s = self.book(link, ready_s, duration_s)
            hops.append((a, b, start_s, start_s + duration_s))
            ready_s = start_s + duration_s + propagation_s[link >> 1]
        return RouteBooking(hops=tuple(hops), arrival_s=ready_s, size_bits=size_bits)

    def predict_route_s(
        self, path: Sequence[int], ready_s: float, size_bits: float, propagation_s: Sequence[float]
    ) -> float:
        """Return when `book_route` would have all bits at the last satellite; nothing is booked."""
        for a, b in pairwise(path):
            link = self.topology.directed_links_of[a][b]
            duration_s = size_bits / self._rates_bps[link >> 1]
            ready_s = self.first_gap_s(link, ready_s, duration_s) + duration_s + propagation_s[link >> 1]
        return ready_s

    def cancel(self, booking: RouteBooking, from_s: float = -np.inf) -> int:
        """Give back the hops of a booking that start at `from_s` or later, and return how many those are.

        A hop that has begun by then is kept: its bits are on their way. A booking is given back at most once.
        """
        n_cancelled = 0
        for a, b, start_s, end_s in booking.hops:
            if start_s < from_s:
                continue
            link = self.topology.directed_link(a, b)
            give_back(self._edges_s[link], start_s, end_s)
            self.n_transfers[link] -= 1
            self.bits[link] -= booking.size_bits
            self.busy_s[link] -= booking.size_bits / self._rates_bps[link >> 1]
            n_cancelled += 1
        return n_cancelled

    def cut_short(self, hop: Hop, t_s: float) -> None:
        """Give back what a hop under way has not sent by `t_s`; what it has sent was carried, though in vain."""
        a, b, _, end_s = hop
        link = self.topology.directed_link(a, b)
        give_back(self._edges_s[link], t_s, end_s)
        self.bits[link] -= (end_s - t_s) * self._rates_bps[link >> 1]
        self.busy_s[link] -= end_s - t_s


def first_gap_s(edges_s: list[float], ready_s: float, duration_s: float) -> float:
    """Return the start of the first free span of some length, not before `ready_s`."""
    if duration_s <= 0.0:
        return ready_s
    i = bisect_right(edges_s, ready_s)
    if i & 1:
        ready_s = edges_s[i]
        i += 1
    n_edges = len(edges_s)
    while i < n_edges and edges_s[i] < ready_s + duration_s:
        ready_s = edges_s[i + 1]
        i += 2
    return ready_s


def take(edges_s: list[float], start_s: float, end_s: float) -> None:
    """Mark a free span as busy, joined to the spans it touches."""
    if end_s <= start_s:
        return
    i = bisect_right(edges_s, start_s)
    before = i - 1 if i and edges_s[i - 1] == start_s else i
    after = i + 1 if i < len(edges_s) and edges_s[i] == end_s else i
    new_s = [] if before < i else [start_s]
    if after == i:
        new_s.append(end_s)
    edges_s[before:after] = new_s


def give_back(edges_s: list[float], start_s: float, end_s: float) -> None:
    """Mark a busy span as free; what has been forgotten of it stays forgotten."""
    if end_s <= start_s:
        return
    i = bisect_right(edges_s, start_s)
    if not i & 1:
        return
    if edges_s[i] < end_s:
        raise ValueError(f"span from {start_s} s to {end_s} s is not booked: busy until {edges_s[i]} s only")
    new_s = [] if edges_s[i - 1] == start_s else [edges_s[i - 1], start_s]
    if edges_s[i] > end_s:
        new_s += (end_s, edges_s[i])
    edges_s[i - 1 : i + 1] = new_s


def forget_before(edges_s: list[float], t_s: float) -> None:
    """Drop the spans that ended by `t_s`."""
    if edges_s and edges_s[0] < t_s:
        i = bisect_right(edges_s, t_s)
        del edges_s[: i - (i & 1)]
