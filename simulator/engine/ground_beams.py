"""A metasurface that sends to ground stations: rates along a contact, and what updates of its phases cost.

The stack serves one station at a time, as the ground terminal of a satellite does. Along a contact its phases are
set every `retrack_s` from the rise on, and the rate is constant from one update to the next, so that the bits sent
are piecewise linear in time and a transfer ends where they reach its size, in closed form.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Protocol

import numpy as np

from simulator.contacts.stations import GroundStation, station_geometry
from simulator.engine.transfers import GroundSlot
from simulator.metasurface.satellite_view import seen_from_orbit
from simulator.network.channels import ChannelBooking, ChannelCalendar
from simulator.orbits.model import Floats, Frame, PositionModel
from simulator.records import Contact


class BeamRates(Protocol):
    """What a beam gives one station, by where the station is seen."""

    @property
    def top_rate_bps(self) -> float:
        """No rate is higher."""
        ...

    def rates_bps(self, off_nadir_rad: Floats, error_rad: Floats, range_m: Floats) -> Floats:
        """Return mean rates, (n,).

        Parameters
        ----------
        off_nadir_rad : (n,)
            Angle from the nadir of the direction that the phases are made for.
        error_rad : (n,)
            Angle from there to the station.
        range_m : (n,)
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BeamSetting:
    """How satellites send to stations through a metasurface.

    Parameters
    ----------
    rates : BeamRates
    retrack_s : float
        From one update of the phases to the next.
    update_time_s, update_energy_j : float
        Of an update, in which nothing is sent.
    controller_power_w : float
        While the stack is in use.

    Raises
    ------
    ValueError
        If an update takes no time, or as long as the period.
    """

    rates: BeamRates
    retrack_s: float
    update_time_s: float
    update_energy_j: float
    controller_power_w: float

    def __post_init__(self) -> None:
        if not 0.0 < self.update_time_s < self.retrack_s:
            raise ValueError(
                f"update_time_s = {self.update_time_s}: give a time above 0 and below retrack_s = {self.retrack_s:g}"
            )

    @property
    def peak_power_w(self) -> float:
        """Bound on controller and updates: a transfer of n updates takes (n - 1) / 2 update times and more."""
        return self.controller_power_w + self.update_energy_j * (2.0 / self.update_time_s + 1.0 / self.retrack_s)


class BeamContact:
    """Bits that a stack can send during one contact.

    Parameters
    ----------
    rise_s, set_s : float
    rate_bps : (n_periods,)
        Of each period of `setting.retrack_s` from the rise on, while phases stand.
    setting : BeamSetting
    """

    def __init__(self, rise_s: float, set_s: float, rate_bps: Floats, setting: BeamSetting) -> None:
        self.set_s = set_s
        self._update_s = setting.update_time_s
        self._start_s: list[float] = (rise_s + setting.retrack_s * np.arange(len(rate_bps))).tolist()
        self._rate_bps: list[float] = rate_bps.tolist()
        sent_bits = np.cumsum(rate_bps * (setting.retrack_s - setting.update_time_s))
        self._sent_bits: list[float] = [0.0, *sent_bits.tolist()]

    def end_s(self, start_s: float, size_bits: float) -> float:
        """Return when a transfer that begins with an update at `start_s` ends, inf if not in the contact."""
        if start_s >= self.set_s:
            return inf
        first_s = start_s + self._update_s
        target_bits = self._bits_until(first_s) + size_bits
        k = max(bisect_left(self._sent_bits, target_bits) - 1, 0)
        if k >= len(self._rate_bps):
            return inf
        rate_bps = self._rate_bps[k]
        in_period_s = (target_bits - self._sent_bits[k]) / rate_bps if rate_bps > 0.0 else 0.0
        end_s = max(self._start_s[k] + self._update_s + in_period_s, first_s)
        return end_s if end_s <= self.set_s else inf

    def n_updates(self, start_s: float, end_s: float) -> int:
        """Return how often phases are set for a transfer: at its start, and at each period that begins during it."""
        return 1 + bisect_left(self._start_s, end_s) - bisect_right(self._start_s, start_s)

    def _bits_until(self, t_s: float) -> float:
        k = max(bisect_right(self._start_s, t_s) - 1, 0)
        return self._sent_bits[k] + self._rate_bps[k] * max(t_s - self._start_s[k] - self._update_s, 0.0)


