"""What an array that does not always face the Sun offers beyond the base load, from the pieces that a run uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulator.power.supply_piece import SupplyPiece

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Supply minus base load over spans between `point_s` (n + 1,), in each of which it keeps its sign.

    `crossing_s` are the points at which it changes sign. Over each span: `net_j` is its integral, `usable_j` that of
    its positive part cut at a peak, `brightest_w` its largest positive value; all (n,).
    """

    point_s: Floats
    crossing_s: Floats
    net_j: Floats
    usable_j: Floats
    brightest_w: Floats


def offer_of_pieces(pieces: Sequence[SupplyPiece], base_w: float, peak_w: float, edges_s: Floats) -> Offer:
    """Return the offer over [edges_s[0], edges_s[-1]], with every edge among its points."""
    first_s, last_s, edge_list = float(edges_s[0]), float(edges_s[-1]), edges_s.tolist()
    points_s, crossings_s = [first_s], []
    spans = []
    for piece in pieces:
        from_s, to_s = max(piece.start_s, first_s), min(piece.end_s, last_s)
        if from_s >= to_s:
            continue
        crossings_s += piece.crossings(from_s, to_s, (base_w,))[1:-1]
        cuts_s = {*piece.crossings(from_s, to_s, (base_w, base_w + peak_w)), *piece.monotone_sections(from_s, to_s)}
        cuts_s.update(edge_s for edge_s in edge_list if from_s < edge_s < to_s)
        for a_s, b_s in pairwise(sorted(cuts_s)):
            spans.append(_span(piece, a_s, b_s, base_w, peak_w))
            points_s.append(b_s)
    net_j, usable_j, brightest_w = np.array(spans).T
    return Offer(
        point_s=np.array(points_s),
        crossing_s=np.array(crossings_s, dtype=np.float64),
        net_j=net_j,
        usable_j=usable_j,
        brightest_w=brightest_w,
    )


def _span(piece: SupplyPiece, a_s: float, b_s: float, base_w: float, peak_w: float) -> tuple[float, float, float]:
    """Return net energy, usable energy and brightest power of a span without a crossing or a turn inside."""
    net_j = piece.energy_j(a_s, b_s) - base_w * (b_s - a_s)
    usable_j = min(max(net_j, 0.0), peak_w * (b_s - a_s))
    return net_j, usable_j, max(piece.power_w(a_s) - base_w, piece.power_w(b_s) - base_w, 0.0)
