"""Rates along a contact that are constant piece by piece: bits sent in closed form, and where a transfer fits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import inf

import numpy as np

from simulator.contacts.slant_ranges import SlantRanges
from simulator.engine.transfers import GroundSlot
from simulator.network.channels import ChannelCalendar
from simulator.network.link_budget import RateSteps
from simulator.orbits.model import Floats
from simulator.records import Contact


class ContactRates:
    """Bits that can be sent during one contact: piecewise linear in time, so that a transfer ends in closed form.

    Parameters
    ----------
    start_s : (n_pieces,)
        When each piece begins.
    length_s : (n_pieces,)
    rate_bps : (n_pieces,)
        In each piece, after its pause.
    set_s : float
        End of the contact.
    pause_s : float
        Time at the beginning of each piece, and of each transfer, in which nothing is sent.
    """

    __slots__ = ("_pause_s", "_rate_bps", "_sent_bits", "_start_s", "set_s")

    def __init__(
        self, start_s: Floats, length_s: Floats, rate_bps: Floats, set_s: float, *, pause_s: float = 0.0
    ) -> None:
        self.set_s = set_s
        self._pause_s = pause_s
        self._start_s: list[float] = start_s.tolist()
        self._rate_bps: list[float] = rate_bps.tolist()
        sent_bits = np.cumsum(rate_bps * (length_s - pause_s))
        self._sent_bits: list[float] = [0.0, *sent_bits.tolist()]

    def end_s(self, start_s: float, size_bits: float) -> float:
        """Return when a transfer that begins at `start_s` ends, inf if not in the contact."""
        if start_s >= self.set_s:
            return inf
        first_s = start_s + self._pause_s
        target_bits = self._bits_until(first_s) + size_bits
        k = max(bisect_left(self._sent_bits, target_bits) - 1, 0)
        if k >= len(self._rate_bps):
            return inf
        rate_bps = self._rate_bps[k]
        in_piece_s = (target_bits - self._sent_bits[k]) / rate_bps if rate_bps > 0.0 else 0.0
        end_s = max(self._start_s[k] + self._pause_s + in_piece_s, first_s)
        return end_s if end_s <= self.set_s else inf

    def bits_between(self, start_s: float, end_s: float) -> float:
        """Return what a transfer that begins at `start_s` has sent when it is ended."""
        return self._bits_until(end_s) - self._bits_until(min(start_s + self._pause_s, end_s))

    def open_s(self, t_s: float) -> float:
        """Return when, from `t_s` on, there is a rate above 0; inf if not in the contact."""
        for k in range(max(bisect_right(self._start_s, t_s) - 1, 0), len(self._rate_bps)):
            if self._rate_bps[k] > 0.0:
                start_s = max(self._start_s[k], t_s)
                return start_s if start_s < self.set_s else inf
        return inf

    def rate_at_bps(self, t_s: float) -> float:
        """Return the rate of the piece that holds `t_s`."""
        return self._rate_bps[max(bisect_right(self._start_s, t_s) - 1, 0)]

    def n_pieces(self, start_s: float, end_s: float) -> int:
        """Return in how many pieces a transfer is: the one in which it begins, and those that begin during it."""
        return 1 + bisect_left(self._start_s, end_s) - bisect_right(self._start_s, start_s)

    def _bits_until(self, t_s: float) -> float:
        k = max(bisect_right(self._start_s, t_s) - 1, 0)
        return self._sent_bits[k] + self._rate_bps[k] * max(t_s - self._start_s[k] - self._pause_s, 0.0)


class DownlinkRates(ABC):
    """Rates of a fleet on the way down, solved once for each contact that is asked for."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, float, float], ContactRates] = {}

    @abstractmethod
    def solve(self, satellite: int, contact: Contact) -> ContactRates:
        """Return the rates along a contact."""

    def along(self, satellite: int, contact: Contact) -> ContactRates:
        """Return the rates along a contact, from memory if it has been solved."""
        key = (satellite, contact.station, contact.rise_s, contact.set_s)
        if key not in self._known:
            self._known[key] = self.solve(satellite, contact)
        return self._known[key]

    def forget_before(self, t_s: float) -> None:
        """Drop what contacts that ended by `t_s` could carry."""
        self._known = {key: known for key, known in self._known.items() if known.set_s > t_s}

    def first_slot(
        self,
        channels: ChannelCalendar,
        contacts: Sequence[Contact],
        satellite: int,
        ready_s: float,
        size_bits: float,
        before_s: float,
    ) -> GroundSlot | None:
        """Return the free stretch in which a transfer ends first, by `before_s`.

        A gap too short at the rate of its beginning is passed over, as no later start in it could end sooner.
        """
        best, best_end_s = None, before_s
        for contact in contacts:
            if contact.rise_s >= best_end_s:
                break
            if contact.set_s <= ready_s:
                continue
            along = self.along(satellite, contact)
            start_s = max(contact.rise_s, ready_s)
            end_s = along.end_s(start_s, size_bits)
            while end_s < best_end_s or (best is None and end_s == best_end_s < inf):
                duration_s = end_s - start_s
                free_s = channels.earliest_s(contact.station, satellite, start_s, duration_s, contact.set_s)
                if free_s == start_s:
                    best, best_end_s = GroundSlot(contact.station, start_s, contact.set_s, duration_s, contact), end_s
                    break
                start_s, end_s = free_s, along.end_s(free_s, size_bits)
        return best


class OneRate(DownlinkRates):
    """Radios of the same rate at every distance, `rate_bps` per satellite."""

    def __init__(self, rate_bps: Sequence[float]) -> None:
        super().__init__()
        self._rate_bps = rate_bps

    def solve(self, satellite: int, contact: Contact) -> ContactRates:
        """Return one piece."""
        length_s = np.array([contact.set_s - contact.rise_s])
        rate_bps = np.array([self._rate_bps[satellite]])
        return ContactRates(np.array([contact.rise_s]), length_s, rate_bps, contact.set_s)


class RatesByRange(DownlinkRates):
    """Radios that change their rate at known distances, `steps` per satellite; when one crosses them is solved for."""

    def __init__(self, steps: Sequence[RateSteps], slant_ranges: SlantRanges) -> None:
        super().__init__()
        self._steps = steps
        self._slant_ranges = slant_ranges

    def solve(self, satellite: int, contact: Contact) -> ContactRates:
        """Return a piece between every two crossings."""
        span_s = (contact.rise_s, contact.set_s)
        where = (satellite, contact.station)
        steps = self._steps[satellite]
        crossings_s = self._slant_ranges.crossings_s(*where, *span_s, steps.reach_m)
        edges_s = np.array([contact.rise_s, *crossings_s, contact.set_s])
        middle_m = [self._slant_ranges.range_m(*where, t_s) for t_s in (0.5 * (edges_s[:-1] + edges_s[1:])).tolist()]
        return ContactRates(edges_s[:-1], np.diff(edges_s), steps.rates_bps(np.array(middle_m)), contact.set_s)
