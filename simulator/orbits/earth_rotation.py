"""How the Earth turns under TEME, and how TEME lies in GCRS.

UT1 minus UTC is taken once, at the epoch, from the table that ships inside Skyfield (no file, no download) and held;
sidereal time is then linear in `t_s`. UT1 drifts from UTC by about 1 ms a day: 0.5 m of longitude at the equator.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import erfa
import numpy as np

from simulator.constants import SECONDS_PER_DAY
from simulator.orbits.model import Floats
from simulator.timescale import Epoch

_RATE_BASE_DAYS: Final = 10.0
_TURN_RAD: Final = 2.0 * np.pi


@dataclass(frozen=True, slots=True, kw_only=True)
class EarthRotation:
    """Greenwich mean sidereal time, linear in `t_s`, and the UT1 minus UTC it was computed with."""

    ut1_minus_utc_s: float
    sidereal_time_rad: float
    sidereal_rate_rad_s: float

    def angle_rad(self, t_s: Floats | float) -> Floats:
        """Return Greenwich mean sidereal time, not wrapped: (...) -> (...)."""
        return self.sidereal_time_rad + self.sidereal_rate_rad_s * np.asarray(t_s, dtype=np.float64)


@lru_cache(maxsize=16)
def earth_rotation(epoch: Epoch) -> EarthRotation:
    """Return the rotation of the Earth around an epoch.

    Notes
    -----
    Greenwich mean sidereal time of 1982 (Aoki et al. 1982), as SGP4's TEME asks for. Its quadratic term moves
    the Earth by less than 1e-7 m in two weeks.
    """
    dut1_s = ut1_minus_utc_s(epoch)
    ut1_fraction = epoch.utc_day_fraction + dut1_s / SECONDS_PER_DAY
    start_rad = float(erfa.gmst82(epoch.utc_day, ut1_fraction))
    later_rad = float(erfa.gmst82(epoch.utc_day + _RATE_BASE_DAYS, ut1_fraction))
    extra_rad = (later_rad - start_rad) % _TURN_RAD  # beyond one whole turn a day
    rate_rad_s = (_RATE_BASE_DAYS * _TURN_RAD + extra_rad) / (_RATE_BASE_DAYS * SECONDS_PER_DAY)
    return EarthRotation(ut1_minus_utc_s=dut1_s, sidereal_time_rad=start_rad, sidereal_rate_rad_s=rate_rad_s)


def ut1_minus_utc_s(epoch: Epoch) -> float:
    """Return UT1 minus UTC at an epoch, in seconds, from Skyfield's built-in table."""
    from skyfield.api import load

    scale = load.timescale(builtin=True)
    instant = scale.tt_jd(epoch.utc_day, float(epoch.tt_fraction(0.0)))
    return float(epoch.tt_minus_utc_s - instant.delta_t)


def turned_to_earth_fixed(teme: Floats, angle_rad: Floats | float) -> Floats:
    """Turn TEME vectors to the pseudo-Earth-fixed frame: (..., 3), (...) -> (..., 3). Polar motion is left out."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    x, y, z = teme[..., 0], teme[..., 1], teme[..., 2]
    return np.stack((cos * x + sin * y, cos * y - sin * x, z + 0.0 * cos), axis=-1)


def turned_from_earth_fixed(earth_fixed: Floats, angle_rad: Floats | float) -> Floats:
    """Turn pseudo-Earth-fixed vectors to TEME: (..., 3), (...) -> (..., 3)."""
    return turned_to_earth_fixed(earth_fixed, -np.asarray(angle_rad, dtype=np.float64))


def states_to_earth_fixed(
    rotation: EarthRotation, t_s: Floats, position_m: Floats, velocity_m_s: Floats
) -> tuple[Floats, Floats]:
    """Turn TEME states to the pseudo-Earth-fixed frame, velocities as seen there: (n,), (n, 3), (n, 3)."""
    angle_rad = rotation.angle_rad(t_s)
    fixed_m = turned_to_earth_fixed(position_m, angle_rad)
    return fixed_m, turned_to_earth_fixed(velocity_m_s, angle_rad) - _carried_along_m_s(rotation, fixed_m)


def states_from_earth_fixed(
    rotation: EarthRotation, t_s: Floats, position_m: Floats, velocity_m_s: Floats
) -> tuple[Floats, Floats]:
    """Turn pseudo-Earth-fixed states, velocities as seen there, to TEME: (n,), (n, 3), (n, 3)."""
    angle_rad = rotation.angle_rad(t_s)
    inertial_m_s = velocity_m_s + _carried_along_m_s(rotation, position_m)
    return turned_from_earth_fixed(position_m, angle_rad), turned_from_earth_fixed(inertial_m_s, angle_rad)


def _carried_along_m_s(rotation: EarthRotation, fixed_m: Floats) -> Floats:
    """Return the velocity of places that turn with the Earth: (n, 3) -> (n, 3)."""
    return rotation.sidereal_rate_rad_s * np.stack((-fixed_m[:, 1], fixed_m[:, 0], np.zeros(len(fixed_m))), axis=-1)


def teme_from_gcrs(epoch: Epoch, t_s: Floats | float) -> Floats:
    """Return the matrices that turn GCRS vectors into TEME: (...) -> (..., 3, 3).

    Notes
    -----
    True equator and equinox of date by IAU 2006/2000A; from there to the mean equinox by apparent minus mean sidereal
    time (Vallado, Crawford, Hujsak, Kelso 2006, appendix C).
    """
    tt_fraction = epoch.tt_fraction(t_s)
    ut1_fraction = epoch.utc_fraction(t_s) + earth_rotation(epoch).ut1_minus_utc_s / SECONDS_PER_DAY
    true_of_date = erfa.pnm06a(epoch.utc_day, tt_fraction)
    apparent_rad = erfa.gst06a(epoch.utc_day, ut1_fraction, epoch.utc_day, tt_fraction)
    equinoxes_rad = apparent_rad - erfa.gmst82(epoch.utc_day, ut1_fraction)
    return np.asarray(erfa.rz(equinoxes_rad, true_of_date), dtype=np.float64)
