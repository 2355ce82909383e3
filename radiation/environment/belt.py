"""The proton belt of an environment: AP-8 MIN and MAX blended by the solar phase, its peak, and the anomaly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiation.environment.environment import Environment
from radiation.environment.places import Places, check_orbit_altitude, flat_places
from radiation.environment.trapped import BeltTable, flux_above

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

PER_M2: Final = 1e4
"""One per cm2 in per m2."""

ANOMALY_MEV: Final = 30.0
ANOMALY_FLUX_PER_M2_S: Final = 1.0 * PER_M2
"""The South Atlantic Anomaly is where the trapped flux above 30 MeV exceeds 1 per cm2 and s."""


class Belt:
    """A quantity of the belt in an environment: straight in its logarithm between MIN and MAX.

    Parameters
    ----------
    environment : Environment
    table_of : callable
        Returns the `BeltTable` of "min" or "max"; called only for what the environment needs.
    """

    def __init__(self, environment: Environment, table_of: Callable[[str], BeltTable]) -> None:
        self._environment = environment
        self._quiet = None if environment.solar_phase == 1.0 else table_of("min")
        self._active = None if environment.solar_phase == 0.0 else table_of("max")

    def at(self, places: Places) -> Floats32:
        """Return the quantity (n,) at times and places."""
        year = self._environment.year_at(places.t_s)
        where = (year, places.latitude_deg, places.longitude_deg, places.altitude_km)
        if self._active is None and self._quiet is not None:
            return self._quiet.at(*where)
        if self._quiet is None and self._active is not None:
            return self._active.at(*where)
        assert self._quiet is not None and self._active is not None
        quiet, active = self._quiet.at(*where), self._active.at(*where)
        is_any = np.flatnonzero((quiet > self._quiet.floor) | (active > self._active.floor))
        phase = self._environment.solar_phase_at(places.t_s[is_any]).astype(np.float32)
        low = np.log(np.maximum(quiet[is_any], self._quiet.floor))
        high = np.log(np.maximum(active[is_any], self._active.floor))
        blended = np.zeros_like(quiet)
        blended[is_any] = np.exp(low + phase * (high - low))
        return blended


def trapped_flux_per_m2_s(
    environment: Environment,
    energy_mev: float,
    t_s: ArrayLike,
    latitude_rad: ArrayLike,
    longitude_rad: ArrayLike,
    altitude_m: ArrayLike,
) -> Floats:
    """Return the omnidirectional flux of trapped protons above an energy, per m2 and s.

    Parameters
    ----------
    environment : Environment
    energy_mev : 5 to 300
    t_s, latitude_rad, longitude_rad, altitude_m : broadcast against each other
        Seconds since the epoch; geodetic latitude, longitude and altitude, 300 to 2,000 km.

    Raises
    ------
    ValueError
        If the energy or an altitude is outside the tables.
    """
    places, shape = flat_places(t_s, latitude_rad, longitude_rad, altitude_m)
    flux = Belt(environment, lambda model: flux_above(model, energy_mev)).at(places)
    return PER_M2 * flux.astype(np.float64).reshape(shape)


def is_in_anomaly(
    environment: Environment,
    t_s: ArrayLike,
    latitude_rad: ArrayLike,
    longitude_rad: ArrayLike,
    altitude_m: ArrayLike,
) -> NDArray[np.bool_]:
    """Return where the flux of trapped protons above 30 MeV exceeds 1 per cm2 and s; parameters as above."""
    flux = trapped_flux_per_m2_s(environment, ANOMALY_MEV, t_s, latitude_rad, longitude_rad, altitude_m)
    return flux > ANOMALY_FLUX_PER_M2_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Greatest flux at one altitude, and where it is."""

    flux_per_m2_s: float
    latitude_rad: float
    longitude_rad: float


def peak_flux(environment: Environment, energy_mev: float, altitude_m: float, t_s: float = 0.0) -> Peak:
    """Return the greatest flux of trapped protons above an energy at one altitude and time.

    A search on a grid of half a degree, refined around its best place by factors of three to 0.002 degrees. The top is
    flat: along the ridge the flux changes by 1 % in three degrees.

    Raises
    ------
    ValueError
        If the energy is outside 5 to 300 MeV, or the altitude outside 300 to 2,000 km.
    """
    check_orbit_altitude(altitude_m)
    step_deg = 0.5
    north, east = np.arange(-70.0, 70.1, step_deg), np.arange(-180.0, 180.0, step_deg)
    while True:
        latitude, longitude = np.meshgrid(np.radians(north), np.radians(east), indexing="ij")
        flux = trapped_flux_per_m2_s(environment, energy_mev, t_s, latitude, longitude, altitude_m)
        best = np.unravel_index(int(flux.argmax()), flux.shape)
        if step_deg < 0.005:
            turned = float((longitude[best] + np.pi) % (2.0 * np.pi) - np.pi)
            return Peak(flux_per_m2_s=float(flux[best]), latitude_rad=float(latitude[best]), longitude_rad=turned)
        around = np.arange(-4, 5) * step_deg / 3.0
        north, east = north[best[0]] + around, east[best[1]] + around
        step_deg /= 3.0
