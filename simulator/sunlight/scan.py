"""Shadow passages of eccentric orbits: a scan fine enough for perigee, then roots; maxima near zero are looked into."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.orbits.model import Floats, Indices, PositionModel
from simulator.roots import positive_spans
from simulator.sunlight.shadow import ShadowKind, ShadowModel, shadow_depth_m
from simulator.sunlight.sun import SunPath

_MARGIN_S: Final = 7_200.0


def scanned_passages(
    positions: PositionModel,
    i_sat: int,
    step_s: float,
    span_s: tuple[float, float],
    sun: SunPath,
    model: ShadowModel,
) -> tuple[Indices, Floats]:
    """Return the satellite's index (n,) and edges (4, n) of its passages: penumbra entry, exit, umbra entry, exit.

    The scan reaches two hours beyond either end; what is cut there has the end of the scan as its edge.
    """
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
