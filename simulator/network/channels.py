"""Calendar of ground channels: a station serves as many satellites at a time as it has channels."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.network.bookings import first_gap_s, forget_before, give_back, take


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelBooking:
    """A transfer between a satellite and a station over one of its channels, half-open in time."""

    station: int
    channel: int
    satellite: int
    start_s: float
    end_s: float
    size_bits: float


class ChannelCalendar:
    """Bookings of every channel of every station and of every satellite's own ground terminal.

    A transfer needs one free channel and the satellite's terminal, which serves one station at a time.

    Parameters
    ----------
    n_channels : sequence of int
        Channels of each station.
    n_terminals : int
        Ground terminals: one per satellite.

    Attributes
    ----------
    n_transfers : list of int, bits : list of float, busy_s : list of float
        Per station: what has been booked and not given back.
    """

    def __init__(self, n_channels: Sequence[int], n_terminals: int) -> None:
        for station, n in enumerate(n_channels):
            if n < 1:
                raise ValueError(f"n_channels[{station}] = {n}: a station has at least one channel")
        self._channels_s: list[list[list[float]]] = [[[] for _ in range(n)] for n in n_channels]
        self._terminals_s: list[list[float]] = [[] for _ in range(n_terminals)]
        self._past_s = -np.inf
        self.n_transfers = [0] * len(n_channels)
        self.bits = [0.0] * len(n_channels)
        self.busy_s = [0.0] * len(n_channels)

    def forget_before(self, t_s: float) -> None:
        """Allow spans that ended by `t_s` to be forgotten; nothing will be booked or given back before it."""
        self._past_s = t_s

    def spans(self, station: int, channel: int) -> list[tuple[float, float]]:
        """Return the busy spans of a channel that are not yet forgotten, disjoint and in order."""
        edges_s = self._channels_s[station][channel]
        return list(zip(edges_s[::2], edges_s[1::2], strict=True))

    def terminal_spans(self, satellite: int) -> list[tuple[float, float]]:
        """Return the busy spans of a satellite's ground terminal that are not yet forgotten."""
        edges_s = self._terminals_s[satellite]
        return list(zip(edges_s[::2], edges_s[1::2], strict=True))

    def earliest_s(
        self, station: int, satellite: int, ready_s: float, duration_s: float, before_s: float = np.inf
    ) -> float:
        """Return when a transfer could start at the earliest, `inf` if it cannot end by `before_s`.

        `ready_s` and `before_s` are the data's and the contact window's; nothing is booked.
        """
        return self._first(station, satellite, ready_s, duration_s, before_s)[0]

    def book(
        self,
        station: int,
        satellite: int,
        ready_s: float,
        duration_s: float,
        before_s: float = np.inf,
        *,
        size_bits: float = 0.0,
    ) -> ChannelBooking | None:
        """Book the earliest transfer that ends by `before_s`; None, and nothing booked, if there is none."""
        start_s, channel = self._first(station, satellite, ready_s, duration_s, before_s)
        if channel < 0:
            return None
        self.busy_s[station] += duration_s
        return self._take(station, channel, satellite, start_s, start_s + duration_s, size_bits)

    def terminal_free_s(self, satellite: int, t_s: float) -> tuple[float, float]:
        """Return when a satellite's terminal is free next, from `t_s` on, and until when; inf without a booking."""
        return _free_span(self._terminals_s[satellite], t_s)

    def channel_free_s(self, station: int, t_s: float) -> tuple[int, float, float]:
        """Return the channel of a station that is free soonest, from `t_s` on, then when, and until when.

        Of those free at once it is the one that stays free longest, then the lowest-numbered one.
        """
        spans = [_free_span(edges_s, t_s) for edges_s in self._channels_s[station]]
        channel = min(range(len(spans)), key=lambda k: (spans[k][0], -spans[k][1]))
        return channel, *spans[channel]

    def take(
        self, station: int, channel: int, satellite: int, start_s: float, end_s: float, size_bits: float
    ) -> ChannelBooking:
        """Book a span of a channel and of a satellite's terminal that are both free."""
        self.busy_s[station] += end_s - start_s
        return self._take(station, channel, satellite, start_s, end_s, size_bits)

    def _take(
        self, station: int, channel: int, satellite: int, start_s: float, end_s: float, size_bits: float
    ) -> ChannelBooking:
        for edges_s in (self._channels_s[station][channel], self._terminals_s[satellite]):
            forget_before(edges_s, self._past_s)
            take(edges_s, start_s, end_s)
        self.n_transfers[station] += 1
        self.bits[station] += size_bits
        return ChannelBooking(
            station=station, channel=channel, satellite=satellite, start_s=start_s, end_s=end_s, size_bits=size_bits
        )

    def cut_short(self, booking: ChannelBooking, t_s: float, sent_bits: float) -> None:
        """Give back what a booking under way does not use from `t_s` on; by then it has sent some of its bits."""
        give_back(self._channels_s[booking.station][booking.channel], t_s, booking.end_s)
        give_back(self._terminals_s[booking.satellite], t_s, booking.end_s)
        self.bits[booking.station] -= booking.size_bits - sent_bits
        self.busy_s[booking.station] -= booking.end_s - t_s

    def cancel(self, booking: ChannelBooking) -> None:
        """Give a booking back, as a whole and at most once."""
        station = booking.station
        give_back(self._channels_s[station][booking.channel], booking.start_s, booking.end_s)
        give_back(self._terminals_s[booking.satellite], booking.start_s, booking.end_s)
        self.n_transfers[station] -= 1
        self.bits[station] -= booking.size_bits
        self.busy_s[station] -= booking.end_s - booking.start_s

    def _first(
        self, station: int, satellite: int, ready_s: float, duration_s: float, before_s: float
    ) -> tuple[float, int]:
        """Return the earliest start and its channel, the lowest-numbered one that is free then; (inf, -1) if none."""
        channels_s = self._channels_s[station]
        terminal_s = self._terminals_s[satellite]
        start_s = ready_s
        while True:
            start_s = first_gap_s(terminal_s, start_s, duration_s) if terminal_s else start_s
            if start_s + duration_s > before_s:
                return np.inf, -1
            free_s, channel = _first_channel(channels_s, start_s, duration_s)
            if free_s == start_s:
                return start_s, channel
            start_s = free_s


def _free_span(edges_s: list[float], t_s: float) -> tuple[float, float]:
    """Return when a resource is free next, from `t_s` on, and until when."""
    i = bisect_right(edges_s, t_s)
    start_s = edges_s[i] if i & 1 else t_s
    i += i & 1
    return start_s, edges_s[i] if i < len(edges_s) else np.inf


def _first_channel(channels_s: list[list[float]], ready_s: float, duration_s: float) -> tuple[float, int]:
    """Return when the first channel has a gap, and which one."""
    best_s, best = np.inf, -1
    for channel, edges_s in enumerate(channels_s):
        if not edges_s or edges_s[-1] <= ready_s:
            return ready_s, channel
        free_s = first_gap_s(edges_s, ready_s, duration_s)
        if free_s < best_s:
            best_s, best = free_s, channel
            if free_s == ready_s:
                break
    return best_s, best
