"""What the Earth keeps away: the geomagnetic cutoff of rigidities, and the shadow of its body."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiation.environment.places import flat_places
from radiation.environment.tables import cutoff_field

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

CUTOFF_AT_ONE_RADIUS_GV: Final = 14.5
"""Vertical cutoff = 14.5 GV / L^2 (Smart and Shea 2005, Adv. Space Res. 36, 2012), within 3 % of traced trajectories at
550 km."""

EARTH_RADIUS_KM: Final = 6_371.2
LARGEST_INVERSE_SHELL: Final = 1.02
N_NODES: Final = 256


def cutoff_rigidity_gv(latitude_rad: ArrayLike, longitude_rad: ArrayLike, altitude_m: ArrayLike) -> Floats:
    """Return the vertical cutoff rigidity in the present field (IGRF 2025).

    Parameters are geodetic latitude, longitude and altitude, broadcast against each other, 300 to 2,000 km.
    """
    places, shape = flat_places(0.0, latitude_rad, longitude_rad, altitude_m)
    inverse_shell = cutoff_field().at(places.latitude_deg, places.longitude_deg, places.altitude_km)[0]
    cutoff: Floats = CUTOFF_AT_ONE_RADIUS_GV * inverse_shell.astype(np.float64) ** 2
    return cutoff.reshape(shape)


def share_of_open_sky(altitude_km: Floats32) -> Floats32:
    """Return the share of all directions that the Earth's body leaves open, 0.70 at 550 km, same shape."""
    ratio = np.float32(EARTH_RADIUS_KM) / (np.float32(EARTH_RADIUS_KM) + altitude_km)
    share: Floats32 = np.float32(0.5) * (np.float32(1.0) + np.sqrt(np.float32(1.0) - ratio * ratio))
    return share


def cutoff_nodes_gv() -> Floats:
    """Return the cutoffs (n_nodes,) of a `CutoffTable`, evenly spaced in 1/L."""
    nodes: Floats = CUTOFF_AT_ONE_RADIUS_GV * np.linspace(0.0, LARGEST_INVERSE_SHELL, N_NODES) ** 2
    return nodes


def integral_above(cutoff_gv: Floats, rigidity_gv: Floats, energy_mev: Floats, density: Floats) -> Floats:
    """Return the integral of `density` over energy where the rigidity is above each cutoff, same shape as `cutoff_gv`.

    `rigidity_gv`, `energy_mev` and `density` are (n,), ascending in energy; the integral is by trapezia.
    """
    steps = 0.5 * (density[1:] + density[:-1]) * np.diff(energy_mev)
    above = np.concatenate([np.cumsum(steps[::-1])[::-1], [0.0]])
    found: Floats = np.interp(cutoff_gv, rigidity_gv, above)
    return found


class CutoffTable:
    """A rate that depends on the cutoff and on one parameter that moves slowly in time.

    Parameters
    ----------
    parameter : (n_parameters,), evenly spaced, ascending; one value for a rate that does not depend on it
    values : (n_parameters, n_nodes), at `cutoff_nodes_gv`
    """

    def __init__(self, parameter: Floats, values: Floats) -> None:
        self._first = float(parameter[0])
        self._step = float(parameter[1] - parameter[0]) if len(parameter) > 1 else 1.0
        self._values = values.astype(np.float32)
        self._per_shell = np.float32((N_NODES - 1) / LARGEST_INVERSE_SHELL)

    def at(self, inverse_shell: Floats32, parameter: Floats | float) -> Floats32:
        """Return the rate (n,) at 1/L (n,) and at the parameter, (n,) or a scalar, by straight lines."""
        node = np.clip(inverse_shell * self._per_shell, 0.0, np.float32(N_NODES - 1.001))
        i_node = node.astype(np.int32)
        along = node - i_node.astype(np.float32)
        if len(self._values) == 1:
            return _line(self._values[0], i_node, along)
        turn = np.clip((parameter - self._first) / self._step, 0.0, len(self._values) - 1.001)
        i_low, i_high = int(np.min(turn)), int(np.max(turn))
        if i_low == i_high:
            share = np.asarray(turn - i_low, dtype=np.float32)
            low, high = (_line(self._values[i], i_node, along) for i in (i_low, i_low + 1))
            return low + share * (high - low)
        i_row = np.asarray(turn).astype(np.int32)
        share = np.asarray(turn - i_row, dtype=np.float32)
        flat = self._values.ravel()
        low, high = (_line(flat, (i_row + step) * np.int32(N_NODES) + i_node, along) for step in (0, 1))
        return low + share * (high - low)


def _line(values: Floats32, node: NDArray[np.int32], along: Floats32) -> Floats32:
    left: Floats32 = values.take(node)
    return left + along * (values.take(node + 1) - left)
