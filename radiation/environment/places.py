"""Times and places along an orbit, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LOWEST_KM: Final = 300.0
HIGHEST_KM: Final = 2_000.0
ROUNDING_KM: Final = 1e-3
OBLATENESS_KM: Final = 30.0
"""An orbit of nominally 2,000 km is so much higher over the poles: the radius there is 21 km smaller, and oblateness
lifts the orbit by another 8 km."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Times and places, flat: t_s, latitude_deg, longitude_deg, altitude_km, each (n,) float32, but t_s float64."""

    t_s: Floats
    latitude_deg: NDArray[np.float32]
    longitude_deg: NDArray[np.float32]
    altitude_km: NDArray[np.float32]

    def piece(self, chosen: slice) -> Places:
        """Return some of the places."""
        return Places(
            t_s=self.t_s[chosen],
            latitude_deg=self.latitude_deg[chosen],
            longitude_deg=self.longitude_deg[chosen],
            altitude_km=self.altitude_km[chosen],
        )


def flat_places(
    t_s: ArrayLike, latitude_rad: ArrayLike, longitude_rad: ArrayLike, altitude_m: ArrayLike
) -> tuple[Places, tuple[int, ...]]:
    """Return places broadcast against each other and flattened, and the shape that they had.

    Raises
    ------
    ValueError
        If an altitude is outside 300 to 2,000 km (2,030 where an orbit passes the poles), or anything is not finite.
    """
    given = (t_s, latitude_rad, longitude_rad, altitude_m)
    arrays = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in given))
    time, latitude, longitude, altitude = (array.ravel() for array in arrays)
    altitude_km = 1e-3 * altitude
    _check_altitude(altitude_km, HIGHEST_KM + OBLATENESS_KM)
    for name, value in (("t_s", time), ("latitude_rad", latitude), ("longitude_rad", longitude)):
        if not np.isfinite(value).all():
            raise ValueError(f"{name}: {np.count_nonzero(~np.isfinite(value))} values are not finite; leave them out")
    places = Places(
        t_s=time,
        latitude_deg=np.degrees(latitude).astype(np.float32),
        longitude_deg=np.degrees(longitude).astype(np.float32),
        altitude_km=altitude_km.astype(np.float32),
    )
    return places, arrays[0].shape


def check_orbit_altitude(altitude_m: float) -> None:
    """Check a nominal altitude, of a map or of an orbit above the equatorial radius.

    Raises
    ------
    ValueError
        If it is outside 300 to 2,000 km.
    """
    _check_altitude(np.array([1e-3 * altitude_m]), HIGHEST_KM)


def _check_altitude(altitude_km: Floats, highest_km: float) -> None:
    is_served = (altitude_km >= LOWEST_KM - ROUNDING_KM) & (altitude_km <= highest_km + ROUNDING_KM)
    if not is_served.all():
        worst = float(altitude_km[~is_served][0])
        raise ValueError(
            f"altitude_m = {worst * 1e3:.0f}: the radiation tables hold from {LOWEST_KM:.0f} to {HIGHEST_KM:,.0f} km; "
            "choose an orbit in between"
        )
