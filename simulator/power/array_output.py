"""What an array that does not face the Sun gives over a window of time, as pieces with closed integrals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.orbits.model import Floats, Indices, PositionModel
from simulator.power.solar_array import Attitude, SolarArray, sun_in_body_axes
from simulator.power.supply_piece import SupplyPiece
from simulator.roots import bracketed_roots
from simulator.sunlight.illumination import Illumination
from simulator.sunlight.sun import sun_path

Complexes = NDArray[np.complex128]

_STEPS_PER_TURN: Final = 16
_ROOT_TOLERANCE_S: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayOutput:
    """Output of the arrays of some satellites relative to cells that face an unshaded Sun, in adjoining pieces.

    Pieces of the k-th satellite are offsets[k]:offsets[k + 1]; the other arrays are (n_pieces,) and have the meaning of
    the fields of `SupplyPiece`, whose bounds are the ends and a parabola's bulge. `is_lit` marks full sunlight.
    """

    offsets: Indices
    start_s: Floats
    end_s: Floats
    level: Floats
    slope_per_s: Floats
    wave: Complexes
    wave_slope_per_s: Complexes
    rate_rad_s: Floats
    low: Floats
    high: Floats
    is_lit: NDArray[np.bool_]

    def supply(self, k: int, power_w: float) -> list[SupplyPiece]:
        """Return the pieces of the k-th satellite for cells that give `power_w` when they face the Sun."""
        rows = slice(int(self.offsets[k]), int(self.offsets[k + 1]))
        columns = (
            self.start_s[rows],
            self.end_s[rows],
            self.level[rows] * power_w,
            self.slope_per_s[rows] * power_w,
            self.wave[rows] * power_w,
            self.wave_slope_per_s[rows] * power_w,
            self.rate_rad_s[rows],
            self.low[rows] * power_w,
            self.high[rows] * power_w,
        )
        return [SupplyPiece(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]

    def mean_when_lit(self, k: int) -> float:
        """Return the mean relative output of the k-th satellite over its full sunlight, nan without any."""
        is_lit = self.is_lit[int(self.offsets[k]) : int(self.offsets[k + 1])]
        lit = [piece for piece, counts in zip(self.supply(k, 1.0), is_lit.tolist(), strict=True) if counts]
        lit_s = sum(piece.end_s - piece.start_s for piece in lit)
        return sum(piece.energy_j(piece.start_s, piece.end_s) for piece in lit) / lit_s if lit else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Motion:
    """Part of an output over steps of time, (n_sats, n_steps): a straight line and a wave, as in `SupplyPiece`."""

    level: Floats
    slope_per_s: Floats
    wave: Complexes
    wave_slope_per_s: Complexes
    rate_rad_s: Floats

    def value(self, sat: Indices, step: Indices, x: Floats) -> Floats:
        """Return the output of pairs of satellite and step, x seconds into the step: (n,)."""
        at = (sat, step)
        wave = (self.wave[at] + self.wave_slope_per_s[at] * x) * np.exp(-1j * self.rate_rad_s[at] * x)
        return np.asarray(self.level[at] + self.slope_per_s[at] * x + wave.real, dtype=np.float64)

    def slope(self, sat: Indices, step: Indices, x: Floats) -> Floats:
        """Return the rate of change of pairs, (n,)."""
        at = (sat, step)
        rate = self.rate_rad_s[at]
        turning = self.wave_slope_per_s[at] - 1j * rate * (self.wave[at] + self.wave_slope_per_s[at] * x)
        return np.asarray(self.slope_per_s[at] + (turning * np.exp(-1j * rate * x)).real, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Knots:
    """Knots of illumination of some satellites in order, with the row of each among them."""

    sat: Indices
    time_s: Floats
    fraction: Floats


def solve_array_output(
    array: SolarArray, positions: PositionModel, i_sat: Indices, illumination: Illumination
) -> ArrayOutput:
    """Return the output of one kind of array on the satellites `i_sat` (n,) over a window of illumination.

    Notes
    -----
    The body turns with the orbit, so the Sun's direction in body axes is a constant and one harmonic of the argument of
    latitude, both of which drift slowly. It is taken from the true positions and the true Sun at sixteenths of a
    revolution; between two of them the body turns evenly, and what is left (drift of the node, motion of the Sun,
    eccentricity) is linear in time. Where a panel turns away from the Sun is a bracketed root. In penumbra the visible
    fraction is linear; its product with that drift, a millionth of the output per second of penumbra, is left out.
    """
    edges_s = np.linspace(illumination.start_s, illumination.end_s, _n_steps(positions, illumination) + 1)
    n_sats, n_edges = i_sat.size, edges_s.size
    sun = sun_path(positions.epoch, illumination.start_s, illumination.end_s)
    pairs = (np.repeat(i_sat, n_edges), np.tile(edges_s, n_sats))
    to_sun, up = (a.reshape(n_sats, n_edges, 3) for a in sun_in_body_axes(positions, sun, *pairs))
    parts = list(_parts(array, to_sun, up, np.diff(edges_s)))
    knots = _knots_of(illumination, i_sat)
    roots = [_sign_changes(motion, edges_s) for _, motion in parts if array.attitude is Attitude.BODY_FIXED]
    sat = np.concatenate([knots.sat, np.repeat(np.arange(n_sats), n_edges), *(sat for sat, _ in roots)])
    time_s = np.concatenate([knots.time_s, np.tile(edges_s, n_sats), *(time_s for _, time_s in roots)])
    is_knot = np.arange(sat.size) < knots.sat.size
    order = np.lexsort((~is_knot, time_s, sat))  # of equal times, knots come first
    return _pieces(parts, edges_s, knots, (sat[order], time_s[order], is_knot[order]), n_sats)


def _n_steps(positions: PositionModel, illumination: Illumination) -> int:
    """Return how many steps hold a sixteenth of a revolution of the fastest satellite at most."""
    rate_rad_s = float(np.nanmax(np.abs(positions.mean_orbits.argument_of_latitude_rate_rad_s)))
    turns = rate_rad_s * (illumination.end_s - illumination.start_s) / (2.0 * np.pi)
    return max(1, int(np.ceil(turns * _STEPS_PER_TURN * (1.0 - 1e-12))))


def _parts(array: SolarArray, to_sun: Floats, up: Floats, step_s: Floats) -> Iterator[tuple[float, _Motion]]:
    """Yield share and motion of each part of an array, from the Sun in body axes and the zenith at the edges."""
    crossed = np.linalg.norm(np.cross(up[:, :-1], up[:, 1:]), axis=-1)
    rate_rad_s = np.arctan2(crossed, np.sum(up[:, :-1] * up[:, 1:], axis=-1)) / step_s
    phasor = to_sun[..., 0] + 1j * to_sun[..., 2]  # turns at -rate
    wave_slope = (phasor[:, 1:] * np.exp(1j * rate_rad_s * step_s) - phasor[:, :-1]) / step_s
    if array.attitude is Attitude.NADIR:
        across = np.sqrt(np.maximum(1.0 - to_sun[..., 1] ** 2, 0.0))
        still = np.zeros_like(wave_slope)
        yield 1.0, _motion(across, step_s, still, still, rate_rad_s)
    for panel in array.panels:
        turn = panel.normal[0] - 1j * panel.normal[2]
        level = panel.normal[1] * to_sun[..., 1]
        yield panel.share, _motion(level, step_s, turn * phasor[:, :-1], turn * wave_slope, rate_rad_s)


def _motion(level: Floats, step_s: Floats, wave: Complexes, wave_slope: Complexes, rate_rad_s: Floats) -> _Motion:
    return _Motion(
        level=level[:, :-1],
        slope_per_s=np.diff(level, axis=1) / step_s,
        wave=wave,
        wave_slope_per_s=wave_slope,
        rate_rad_s=rate_rad_s,
    )


def _sign_changes(motion: _Motion, edges_s: Floats) -> tuple[Indices, Floats]:
    """Return satellites and times at which a motion changes sign strictly inside steps, (n,), (n,)."""
    shape = motion.level.shape
    sat, step = (index.ravel() for index in np.indices(shape))
    length_s = np.diff(edges_s)[step]
    with np.errstate(divide="ignore", invalid="ignore"):
        turning_s = np.mod(np.angle(motion.wave), np.pi).ravel() / motion.rate_rad_s.ravel()
    turning_s = np.clip(np.nan_to_num(turning_s, nan=0.0), 0.0, length_s)
    sat, step = np.tile(sat, 2), np.tile(step, 2)
    lo_s = np.concatenate([np.zeros_like(length_s), turning_s])
    hi_s = np.concatenate([turning_s, length_s])
    lo, hi = motion.value(sat, step, lo_s), motion.value(sat, step, hi_s)
    changes = np.flatnonzero(lo * hi < 0.0)
    sat, step = sat[changes], step[changes]
    lo_s, hi_s, lo, hi = (column[changes] for column in (lo_s, hi_s, lo, hi))
    guess_s = lo_s + (hi_s - lo_s) * lo / (lo - hi)
    root_s = bracketed_roots(
        lambda which, x: motion.value(sat[which], step[which], x),
        np.where(lo > 0.0, lo_s, hi_s),
        np.where(lo > 0.0, hi_s, lo_s),
        guess_s,
        motion.slope(sat, step, guess_s),
        tolerance_s=_ROOT_TOLERANCE_S,
    )
    return sat, edges_s[step] + root_s


def _knots_of(illumination: Illumination, i_sat: Indices) -> _Knots:
    """Return the knots of some satellites, one satellite after the other."""
    counts = np.diff(illumination.offsets)[i_sat]
    first = np.cumsum(counts) - counts
    rows = np.arange(int(counts.sum())) + np.repeat(illumination.offsets[i_sat] - first, counts)
    return _Knots(
        sat=np.repeat(np.arange(i_sat.size), counts),
        time_s=illumination.time_s[rows],
        fraction=illumination.fraction[rows],
    )


def _pieces(
    parts: list[tuple[float, _Motion]],
    edges_s: Floats,
    knots: _Knots,
    cuts: tuple[Indices, Floats, NDArray[np.bool_]],
    n_sats: int,
) -> ArrayOutput:
    """Add up the parts that see the Sun between each two cuts, and dim them by the visible fraction."""
    sat, time_s, is_knot = cuts
    knot = np.cumsum(is_knot) - 1
    left = np.flatnonzero((sat[:-1] == sat[1:]) & (time_s[:-1] < time_s[1:]))
    sat, start_s, end_s, knot = sat[left], time_s[left], time_s[left + 1], knot[left]
    step = np.clip(np.searchsorted(edges_s, 0.5 * (start_s + end_s)) - 1, 0, edges_s.size - 2)
    total = _sum_of_parts(parts, sat, step, start_s - edges_s[step], end_s - start_s)
    fraction = [_fraction_at(knots, knot, at_s) for at_s in (start_s, end_s)]
    level, slope, wave, wave_slope, rate_rad_s = total
    dimming_per_s = (fraction[1] - fraction[0]) / (end_s - start_s)
    columns = (
        fraction[0] * level,
        fraction[0] * slope + dimming_per_s * level,
        fraction[0] * wave,
        fraction[0] * wave_slope + dimming_per_s * wave,
        rate_rad_s,
    )
    low, high = _bounds(*columns, end_s - start_s)
    return ArrayOutput(
        offsets=np.searchsorted(sat, np.arange(n_sats + 1)).astype(np.intp),
        start_s=start_s,
        end_s=end_s,
        level=columns[0],
        slope_per_s=columns[1],
        wave=columns[2],
        wave_slope_per_s=columns[3],
        rate_rad_s=rate_rad_s,
        low=low,
        high=high,
        is_lit=np.asarray((fraction[0] == 1.0) & (fraction[1] == 1.0), dtype=np.bool_),
    )


def _bounds(
    level: Floats, slope: Floats, wave: Complexes, wave_slope: Complexes, rate_rad_s: Floats, length_s: Floats
) -> tuple[Floats, Floats]:
    """Return bounds of pieces: a curve leaves the chord of its ends by an eighth of its greatest bend at most."""
    last = wave + wave_slope * length_s
    ends = level + wave.real, level + slope * length_s + (last * np.exp(-1j * rate_rad_s * length_s)).real
    size = np.maximum(np.abs(wave), np.abs(last))
    bulge = 0.125 * length_s**2 * rate_rad_s * (rate_rad_s * size + 2.0 * np.abs(wave_slope))
    return np.minimum(*ends) - bulge, np.maximum(*ends) + bulge


def _sum_of_parts(
    parts: list[tuple[float, _Motion]], sat: Indices, step: Indices, x: Floats, length_s: Floats
) -> tuple[Floats, Floats, Complexes, Complexes, Floats]:
    """Return level, slope, wave, slope of the wave and rate of pieces that begin x seconds into their steps."""
    at = (sat, step)
    level, slope = np.zeros(sat.size), np.zeros(sat.size)
    wave, wave_slope = np.zeros(sat.size, dtype=np.complex128), np.zeros(sat.size, dtype=np.complex128)
    rate_rad_s = parts[0][1].rate_rad_s[at]
    turn = np.exp(-1j * rate_rad_s * x)
    for share, motion in parts:
        weight = share * (motion.value(sat, step, x + 0.5 * length_s) > 0.0)
        level += weight * (motion.level[at] + motion.slope_per_s[at] * x)
        slope += weight * motion.slope_per_s[at]
        wave += weight * (motion.wave[at] + motion.wave_slope_per_s[at] * x) * turn
        wave_slope += weight * motion.wave_slope_per_s[at] * turn
    return level, slope, wave, wave_slope, rate_rad_s


def _fraction_at(knots: _Knots, knot: Indices, t_s: Floats) -> Floats:
    """Return the visible fraction at times between a knot and the next of the same satellite."""
    share = (t_s - knots.time_s[knot]) / (knots.time_s[knot + 1] - knots.time_s[knot])
    return np.asarray(knots.fraction[knot] + share * (knots.fraction[knot + 1] - knots.fraction[knot]))
