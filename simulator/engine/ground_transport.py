"""Transfers between satellites and ground stations: booked on channels of stations, paid in time and energy.

A transfer takes the first free stretch of a channel inside a contact that is known, and arrives by one event. Where no
contact is known that serves, it waits for one. Where satellites have memories, what goes down waits in a queue
instead of being booked ahead.
"""

from __future__ import annotations

from math import inf, isnan
from typing import Any

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.contacts.slant_ranges import longest_slant_range_m
from simulator.engine.clock import Clock
from simulator.engine.contact_rates import DownlinkRates, OneRate, RatesByRange
from simulator.engine.downlink_queue import DownlinkQueue
from simulator.engine.fleet import Fleet
from simulator.engine.ground_beams import GroundBeams
from simulator.engine.jobs import Job
from simulator.engine.sky import Sky
from simulator.engine.storage import Storage
from simulator.engine.transfers import (
    AnyCargo,
    GroundRequest,
    GroundSlot,
    GroundTransfer,
    OnArrival,
    OnCut,
    ReroutingCounts,
)
from simulator.engine.under_way import TransfersUnderWay
from simulator.engine.world import Recorder, World
from simulator.network.channels import ChannelBooking, ChannelCalendar
from simulator.power.battery import PulseKind
from simulator.records import Contact

_AHEAD_S = 1e-6
"""A contact that is asked for again must be asked after its known end."""


