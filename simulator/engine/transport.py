"""Transfers over links between satellites, paid in time and energy; and what brown-outs do to all transfers.

A transfer books every link of its way when it is decided and arrives by one event. A satellite that loses power cuts
the transfers that still have to pass it. A link that fails loses no data: the last satellite that has them all sends
them again over another route, or keeps them until a link recovers.
"""

from __future__ import annotations

from math import inf
from typing import Any

from simulator.engine.clock import Clock
from simulator.engine.fleet import Fleet
from simulator.engine.ground_transport import GroundTransport
from simulator.engine.sky import Sky
from simulator.engine.transfers import (
    AnyCargo,
    GroundTransfer,
    LinkTransfer,
    OnArrival,
    OnCut,
    ReroutingCounts,
    Shipment,
)
from simulator.engine.under_way import Transfer, TransfersUnderWay
from simulator.engine.world import World
from simulator.network.bookings import Hop, LinkCalendar, RouteBooking
from simulator.network.interrupted import Interruption, interruption
from simulator.network.lengths import LinkLengths
from simulator.network.router import Router
from simulator.network.routes import DetourRouter, detour_router_for, router_for
from simulator.power.battery import PulseKind


class Transport:
    """Moves data over inter-satellite links, and cuts what loses power on its way, over links or with stations.

    Attributes
    ----------
    links : LinkCalendar
    ground : GroundTransport
        Transfers with stations.
    rerouting : ReroutingCounts
        Of both.
    """

    def __init__(self, world: World, clock: Clock, sky: Sky, fleet: Fleet) -> None:
        self._clock = clock
        self._fleet = fleet
        max_range_m = inf if world.acquires_by_range else world.max_range_m
        self._lengths = LinkLengths(world.topology, world.positions, max_range_m=max_range_m)
        self._metric = world.routing
        self._healthy_router = router_for(self._lengths, world.routing)
        self._router_with_all_links = self._healthy_router
        self._can_links_fail = world.can_links_fail
        self._failed_links: dict[int, None] = {}
        self._held: list[Shipment[Any]] = []
        self.rerouting = ReroutingCounts()
        self._router = self._healthy_router
        self._route_around()
        self.links = LinkCalendar(world.topology, world.link_rate_bps)
        self._last_in_vain: dict[tuple[int, int], Hop] = {}
        self._under_way = TransfersUnderWay(clock)
        self.ground = GroundTransport(world, (clock, sky, fleet), self._under_way, self.rerouting)

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
        router, rate_bps = self._router_now(), self.links.one_rate_bps
        if rate_bps is not None:
            return router.transfer_s(source, target, size_bits / rate_bps)
        path = router.path(source, target)
        return self.links.transfer_s(path, size_bits, router.propagation_s) if path else inf

    def _router_now(self) -> Router:
        self._router.refresh(self._clock.now)
        return self._router

    def predict_s(self, source: int, target: int, size_bits: float) -> float:
        """Return when data sent now would be there, behind what is booked on the links; inf without a route."""
        router = self._router_now()
        path = router.path(source, target)
        return self.links.predict_route_s(path, self._clock.now, size_bits, router.propagation_s) if path else inf

    def send(
        self,
        cargo: AnyCargo,
        target: int,
        size_bits: float,
        on_arrival: OnArrival[AnyCargo],
        on_cut: OnCut[AnyCargo],
    ) -> bool:
        """Send over the route of now from where the data are; False without a route, be it over failed links."""
        now_s = self._clock.now
        router = self._router_now()
        path = router.path(cargo.holder, target)
        if not path:
            return self._hold_for_links(Shipment(cargo, target, size_bits, on_arrival, on_cut))
        self.links.forget_before(now_s)
        booking = self.links.book_route(path, now_s, size_bits, router.propagation_s)
        cargo.n_hops += booking.n_hops
        self._fleet.add_hops(booking.hops)
        self._under_way.begin(LinkTransfer(cargo, target, booking, on_arrival, on_cut), booking.arrival_s)
        return True

    # failing links

    def link_failed(self, link: int) -> None:
        """Take a link out of all routes and send on what was to cross it."""
        now_s = self._clock.now
        self._failed_links[link] = None
        self._leave_out_failed_links()
        a, b = self._lengths.topology.links[link].tolist()
        to_send = []
        for key, transfer in self._under_way.entries():
            if isinstance(transfer, LinkTransfer):
                broken = interruption(transfer.booking, a, b, now_s)
                if broken is not None:
                    self._under_way.withdraw(key)
                    to_send.append((transfer, broken))
        self._cut_in_vain(a, b, now_s)
        for transfer, broken in to_send:
            self._give_back(transfer.booking, broken, now_s)
        for transfer, broken in to_send:
            self._send_on(transfer, broken, now_s)

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
        terminals = self._fleet.terminals
        self._fleet.end_pulse(sender, start_s, end_s, terminals[sender].transmit_power_w, PulseKind.TRANSMIT)
        self._fleet.end_pulse(receiver, start_s, end_s, terminals[receiver].receive_power_w, PulseKind.RECEIVE)

    def _send_on(self, transfer: LinkTransfer[Any], broken: Interruption, now_s: float) -> None:
        """Send from where the data are, or will be when the hop under way is over."""
        cargo, booking = transfer.cargo, transfer.booking
        kept = booking.hops[: broken.n_kept]
        cargo.n_hops -= booking.n_hops - broken.n_kept
        rest = transfer.onward or Shipment(
            cargo, transfer.target, booking.size_bits, transfer.on_arrival, transfer.on_cut
        )
        there_s = now_s
        if kept:
            sender, receiver, _, end_s = kept[-1]
            there_s = end_s + self._router_now().propagation_s[self._lengths.topology.link_id(sender, receiver)]
        if there_s <= now_s:
            cargo.holder = broken.satellite
            self._ship(rest)
            return
        begun = RouteBooking(hops=kept, arrival_s=there_s, size_bits=booking.size_bits)
        first = LinkTransfer(cargo, broken.satellite, begun, lambda _: self._ship(rest), transfer.on_cut, rest)
        self._under_way.begin(first, there_s)

    def _ship(self, shipment: Shipment[Any]) -> None:
        """Send on, or keep the data for whatever recovers first, unless the target itself has no power."""
        cargo, target = shipment.cargo, shipment.target
        if self._router_now().path(cargo.holder, target):
            self.send(cargo, target, shipment.size_bits, shipment.on_arrival, shipment.on_cut)
        elif self._fleet.is_up[target]:
            self._hold(shipment)
        else:
            shipment.on_cut(cargo, f"no route from satellite {cargo.holder} to {target}")

    def _hold_for_links(self, shipment: Shipment[Any]) -> bool:
        """Keep new data for a link that recovers; False if no link that has failed would make a route."""
        router = self._router_with_all_links
        router.refresh(self._clock.now)
        if not self._failed_links or not router.path(shipment.cargo.holder, shipment.target):
            return False
        self._hold(shipment)
        return True

    def _hold(self, shipment: Shipment[Any]) -> None:
        self._held.append(shipment)
        self.rerouting.n_held += 1

    def _send_held(self) -> None:
        """Send what has a route now."""
        held, self._held = self._held, []
        for shipment in held:
            if self._router_now().path(shipment.cargo.holder, shipment.target):
                self._ship(shipment)
            else:
                self._held.append(shipment)

    # satellites

    def forget_before(self, t_s: float) -> None:
        """Let past bookings go."""
        self.ground.forget_before(t_s)
        self.links.forget_before(t_s)

    def satellite_went_down(self, i_sat: int) -> None:
        """Cut what still had to pass a satellite and route around it from now on."""
        why = "went into safe mode" if self._fleet.has_power[i_sat] else "lost power"
        now_s = self._clock.now
        self._route_around()
        self.ground.satellite_went_down(i_sat)
        for key, transfer in self._under_way.entries():
            if transfer.needs(i_sat, now_s):
                self._under_way.withdraw(key)
                self._take_back(transfer, now_s)
                transfer.on_cut(transfer.cargo, f"transfer cut: satellite {i_sat} {why}")
        lost = [shipment for shipment in self._held if i_sat in (shipment.cargo.holder, shipment.target)]
        self._held = [shipment for shipment in self._held if i_sat not in (shipment.cargo.holder, shipment.target)]
        for shipment in lost:
            shipment.on_cut(shipment.cargo, f"transfer cut: satellite {i_sat} {why}")

    def satellite_came_up(self, i_sat: int) -> None:
        """Route over a satellite again, and let it send down."""
        self._route_around()
        if self._held:
            self._send_held()
        self.ground.satellite_came_up(i_sat)

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
        """Free what a transfer that a satellite without power has ended does not use any more."""
        if isinstance(transfer, GroundTransfer):
            self.ground.take_back(transfer, now_s)
            return
        self._cancel_hops(transfer.booking, now_s)
        for hop in transfer.booking.hops:
            sender, receiver, start_s, end_s = hop
            if start_s < now_s < end_s:  # goes on in vain until its end, or until its link fails
                self._last_in_vain[sender, receiver] = hop

    def _cancel_hops(self, booking: RouteBooking, now_s: float) -> None:
        """Free the hops that have not begun, and their power."""
        self.links.cancel(booking, now_s)
        for sender, receiver, start_s, end_s in booking.hops:
            if start_s >= now_s:
                terminals = self._fleet.terminals
                self._fleet.cancel_pulse(sender, start_s, end_s, terminals[sender].transmit_power_w, PulseKind.TRANSMIT)
                self._fleet.cancel_pulse(
                    receiver, start_s, end_s, terminals[receiver].receive_power_w, PulseKind.RECEIVE
                )
