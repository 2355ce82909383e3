"""What a supply known ahead will give: its energy between two times, and when its power is high."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from simulator.power.supply_piece import SupplyPiece

Spans = list[tuple[float, float]]


class SupplyOutlook:
    """Energies and spans of a supply in adjoining pieces; before the first and after the last it counts as nothing.

    Energies of whole pieces are added up at once, spans above a level found once for all pieces and then kept.
    """

    def __init__(self, pieces: Sequence[SupplyPiece]) -> None:
        self._pieces = pieces
        self._start_s = [piece.start_s for piece in pieces]
        self._before_j: list[float] = []
        self._spans_above: dict[float, tuple[list[float], list[float]]] = {}

    def energy_j(self, from_s: float, to_s: float) -> float:
        """Return the energy between two times, 0 if the second is not later."""
        return max(0.0, self._energy_until_j(to_s) - self._energy_until_j(from_s)) if from_s < to_s else 0.0

    def _energy_until_j(self, t_s: float) -> float:
        k = bisect_right(self._start_s, t_s) - 1
        if k < 0:
            return 0.0
        if not self._before_j:
            whole_j = (piece.energy_j(piece.start_s, piece.end_s) for piece in self._pieces)
            self._before_j = list(accumulate(whole_j, initial=0.0))
        piece = self._pieces[k]
        return self._before_j[k] + piece.energy_j(piece.start_s, min(t_s, piece.end_s))

    def spans_above(self, power_w: float, from_s: float, to_s: float) -> Spans:
        """Return disjoint spans in [from_s, to_s), in order, over which power is at least `power_w`."""
        known = self._spans_above.get(power_w)
        if known is None:
            known = self._spans_above[power_w] = _spans_above(self._pieces, power_w)
        starts_s, ends_s = known
        spans = []
        for k in range(bisect_right(ends_s, from_s), len(ends_s)):
            if starts_s[k] >= to_s:
                break
            spans.append((max(starts_s[k], from_s), min(ends_s[k], to_s)))
        return spans


def _spans_above(pieces: Sequence[SupplyPiece], power_w: float) -> tuple[list[float], list[float]]:
    """Return starts and ends of all spans over which power is at least `power_w`."""
    starts_s: list[float] = []
    ends_s: list[float] = []
    for piece in pieces:
        if piece.high_w < power_w:
            continue
        for a_s, b_s in pairwise(piece.crossings(piece.start_s, piece.end_s, (power_w,))):
            if piece.power_w(0.5 * (a_s + b_s)) < power_w:
                continue
            if ends_s and ends_s[-1] == a_s:
                ends_s[-1] = b_s
            else:
                starts_s.append(a_s)
                ends_s.append(b_s)
    return starts_s, ends_s
