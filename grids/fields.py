"""Fields on a grid of the Earth: 1/L and B as cubics in 6371.2 km over the geocentric height, fitted per node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from aep8 import _irbem
from numpy.typing import NDArray
from radbelt import igrf

from grids.ground_track import earth_fixed_km

Floats = NDArray[np.float64]
Value = Callable[[Floats, Floats, Floats], Floats]

AEP8_RADIUS_KM = 6_378.1
"""`aep8` hands positions to IRBEM in units of this radius, where IRBEM counts in 6371.2 km: the field is that of a
point 7 km lower and the flux 3 to 5 % smaller. Kept, so that the tables are those of the tool."""

AEP8_MOMENT_GAUSS = 0.311653
"""Dipole moment of AP-8: B0 = 0.311653 / L^3 gauss."""

FARTHEST_SHELL = 6.0
POLAR_FIELD_GAUSS = 0.62
"""Where field lines reach farther than six radii no proton above 5 MeV is trapped, and a round B will do."""

MEAN_RADIUS_KM = 6_371.2
LATITUDE_DEG = np.arange(-90.0, 90.1, 2.0)
LONGITUDE_DEG = np.arange(0.0, 360.0, 3.0)
N_HEIGHTS = 12
LOWEST_KM, HIGHEST_KM = 280.0, 2_050.0
"""A little more than what is served, so that an orbit's oblateness stays inside."""

DEGREE = 3
CUTOFF_YEAR = 2025.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinates:
    """McIlwain's L and B in gauss."""

    shell: Floats
    field_gauss: Floats


def ap8_coordinates(model: str, latitude_deg: Floats, longitude_deg: Floats, height_km: Floats) -> Coordinates:
    """Return L and B in the field that belongs to AP-8 MIN (Jensen and Cain 1960) or MAX (GSFC 12/66 of 1970)."""
    trace = {"min": _irbem.geomag3, "max": _irbem.geomag4}[model]
    x, y, z = np.moveaxis(earth_fixed_km(latitude_deg, longitude_deg, height_km) / AEP8_RADIUS_KM, -1, 0)
    ratio, shell = trace(0, x, y, z)
    is_near = (shell > 0.0) & (shell < FARTHEST_SHELL)
    shell = np.where(shell > 0.0, shell, np.inf)
    polar = POLAR_FIELD_GAUSS * inverse_height(height_km) ** 3
    field = np.where(is_near, ratio * AEP8_MOMENT_GAUSS / np.where(is_near, shell, 1.0) ** 3, polar)
    return Coordinates(shell=shell, field_gauss=field)


def igrf_shell(latitude_deg: Floats, longitude_deg: Floats, height_km: Floats) -> Floats:
    """Return L in the International Geomagnetic Reference Field of `CUTOFF_YEAR`."""
    shell, _ = igrf(longitude_deg, latitude_deg, height_km, CUTOFF_YEAR)
    return np.where(shell > 0.0, shell, np.inf)


def inverse_height(height_km: Floats) -> Floats:
    """Return 6371.2 km over 6371.2 km + height, in which 1/L is nearly linear and B nearly cubic."""
    return MEAN_RADIUS_KM / (MEAN_RADIUS_KM + height_km)


def fit_heights(value: Value) -> Floats:
    """Return cubics (n_values, n_latitudes, n_longitudes, 4) of values (n_values, ...), lowest power first."""
    lowest, highest = inverse_height(np.array([HIGHEST_KM, LOWEST_KM]))
    turn = np.cos(np.pi * (np.arange(N_HEIGHTS) + 0.5) / N_HEIGHTS)
    s = 0.5 * (lowest + highest) + 0.5 * (highest - lowest) * turn
    latitude, longitude, level = np.meshgrid(LATITUDE_DEG, LONGITUDE_DEG, s, indexing="ij")
    found = value(latitude, longitude, MEAN_RADIUS_KM / level - MEAN_RADIUS_KM)
    powers = np.vander(s, DEGREE + 1, increasing=True)
    cubics = np.linalg.lstsq(powers, found.reshape(-1, N_HEIGHTS).T, rcond=None)[0]
    return cubics.T.reshape(-1, len(LATITUDE_DEG), len(LONGITUDE_DEG), DEGREE + 1)
