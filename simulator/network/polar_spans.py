"""When satellites cross a latitude."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.network.level_crossings import level_crossings
from simulator.orbits.model import Floats, Indices, PositionModel
from simulator.revolutions import scan_step_s

_GRAZING: Final = 5e-3
"""How far below the latitude, in its sine, a highest sample may lie whose true top is above it: 1 - cos of half a step,
1.2e-3 of a turn's 64th, and as much again for orbits that are not circles."""


def latitude_crossings(
    positions: PositionModel, latitude_rad: float, start_s: float, end_s: float
) -> tuple[Floats, Indices, NDArray[np.bool_]]:
    """Return when satellites come nearer to a pole than a latitude, and when they leave.

    Parameters
    ----------
    positions : PositionModel
    latitude_rad : float
        Geocentric, north and south of the equator alike; above 0 and below pi/2.
    start_s, end_s : float

    Returns
    -------
    t_s, i_sat, is_beyond : (n,), in order of time (of satellites at equal times)
        `is_beyond` is what holds from then on. Satellites that are beyond the latitude at the start come first, at
        `start_s`, and so do those that are not, so that every satellite is told of.

    Notes
    -----
    The distance from the equator is sampled 64 times a turn; each change of sign brackets a root, good to 1e-6 s, and a
    highest sample just below the latitude is followed to its top. Below some 6 degrees a step could miss a crossing of
    the equator.
    """
    if not 0.0 < latitude_rad < 0.5 * np.pi:
        raise ValueError(f"latitude_rad = {latitude_rad}: must be above 0 and below pi/2")
    sine = np.sin(latitude_rad)
    orbits = positions.mean_orbits
    known = np.flatnonzero(np.isfinite(orbits.semi_major_axis_m))
    step_s = min((scan_step_s(orbits, int(i_sat)) for i_sat in known), default=end_s - start_s)
    t_s = np.linspace(start_s, end_s, int(np.ceil((end_s - start_s) / step_s)) + 1)

    def height(i_sat: Indices, at_s: Floats) -> Floats:
        return _height(positions.at(i_sat, at_s), sine)

    return level_crossings(height, t_s, _height(positions.block(t_s), sine), _GRAZING)


def _height(position_m: Floats, sine: float) -> Floats:
    """Return how far the sine of the distance from the equator is above another, (..., 3) -> (...); -1 if unknown."""
    height = np.abs(position_m[..., 2]) / np.linalg.norm(position_m, axis=-1) - sine
    return np.where(np.isnan(height), -1.0, height)
