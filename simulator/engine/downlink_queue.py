"""The way down of satellites with a memory: what waits there is sent in order of urgency, when a channel is free.

Nothing is booked ahead. A satellite in contact sends the most urgent of its data until they end, the contact ends or
the channel is taken by what was booked on it for the way up; what is left waits for the next occasion. Where several
satellites wait for a channel, it goes to the one with the most urgent data. So each transfer costs one event, besides
one for each contact that a satellite waits for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isnan, nan

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.engine.clock import Clock
from simulator.engine.contact_rates import ContactRates, DownlinkRates
from simulator.engine.fleet import Fleet
from simulator.engine.jobs import Job
from simulator.engine.sky import Sky
from simulator.engine.storage import DataKind, Storage, StoredData
from simulator.engine.waiting_data import WaitingData
from simulator.engine.world import Recorder
from simulator.network.channels import ChannelBooking, ChannelCalendar
from simulator.power.battery import PulseKind
from simulator.records import Contact

_AHEAD_S = 1e-6
"""A contact that is asked for again must be asked after its known end."""


@dataclass(slots=True, kw_only=True)
class _Part:
    """Data being sent, or as much of them as fits before the contact ends or the channel is taken."""

    data: StoredData
    booking: ChannelBooking
    contact: Contact
    along: ContactRates
    power_w: float
    is_cut: bool = False


class DownlinkQueue:
    """What satellites have to send down.

    Parameters
    ----------
    surroundings : Clock, Sky, Fleet
    channels : ChannelCalendar
        Shared with the way up, which is booked ahead.
    rates : DownlinkRates
    power_w : callable
        Told of a booking and its contact; returns what the satellite draws while it sends.
    on_cut : callable
        Told of a booking, its contact and a time: from then on it is not used.
    storage : Storage
    recorder : Recorder
        Told of all data that were to go down: when they were created and what became of them.
    """

    def __init__(
        self,
        surroundings: tuple[Clock, Sky, Fleet],
        channels: ChannelCalendar,
        rates: DownlinkRates,
        power_w: Callable[[ChannelBooking, Contact], float],
        on_cut: Callable[[ChannelBooking, Contact, float], None],
        storage: Storage,
        recorder: Recorder,
    ) -> None:
        self._clock, self._sky, self._fleet = surroundings
        self._channels = channels
        self._rates = rates
        self._power_w = power_w
        self._on_cut = on_cut
        self._storage = storage
        self._recorder = recorder
        n_sats = self._sky.positions.n_sats
        self._waiting = WaitingData(n_sats)
        self._sending: list[_Part | None] = [None] * n_sats
        self._task_bits = [0.0] * n_sats
        self._wake_s = [inf] * n_sats
        self._at_station: list[dict[int, None]] = [{} for _ in self._sky.stations]
        self._parts_at: list[dict[int, _Part]] = [{} for _ in self._sky.stations]
        self._station_wake_s = [inf] * len(self._sky.stations)

    def add(self, data: StoredData, ready_s: float, on_ground: Callable[[Job], None] | None) -> None:
        """Send data down from `ready_s` on; `on_ground` is called with their job when they are at a station."""
        data.on_ground = on_ground
        if ready_s > self._clock.now:
            self._clock.at(ready_s, self._enter, data)
        else:
            self._enter(data)

    def forget(self, data: StoredData, fate: str) -> None:
        """Let data go that have been dropped or lost."""
        if data.kind is not DataKind.RAW:
            self._task_bits[data.satellite] -= data.left_bits
        self._write(data, fate, self._clock.now)

    def close(self) -> None:
        """End the run: what is being sent has been sent up to now, and what waits goes on waiting."""
        for part in [part for part in self._sending if part is not None]:
            self._end_part(part, self._clock.now)
            if part.data.is_gone:
                self._arrive(part.data, part.booking)
            else:
                self._put_back(part)
        for data in self._waiting.everything():
            self._write(data, "waiting", nan)

    def predict_s(self, satellite: int, ready_s: float, size_bits: float, before_s: float) -> float:
        """Return when data of a task would have been sent, behind those of other tasks; inf if not before a time.

        What other satellites send meanwhile is not foreseen.
        """
        left_bits = size_bits + self._task_bits[satellite]
        part = self._sending[satellite]
        from_s = max(ready_s, self._clock.now)
        if part is not None and part.data.kind is DataKind.RAW:
            from_s = max(from_s, part.booking.end_s)
        elif part is not None:
            left_bits -= part.along.bits_between(part.booking.start_s, self._clock.now)
        for contact in self._sky.contacts[satellite]:
            if contact.rise_s >= before_s:
                break
            start_s = max(contact.rise_s, from_s)
            if start_s >= contact.set_s:
                continue
            along = self._rates.along(satellite, contact)
            end_s = along.end_s(start_s, left_bits)
            if end_s < inf:
                return end_s if end_s <= before_s else inf
            left_bits -= along.bits_between(start_s, contact.set_s)
            from_s = contact.set_s
        return inf

    def satellite_went_down(self, satellite: int) -> None:
        """End what a satellite without power was sending; the rest of it waits for power."""
        part = self._sending[satellite]
        if part is not None:
            part.is_cut = True
            self._end_part(part, self._clock.now)
            self._put_back(part)
            self._serve_station(part.booking.station)

    def satellite_came_up(self, satellite: int) -> None:
        """Send again."""
        self._serve(satellite)

    def station_closed(self, station: int) -> int:
        """End what is sent to a station that is no contact any more; return how many transfers those are."""
        parts = list(self._parts_at[station].values())
        for part in parts:
            part.is_cut = True
            booking = part.booking
            self._end_part(part, self._clock.now)
            span_s = (booking.start_s, booking.end_s)
            self._fleet.end_pulse(booking.satellite, *span_s, part.power_w, PulseKind.TRANSMIT)
            self._put_back(part)
        for part in parts:
            self._serve(part.booking.satellite)
        return len(parts)

    def station_opened(self) -> None:
        """Let everything that waits see the contacts that there are again."""
        for satellite in range(len(self._sending)):
            self._serve(satellite)

    def channel_freed(self, station: int) -> None:
        """Give away a channel that something else than this queue does not use any more."""
        self._serve_station(station)

    # who sends

    def _enter(self, data: StoredData) -> None:
        if data.is_gone:
            return
        data.is_for_ground = True
        if data.kind is not DataKind.RAW:
            self._task_bits[data.satellite] += data.left_bits
        was_empty = self._waiting.first(data.satellite) is None
        self._waiting.add(data.satellite, data)
        if was_empty:  # else the satellite sends, or waits for a channel or a contact already
            self._serve(data.satellite)

    def _can_send(self, satellite: int) -> bool:
        is_idle = self._sending[satellite] is None and self._fleet.is_up[satellite]
        return is_idle and self._waiting.first(satellite) is not None

    def _serve(self, satellite: int) -> None:
        """Let a satellite send what is most urgent, or wait for a channel and for its next contact."""
        if not self._can_send(satellite):
            return
        now_s = self._clock.now
        terminal_s, terminal_until_s = self._channels.terminal_free_s(satellite, now_s)
        if terminal_s > now_s:
            self._wake_at(satellite, terminal_s)
            return
        best, best_key, wake_s = None, (-inf, -inf), inf
        for contact in self._sky.contacts[satellite]:
            if contact.set_s <= now_s:
                continue
            if contact.rise_s > now_s:
                wake_s = min(wake_s, contact.rise_s)
                break
            along = self._rates.along(satellite, contact)
            open_s = along.open_s(now_s)
            channel, free_s, until_s = self._channels.channel_free_s(contact.station, now_s)
            until_s = min(until_s, terminal_until_s, contact.set_s)
            if open_s > now_s:
                wake_s = min(wake_s, open_s)
            elif free_s > now_s:
                self._at_station[contact.station][satellite] = None
                self._watch_station(contact.station)
            elif (key := (along.rate_at_bps(now_s), until_s)) > best_key and along.bits_between(now_s, until_s) > 0.0:
                best, best_key = (contact, along, channel, until_s), key
            else:
                wake_s = min(wake_s, until_s)
        if best is not None:
            self._send(satellite, *best)
        else:
            self._wake_at(satellite, wake_s if wake_s < inf else max(self._sky.known_until_s, now_s) + _AHEAD_S)

    def _send(self, satellite: int, contact: Contact, along: ContactRates, channel: int, until_s: float) -> None:
        now_s = self._clock.now
        data = self._waiting.take_first(satellite)
        end_s, bits = along.end_s(now_s, data.left_bits), data.left_bits
        if end_s > until_s:
            end_s, bits = until_s, along.bits_between(now_s, until_s)
        booking = self._channels.take(contact.station, channel, satellite, now_s, end_s, bits)
        power_w = self._power_w(booking, contact)
        part = _Part(data=data, booking=booking, contact=contact, along=along, power_w=power_w)
        self._sending[satellite] = self._parts_at[contact.station][satellite] = part
        data.is_busy = True
        data.n_parts += 1
        data.station = contact.station
        if isnan(data.first_sent_s):
            data.first_sent_s = now_s
        self._fleet.add_pulse(satellite, now_s, end_s, power_w, PulseKind.TRANSMIT)
        self._clock.at(end_s, self._part_over, part)

    def _part_over(self, part: _Part) -> None:
        if part.is_cut:
            return
        data, satellite = part.data, part.booking.satellite
        self._end_part(part, part.booking.end_s)
        if data.is_gone:
            self._arrive(data, part.booking)
        else:
            self._put_back(part)
        self._serve_station(part.booking.station, satellite)

    def _end_part(self, part: _Part, end_s: float) -> None:
        """Count what has been sent, and free the channel of the rest."""
        data, booking = part.data, part.booking
        bits = booking.size_bits
        if end_s < booking.end_s:
            bits = part.along.bits_between(booking.start_s, end_s)
            self._channels.cut_short(booking, end_s, bits)
            self._on_cut(booking, part.contact, end_s)
        self._sending[booking.satellite] = None
        del self._parts_at[booking.station][booking.satellite]
        data.is_busy = False
        if data.kind is not DataKind.RAW:
            self._task_bits[booking.satellite] -= bits
        self._storage.send_down(data, bits)

    def _put_back(self, part: _Part) -> None:
        self._waiting.add(part.booking.satellite, part.data)

    def _arrive(self, data: StoredData, booking: ChannelBooking) -> None:
        """Write what has been sent, and hand it over when its light is at the station."""
        distance_m = self._sky.slant_ranges.range_m(booking.satellite, booking.station, booking.end_s)
        arrival_s = booking.end_s + distance_m / SPEED_OF_LIGHT_M_S
        self._write(data, "delivered", arrival_s)
        if data.on_ground is not None:
            self._clock.at(arrival_s, self._hand_over, data)

    def _hand_over(self, data: StoredData) -> None:
        assert data.job is not None and data.on_ground is not None, "only data of tasks are waited for"
        data.job.station = data.station
        data.job.stored = None
        data.on_ground(data.job)

    # who gets a channel

    def _serve_station(self, station: int, satellite: int = -1) -> None:
        """Give the free channels of a station to the most urgent of those that wait, and of one that has just sent."""
        now_s, waiting = self._clock.now, self._at_station[station]
        if satellite >= 0:
            waiting[satellite] = None
        for i_sat in list(waiting):
            if not (self._can_send(i_sat) and self._is_in_view(i_sat, station)):
                del waiting[i_sat]
        while waiting and self._channels.channel_free_s(station, now_s)[1] <= now_s:
            chosen = min(waiting, key=self._waiting.first_urgency)
            del waiting[chosen]
            self._serve(chosen)
        self._watch_station(station)
        if satellite >= 0:
            waiting.pop(satellite, None)
            self._serve(satellite)

    def _is_in_view(self, satellite: int, station: int) -> bool:
        now_s = self._clock.now
        for contact in self._sky.contacts[satellite]:
            if contact.rise_s > now_s:
                return False
            if contact.station == station and contact.set_s > now_s:
                return True
        return False

    def _watch_station(self, station: int) -> None:
        """Come back when a channel is free that no part of ours holds; the end of a part comes back by itself."""
        if not self._at_station[station]:
            return
        free_s = self._channels.channel_free_s(station, self._clock.now)[1]
        ends_s = (part.booking.end_s for part in self._parts_at[station].values())
        if free_s < min(ends_s, default=inf) and free_s < self._station_wake_s[station]:
            self._station_wake_s[station] = free_s
            self._clock.at(free_s, self._station_wakes, station)

    def _station_wakes(self, station: int) -> None:
        self._station_wake_s[station] = inf
        self._serve_station(station)

    def _wake_at(self, satellite: int, t_s: float) -> None:
        if t_s < self._wake_s[satellite]:
            self._wake_s[satellite] = t_s
            self._clock.at(t_s, self._wake, (satellite, t_s))

    def _wake(self, argument: tuple[int, float]) -> None:
        satellite, t_s = argument
        if t_s == self._wake_s[satellite]:
            self._wake_s[satellite] = inf
            self._serve(satellite)

    def _write(self, data: StoredData, fate: str, ended_s: float) -> None:
        self._recorder.downlink(
            (
                data.task.task_id,
                data.satellite,
                data.kind,
                data.size_bits,
                data.created_s,
                data.first_sent_s,
                ended_s,
                data.station,
                data.n_parts,
                fate,
            )
        )
