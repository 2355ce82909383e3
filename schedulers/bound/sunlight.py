"""What the Sun offers each satellite beyond its base load, per piece of time, from the knots that a run itself uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schedulers.bound.swinging_supply import Offer, offer_of_pieces
from simulator.engine.array_supply import ArraySupply
from simulator.engine.sky import Sky
from simulator.engine.world import World
from simulator.records import Contact
from simulator.sunlight.illumination import Illumination
from simulator.sunlight.sun import sun_path

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_SLIVER_S: Final = 1e-3
"""A sign change this near an edge of the grid is not cut at: cutting is an offer, not a need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Pieces of every body's time, in order of body and time; no piece crosses an edge of the grid.

    A body is a satellite, or a group of satellites and its mean. Supply is array output minus base load.
    All arrays but `offsets` are (n_pieces,).

    Attributes
    ----------
    offsets : (n_bodies + 1,), pieces of body i are offsets[i]:offsets[i + 1]
    interval : which interval of the grid it lies in
    length_s : duration
    is_last : whether it ends its interval
    surplus_j, deficit_j : integrals of the positive and of the negative part of the supply
    usable_j : integral of the positive part, cut at what all tasks that run at once can draw
    brightest_w : largest positive supply
    """

    offsets: Indices
    interval: Indices
    length_s: Floats
    is_last: NDArray[np.bool_]
    surplus_j: Floats
    deficit_j: Floats
    usable_j: Floats
    brightest_w: Floats

    @property
    def n(self) -> int:
        """Number of pieces."""
        return self.interval.size

    @property
    def body(self) -> Indices:
        """Body of each piece, (n_pieces,)."""
        return np.repeat(np.arange(self.offsets.size - 1), np.diff(self.offsets))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Sunlight and contacts of a whole run: `pieces` are cut where the supply changes sign."""

    pieces: Pieces
    contacts: Sequence[Sequence[Contact]]


def time_grid(world: World, interval_s: float) -> Floats:
    """Return edges (n_intervals + 1,) from 0 to the end of the run, at most `interval_s` apart.

    The end of the warm-up and the edges of the windows in which a run solves its sunlight are among them.
    """
    windows_s = np.arange(0.0, world.end_s, world.window_s)
    fixed = np.unique(np.concatenate([windows_s, [world.warm_up_s, world.end_s]]))
    parts = [
        np.linspace(start_s, end_s, int(np.ceil((end_s - start_s) / interval_s)) + 1)[:-1]
        for start_s, end_s in pairwise(fixed.tolist())
    ]
    return np.concatenate([*parts, fixed[-1:]])


def solve_forecast(world: World, grid_s: Floats) -> Forecast:
    """Return sunlight and contacts over the grid, window by window as a run solves them."""
    sky = Sky(world)
    arrays = ArraySupply(world)
    parts: list[list[tuple[Floats, ...]]] = [[] for _ in world.batteries]
    while sky.known_until_s < world.end_s:
        illumination = sky.extend()
        start_s, end_s = illumination.start_s, min(illumination.end_s, world.end_s)
        edges_s = grid_s[(grid_s >= start_s) & (grid_s <= end_s)]
        flux = _flux(world, illumination)
        for supply in arrays.solve(illumination, flux):
            base_w = world.batteries[supply.i_sat].base_power_w
            offer = offer_of_pieces(supply.pieces, base_w, _peak_compute_w(world), edges_s)
            parts[supply.i_sat].append(_cut_offer(offer, edges_s))
        for i_sat in range(illumination.n_sats):
            if i_sat in arrays.satellites:
                continue
            time_s, fraction = illumination.knots(i_sat)
            supply_w = world.solar_power_w[i_sat] * flux * fraction - world.batteries[i_sat].base_power_w
            parts[i_sat].append(_cut(time_s, supply_w, edges_s, _peak_compute_w(world)))
    counts = [sum(part[0].size for part in of_satellite) for of_satellite in parts]
    flat = [part for of_satellite in parts for part in of_satellite]
    finish_s, length_s, surplus_j, deficit_j, usable_j, brightest_w = (
        np.concatenate(column) for column in zip(*flat, strict=True)
    )
    interval = np.searchsorted(grid_s, finish_s - 0.5 * length_s, side="right") - 1
    pieces = Pieces(
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.intp),
        interval=interval,
        length_s=length_s,
        is_last=np.asarray(finish_s == grid_s[interval + 1], dtype=np.bool_),
        surplus_j=surplus_j,
        deficit_j=deficit_j,
        usable_j=usable_j,
        brightest_w=brightest_w,
    )
    return Forecast(pieces=pieces, contacts=sky.contacts)