@dataclass(slots=True, kw_only=True)
class BeamUse:
    """What was booked in one contact and not given back."""

    satellite: int
    station: int
    rise_s: float
    n_transfers: int = 0
    bits: float = 0.0
    busy_s: float = 0.0
    n_updates: int = 0
    energy_j: float = 0.0


class GroundBeams:
    """The stacks of a fleet: where the next transfer fits, and what contacts were used for.

    Parameters
    ----------
    setting : BeamSetting
    positions : PositionModel
    stations : sequence of GroundStation

    Attributes
    ----------
    uses : dict
        By satellite, station and rise of the contact.
    """

    def __init__(self, setting: BeamSetting, positions: PositionModel, stations: Sequence[GroundStation]) -> None:
        self.setting = setting
        self.uses: dict[tuple[int, int, float], BeamUse] = {}
        self._positions = positions
        self._station_m = station_geometry(stations).position_m if stations else np.empty((0, 3))
        self._known: dict[tuple[int, int, float, float], BeamContact] = {}

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
            along = self._along(satellite, contact)
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

    def use(self, booking: ChannelBooking, contact: Contact) -> float:
        """Count a transfer that has been booked, and return the mean power of controller and updates during it."""
        return self._count(booking, contact, 1)

    def give_back(self, booking: ChannelBooking, contact: Contact) -> None:
        """Take a transfer that has not begun out of what was counted."""
        self._count(booking, contact, -1)

    def _count(self, booking: ChannelBooking, contact: Contact, sign: int) -> float:
        setting, duration_s = self.setting, booking.end_s - booking.start_s
        n_updates = self._along(booking.satellite, contact).n_updates(booking.start_s, booking.end_s)
        beam_w = setting.controller_power_w + n_updates * setting.update_energy_j / duration_s
        key = (booking.satellite, booking.station, contact.rise_s)
        if key not in self.uses:
            self.uses[key] = BeamUse(satellite=booking.satellite, station=booking.station, rise_s=contact.rise_s)
        use = self.uses[key]
        use.n_transfers += sign
        use.bits += sign * booking.size_bits
        use.busy_s += sign * duration_s
        use.n_updates += sign * n_updates
        use.energy_j += sign * beam_w * duration_s
        return beam_w

    def _along(self, satellite: int, contact: Contact) -> BeamContact:
        key = (satellite, contact.station, contact.rise_s, contact.set_s)
        if key not in self._known:
            rate_bps = self._rates_bps(satellite, contact)
            self._known[key] = BeamContact(contact.rise_s, contact.set_s, rate_bps, self.setting)
        return self._known[key]

    def _rates_bps(self, satellite: int, contact: Contact) -> Floats:
        """Return the rate in the middle of each period, of phases made for its beginning, (n_periods,)."""
        period_s = self.setting.retrack_s
        n_periods = max(ceil((contact.set_s - contact.rise_s) / period_s), 1)
        t_s = contact.rise_s + 0.5 * period_s * np.arange(2 * n_periods, dtype=np.float64)
        i_sat = np.full(t_s.size, satellite)
        position_m, velocity_m_s = self._positions.states_at(i_sat, t_s, Frame.EARTH_FIXED)
        direction, range_m = seen_from_orbit(position_m, velocity_m_s, self._station_m[contact.station][np.newaxis])
        aimed, seen = direction[0::2, 0], direction[1::2, 0]
        apart = np.linalg.norm(aimed - seen, axis=-1)
        off_nadir_rad = np.arccos(np.clip(aimed[:, 2], -1.0, 1.0))
        return self.setting.rates.rates_bps(off_nadir_rad, 2.0 * np.arcsin(0.5 * apart), range_m[1::2, 0])