class GroundTransport:
    """Moves data between satellites and stations, both ways.

    Parameters
    ----------
    world : World
    surroundings : Clock, Sky, Fleet
    under_way : TransfersUnderWay
        Shared with the transfers over links.
    rerouting : ReroutingCounts
        Told of transfers that a closed station cuts.

    Attributes
    ----------
    channels : ChannelCalendar
    beams : GroundBeams or None
        The metasurfaces, if that is what satellites send through.
    rates : DownlinkRates or None
        Along contacts; None where the rate of a satellite's radio holds everywhere.
    queue : DownlinkQueue or None
        What waits in memories to be sent down.
    """

    def __init__(
        self,
        world: World,
        surroundings: tuple[Clock, Sky, Fleet],
        under_way: TransfersUnderWay,
        rerouting: ReroutingCounts,
    ) -> None:
        self._clock, self._sky, self._fleet = surroundings
        self._radios = world.downlink_by_satellite
        self._under_way = under_way
        self._rerouting = rerouting
        self.channels = ChannelCalendar([station.n_channels for station in world.stations], world.positions.n_sats)
        self.beams = None if world.beam is None else GroundBeams(world.beam, world.positions, world.stations)
        self.rates: DownlinkRates | None = self.beams
        if world.downlink_steps is not None:
            own_steps = world.own_downlink_steps or (world.downlink_steps,) * world.positions.n_sats
            self.rates = RatesByRange(own_steps, self._sky.slant_ranges)
        self.queue: DownlinkQueue | None = None
        self._waiting: dict[int, tuple[GroundRequest[Any], float]] = {}
        self._n_waits = 0
        longest_m = longest_slant_range_m(world.positions.mean_orbits, world.min_elevation_rad)
        self._longest_light_s = longest_m / SPEED_OF_LIGHT_M_S

    def open_queue(self, storage: Storage, recorder: Recorder) -> DownlinkQueue:
        """Let what goes down wait in memories, in order of urgency, instead of being booked ahead."""
        rates = self.rates if self.rates is not None else OneRate([radio.rate_bps for radio in self._radios])
        surroundings = (self._clock, self._sky, self._fleet)
        self.rates = rates
        costs = (self._power_down_w, self._not_sent)
        self.queue = DownlinkQueue(surroundings, self.channels, rates, *costs, storage, recorder)
        return self.queue

    # forecasts

    def predict_down_s(self, satellite: int, ready_s: float, size_bits: float, before_s: float) -> float:
        """Return when data would be at a station, inf if no known contact serves before a time.

        Light time is taken at the mask elevation, its upper bound (3.9 ms at 550 km and 25 deg).
        """
        if self.queue is not None:
            return self.queue.predict_s(satellite, ready_s, size_bits, before_s) + self._longest_light_s
        return self._predict_s(self._first_slot(satellite, ready_s, size_bits, before_s, is_down=True))

    def predict_up_s(self, satellite: int, ready_s: float, size_bits: float, before_s: float) -> float:
        """Return when data from a station would be on a satellite, predicted like the way down."""
        return self._predict_s(self._first_slot(satellite, ready_s, size_bits, before_s, is_down=False))

    def _predict_s(self, slot: GroundSlot | None) -> float:
        return inf if slot is None else slot.start_s + slot.duration_s + self._longest_light_s

    def _first_slot(
        self, satellite: int, ready_s: float, size_bits: float, before_s: float, *, is_down: bool
    ) -> GroundSlot | None:
        """Return the earliest free stretch that ends by `before_s` inside a known contact."""
        contacts = self._sky.contacts[satellite]
        if self.rates is not None and is_down:
            return self.rates.first_slot(self.channels, contacts, satellite, ready_s, size_bits, before_s)
        duration_s = size_bits / self._radios[satellite].rate_bps
        best: GroundSlot | None = None
        best_s = before_s - duration_s
        for contact in contacts:
            if contact.rise_s > best_s:
                break
            if contact.set_s <= ready_s:
                continue
            from_s = contact.rise_s if contact.rise_s > ready_s else ready_s
            start_s = self.channels.earliest_s(contact.station, satellite, from_s, duration_s, contact.set_s)
            if start_s < best_s or (best is None and start_s == best_s < inf):
                best, best_s = GroundSlot(contact.station, start_s, contact.set_s, duration_s, contact), start_s
        return best

    # sending

    def send_down(self, job: Job, size_bits: float, on_arrival: OnArrival[Job], on_cut: OnCut[Job]) -> None:
        """Send from the holder of a job to the first station with a free channel, waiting for a contact if need be."""
        ready_s = max(self._clock.now, job.not_before_s if isnan(job.start_s) else 0.0)
        if self.queue is not None:
            assert job.stored is not None, "what goes down lies on the satellite"
            self.queue.add(job.stored, ready_s, on_arrival)
            return
        self._send_by_contact(GroundRequest(job, job.holder, size_bits, on_arrival, on_cut, True), ready_s)

    def send_up(
        self,
        cargo: AnyCargo,
        satellite: int,
        size_bits: float,
        on_arrival: OnArrival[AnyCargo],
        on_cut: OnCut[AnyCargo],
        *,
        has_other_ways: bool = False,
    ) -> None:
        """Send from the ground to a satellite through the first free channel of any station."""
        request = GroundRequest(cargo, satellite, size_bits, on_arrival, on_cut, False, has_other_ways)
        self._send_by_contact(request, self._clock.now)

    def _send_by_contact(self, request: GroundRequest[Any], ready_s: float) -> None:
        slot = self._first_slot(request.satellite, ready_s, request.size_bits, inf, is_down=request.is_down)
        if slot is None:
            self._await_contact(request, ready_s)
            return
        if not self._fleet.is_up[request.satellite]:  # a result on its way up; there may be power by then
            self._clock.at(slot.start_s, self._ask_again, (request, slot.start_s))
            return
        booking = self.channels.book(
            slot.station, request.satellite, slot.start_s, slot.duration_s, slot.set_s, size_bits=request.size_bits
        )
        assert booking is not None, "the slot was free a moment ago"
        if request.is_down:
            request.cargo.station = slot.station
        satellite = request.satellite
        receive_w = self._radios[satellite].receive_power_w
        power_w = self._power_down_w(booking, slot.contact) if request.is_down else receive_w
        kind = PulseKind.TRANSMIT if request.is_down else PulseKind.RECEIVE
        self._fleet.add_pulse(satellite, booking.start_s, booking.end_s, power_w, kind)
        arrival_s = booking.end_s + self._light_s(satellite, slot.station, booking.end_s)
        self._under_way.begin(GroundTransfer(request, booking, slot.contact, ready_s, power_w), arrival_s)

    def _await_contact(self, request: GroundRequest[Any], ready_s: float) -> None:
        """Ask again when more contacts are known, or a station opens."""
        self._n_waits += 1
        self._waiting[self._n_waits] = request, ready_s
        self._clock.at(max(self._sky.known_until_s, self._clock.now) + _AHEAD_S, self._end_wait, self._n_waits)

    def _end_wait(self, key: int) -> None:
        waiting = self._waiting.pop(key, None)
        if waiting is not None:
            request, ready_s = waiting
            self._ask_again((request, max(self._clock.now, ready_s)))

    def _power_down_w(self, booking: ChannelBooking, contact: Contact) -> float:
        """Return what a satellite draws while it sends to a station."""
        beam_w = 0.0 if self.beams is None else self.beams.use(booking, contact)
        return self._radios[booking.satellite].transmit_power_w + beam_w

    def _not_sent(self, booking: ChannelBooking, contact: Contact, from_s: float) -> None:
        if self.beams is not None:
            self.beams.give_back(booking, contact, from_s)

    def _ask_again(self, argument: tuple[GroundRequest[Any], float]) -> None:
        request, ready_s = argument
        if request.cargo.is_over:
            return
        if self._fleet.is_up[request.satellite]:
            self._send_by_contact(request, ready_s)
        else:
            why = "no power" if not self._fleet.has_power[request.satellite] else "its terminals off"
            request.on_cut(request.cargo, f"satellite {request.satellite} had {why} when a contact was due")

    def _light_s(self, satellite: int, station: int, t_s: float) -> float:
        return self._sky.slant_ranges.range_m(satellite, station, t_s) / SPEED_OF_LIGHT_M_S

    # what closes or goes down

    def station_closed(self, station: int) -> None:
        """Cut what is sent to or from a station, or will be; its data wait for another contact, or go another way."""
        now_s = self._clock.now
        self._sky.close_station(station)
        if self.queue is not None:
            self._rerouting.n_cut += self.queue.station_closed(station)
        cut: list[GroundTransfer[Any]] = []
        for key, transfer in self._under_way.entries():
            if isinstance(transfer, GroundTransfer):
                booking = transfer.booking
                if booking.station == station and booking.end_s > now_s:
                    self._under_way.withdraw(key)
                    self._reroute(transfer, now_s)
                    cut.append(transfer)
        for transfer in cut:
            if transfer.request.has_other_ways:
                transfer.on_cut(transfer.cargo, f"station {station} closed")
            else:
                self._ask_again((transfer.request, max(now_s, transfer.ready_s)))

    def station_opened(self, station: int) -> None:
        """Use a station again, first of all for what waits for a contact."""
        self._sky.open_station(station)
        if self.queue is not None:
            self.queue.station_opened()
        for key, (request, _) in list(self._waiting.items()):
            if self._fleet.is_up[request.satellite]:
                self._end_wait(key)

    def _reroute(self, transfer: GroundTransfer[Any], now_s: float) -> None:
        """Free what a transfer with a closed station does not use any more, and its power."""
        booking = transfer.booking
        self._rerouting.n_cut += self._free_channel(transfer, now_s)
        kind = PulseKind.TRANSMIT if transfer.request.is_down else PulseKind.RECEIVE
        self._fleet.end_pulse(booking.satellite, booking.start_s, booking.end_s, transfer.power_w, kind)
        self._rerouting.n_rerouted += 1

    def take_back(self, transfer: GroundTransfer[Any], now_s: float) -> None:
        """Free what the transfer of a satellite that goes down does not use any more; pulses end with its power."""
        if self._free_channel(transfer, now_s) and self.queue is not None:
            self.queue.channel_freed(transfer.booking.station)

    def _free_channel(self, transfer: GroundTransfer[Any], now_s: float) -> bool:
        """Give a booking back, or what is left of it; return whether it had begun."""
        booking = transfer.booking
        has_begun = booking.start_s < now_s
        if has_begun:
            self.channels.cut_short(booking, now_s, self._sent_bits(transfer, now_s))
        else:
            self.channels.cancel(booking)
        if transfer.request.is_down:
            self._not_sent(booking, transfer.contact, now_s)
        return has_begun

    def _sent_bits(self, transfer: GroundTransfer[Any], now_s: float) -> float:
        """Return what a transfer has sent."""
        booking = transfer.booking
        if self.rates is None or not transfer.request.is_down:
            return (now_s - booking.start_s) * self._radios[booking.satellite].rate_bps
        return self.rates.along(booking.satellite, transfer.contact).bits_between(booking.start_s, now_s)

    def satellite_went_down(self, i_sat: int) -> None:
        """End what a satellite without power was sending out of its memory."""
        if self.queue is not None:
            self.queue.satellite_went_down(i_sat)

    def satellite_came_up(self, i_sat: int) -> None:
        """Let a satellite send down again."""
        if self.queue is not None:
            self.queue.satellite_came_up(i_sat)

    def forget_before(self, t_s: float) -> None:
        """Let past bookings of channels go."""
        self.channels.forget_before(t_s)
        if self.rates is not None:
            self.rates.forget_before(t_s)
