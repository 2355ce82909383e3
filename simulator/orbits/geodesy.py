"""Places on the WGS84 ellipsoid and the points under satellites."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.constants import WGS84_EQUATORIAL_RADIUS_M, WGS84_FLATTENING
from simulator.orbits.model import Floats

_E2: Final = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING)


def earth_fixed_from_geodetic(latitude_rad: Floats, longitude_rad: Floats, height_m: Floats) -> Floats:
    """Return Earth-fixed positions of places: (...), (...), (...) -> (..., 3), metres.

    Notes
    -----
    x = (N + h) cos(lat) cos(lon), z = ((1 - e^2) N + h) sin(lat), N the radius in the prime vertical (NGA.STND.0036).
    """
    sin, cos = np.sin(latitude_rad), np.cos(latitude_rad)
    prime_vertical_m = WGS84_EQUATORIAL_RADIUS_M / np.sqrt(1.0 - _E2 * sin**2)
    axis_distance_m = (prime_vertical_m + height_m) * cos
    height_over_equator_m = ((1.0 - _E2) * prime_vertical_m + height_m) * sin
    east = np.broadcast_arrays(
        axis_distance_m * np.cos(longitude_rad), axis_distance_m * np.sin(longitude_rad), height_over_equator_m
    )
    return np.stack(east, axis=-1)


def geodetic_vertical(latitude_rad: Floats, longitude_rad: Floats) -> Floats:
    """Return the outward normal of the ellipsoid: (...), (...) -> (..., 3), unit vectors in the Earth-fixed frame."""
    cos = np.cos(latitude_rad)
    components = np.broadcast_arrays(cos * np.cos(longitude_rad), cos * np.sin(longitude_rad), np.sin(latitude_rad))
    return np.stack(components, axis=-1)


def geodetic_from_earth_fixed(position_m: Floats) -> tuple[Floats, Floats, Floats]:
    """Return geodetic latitude, longitude and height: (..., 3) -> (...), (...), (...); radians and metres.

    Longitude is in (-pi, pi].

    Notes
    -----
    Bowring (1976) with one repetition: below 1e-9 m from the ground to beyond the geostationary ring. For radii far
    below the surface it is not meant.
    """
    x, y, z = position_m[..., 0], position_m[..., 1], position_m[..., 2]
    axis_distance_m = np.hypot(x, y)
    polar_radius_m = WGS84_EQUATORIAL_RADIUS_M * (1.0 - WGS84_FLATTENING)
    parametric_rad = np.arctan2(z, (1.0 - WGS84_FLATTENING) * axis_distance_m)
    latitude_rad = parametric_rad
    for _ in range(2):
        sin, cos = np.sin(parametric_rad), np.cos(parametric_rad)
        latitude_rad = np.arctan2(
            z + _E2 / (1.0 - _E2) * polar_radius_m * sin**3,
            axis_distance_m - _E2 * WGS84_EQUATORIAL_RADIUS_M * cos**3,
        )
        parametric_rad = np.arctan2((1.0 - WGS84_FLATTENING) * np.sin(latitude_rad), np.cos(latitude_rad))
    sin, cos = np.sin(latitude_rad), np.cos(latitude_rad)
    height_m = axis_distance_m * cos + z * sin - WGS84_EQUATORIAL_RADIUS_M * np.sqrt(1.0 - _E2 * sin**2)
    return latitude_rad, np.arctan2(y, x), height_m
