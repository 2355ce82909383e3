"""How much of the Sun each satellite sees over time: piecewise linear, as sorted knots, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.orbits.model import Floats, Indices, PositionModel
from simulator.sunlight.eclipses import check_span
from simulator.sunlight.passages import ShadowPassages, solve_passages
from simulator.sunlight.shadow import ShadowKind, ShadowModel, visible_fraction
from simulator.sunlight.sun import SunPath, sun_path

_SLOW_CROSSING_S: Final = 30.0
_EXTRA_KNOTS: Final = 15
_STEP_S: Final = 1e-6
_KNOTS_PER_CHUNK: Final = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class Illumination:
    """Visible fraction of the Sun per satellite over [start_s, end_s], linear between knots.

    Attributes
    ----------
    offsets : (n_sats + 1,), knots of satellite i are offsets[i]:offsets[i + 1]
    time_s : (n_knots,), increasing within a satellite; the first is `start_s`, the last is `end_s`
    fraction : (n_knots,), 1 in full sunlight, 0 in umbra; nan for a satellite without a position at `start_s`, 1 where
        it has none later
    """

    start_s: float
    end_s: float
    offsets: Indices
    time_s: Floats
    fraction: Floats

    @property
    def n_sats(self) -> int:
        """Number of satellites."""
        return self.offsets.size - 1

    def knots(self, i_sat: int) -> tuple[Floats, Floats]:
        """Return knot times and fractions of one satellite."""
        rows = slice(int(self.offsets[i_sat]), int(self.offsets[i_sat + 1]))
        return self.time_s[rows], self.fraction[rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class SunlitWindows:
    """Spans of full sunlight (outside the penumbra), half-open, disjoint, in order, cut at the ends of the asked span.

    Windows of satellite i are offsets[i]:offsets[i + 1]; `offsets` (n_sats + 1,), `start_s` and `end_s` (n_windows,).
    """

    offsets: Indices
    start_s: Floats
    end_s: Floats


def solve_illumination(
    positions: PositionModel, start_s: float, end_s: float, model: ShadowModel | None = None
) -> Illumination:
    """Return the visible fraction of the Sun over [start_s, end_s] as knots.

    Notes
    -----
    An ordinary crossing is one straight ramp from the penumbra's outer edge to the umbra's: the true curve is
    symmetric about the middle, so the energy over the crossing is right. Crossings longer than 30 s and passages
    without umbra get 15 knots inside at the true fraction. A point Sun gives steps: two knots 1e-6 s apart.

    Passages are solved whole, also where they reach outside the span, then cut at its ends. The last knot of one span
    and the first of the next are one instant with one fraction, on the same ramp; no edge is lost or doubled.
    """
    check_span(start_s, end_s)
    model = model or ShadowModel()
    sun = sun_path(positions.epoch, start_s, end_s)
    passages = solve_passages(positions, sun, start_s, end_s, model, (ShadowKind.UMBRA, ShadowKind.PENUMBRA))
    if model.sun == "point":
        i_sat, time_s, fraction = _step_knots(passages)
    else:
        i_sat, time_s, fraction = _ramp_knots(passages, positions, sun, model)
    is_known = np.asarray(np.isfinite(positions.all_at(start_s)).all(axis=1), dtype=np.bool_)
    return _cut(i_sat, time_s, fraction, (start_s, end_s), is_known)


def _step_knots(passages: ShadowPassages) -> tuple[Indices, Floats, Floats]:
    """Return knots of passages with sudden edges."""
    n = passages.i_sat.size
    entry, leave = passages.penumbra_entry_s, passages.penumbra_exit_s
    half = np.minimum(0.5 * _STEP_S, 0.1 * (leave - entry))
    time_s = np.concatenate([entry - half, entry + half, leave - half, leave + half])
    return np.tile(passages.i_sat, 4), time_s, np.repeat([1.0, 0.0, 0.0, 1.0], n)


def _ramp_knots(
    passages: ShadowPassages, positions: PositionModel, sun: SunPath, model: ShadowModel
) -> tuple[Indices, Floats, Floats]:
    """Return knots of passages through penumbra and umbra, unsorted."""
    has_umbra = np.isfinite(passages.umbra_entry_s)
    deep = passages.i_sat[has_umbra]
    outer = np.tile(passages.i_sat, 2)
    edge_s = np.concatenate([passages.penumbra_entry_s, passages.penumbra_exit_s])
    inner_s = np.concatenate([passages.umbra_entry_s[has_umbra], passages.umbra_exit_s[has_umbra]])
    begin = np.concatenate([passages.penumbra_entry_s[~has_umbra], passages.penumbra_entry_s, passages.umbra_exit_s])
    end = np.concatenate([passages.penumbra_exit_s[~has_umbra], passages.umbra_entry_s, passages.penumbra_exit_s])
    owner = np.concatenate([passages.i_sat[~has_umbra], outer])
    is_curved = np.concatenate(
        [np.ones(np.count_nonzero(~has_umbra), dtype=np.bool_), np.zeros(outer.size, dtype=np.bool_)]
    )
    with np.errstate(invalid="ignore"):
        is_curved |= end - begin > _SLOW_CROSSING_S
    extra = _curved_knots(owner[is_curved], begin[is_curved], end[is_curved], positions, sun, model)
    return (
        np.concatenate([outer, np.tile(deep, 2), extra[0]]),
        np.concatenate([edge_s, inner_s, extra[1]]),
        np.concatenate([np.ones(edge_s.size), np.zeros(inner_s.size), extra[2]]),
    )


def _curved_knots(
    i_sat: Indices, begin_s: Floats, end_s: Floats, positions: PositionModel, sun: SunPath, model: ShadowModel
) -> tuple[Indices, Floats, Floats]:
    """Return evenly spaced knots strictly inside spans, at the true visible fraction."""
    share = np.arange(1, _EXTRA_KNOTS + 1) / (_EXTRA_KNOTS + 1.0)
    time_s = (begin_s[:, None] + (end_s - begin_s)[:, None] * share).ravel()
    owner = np.repeat(i_sat, _EXTRA_KNOTS)
    fraction = np.empty(time_s.size)
    for first in range(0, time_s.size, _KNOTS_PER_CHUNK):
        part = slice(first, first + _KNOTS_PER_CHUNK)
        at_m = positions.at(owner[part], time_s[part])
        fraction[part] = visible_fraction(at_m, sun.position_m(time_s[part]), model)
    return owner, time_s, fraction


def _cut(
    i_sat: Indices, time_s: Floats, fraction: Floats, span_s: tuple[float, float], is_known: NDArray[np.bool_]
) -> Illumination:
    """Sort knots, cut them at the ends of the span and put a knot at either end."""
    start_s, end_s = span_s
    n_sats = is_known.size
    order = np.lexsort((time_s, i_sat))
    i_sat, time_s, fraction = i_sat[order], time_s[order], fraction[order]
    everyone = np.arange(n_sats, dtype=np.intp)
    bounds = np.searchsorted(i_sat, np.arange(n_sats + 1))
    ends = [np.where(is_known, _fraction_at(edge_s, bounds, time_s, fraction), np.nan) for edge_s in (start_s, end_s)]
    is_inside = (time_s > start_s) & (time_s < end_s)
    all_sats = np.concatenate([everyone, i_sat[is_inside], everyone])
    all_times = np.concatenate([np.full(n_sats, start_s), time_s[is_inside], np.full(n_sats, end_s)])
    all_fractions = np.concatenate([ends[0], fraction[is_inside], ends[1]])
    order = np.argsort(all_sats, kind="stable")
    offsets = np.searchsorted(all_sats[order], np.arange(n_sats + 1)).astype(np.intp)
    return Illumination(
        start_s=start_s, end_s=end_s, offsets=offsets, time_s=all_times[order], fraction=all_fractions[order]
    )


def _fraction_at(t_s: float, bounds: Indices, time_s: Floats, fraction: Floats) -> Floats:
    """Return each satellite's fraction at one time from sorted knots, 1 before its first and after its last."""
    before = np.concatenate([[0], np.cumsum(time_s <= t_s)])
    index = bounds[:-1] + before[bounds[1:]] - before[bounds[:-1]]  # first knot of each satellite after t_s
    result = np.ones(bounds.size - 1)
    between = np.flatnonzero((index > bounds[:-1]) & (index < bounds[1:]))
    left, right = index[between] - 1, index[between]
    share = (t_s - time_s[left]) / (time_s[right] - time_s[left])
    result[between] = fraction[left] + share * (fraction[right] - fraction[left])
    return result


