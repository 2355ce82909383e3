"""Transfers between satellites and with the ground: booked on real links and channels, paid in time and energy.

A transfer books every link or channel of its way when it is decided and arrives by one event. A satellite that
loses power cuts the transfers that still have to pass it. A link that fails loses no data: the last satellite that
has them all sends them again over another route, or keeps them until a link recovers.
"""

from __future__ import annotations

from math import inf, isnan

import numpy as np

from simulator.constants import SPEED_OF_LIGHT_M_S, WGS84_EQUATORIAL_RADIUS_M, WGS84_FLATTENING
from simulator.engine.clock import Clock
from simulator.engine.contact_rates import DownlinkRates, OneRate, RatesByRange
from simulator.engine.downlink_queue import DownlinkQueue
from simulator.engine.fleet import Fleet
from simulator.engine.ground_beams import GroundBeams
from simulator.engine.jobs import Job
from simulator.engine.sky import Sky
from simulator.engine.storage import Storage
from simulator.engine.transfers import GroundRequest, GroundSlot, OnArrival, OnCut, ReroutingCounts, Shipment, Transfer
from simulator.engine.world import Recorder, World
from simulator.network.bookings import Hop, LinkCalendar, RouteBooking
from simulator.network.channels import ChannelBooking, ChannelCalendar
from simulator.network.interrupted import Interruption, interruption
from simulator.network.lengths import LinkLengths
from simulator.network.router import Router
from simulator.network.routes import DetourRouter, detour_router_for, router_for
from simulator.power.battery import PulseKind
from simulator.records import Contact

_AHEAD_S = 1e-6
"""A contact that is asked for again must be asked after its known end."""


