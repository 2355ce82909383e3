"""Where satellites are while they collect upsets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Satellites of a fleet, or some of them, at common instants.

    Attributes
    ----------
    satellite : (n_sats,) int32, indices in the fleet; they name the random streams
    t_s : (n_times,) float64, seconds since the epoch, ascending
    latitude_rad, longitude_rad, altitude_m : (n_sats, n_times) float; geodetic; nan where no orbit is known
    """

    satellite: NDArray[np.int32]
    t_s: NDArray[np.float64]
    latitude_rad: NDArray[np.floating]
    longitude_rad: NDArray[np.floating]
    altitude_m: NDArray[np.floating]

    def __post_init__(self) -> None:
        shape = (self.satellite.size, self.t_s.size)
        for name in ("latitude_rad", "longitude_rad", "altitude_m"):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}: satellites and times make it {shape}")
        if np.unique(self.satellite).size != self.satellite.size:
            raise ValueError("satellite has an index twice: each has one stream of events, so give each once")

    def selected(self, rows: NDArray[np.intp]) -> Track:
        """Return the track of some of its satellites, given by their rows."""
        return Track(
            satellite=self.satellite[rows],
            t_s=self.t_s,
            latitude_rad=self.latitude_rad[rows],
            longitude_rad=self.longitude_rad[rows],
            altitude_m=self.altitude_m[rows],
        )

    def at(
        self, i_sat: NDArray[np.int64], t_s: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return latitude, longitude in [-pi, pi] and altitude of rows `i_sat` at `t_s`, each (n_events,).

        Directions are interpolated along the chord, so nothing happens at the poles or at the date line. Over a step
        of 60 s the chord of a low orbit is off by less than 0.001 degrees along the track.
        """
        after = np.clip(np.searchsorted(self.t_s, t_s, side="right"), 1, self.t_s.size - 1)
        share = (t_s - self.t_s[after - 1]) / (self.t_s[after] - self.t_s[after - 1])
        before, behind = (self._direction(i_sat, after - 1), self._direction(i_sat, after))
        x, y, z = before + share * (behind - before)
        low, high = self.altitude_m[i_sat, after - 1], self.altitude_m[i_sat, after]
        return np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x), low + share * (high - low)

    def _direction(self, i_sat: NDArray[np.int64], i_time: NDArray[np.int64]) -> NDArray[np.float64]:
        latitude, longitude = self.latitude_rad[i_sat, i_time], self.longitude_rad[i_sat, i_time]
        level = np.cos(latitude)
        return np.array([level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)])


def track_without_orbit(satellite: ArrayLike, *, start_s: float, end_s: float) -> Track:
    """Return a track of satellites whose places are not known, for devices with constant rates."""
    satellites = np.atleast_1d(np.asarray(satellite, dtype=np.int32))
    unknown = np.full((satellites.size, 2), np.nan)
    return Track(
        satellite=satellites,
        t_s=np.array([start_s, end_s], dtype=np.float64),
        latitude_rad=unknown,
        longitude_rad=unknown,
        altitude_m=unknown,
    )