def sunlit_windows(illumination: Illumination) -> SunlitWindows:
    """Return the spans of full sunlight."""
    time_s, fraction, offsets = illumination.time_s, illumination.fraction, illumination.offsets
    owner = np.repeat(np.arange(illumination.n_sats), np.diff(offsets))
    is_lit = (fraction[:-1] == 1.0) & (fraction[1:] == 1.0) & (owner[:-1] == owner[1:]) & (time_s[1:] > time_s[:-1])
    left = np.flatnonzero(is_lit)
    window_offsets = np.searchsorted(owner[left], np.arange(illumination.n_sats + 1)).astype(np.intp)
    return SunlitWindows(offsets=window_offsets, start_s=time_s[left], end_s=time_s[left + 1])


def sunlit_share(illumination: Illumination) -> Floats:
    """Return the mean visible fraction of each satellite, (n_sats,); with a point Sun, the share of time lit."""
    time_s, fraction, offsets = illumination.time_s, illumination.fraction, illumination.offsets
    area_s = np.concatenate([[0.0], 0.5 * (fraction[1:] + fraction[:-1]) * np.diff(time_s)])
    is_first = np.zeros(time_s.size, dtype=np.bool_)
    is_first[offsets[:-1]] = True
    area_s[is_first] = 0.0
    return np.asarray(np.add.reduceat(area_s, offsets[:-1]) / (illumination.end_s - illumination.start_s))


def plane_sunlit_share(share: Floats, plane_of: Indices) -> Floats:
    """Return the mean share of each plane (n_planes,), from the shares and the planes of satellites (n_sats,)."""
    counts = np.bincount(plane_of)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(plane_of, weights=share) / counts, dtype=np.float64)
