"""A metasurface that sends to ground stations: rates along a contact, and what updates of its phases cost.

The stack serves one station at a time, as the ground terminal of a satellite does. Along a contact its phases are
set every `retrack_s` from the rise on, and the rate is constant from one update to the next, so that the bits sent
are piecewise linear in time and a transfer ends where they reach its size, in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Protocol

import numpy as np

from simulator.contacts.stations import GroundStation, station_geometry
from simulator.engine.contact_rates import ContactRates, DownlinkRates
from simulator.metasurface.satellite_view import seen_from_orbit
from simulator.network.channels import ChannelBooking
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


class BeamContact(ContactRates):
    """Bits that a stack can send during one contact.

    Parameters
    ----------
    rise_s, set_s : float
    rate_bps : (n_periods,)
        Of each period of `setting.retrack_s` from the rise on, while phases stand.
    setting : BeamSetting
    """

    def __init__(self, rise_s: float, set_s: float, rate_bps: Floats, setting: BeamSetting) -> None:
        start_s = rise_s + setting.retrack_s * np.arange(len(rate_bps), dtype=np.float64)
        length_s = np.full(len(rate_bps), setting.retrack_s)
        super().__init__(start_s, length_s, rate_bps, set_s, pause_s=setting.update_time_s)


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


class GroundBeams(DownlinkRates):
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
        super().__init__()
        self.setting = setting
        self.uses: dict[tuple[int, int, float], BeamUse] = {}
        self._positions = positions
        self._station_m = station_geometry(stations).position_m if stations else np.empty((0, 3))

    def use(self, booking: ChannelBooking, contact: Contact) -> float:
        """Count a transfer that has been booked, and return the mean power of controller and updates during it."""
        key = (booking.satellite, booking.station, contact.rise_s)
        if key not in self.uses:
            self.uses[key] = BeamUse(satellite=booking.satellite, station=booking.station, rise_s=contact.rise_s)
        self.uses[key].n_transfers += 1
        self._count(booking, contact, booking.start_s, 1)
        return self._power_w(booking, contact)

    def give_back(self, booking: ChannelBooking, contact: Contact, from_s: float) -> None:
        """Take what a transfer does not send from a time on out of what was counted."""
        if from_s <= booking.start_s:
            self.uses[booking.satellite, booking.station, contact.rise_s].n_transfers -= 1
        self._count(booking, contact, max(from_s, booking.start_s), -1)

    def _count(self, booking: ChannelBooking, contact: Contact, from_s: float, sign: int) -> None:
        """Add the part of a transfer from a time on, or take it away."""
        use = self.uses[booking.satellite, booking.station, contact.rise_s]
        duration_s = booking.end_s - from_s
        n_updates, bits = self._n_updates(booking, contact, booking.end_s), booking.size_bits
        if from_s > booking.start_s:
            n_updates -= self._n_updates(booking, contact, from_s)
            bits -= self.along(booking.satellite, contact).bits_between(booking.start_s, from_s)
        use.bits += sign * bits
        use.busy_s += sign * duration_s
        use.n_updates += sign * n_updates
        use.energy_j += sign * self._power_w(booking, contact) * duration_s

    def _power_w(self, booking: ChannelBooking, contact: Contact) -> float:
        setting, n_updates = self.setting, self._n_updates(booking, contact, booking.end_s)
        return setting.controller_power_w + n_updates * setting.update_energy_j / (booking.end_s - booking.start_s)

    def _n_updates(self, booking: ChannelBooking, contact: Contact, until_s: float) -> int:
        """Phases are set at the start of a transfer, and at the beginning of each period during it."""
        return self.along(booking.satellite, contact).n_pieces(booking.start_s, until_s)

    def solve(self, satellite: int, contact: Contact) -> BeamContact:
        """Return the rates along a contact."""
        return BeamContact(contact.rise_s, contact.set_s, self._rates_bps(satellite, contact), self.setting)

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
