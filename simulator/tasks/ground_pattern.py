"""Tasks that arise more often over some parts of the Earth: boxes of latitude and longitude."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.orbits.model import Floats, Frame, MeanOrbits, PositionModel

_TURN_RAD = 2.0 * np.pi


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaWeight:
    """A box on the Earth that adds `weight` to the background.

    Latitudes (south, north) are geocentric, up to 0.2 degrees from geodetic ones. Longitudes (west, east) run
    eastwards from the first to the second; a box may cross the date line.
    """

    latitude_rad: tuple[float, float]
    longitude_rad: tuple[float, float]
    weight: float

    def __post_init__(self) -> None:
        south, north = self.latitude_rad
        if not -0.5 * np.pi <= south < north <= 0.5 * np.pi:
            raise ValueError(f"latitude_rad = {self.latitude_rad}: must be -pi/2 <= south < north <= pi/2")
        if not all(-_TURN_RAD <= longitude <= _TURN_RAD for longitude in self.longitude_rad):
            raise ValueError(f"longitude_rad = {self.longitude_rad}: each must be from -2 pi to 2 pi")
        if not 0.0 <= self.weight < np.inf:
            raise ValueError(f"weight = {self.weight}: must be at least 0 and finite")

    @property
    def width_rad(self) -> float:
        """Extent in longitude; equal ends are the whole circle."""
        width = (self.longitude_rad[1] - self.longitude_rad[0]) % _TURN_RAD
        return float(width) or _TURN_RAD

    def contains(self, latitude_rad: Floats, longitude_rad: Floats) -> NDArray[np.bool_]:
        """Say which points are in the box, same shape."""
        east_of_edge = np.mod(longitude_rad - self.longitude_rad[0], _TURN_RAD)
        south, north = self.latitude_rad
        return (latitude_rad >= south) & (latitude_rad < north) & (east_of_edge < self.width_rad)


class GroundPattern:
    """Relative rate of tasks over the Earth: `background` plus the weights of the boxes that hold the point.

    Rates are scaled satellite by satellite: the mean over the ground it visits in the long run is its rate in the
    workload, so that the pattern moves tasks in time and place, never from one satellite to another.

    Notes
    -----
    On a circular orbit of inclination i, sin(latitude) = sin(i) sin(u) with u uniform in time, and the Earth's
    rotation makes longitude uniform. The mean weight is therefore background + sum of weight * width / (2 pi) *
    [asin(sin(north) / sin(i)) - asin(sin(south) / sin(i))] / pi, each argument cut to [-1, 1].
    """

    def __init__(self, positions: PositionModel, areas: Sequence[AreaWeight], background: float) -> None:
        if not 0.0 <= background < np.inf:
            raise ValueError(f"background = {background}: must be at least 0 and finite")
        self.positions = positions
        self.areas = tuple(areas)
        self.background = background
        self.highest = _highest_weight(self.areas, background)
        self.means = mean_weights(self.areas, background, positions.mean_orbits)
        if not (self.means > 0.0).all():
            i_sat = int(np.argmin(self.means))
            raise ValueError(
                f"areas: satellite {positions.names[i_sat]!r} never passes over one; "
                "add an area below its orbit or a positive background"
            )

    @property
    def highest_factors(self) -> Floats:
        """Highest rate of each satellite relative to its mean: (n_sats,)."""
        return self.highest / self.means

    def weights(self, latitude_rad: Floats, longitude_rad: Floats) -> Floats:
        """Return the weight of points on the Earth, same shape."""
        weight = np.full(np.shape(latitude_rad), self.background)
        for area in self.areas:
            weight[area.contains(latitude_rad, longitude_rad)] += area.weight
        return weight

    def shares(self, i_sat: NDArray[np.intp], t_s: Floats) -> Floats:
        """Return the rate below satellites at times relative to the highest anywhere: (n,), (n,) -> (n,).

        0 where a satellite has no position.
        """
        latitude_rad, longitude_rad = places_below(self.positions, i_sat, t_s)
        share = self.weights(latitude_rad, longitude_rad) / self.highest
        return np.where(np.isnan(latitude_rad), 0.0, share)


def places_below(positions: PositionModel, i_sat: NDArray[np.intp], t_s: Floats) -> tuple[Floats, Floats]:
    """Return geocentric latitude and longitude below satellites at times, nan without a position: (n,), (n,)."""
    x, y, z = positions.at(i_sat, t_s, Frame.EARTH_FIXED).T
    return np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)


def mean_weights(areas: Sequence[AreaWeight], background: float, mean_orbits: MeanOrbits) -> Floats:
    """Return the mean weight over the ground that each satellite visits: (n_sats,)."""
    sin_tilt = np.maximum(np.sin(mean_orbits.inclination_rad), 1e-12)
    means = np.full(len(sin_tilt), background)
    for area in areas:
        south, north = (np.arcsin(np.clip(np.sin(edge) / sin_tilt, -1.0, 1.0)) for edge in area.latitude_rad)
        means += area.weight * area.width_rad / _TURN_RAD * (north - south) / np.pi
    return means


def _highest_weight(areas: Sequence[AreaWeight], background: float) -> float:
    """Return the largest weight anywhere: it is taken at the south-western corner of some box's south and west edge."""
    if not areas:
        return background
    south, west = np.meshgrid([area.latitude_rad[0] for area in areas], [area.longitude_rad[0] for area in areas])
    return background + float(np.max(sum(area.weight * area.contains(south, west) for area in areas)))
