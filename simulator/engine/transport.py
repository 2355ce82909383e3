"""Transfers between satellites and with the ground: booked on real links and channels, paid in time and energy.

A transfer books every link or channel of its way when it is decided and arrives by one event. A satellite that
loses power cuts the transfers that still have to pass it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.contacts.stations import station_position_m
from simulator.engine.clock import Clock
from simulator.engine.fleet import Fleet
from simulator.engine.jobs import Job
from simulator.engine.sky import Sky
from simulator.engine.world import World
from simulator.network.bookings import ChannelCalendar, Hop, LinkCalendar
from simulator.orbits.model import Frame

OnArrival = Callable[[Job], None]
OnCut = Callable[[Job, str], None]


@dataclass(slots=True)
class Transfer:
    """A transfer under way: the satellites that still have to send or receive, and until when."""

    job: Job
    target: int
    hops: tuple[Hop, ...]
    on_arrival: OnArrival
    on_cut: OnCut
    is_cut: bool = False


class GroundSlot(NamedTuple):
    """A free stretch of a channel inside a contact."""

    station: int
    start_s: float
    end_s: float


class Transport:
    """Moves data over inter-satellite links and ground channels.

    Routes follow the geometry of the last routing epoch (`Router.epoch_s`). Satellites without power are routed
    around with Dijkstra as long as they are down.
    """

    def __init__(self, world: World, clock: Clock, sky: Sky, fleet: Fleet) -> None:
        self._world = world
        self._clock = clock
        self._sky = sky
        self._fleet = fleet
        self._healthy_router = world.make_router(frozenset())
        self._router = self._healthy_router
        self.links = LinkCalendar(world.topology, world.isl.rate_bps)
        self.channels = ChannelCalendar(
            n_channels=tuple(station.n_channels for station in world.stations), n_terminals=world.positions.n_sats
        )
        self._active: dict[int, Transfer] = {}
        self._n_transfers = 0
        self._station_positions_m = [station_position_m(station) for station in world.stations]
        self._max_slant_s = _max_slant_range_m(world) / SPEED_OF_LIGHT_M_S

    # routes

    def _current_router(self):  # type: ignore[no-untyped-def]
        self._router.refresh(self._clock.now)
        return self._router

    def n_hops(self, source: int, target: int) -> int:
        """Links on the route now, -1 without a route."""
        return self._current_router().hops(source, target)

    def transfer_s(self, source: int, target: int, size_bits: float) -> float:
        """Time over the route now without queueing, inf without a route."""
        if source == target:
            return 0.0
        return self._current_router().transfer_s(source, target, size_bits / self._world.isl.rate_bps)

    def satellite_went_down(self, i_sat: int) -> None:
        """Cut what still had to pass a satellite and route around it from now on."""
        self._change_router()
        now_s = self._clock.now
        for key, transfer in list(self._active.items()):
            if any(end_s > now_s and i_sat in (a, b) for a, b, _, end_s in transfer.hops):
                del self._active[key]
                transfer.is_cut = True
                self._take_back(transfer, now_s)
                transfer.on_cut(transfer.job, f"transfer cut: satellite {i_sat} lost power")

    def satellite_came_up(self) -> None:
        """Route over a satellite again."""
        self._change_router()

    def _change_router(self) -> None:
        if self._fleet.n_down:
            down = frozenset(i_sat for i_sat, is_up in enumerate(self._fleet.is_up) if not is_up)
            self._router = self._world.make_router(down)
        else:
            self._router = self._healthy_router
