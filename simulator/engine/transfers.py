"""What is on its way, or waits to be sent: the records of the transport."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from simulator.network.bookings import RouteBooking
from simulator.network.channels import ChannelBooking
from simulator.records import Contact


class Cargo(Protocol):
    """What a transfer moves: the data of a job, or a model.

    It lies on the satellite `holder` until it has arrived elsewhere; `n_hops` counts the links that it has crossed.
    Nobody waits for it any more once it `is_over`. `station` is where it was sent down.
    """

    holder: int
    n_hops: int
    is_over: bool
    station: int


AnyCargo = TypeVar("AnyCargo", bound=Cargo)
OnArrival: TypeAlias = Callable[[AnyCargo], None]
OnCut: TypeAlias = Callable[[AnyCargo, str], None]


@dataclass(frozen=True, slots=True)
class Shipment(Generic[AnyCargo]):
    """Data to be sent from where they are to a satellite."""

    cargo: AnyCargo
    target: int
    size_bits: float
    on_arrival: OnArrival[AnyCargo]
    on_cut: OnCut[AnyCargo]


@dataclass(slots=True)
class LinkTransfer(Generic[AnyCargo]):
    """A transfer over links; every satellite on its way must have power until it has passed.

    `onward` is the shipment of which this is only the beginning, where a failed link changed the route.
    """

    cargo: AnyCargo
    target: int
    booking: RouteBooking
    on_arrival: OnArrival[AnyCargo]
    on_cut: OnCut[AnyCargo]
    onward: Shipment[AnyCargo] | None = None

    def needs(self, i_sat: int, now_s: float) -> bool:
        """Whether a satellite must still have power after now."""
        booking = self.booking
        if i_sat == self.target and booking.arrival_s > now_s:
            return True
        return any(sender == i_sat and end_s > now_s for sender, _, _, end_s in booking.hops)


@dataclass(slots=True, kw_only=True)
class ReroutingCounts:
    """What failed links did to transfers, over the whole run.

    `n_rerouted` transfers were sent on over another route because a link ahead of them failed, `n_cut` of them while
    they were sent over that very link; `n_held` times data waited, because every route led over what had failed.
    """

    n_rerouted: int = 0
    n_cut: int = 0
    n_held: int = 0


class GroundSlot(NamedTuple):
    """A free stretch of a station's channel inside a contact, and how long a transfer takes in it."""

    station: int
    start_s: float
    set_s: float
    duration_s: float
    contact: Contact


@dataclass(frozen=True, slots=True)
class GroundRequest(Generic[AnyCargo]):
    """Data that waits for a contact.

    What `has_other_ways` does not wait for another contact when its station closes: it is cut, and whoever sends it
    looks anew for the best way.
    """

    cargo: AnyCargo
    satellite: int
    size_bits: float
    on_arrival: OnArrival[AnyCargo]
    on_cut: OnCut[AnyCargo]
    is_down: bool
    has_other_ways: bool = False


@dataclass(frozen=True, slots=True)
class GroundTransfer(Generic[AnyCargo]):
    """A transfer between a satellite and a station, booked in a contact.

    It could begin at `ready_s` and takes `power_w` from the satellite.
    """

    request: GroundRequest[AnyCargo]
    booking: ChannelBooking
    contact: Contact
    ready_s: float
    power_w: float

    @property
    def cargo(self) -> AnyCargo:
        """What is sent."""
        return self.request.cargo

    @property
    def target(self) -> int:
        """The satellite that holds the cargo when the transfer is over, whichever way it goes."""
        return self.request.satellite

    @property
    def on_arrival(self) -> OnArrival[AnyCargo]:
        """Called when all data have arrived."""
        return self.request.on_arrival

    @property
    def on_cut(self) -> OnCut[AnyCargo]:
        """Called when the transfer is cut for good."""
        return self.request.on_cut

    def needs(self, i_sat: int, now_s: float) -> bool:
        """Whether a satellite must still have power after now."""
        return i_sat == self.request.satellite and self.booking.end_s > now_s
