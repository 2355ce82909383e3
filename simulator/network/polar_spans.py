"""When satellites cross a latitude."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.orbits.model import Floats, Indices, PositionModel
from simulator.revolutions import scan_step_s
from simulator.roots import bracketed_roots, refined_maxima

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
    height = _height(positions.block(t_s), sine)
    parts = [(np.full(positions.n_sats, start_s), np.arange(positions.n_sats, dtype=np.intp), height[:, 0] > 0.0)]
    i_sat, k = np.nonzero((height[:, :-1] > 0.0) != (height[:, 1:] > 0.0))
    parts.append(_roots(positions, sine, i_sat, t_s[k], t_s[k + 1], height[i_sat, k] <= 0.0))
    parts += _grazes(positions, sine, t_s, height)
    times_s, satellites, is_beyond = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((satellites, times_s))
    return times_s[order], satellites[order], is_beyond[order]


_Part = tuple[Floats, Indices, NDArray[np.bool_]]


def _height(position_m: Floats, sine: float) -> Floats:
    """Return how far the sine of the distance from the equator is above another, (..., 3) -> (...); -1 if unknown."""
    height = np.abs(position_m[..., 2]) / np.linalg.norm(position_m, axis=-1) - sine
    return np.where(np.isnan(height), -1.0, height)


def _roots(
    positions: PositionModel, sine: float, i_sat: Indices, a_s: Floats, b_s: Floats, is_entry: NDArray[np.bool_]
) -> _Part:
    """Return the crossings between pairs of times, the later one beyond the latitude where `is_entry`."""
    inside_s, outside_s = np.where(is_entry, b_s, a_s), np.where(is_entry, a_s, b_s)
    if i_sat.size == 0:
        return inside_s, i_sat, is_entry

    def height(which: Indices, t_s: Floats) -> Floats:
        return _height(positions.at(i_sat[which], t_s), sine)

    guess_s = 0.5 * (inside_s + outside_s)
    every = np.arange(i_sat.size, dtype=np.intp)
    slope = (height(every, inside_s) - height(every, outside_s)) / (inside_s - outside_s)
    return bracketed_roots(height, inside_s, outside_s, guess_s, slope), i_sat, is_entry


def _grazes(positions: PositionModel, sine: float, t_s: Floats, height: Floats) -> list[_Part]:
    """Return entries and exits of visits that fall between two samples."""
    middle = height[:, 1:-1]
    is_top = (middle <= 0.0) & (middle > -_GRAZING) & (middle >= height[:, :-2]) & (middle >= height[:, 2:])
    i_sat, k = np.nonzero(is_top)
    if i_sat.size == 0:
        return []
    step_s = t_s[1] - t_s[0]
    top_s, top = refined_maxima(
        lambda which, at_s: _height(positions.at(i_sat[which], at_s), sine), t_s[k + 1], np.full(k.size, step_s)
    )
    is_visit = top > 0.0
    i_sat, top_s, before_s, after_s = i_sat[is_visit], top_s[is_visit], t_s[k][is_visit], t_s[k + 2][is_visit]
    every = np.ones(i_sat.size, dtype=np.bool_)
    return [
        _roots(positions, sine, i_sat, before_s, top_s, every),
        _roots(positions, sine, i_sat, top_s, after_s, ~every),
    ]
