"""Shadow passages of eccentric orbits: a scan fine enough for perigee, then roots; maxima near zero are looked into."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.orbits.model import Floats, Indices, PositionModel
from simulator.revolutions import scan_step_s
from simulator.roots import ProblemFunction, bracketed_roots, refined_maxima
from simulator.sunlight.shadow import ShadowKind, ShadowModel, shadow_depth_m
from simulator.sunlight.sun import SunPath

_MARGIN_S: Final = 7_200.0


def scanned_passages(
    positions: PositionModel, i_sat: int, span_s: tuple[float, float], sun: SunPath, model: ShadowModel
) -> tuple[Indices, Floats]:
    """Return the satellite's index (n,) and edges (4, n) of its passages: penumbra entry, exit, umbra entry, exit.

    The scan reaches two hours beyond either end; what is cut there has the end of the scan as its edge.
    """
    step_s = scan_step_s(positions.mean_orbits, i_sat)
    n = int(np.ceil((span_s[1] - span_s[0] + 2.0 * _MARGIN_S) / step_s)) + 1
    t_s = np.linspace(span_s[0] - _MARGIN_S, span_s[1] + _MARGIN_S, n)
    spans = []
    for kind in (ShadowKind.PENUMBRA, ShadowKind.UMBRA):
        limb = model.limb(kind)

        def depth(_: Indices, at_s: Floats, limb: float = limb) -> Floats:
            position_m = positions.at(np.full(at_s.size, i_sat, dtype=np.intp), at_s)
            return shadow_depth_m(position_m, sun.position_m(at_s), limb, model)

        spans.append(positive_spans(depth, t_s))
    outer, inner = spans
    edges = np.full((4, outer.shape[1]), np.nan)
    edges[0:2] = outer
    home = np.searchsorted(outer[0], inner[0], side="right") - 1
    edges[2:4, home] = inner
    return np.full(outer.shape[1], i_sat, dtype=np.intp), edges


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
    start = _crossings(function, t_s, values, rises, rises + 1)
    end = _crossings(function, t_s, values, sets + 1, sets)
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


def _crossings(
    function: ProblemFunction, t_s: Floats, values: Floats, inside: NDArray[np.intp], outside: NDArray[np.intp]
) -> Floats:
    """Return the zero between each pair of raster points."""
    inside_s, outside_s, height, depth = t_s[inside], t_s[outside], values[inside], values[outside]
    with np.errstate(invalid="ignore"):
        slope = (depth - height) / (outside_s - inside_s)
        guess_s = np.where(np.isfinite(slope), inside_s - height / slope, 0.5 * (inside_s + outside_s))
    return bracketed_roots(function, inside_s, outside_s, guess_s, slope)