class Transport:
    """Moves data over inter-satellite links and ground channels, and cuts what loses power on its way."""

    def __init__(self, world: World, clock: Clock, sky: Sky, fleet: Fleet) -> None:
        self._clock = clock
        self._sky = sky
        self._fleet = fleet
        self._isl = world.isl
        self._downlink = world.downlink
        self._lengths = LinkLengths(world.topology, world.positions, max_range_m=world.max_range_m)
        self._metric = world.routing
        self._healthy_router = router_for(self._lengths, world.routing)
        self._router_with_all_links = self._healthy_router
        self._can_links_fail = world.can_links_fail
        self._failed_links: dict[int, None] = {}
        self._held: list[Shipment] = []
        self._waiting: dict[int, tuple[GroundRequest, float]] = {}
        self._n_waits = 0
        self.rerouting = ReroutingCounts()
        self._router = self._healthy_router
        self._route_around()
        self.links = LinkCalendar(world.topology, world.isl.rate_bps)
        self.beams = None if world.beam is None else GroundBeams(world.beam, world.positions, world.stations)
        self.rates: DownlinkRates | None = self.beams
        if world.downlink_steps is not None:
            self.rates = RatesByRange(world.downlink_steps, sky.slant_ranges)
        self.channels = ChannelCalendar([station.n_channels for station in world.stations], world.positions.n_sats)
        self.queue: DownlinkQueue | None = None
        self._under_way: dict[int, Transfer] = {}
        self._last_in_vain: dict[tuple[int, int], Hop] = {}
        self._n_transfers = 0
        self._longest_light_s = _longest_slant_range_m(world) / SPEED_OF_LIGHT_M_S

    def open_queue(self, storage: Storage, recorder: Recorder) -> DownlinkQueue:
        """Let what goes down wait in memories, in order of urgency, instead of being booked ahead."""
        rates = self.rates if self.rates is not None else OneRate(self._downlink.rate_bps)
        surroundings = (self._clock, self._sky, self._fleet)
        self.rates = rates
        costs = (self._power_down_w, self._not_sent)
        self.queue = DownlinkQueue(surroundings, self.channels, rates, *costs, storage, recorder)
        return self.queue

    # routes

    def n_hops(self, source: int, target: int) -> int:
        """Links on the route now, -1 without a route."""
        return self._router_now().hops(source, target)

    def reachable_planes(self, source: int) -> frozenset[int]:
        """Planes with a satellite to which a route leads now."""
        return self._router_now().reachable_planes(source)

    def transfer_s(self, source: int, target: int, size_bits: float) -> float:
        """Time over the route now without queueing, inf without a route."""
        if source == target:
            return 0.0
        return self._router_now().transfer_s(source, target, size_bits / self._isl.rate_bps)

    def _router_now(self) -> Router:
        self._router.refresh(self._clock.now)
        return self._router

    def send(self, job: Job, target: int, size_bits: float, on_arrival: OnArrival, on_cut: OnCut) -> bool:
        """Send over the route of now from the holder of a job; False without a route, be it over failed links."""
        now_s = self._clock.now
        router = self._router_now()
        path = router.path(job.holder, target)
        if not path:
            return self._hold_for_links(Shipment(job, target, size_bits, on_arrival, on_cut))
        self.links.forget_before(now_s)
        booking = self.links.book_route(path, now_s, size_bits, router.propagation_s)
        job.n_hops += booking.n_hops
        self._fleet.add_hops(booking.hops)
        self._begin(Transfer(job, target, booking, on_arrival, on_cut), booking.arrival_s)
        return True

    # failing links

    def link_failed(self, link: int) -> None:
        """Take a link out of all routes and send on what was to cross it."""
        now_s = self._clock.now
        self._failed_links[link] = None
        self._leave_out_failed_links()
        a, b = self._lengths.topology.links[link].tolist()
        to_send = []
        for key, transfer in list(self._under_way.items()):
            if isinstance(transfer.booking, RouteBooking):
                broken = interruption(transfer.booking, a, b, now_s)
                if broken is not None:
                    del self._under_way[key]
                    to_send.append((transfer, transfer.booking, broken))
        self._cut_in_vain(a, b, now_s)
        for _, booking, broken in to_send:
            self._give_back(booking, broken, now_s)
        for transfer, booking, broken in to_send:
            self._send_on(transfer, booking, broken, now_s)

    def link_recovered(self, link: int) -> None:
        """Route over a link again, and send what waited for one."""
        del self._failed_links[link]
        self._leave_out_failed_links()
        self._send_held()

    def _leave_out_failed_links(self) -> None:
        assert isinstance(self._router, DetourRouter), "links that can fail are routed around"
        self._router.leave_out(self._failed_links)

    def _give_back(self, booking: RouteBooking, broken: Interruption, now_s: float) -> None:
        """Free what has not been sent."""
        self._cancel_hops(booking, now_s)
        if broken.cut is not None:
            self._cut_hop(broken.cut, now_s)
            self.rerouting.n_cut += 1
        self.rerouting.n_rerouted += 1

    def _cut_in_vain(self, a: int, b: int, now_s: float) -> None:
        """End the hops over a failed link that go on though a satellite without power has ended their transfers."""
        for ends in ((a, b), (b, a)):
            hop = self._last_in_vain.pop(ends, None)
            if hop is not None and hop[3] > now_s:
                self._cut_hop(hop, now_s)

    def _cut_hop(self, hop: Hop, now_s: float) -> None:
        """End a hop under way, and its power."""
        sender, receiver, start_s, end_s = hop
        self.links.cut_short(hop, now_s)
        powers = self._fleet.isl_powers
        self._fleet.end_pulse(sender, start_s, end_s, powers[sender].transmit_w, PulseKind.TRANSMIT)
        self._fleet.end_pulse(receiver, start_s, end_s, powers[receiver].receive_w, PulseKind.RECEIVE)

    def _send_on(self, transfer: Transfer, booking: RouteBooking, broken: Interruption, now_s: float) -> None:
        """Send from where the data are, or will be when the hop under way is over."""
        job, kept = transfer.job, booking.hops[: broken.n_kept]
        job.n_hops -= booking.n_hops - broken.n_kept
        rest = transfer.onward or Shipment(
            job, transfer.target, booking.size_bits, transfer.on_arrival, transfer.on_cut
        )
        there_s = now_s
        if kept:
            sender, receiver, _, end_s = kept[-1]
            there_s = end_s + self._router_now().propagation_s[self._lengths.topology.link_id(sender, receiver)]
        if there_s <= now_s:
            job.holder = broken.satellite
            self._ship(rest)
            return
        begun = RouteBooking(hops=kept, arrival_s=there_s, size_bits=booking.size_bits)
        self._begin(Transfer(job, broken.satellite, begun, transfer.on_arrival, transfer.on_cut, rest), there_s)

    def _ship(self, shipment: Shipment) -> None:
        """Send on, or keep the data for whatever recovers first, unless the target itself has no power."""
        job, target = shipment.job, shipment.target
        if self._router_now().path(job.holder, target):
            self.send(job, target, shipment.size_bits, shipment.on_arrival, shipment.on_cut)
        elif self._fleet.is_up[target]:
            self._hold(shipment)
        else:
            shipment.on_cut(job, f"no route from satellite {job.holder} to {target}")

    def _hold_for_links(self, shipment: Shipment) -> bool:
        """Keep new data for a link that recovers; False if no link that has failed would make a route."""
        router = self._router_with_all_links
        router.refresh(self._clock.now)
        if not self._failed_links or not router.path(shipment.job.holder, shipment.target):
            return False
        self._hold(shipment)
        return True

    def _hold(self, shipment: Shipment) -> None:
        self._held.append(shipment)
        self.rerouting.n_held += 1

    def _send_held(self) -> None:
        """Send what has a route now."""
        held, self._held = self._held, []
        for shipment in held:
            if self._router_now().path(shipment.job.holder, shipment.target):
                self._ship(shipment)
            else:
                self._held.append(shipment)

    # ground

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

    def send_down(self, job: Job, size_bits: float, on_arrival: OnArrival, on_cut: OnCut) -> None:
        """Send from the holder of a job to the first station with a free channel, waiting for a contact if need be."""
        ready_s = max(self._clock.now, job.not_before_s if isnan(job.start_s) else 0.0)
        if self.queue is not None:
            assert job.stored is not None, "what goes down lies on the satellite"
            self.queue.add(job.stored, ready_s, on_arrival)
            return
        self._send_by_contact(GroundRequest(job, job.holder, size_bits, on_arrival, on_cut, True), ready_s)

    def send_up(self, job: Job, satellite: int, size_bits: float, on_arrival: OnArrival, on_cut: OnCut) -> None:
        """Send from the ground to a satellite through the first free channel of any station."""
        self._send_by_contact(GroundRequest(job, satellite, size_bits, on_arrival, on_cut, False), self._clock.now)

    def _send_by_contact(self, request: GroundRequest, ready_s: float) -> None:
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
            request.job.station = slot.station
        satellite, link = request.satellite, self._downlink
        power_w = self._power_down_w(booking, slot.contact) if request.is_down else link.receive_power_w
        beam_contact = slot.contact if self.beams is not None and request.is_down else None
        kind = PulseKind.TRANSMIT if request.is_down else PulseKind.RECEIVE
        self._fleet.add_pulse(satellite, booking.start_s, booking.end_s, power_w, kind)
        arrival_s = booking.end_s + self._light_s(satellite, slot.station, booking.end_s)
        transfer = Transfer(request.job, satellite, booking, request.on_arrival, request.on_cut)
        transfer.beam_contact = beam_contact
        transfer.request, transfer.contact = request, slot.contact
        transfer.ready_s, transfer.power_w = ready_s, power_w
        self._begin(transfer, arrival_s)

    def _await_contact(self, request: GroundRequest, ready_s: float) -> None:
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
        return self._downlink.transmit_power_w + beam_w

    def _not_sent(self, booking: ChannelBooking, contact: Contact, from_s: float) -> None:
        if self.beams is not None:
            self.beams.give_back(booking, contact, from_s)

    def _ask_again(self, argument: tuple[GroundRequest, float]) -> None:
        request, ready_s = argument
        if request.job.is_over:
            return
        if self._fleet.is_up[request.satellite]:
            self._send_by_contact(request, ready_s)
        else:
            why = "no power" if not self._fleet.has_power[request.satellite] else "its terminals off"
            request.on_cut(request.job, f"satellite {request.satellite} had {why} when a contact was due")

    def station_closed(self, station: int) -> None:
        """Cut what is sent to or from a station, or will be; its data wait for another contact."""
        now_s = self._clock.now
        self._sky.close_station(station)
        if self.queue is not None:
            self.rerouting.n_cut += self.queue.station_closed(station)
        cut: list[tuple[Transfer, GroundRequest]] = []
        for key, transfer in list(self._under_way.items()):
            booking = transfer.booking
            if isinstance(booking, ChannelBooking) and booking.station == station and booking.end_s > now_s:
                assert transfer.request is not None, "transfers with stations come from requests"
                del self._under_way[key]
                self._give_back_channel(transfer, booking, now_s)
                cut.append((transfer, transfer.request))
        for transfer, request in cut:
            self._ask_again((request, max(now_s, transfer.ready_s)))

    def station_opened(self, station: int) -> None:
        """Use a station again, first of all for what waits for a contact."""
        self._sky.open_station(station)
        if self.queue is not None:
            self.queue.station_opened()
        for key, (request, _) in list(self._waiting.items()):
            if self._fleet.is_up[request.satellite]:
                self._end_wait(key)

    def _give_back_channel(self, transfer: Transfer, booking: ChannelBooking, now_s: float) -> None:
        """Free what a transfer with a station does not use any more, and its power."""
        if booking.start_s >= now_s:
            self.channels.cancel(booking)
        else:
            self.channels.cut_short(booking, now_s, self._sent_bits(transfer, booking, now_s))
            self.rerouting.n_cut += 1
        if self.beams is not None and transfer.beam_contact is not None:
            self.beams.give_back(booking, transfer.beam_contact, now_s)
        is_down = transfer.request is not None and transfer.request.is_down
        kind = PulseKind.TRANSMIT if is_down else PulseKind.RECEIVE
        self._fleet.end_pulse(booking.satellite, booking.start_s, booking.end_s, transfer.power_w, kind)
        self.rerouting.n_rerouted += 1

    def _first_slot(
        self, satellite: int, ready_s: float, size_bits: float, before_s: float, *, is_down: bool
    ) -> GroundSlot | None:
        """Return the earliest free stretch that ends by `before_s` inside a known contact."""
        contacts = self._sky.contacts[satellite]
        if self.rates is not None and is_down:
            return self.rates.first_slot(self.channels, contacts, satellite, ready_s, size_bits, before_s)
        duration_s = size_bits / self._downlink.rate_bps
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

    def _light_s(self, satellite: int, station: int, t_s: float) -> float:
        return self._sky.slant_ranges.range_m(satellite, station, t_s) / SPEED_OF_LIGHT_M_S

    # power

    def forget_before(self, t_s: float) -> None:
        """Let past bookings of channels go."""
        self.channels.forget_before(t_s)
        if self.rates is not None:
            self.rates.forget_before(t_s)
        self.links.forget_before(t_s)

    def _sent_bits(self, transfer: Transfer, booking: ChannelBooking, now_s: float) -> float:
        """Return what a transfer with a station has sent."""
        is_down = transfer.request is not None and transfer.request.is_down
        if self.rates is None or not is_down or transfer.contact is None:
            return (now_s - booking.start_s) * self._downlink.rate_bps
        return self.rates.along(booking.satellite, transfer.contact).bits_between(booking.start_s, now_s)

    def satellite_went_down(self, i_sat: int) -> None:
        """Cut what still had to pass a satellite and route around it from now on."""
        why = "went into safe mode" if self._fleet.has_power[i_sat] else "lost power"
        now_s = self._clock.now
        self._route_around()
        if self.queue is not None:
            self.queue.satellite_went_down(i_sat)
        for key, transfer in list(self._under_way.items()):
            if transfer.needs(i_sat, now_s):
                del self._under_way[key]
                self._take_back(transfer, now_s)
                transfer.on_cut(transfer.job, f"transfer cut: satellite {i_sat} {why}")
        lost = [shipment for shipment in self._held if i_sat in (shipment.job.holder, shipment.target)]
        self._held = [shipment for shipment in self._held if i_sat not in (shipment.job.holder, shipment.target)]
        for shipment in lost:
            shipment.on_cut(shipment.job, f"transfer cut: satellite {i_sat} {why}")

    def satellite_came_up(self, i_sat: int) -> None:
        """Route over a satellite again, and let it send down."""
        self._route_around()
        if self._held:
            self._send_held()
        if self.queue is not None:
            self.queue.satellite_came_up(i_sat)

    def _route_around(self) -> None:
        """Route around satellites without power and links that have failed."""
        down: list[int] = []
        if self._fleet.n_down == 0:
            self._router_with_all_links = self._healthy_router
        else:
            down = [i_sat for i_sat, is_up in enumerate(self._fleet.is_up) if not is_up]
            self._router_with_all_links = router_for(self._lengths, self._metric, down=down)
        self._router = self._router_with_all_links
        if self._can_links_fail:
            self._router = detour_router_for(self._router_with_all_links, self._metric, down=down)
            self._leave_out_failed_links()

    def _take_back(self, transfer: Transfer, now_s: float) -> None:
        """Free the bookings that have not begun, and the power of what will not be sent."""
        booking = transfer.booking
        if isinstance(booking, ChannelBooking):
            if booking.start_s > now_s:
                self.channels.cancel(booking)
            if self.beams is not None and transfer.beam_contact is not None:
                self.beams.give_back(booking, transfer.beam_contact, now_s)
            return  # its only satellite is the one that went down, whose pulses end with its power
        self._cancel_hops(booking, now_s)
        for hop in booking.hops:
            sender, receiver, start_s, end_s = hop
            if start_s < now_s < end_s:  # goes on in vain until its end, or until its link fails
                self._last_in_vain[sender, receiver] = hop

    def _cancel_hops(self, booking: RouteBooking, now_s: float) -> None:
        """Free the hops that have not begun, and their power."""
        self.links.cancel(booking, now_s)
        for sender, receiver, start_s, end_s in booking.hops:
            if start_s >= now_s:
                powers = self._fleet.isl_powers
                self._fleet.cancel_pulse(sender, start_s, end_s, powers[sender].transmit_w, PulseKind.TRANSMIT)
                self._fleet.cancel_pulse(receiver, start_s, end_s, powers[receiver].receive_w, PulseKind.RECEIVE)

    def _begin(self, transfer: Transfer, arrival_s: float) -> None:
        self._n_transfers += 1
        self._under_way[self._n_transfers] = transfer
        self._clock.at(arrival_s, self._arrive, self._n_transfers)

    def _arrive(self, key: int) -> None:
        transfer = self._under_way.pop(key, None)
        if transfer is not None:
            transfer.job.holder = transfer.target
            if transfer.onward is None:
                transfer.on_arrival(transfer.job)
            else:
                self._ship(transfer.onward)


def _longest_slant_range_m(world: World) -> float:
    """Return a bound on the distance of a satellite above the mask elevation, by the law of cosines on a sphere.

    The ellipsoid is bounded by the sphere of its polar radius, and by geodetic and geocentric verticals being less
    than 0.2 deg apart; at 550 km and 25 deg this is 44 km (0.15 ms) above the distance on the equator.
    """
    orbits = world.positions.mean_orbits
    apogee_m = float(np.nanmax(orbits.semi_major_axis_m * (1.0 + orbits.eccentricity)))
    elevation_rad = world.min_elevation_rad - np.radians(0.2)
    radius_m = WGS84_EQUATORIAL_RADIUS_M * (1.0 - WGS84_FLATTENING)
    return float(np.sqrt(apogee_m**2 - (radius_m * np.cos(elevation_rad)) ** 2) - radius_m * np.sin(elevation_rad))
