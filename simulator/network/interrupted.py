"""How far a transfer has come when one of its links fails."""

from __future__ import annotations

from typing import NamedTuple

from simulator.network.bookings import Hop, RouteBooking


class Interruption(NamedTuple):
    """A transfer that cannot go on as booked.

    The first `n_kept` hops stand: over, but for the last one, which may be under way. `cut` is the hop under way on
    the failed link, if there is one. `satellite` has all data, or will have them after the last hop that stands.
    """

    n_kept: int
    cut: Hop | None
    satellite: int


def interruption(booking: RouteBooking, a: int, b: int, now_s: float) -> Interruption | None:
    """Return how far a transfer has come when the link between `a` and `b` fails; None if it does not need it any more.

    A relay keeps the data until the next one has them all, so that a hop which is cut can be sent again. A hop that
    starts now has not begun, one that ends now is over.
    """
    hops, ends = booking.hops, ((a, b), (b, a))
    if not any((sender, receiver) in ends and end_s > now_s for sender, receiver, _, end_s in hops):
        return None
    n_begun = sum(start_s < now_s for _, _, start_s, _ in hops)
    if n_begun == 0:
        return Interruption(0, None, hops[0][0])
    sender, receiver, _, end_s = last = hops[n_begun - 1]
    if (sender, receiver) in ends and end_s > now_s:
        return Interruption(n_begun - 1, last, sender)
    return Interruption(n_begun, None, receiver)
