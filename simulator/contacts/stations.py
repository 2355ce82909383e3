"""Ground stations: where they stand, which way is up, and how many satellites they serve at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.orbits.geodesy import earth_fixed_from_geodetic, geodetic_vertical
from simulator.orbits.model import Floats

_HEIGHT_RANGE_M = (-500.0, 10_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundStation:
    """A place on the WGS84 ellipsoid; latitude is geodetic, longitude east.

    `n_channels` is how many satellites the station serves at once.
    """

    name: str
    latitude_rad: float
    longitude_rad: float
    height_m: float = 0.0
    n_channels: int = 1

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("name = '': a station needs a name")
        if not -np.pi / 2 <= self.latitude_rad <= np.pi / 2:
            degrees = np.degrees(self.latitude_rad)
            raise ValueError(f"latitude_rad = {self.latitude_rad} ({degrees:.6g} deg) of {self.name!r}: within 90 deg")
        if not -np.pi <= self.longitude_rad <= 2.0 * np.pi:
            degrees = np.degrees(self.longitude_rad)
            raise ValueError(
                f"longitude_rad = {self.longitude_rad} ({degrees:.6g} deg) of {self.name!r}: -180 to 360 deg"
            )
        if not _HEIGHT_RANGE_M[0] <= self.height_m <= _HEIGHT_RANGE_M[1]:
            raise ValueError(f"height_m = {self.height_m} of {self.name!r}: -500 to 10,000 m above the ellipsoid")
        if self.n_channels < 1:
            raise ValueError(f"n_channels = {self.n_channels} of {self.name!r}: at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class StationGeometry:
    """Places and verticals of stations, Earth-fixed; `position_m` and `up` have shape (n_stations, 3)."""

    position_m: Floats
    up: Floats

    @property
    def n_stations(self) -> int:
        """Number of stations."""
        return int(self.position_m.shape[0])


def station_geometry(stations: Sequence[GroundStation]) -> StationGeometry:
    """Return places and geodetic verticals of stations."""
    latitude = np.array([station.latitude_rad for station in stations], dtype=np.float64)
    longitude = np.array([station.longitude_rad for station in stations], dtype=np.float64)
    height = np.array([station.height_m for station in stations], dtype=np.float64)
    position_m = earth_fixed_from_geodetic(latitude, longitude, height)
    return StationGeometry(position_m=position_m, up=geodetic_vertical(latitude, longitude))


def elevation_margin_m(position_m: Floats, station_m: Floats, up: Floats, sin_min_elevation: float) -> Floats:
    """Return how far satellites stand above the mask: positive above, zero on it; all (n, 3) Earth-fixed -> (n,).

    Notes
    -----
    up . rho - |rho| sin(e_min) for the vector rho from the station: geometric elevation, without refraction.
    """
    x, y, z = (position_m[:, axis] - station_m[:, axis] for axis in range(3))
    height = x * up[:, 0] + y * up[:, 1] + z * up[:, 2]
    return np.asarray(height - sin_min_elevation * np.sqrt(x * x + y * y + z * z), dtype=np.float64)
