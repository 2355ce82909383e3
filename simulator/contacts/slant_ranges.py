"""Distances between satellites and stations during passes, ready to be read one at a time.

One position of one satellite costs a call of many array operations; a run asks for a distance at the end of every
ground transfer. Here each pass gets a polynomial of its squared distance, all passes of a window in one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.constants import WGS84_EQUATORIAL_RADIUS_M, WGS84_FLATTENING
from simulator.contacts.stations import GroundStation, station_geometry
from simulator.orbits.model import Floats, Frame, MeanOrbits, PositionModel

_N_NODES = 8
_NODES = np.cos(np.pi * (np.arange(_N_NODES) + 0.5) / _N_NODES)
_TO_POWERS = np.linalg.inv(np.vander(_NODES)).T
"""Takes values at the Chebyshev nodes, as a row, to coefficients of a polynomial, highest power first."""


class _Pass(NamedTuple):
    """Squared distance over [start, end] as a polynomial of x = (t - middle) / half, highest power first."""

    station: int
    start_s: float
    end_s: float
    middle_s: float
    half_s: float
    coefficients_m2: tuple[float, ...]


class SlantRanges:
    """Slant ranges over known passes.

    Parameters
    ----------
    positions : PositionModel
    stations : sequence of GroundStation

    Notes
    -----
    The squared distance of a circular orbit from a point of the turning Earth is a constant plus sines of the angle
    passed. Over a pass of a low orbit, at most a quarter of a turn, interpolation at 8 Chebyshev nodes leaves about
    4 mm of range; over half a turn of a high orbit some tens of metres (0.1 us of light).
    """

    def __init__(self, positions: PositionModel, stations: Sequence[GroundStation]) -> None:
        self._positions = positions
        self._station_m = station_geometry(stations).position_m if stations else np.empty((0, 3))
        self._passes: list[list[_Pass]] = [[] for _ in range(positions.n_sats)]

    def add(self, i_sat: NDArray[np.intp], i_station: NDArray[np.intp], start_s: Floats, end_s: Floats) -> None:
        """Add passes, each column of shape (n_passes,), in order of start time for every satellite."""
        middle_s, half_s = 0.5 * (start_s + end_s), np.maximum(0.5 * (end_s - start_s), 1e-9)
        node_s = middle_s[:, np.newaxis] + half_s[:, np.newaxis] * _NODES
        at_m = self._positions.at(np.repeat(i_sat, _N_NODES), node_s.ravel(), Frame.EARTH_FIXED)
        away_m = at_m.reshape(-1, _N_NODES, 3) - self._station_m[i_station, np.newaxis]
        coefficients_m2 = np.einsum("pnx,pnx->pn", away_m, away_m) @ _TO_POWERS
        columns = (i_sat, i_station, start_s, end_s, middle_s, half_s)
        rows = zip(*(column.tolist() for column in columns), coefficients_m2.tolist(), strict=True)
        for satellite, station, start, end, middle, half, powers in rows:
            self._passes[satellite].append(_Pass(station, start, end, middle, half, tuple(powers)))

    def forget_before(self, t_s: float) -> None:
        """Drop passes that ended before `t_s`."""
        for passes in self._passes:
            if passes and passes[0].end_s < t_s:
                passes[:] = [known for known in passes if known.end_s >= t_s]

    def range_m(self, satellite: int, station: int, t_s: float) -> float:
        """Return the distance at `t_s`; outside the known passes it is computed for itself."""
        for known in self._passes[satellite]:
            if known.start_s <= t_s <= known.end_s and known.station == station:
                x = (t_s - known.middle_s) / known.half_s
                square_m2 = 0.0
                for coefficient_m2 in known.coefficients_m2:
                    square_m2 = square_m2 * x + coefficient_m2
                return float(square_m2**0.5)
        at_m = self._positions.at(np.array([satellite]), np.array([t_s]), Frame.EARTH_FIXED)[0]
        return float(np.linalg.norm(at_m - self._station_m[station]))

    def crossings_s(
        self, satellite: int, station: int, start_s: float, end_s: float, ranges_m: Sequence[float]
    ) -> list[float]:
        """Return when a satellite is at one of some distances, inside known passes and an open span, in order.

        Times are real roots of the polynomials of the passes; a distance that is only touched may count or not.
        """
        square_m2 = np.square(np.asarray(ranges_m, dtype=np.float64))
        found_s: list[float] = []
        for known in self._passes[satellite]:
            if known.station == station and known.start_s < end_s and known.end_s > start_s:
                x = _roots_inside(np.array(known.coefficients_m2), square_m2)
                found_s += (known.middle_s + known.half_s * x).tolist()
        return sorted(t_s for t_s in set(found_s) if start_s < t_s < end_s)


def longest_slant_range_m(orbits: MeanOrbits, min_elevation_rad: float) -> float:
    """Return a bound on the distance of any satellite above a mask elevation, by the law of cosines on a sphere.

    The ellipsoid is bounded by the sphere of its polar radius, and by geodetic and geocentric verticals being less
    than 0.2 deg apart; at 550 km and 25 deg this is 44 km (0.15 ms) above the distance on the equator.
    """
    apogee_m = float(np.nanmax(orbits.semi_major_axis_m * (1.0 + orbits.eccentricity)))
    elevation_rad = min_elevation_rad - np.radians(0.2)
    radius_m = WGS84_EQUATORIAL_RADIUS_M * (1.0 - WGS84_FLATTENING)
    return float(np.sqrt(apogee_m**2 - (radius_m * np.cos(elevation_rad)) ** 2) - radius_m * np.sin(elevation_rad))


def _roots_inside(coefficients: Floats, levels: Floats) -> Floats:
    """Return the x in [-1, 1] at which a polynomial, highest power first, takes one of some levels, (n_roots,)."""
    stationary = _real_inside(np.roots(np.polyder(coefficients)))
    extremes = np.polyval(coefficients, np.concatenate([[-1.0, 1.0], stationary]))
    taken = levels[(levels >= extremes.min()) & (levels <= extremes.max())].tolist()
    roots = [_real_inside(np.roots([*coefficients[:-1], coefficients[-1] - level])) for level in taken]
    return np.concatenate([np.empty(0), *roots])


def _real_inside(roots: NDArray[np.inexact]) -> Floats:
    # eigenvalues of a real matrix come in conjugate pairs, and real ones without any imaginary part
    real = np.real(roots[np.imag(roots) == 0.0])
    return np.asarray(real[np.abs(real) <= 1.0])
