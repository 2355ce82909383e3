"""Roots and maxima of many smooth functions of time at once, inside brackets.

A problem is one function; `function(which, t_s)` evaluates problems `which` at times `t_s`, both of shape (n,).
Values are positive inside an event and negative outside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]
ProblemFunction: TypeAlias = Callable[[Indices, Floats], Floats]

_MAX_ITERATIONS: Final = 90
_FREE_SECANT_STEPS: Final = 6
_SHORT_STEP_S: Final = 1e-3  # below it rounding of positions would spoil a secant's slope
_PROBES: Final = np.linspace(-1.0, 1.0, 9)


def bracketed_roots(
    function: ProblemFunction,
    inside_s: Floats,
    outside_s: Floats,
    guess_s: Floats,
    slope_per_s: Floats,
    *,
    tolerance_s: float = 1e-6,
) -> Floats:
    """Return the root of every problem between a time inside its event and a time outside.

    Parameters
    ----------
    function : callable
        Problems by index, positive at `inside_s` and negative at `outside_s`; the ends are not evaluated.
    inside_s, outside_s, guess_s, slope_per_s : (n,), float64
        Bracket in either order, first guess, and slope expected at the root.
    tolerance_s : float
        Bound on the error that the last secant step leaves, where `inside_s` is near the middle of the event.

    Returns
    -------
    (n,), float64
        Roots; nan where the function is nan on the way.

    Notes
    -----
    Secant steps, kept inside the bracket; after six of them every second step bisects, so that the search ends. A
    secant leaves an error of f''/(2 f') times the product of its last two errors (Dahlquist and Bjorck, 1974,
    section 6.4), and f''/(2 f') is about 1/(2 h) for an event of half-duration h, the distance from `inside_s`.
    """
    roots = np.full(guess_s.shape, np.nan)
    which = np.arange(guess_s.size, dtype=np.intp)
    inside, outside = inside_s.copy(), outside_s.copy()
    t, step = guess_s, np.zeros_like(guess_s)
    value = function(which, t)
    slope = slope_per_s
    for iteration in range(_MAX_ITERATIONS):
        inside = np.where(value > 0.0, t, inside)
        outside = np.where(value <= 0.0, t, outside)
        next_t, is_secant = _next_times(t, value, slope, inside, outside)
        if iteration > _FREE_SECANT_STEPS and iteration % 2 == 1:
            next_t, is_secant = 0.5 * (inside + outside), np.zeros(t.shape, dtype=np.bool_)
        next_step = next_t - t
        is_done = np.abs(outside - inside) < tolerance_s
        if iteration > 0:  # the first step rests on a guessed slope
            is_done |= is_secant & (_secant_error_s(step, next_step, next_t - inside_s[which]) < tolerance_s)
        is_active = ~is_done & ~np.isnan(value)
        roots[which[is_done]] = next_t[is_done]
        if not is_active.any():
            break
        which, inside, outside = which[is_active], inside[is_active], outside[is_active]
        previous, t, step = value[is_active], next_t[is_active], next_step[is_active]
        value = function(which, t)
        with np.errstate(divide="ignore", invalid="ignore"):
            secant = (value - previous) / step
        slope = np.where(np.abs(step) < _SHORT_STEP_S, slope[is_active], secant)
    return roots


def _next_times(
    t: Floats, value: Floats, slope: Floats, inside: Floats, outside: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return where secants lead, the middle of a bracket where they leave it, and which are secants."""
    with np.errstate(divide="ignore", invalid="ignore"):
        next_t = t - value / slope
    is_secant = (next_t - inside) * (next_t - outside) <= 0.0
    return np.where(is_secant, next_t, 0.5 * (inside + outside)), is_secant


def _secant_error_s(step: Floats, next_step: Floats, half_s: Floats) -> Floats:
    """Return the error that a secant step leaves at the edge of an event of given half-duration."""
    product = np.abs(next_step) * np.maximum(np.abs(step), np.abs(next_step))
    error_s = product / np.maximum(2.0 * np.abs(half_s), 1e-9)
    # short steps keep their slope: where it is wrong they shrink by a constant factor, and their sum to come counts
    shrinking = np.minimum(1.0, np.abs(next_step) / np.maximum(np.abs(step), 1e-12))
    to_come_s = np.abs(next_step) * np.maximum(1.0, shrinking / np.maximum(1.0 - shrinking, 1e-9))
    return np.where(np.abs(step) < _SHORT_STEP_S, to_come_s, error_s)


def refined_maxima(function: ProblemFunction, t_s: Floats, width_s: Floats, n_rounds: int = 3) -> tuple[Floats, Floats]:
    """Return time and value of the highest point of every problem within `width_s` of `t_s`.

    Each round probes nine times and narrows the width fourfold around the best; a parabola through the last
    three ends it. All shapes (n,), float64.
    """
    which = np.arange(t_s.size, dtype=np.intp)
    centre, width = t_s, width_s
    for _ in range(n_rounds):
        probes = centre[:, None] + width[:, None] * _PROBES
        values = function(np.repeat(which, _PROBES.size), probes.ravel()).reshape(probes.shape)
        best = np.argmax(np.where(np.isnan(values), -np.inf, values), axis=1)
        centre, width = probes[which, best], width / 4.0
    step = width
    below, middle, above = (function(which, centre + offset * step) for offset in (-1.0, 0.0, 1.0))
    curvature = below - 2.0 * middle + above
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.clip(0.5 * (below - above) / curvature, -1.0, 1.0)
    vertex = np.where(curvature < 0.0, centre + shift * step, centre)
    return vertex, function(which, vertex)


def positive_spans(function: ProblemFunction, t_s: Floats) -> Floats:
    """Return starts and ends of the spans over which one function of time is positive, (2, n), in order.

    `t_s` (n_samples,) is a raster on which every excursion shows at least as a local maximum; the function ignores
    which problem it is asked for. Samples that are nan count as negative.
    """
    which = np.zeros(t_s.size, dtype=np.intp)
    values = np.nan_to_num(function(which, t_s), nan=-np.inf)
    t_s, values = _with_hidden_maxima(function, t_s, values)
    is_in = values > 0.0
    rises, sets = np.flatnonzero(~is_in[:-1] & is_in[1:]), np.flatnonzero(is_in[:-1] & ~is_in[1:])
    start = _crossings(function, t_s, values, rises + 1, rises)
    end = _crossings(function, t_s, values, sets, sets + 1)
    if is_in[0]:
        start = np.concatenate([t_s[:1], start])
    if is_in[-1]:
        end = np.concatenate([end, t_s[-1:]])
    return np.stack([start, end])


def _with_hidden_maxima(function: ProblemFunction, t_s: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Add to a raster the true tops of local maxima that a sample missed, where they are positive."""
    is_top = np.zeros(t_s.size, dtype=np.bool_)
    is_top[1:-1] = (values[1:-1] >= values[:-2]) & (values[1:-1] >= values[2:]) & (values[1:-1] <= 0.0)
    tops = np.flatnonzero(is_top & np.isfinite(values))
    if tops.size == 0:
        return t_s, values
    top_s, top = refined_maxima(function, t_s[tops], np.full(tops.size, t_s[1] - t_s[0]), n_rounds=4)
    is_new = (top > 0.0) & ~np.isin(top_s, t_s)
    t_s, values = np.concatenate([t_s, top_s[is_new]]), np.concatenate([values, top[is_new]])
    order = np.argsort(t_s)
    return t_s[order], values[order]


def _crossings(function: ProblemFunction, t_s: Floats, values: Floats, inside: Indices, outside: Indices) -> Floats:
    """Return the zero between each pair of raster points."""
    inside_s, outside_s, height, depth = t_s[inside], t_s[outside], values[inside], values[outside]
    with np.errstate(invalid="ignore"):
        slope = (depth - height) / (outside_s - inside_s)
        guess_s = np.where(np.isfinite(slope), inside_s - height / slope, 0.5 * (inside_s + outside_s))
    return bracketed_roots(function, inside_s, outside_s, guess_s, slope)


def assigned_to_border(
    function: ProblemFunction, edge_s: Floats, border_s: float, *, is_start: bool, reach_s: float = 1e-4
) -> Floats:
    """Move edges that lie within `reach_s` of a border to the side that the sign at the border says.

    Two spans that share a border solve an edge on it each for itself, 1e-6 s apart; the sign there is one and the
    same, so that the edge counts in exactly one of them. `function` is indexed like `edge_s` (n,); `is_start` tells
    starts of events from ends. Returns (n,).
    """
    near = np.flatnonzero(np.abs(edge_s - border_s) < reach_s)
    if near.size == 0:
        return edge_s
    is_inside = function(near, np.full(near.size, border_s)) > 0.0
    moved_s = edge_s.copy()
    before_s = np.minimum(edge_s[near], np.nextafter(border_s, -np.inf))
    moved_s[near] = np.where(is_inside == is_start, before_s, np.maximum(edge_s[near], border_s))
    return moved_s
