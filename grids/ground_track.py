"""Ground track of a circular orbit with the drift of its node, for reference values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EQUATORIAL_RADIUS_KM = 6_378.137
FLATTENING = 1.0 / 298.257223563
GRAVITY_KM3_S2 = 398_600.4418
J2 = 1.08262668e-3
EARTH_ROTATION_RAD_S = 7.292115e-5


def circular_ground_track(altitude_km: float, inclination_deg: float, t_s: Floats) -> tuple[Floats, Floats, Floats]:
    """Return geodetic latitude and longitude [deg] and height [km], each (n_times,), of a circular orbit.

    `altitude_km` is above the equatorial radius. Node and argument of latitude start at zero over longitude zero and
    drift as oblateness makes them (Vallado, Fundamentals of Astrodynamics, 4th ed., equations 9-37 to 9-41).
    """
    radius_km = EQUATORIAL_RADIUS_KM + altitude_km
    tilt = np.radians(inclination_deg)
    motion = np.sqrt(GRAVITY_KM3_S2 / radius_km**3)
    drift = 1.5 * J2 * (EQUATORIAL_RADIUS_KM / radius_km) ** 2 * motion
    node = -(drift * np.cos(tilt) + EARTH_ROTATION_RAD_S) * t_s
    along = (motion + drift * (4.0 * np.cos(tilt) ** 2 - 1.0)) * t_s
    longitude = np.arctan2(np.sin(along) * np.cos(tilt), np.cos(along)) + node
    z_km = radius_km * np.sin(along) * np.sin(tilt)
    latitude, height_km = _geodetic(np.sqrt(radius_km**2 - z_km**2), z_km)
    return np.degrees(latitude), np.degrees((longitude + np.pi) % (2.0 * np.pi) - np.pi), height_km


def earth_fixed_km(latitude_deg: Floats, longitude_deg: Floats, height_km: Floats) -> Floats:
    """Return Earth-fixed positions (..., 3) of points on and above the ellipsoid of WGS84."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    eccentricity_squared = FLATTENING * (2.0 - FLATTENING)
    normal_km = EQUATORIAL_RADIUS_KM / np.sqrt(1.0 - eccentricity_squared * np.sin(latitude) ** 2)
    across_km = (normal_km + height_km) * np.cos(latitude)
    z_km = (normal_km * (1.0 - eccentricity_squared) + height_km) * np.sin(latitude)
    return np.stack([across_km * np.cos(longitude), across_km * np.sin(longitude), z_km], axis=-1)


def _geodetic(across_km: Floats, z_km: Floats) -> tuple[Floats, Floats]:
    """Return geodetic latitude [rad] and height; the iteration gains a factor of 150 each turn."""
    eccentricity_squared = FLATTENING * (2.0 - FLATTENING)
    latitude = np.arctan2(z_km, across_km * (1.0 - eccentricity_squared))
    for _ in range(5):
        normal_km = EQUATORIAL_RADIUS_KM / np.sqrt(1.0 - eccentricity_squared * np.sin(latitude) ** 2)
        latitude = np.arctan2(z_km + eccentricity_squared * normal_km * np.sin(latitude), across_km)
    normal_km = EQUATORIAL_RADIUS_KM / np.sqrt(1.0 - eccentricity_squared * np.sin(latitude) ** 2)
    height_km = across_km * np.cos(latitude) + z_km * np.sin(latitude) - EQUATORIAL_RADIUS_KM**2 / normal_km
    return latitude, height_km
