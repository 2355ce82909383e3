"""The belt of trapped protons at one altitude, over the whole Earth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radiation.environment import Environment, Peak, peak_flux, trapped_flux_per_m2_s

STEP_DEG: Final = 1.5
"""Between the points of a map; the flux changes by less than a fifth from one to the next inside the anomaly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiationMap:
    """Flux of trapped protons above an energy, omnidirectional, at the epoch of an environment.

    Attributes
    ----------
    environment : Environment
    energy_mev, altitude_m : float
    latitude_rad : (n_latitudes,), geodetic, south to north
    longitude_rad : (n_longitudes,), west to east
    flux_per_m2_s : (n_latitudes, n_longitudes)
    peak : the greatest flux at this altitude, and where it is
    """

    environment: Environment
    energy_mev: float
    altitude_m: float
    latitude_rad: NDArray[np.float64]
    longitude_rad: NDArray[np.float64]
    flux_per_m2_s: NDArray[np.float64]
    peak: Peak


def radiation_map(environment: Environment, *, energy_mev: float, altitude_m: float) -> RadiationMap:
    """Return the flux over a grid of the whole Earth, and its peak.

    Raises
    ------
    ValueError
        If the energy is outside 5 to 300 MeV, or the altitude outside 300 to 2,000 km.
    """
    peak = peak_flux(environment, energy_mev, altitude_m)
    latitude = np.radians(np.linspace(-90.0, 90.0, round(180.0 / STEP_DEG) + 1))
    longitude = np.radians(np.linspace(-180.0, 180.0, round(360.0 / STEP_DEG) + 1))
    north, east = np.meshgrid(latitude, longitude, indexing="ij")
    return RadiationMap(
        environment=environment,
        energy_mev=energy_mev,
        altitude_m=altitude_m,
        latitude_rad=latitude,
        longitude_rad=longitude,
        flux_per_m2_s=trapped_flux_per_m2_s(environment, energy_mev, 0.0, north, east, altitude_m),
        peak=peak,
    )