def _peak_compute_w(world: World) -> float:
    return world.tasks_at_once * max(mode.power_w for mode in world.all_modes)


def _flux(world: World, illumination: Illumination) -> float:
    """Return what a run scales a window's array output by: the flux at its middle."""
    start_s, end_s = illumination.start_s, illumination.end_s
    return float(sun_path(world.positions.epoch, start_s, end_s).flux_factor(0.5 * (start_s + end_s)))


def _cut(time_s: Floats, supply_w: Floats, edges_s: Floats, peak_w: float) -> tuple[Floats, ...]:
    """Return end, length, surplus, deficit, usable and brightest of the pieces of one satellite in one window.

    Between knots the supply is a straight line: with its crossings of 0 and of `peak_w` among the points, the
    trapezoidal sums of its positive, negative and cut parts are exact.
    """
    crossings_s = _crossings_s(time_s, supply_w, 0.0)
    inside = (time_s > edges_s[0]) & (time_s < edges_s[-1])
    points_s = np.concatenate([time_s[inside], edges_s, crossings_s, _crossings_s(time_s, supply_w, peak_w)])
    points_s = np.unique(points_s[(points_s >= edges_s[0]) & (points_s <= edges_s[-1])])
    value_w = np.interp(points_s, time_s, supply_w)
    cuts_s = _with_cuts(edges_s, crossings_s)
    at = np.searchsorted(points_s, cuts_s)
    step_s = np.diff(points_s)

    def integral_j(part_w: Floats) -> Floats:
        cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (part_w[1:] + part_w[:-1]) * step_s)])
        return np.diff(cumulative[at])

    positive_w = np.maximum(value_w, 0.0)
    brightest_w = np.maximum(np.maximum.reduceat(positive_w, at[:-1]), positive_w[at[1:]])
    return (
        cuts_s[1:],
        np.diff(cuts_s),
        integral_j(positive_w),
        integral_j(np.maximum(-value_w, 0.0)),
        integral_j(np.minimum(positive_w, peak_w)),
        brightest_w,
    )


def _cut_offer(offer: Offer, edges_s: Floats) -> tuple[Floats, ...]:
    """Return what `_cut` returns, of an offer."""
    cuts_s = _with_cuts(edges_s, offer.crossing_s)
    at = np.searchsorted(offer.point_s, cuts_s)

    def integral_j(part_j: Floats) -> Floats:
        return np.asarray(np.add.reduceat(part_j, at[:-1]), dtype=np.float64)

    return (
        cuts_s[1:],
        np.diff(cuts_s),
        integral_j(np.maximum(offer.net_j, 0.0)),
        integral_j(np.maximum(-offer.net_j, 0.0)),
        integral_j(offer.usable_j),
        np.asarray(np.maximum.reduceat(offer.brightest_w, at[:-1]), dtype=np.float64),
    )


def _crossings_s(time_s: Floats, value: Floats, level: float) -> Floats:
    """Return where straight lines between knots pass a level strictly inside."""
    above = value - level
    first = np.flatnonzero(above[:-1] * above[1:] < 0.0)
    share = above[first] / (above[first] - above[first + 1])
    return np.asarray(time_s[first] + share * (time_s[first + 1] - time_s[first]), dtype=np.float64)


def _with_cuts(edges_s: Floats, crossings_s: Floats) -> Floats:
    """Return the edges and those crossings that stand clear of them and of each other."""
    kept: list[float] = []
    last_s = -np.inf
    for crossing_s in np.sort(crossings_s).tolist():
        nearest_s = float(np.min(np.abs(edges_s - crossing_s)))
        is_inside = edges_s[0] < crossing_s < edges_s[-1]
        if is_inside and nearest_s > _SLIVER_S and crossing_s > last_s + _SLIVER_S:
            kept.append(crossing_s)
            last_s = crossing_s
    return np.unique(np.concatenate([edges_s, kept]))
