"""Passages through the shadow, solved edge by edge: the guess of a circular orbit, then a bracketed root.

A passage is one crossing of the penumbra with the umbra inside it, if there is one. Passages are whole: edges before or
after the asked span are solved too, so that what two adjoining spans say about their border agrees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from simulator.orbits.model import Floats, Indices, MeanOrbits, PositionModel
from simulator.revolutions import Revolutions, anchored_revolutions, is_nearly_circular, scan_step_s, sub_windows
from simulator.roots import ProblemFunction, bracketed_roots, refined_maxima
from simulator.sunlight.guess import PassageGuess, guess_passages, midnights
from simulator.sunlight.scan import scanned_passages
from simulator.sunlight.shadow import ShadowKind, ShadowModel, shadow_depth_m
from simulator.sunlight.sun import SunPath

_EDGES_PER_CHUNK: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowPassages:
    """Whole passages by satellite and time; shape (n,). Umbra edges are nan where the passage has no umbra."""

    i_sat: Indices
    penumbra_entry_s: Floats
    penumbra_exit_s: Floats
    umbra_entry_s: Floats
    umbra_exit_s: Floats

    def edges_s(self, kind: ShadowKind) -> tuple[Floats, Floats]:
        """Return entries and exits of one kind."""
        if kind is ShadowKind.UMBRA:
            return self.umbra_entry_s, self.umbra_exit_s
        return self.penumbra_entry_s, self.penumbra_exit_s


def solve_passages(
    positions: PositionModel,
    sun: SunPath,
    start_s: float,
    end_s: float,
    model: ShadowModel,
    kinds: tuple[ShadowKind, ...],
) -> ShadowPassages:
    """Return every passage that overlaps a span, whole; edges of kinds not asked for are nan."""
    orbits = positions.mean_orbits
    circular = is_nearly_circular(orbits)
    parts: list[tuple[Indices, Floats]] = []
    for chunk in _chunks(np.flatnonzero(circular), len(kinds), orbits):
        for window_start_s, window_end_s in sub_windows(start_s, end_s):
            revolutions = anchored_revolutions(positions, orbits, chunk, window_start_s, window_end_s)
            parts.append(_solve_window(positions, revolutions, window_end_s, sun, model, kinds))
    eccentric = np.flatnonzero(~circular & np.isfinite(orbits.eccentricity))
    parts.extend(
        scanned_passages(positions, int(i_sat), scan_step_s(orbits, int(i_sat)), (start_s, end_s), sun, model)
        for i_sat in eccentric
    )
    return _assembled(parts, start_s, end_s, kinds)


def _chunks(i_sat: Indices, n_kinds: int, orbits: MeanOrbits) -> Iterator[Indices]:
    """Cut satellites into runs whose edges of a day fit the processor's cache."""
    turns_per_day = orbits.argument_of_latitude_rate_rad_s[i_sat] * (86_400.0 / (2.0 * np.pi)) + 1.0
    edges = np.cumsum(turns_per_day * (2 * n_kinds))
    cuts = np.flatnonzero(np.diff(np.floor(edges / _EDGES_PER_CHUNK))) + 1
    return iter(part for part in np.split(i_sat, cuts) if part.size)


def _assembled(
    parts: list[tuple[Indices, Floats]], start_s: float, end_s: float, kinds: tuple[ShadowKind, ...]
) -> ShadowPassages:
    """Sort passages, drop what two windows both found, keep what overlaps the span."""
    i_sat = np.concatenate([part[0] for part in parts]) if parts else np.empty(0, dtype=np.intp)
    edges = np.concatenate([part[1] for part in parts], axis=1) if parts else np.empty((4, 0))
    outer = edges[0:2] if ShadowKind.PENUMBRA in kinds else edges[2:4]
    keep = (outer[1] > start_s) & (outer[0] < end_s)
    i_sat, edges, outer = i_sat[keep], edges[:, keep], outer[:, keep]
    order = np.lexsort((outer[0], i_sat))
    i_sat, edges, outer = i_sat[order], edges[:, order], outer[:, order]
    is_new = np.ones(i_sat.size, dtype=np.bool_)
    is_new[1:] = (i_sat[1:] != i_sat[:-1]) | (outer[0, 1:] >= outer[1, :-1])
    i_sat, edges = i_sat[is_new], edges[:, is_new]
    return ShadowPassages(
        i_sat=i_sat,
        penumbra_entry_s=edges[0],
        penumbra_exit_s=edges[1],
        umbra_entry_s=edges[2],
        umbra_exit_s=edges[3],
    )


def _solve_window(
    positions: PositionModel,
    revolutions: Revolutions,
    end_s: float,
    sun: SunPath,
    model: ShadowModel,
    kinds: tuple[ShadowKind, ...],
) -> tuple[Indices, Floats]:
    """Return satellites (n,) and edges (4, n) of the passages whose midnight lies in a window, or just outside."""
    row, midnight_s = midnights(revolutions, end_s, sun)
    guess = guess_passages(revolutions, row, midnight_s, sun, model, kinds)

    def depth(which: Indices, t_s: Floats) -> Floats:
        position_m = positions.at(guess.i_sat[which], t_s)
        return shadow_depth_m(position_m, sun.position_m(t_s), guess.limb[which], model)

    guess = _settled(guess, depth)
    entry_and_exit_s = _solve_edges(guess, depth).reshape(2, len(kinds), row.size)
    edges = np.full((4, row.size), np.nan)
    for number, kind in enumerate(kinds):
        at = 0 if kind is ShadowKind.PENUMBRA else 2
        edges[at : at + 2] = entry_and_exit_s[:, number]
    is_passage = np.isfinite(edges[0:2] if ShadowKind.PENUMBRA in kinds else edges[2:4]).all(axis=0)
    return revolutions.i_sat[row[is_passage]], edges[:, is_passage]


def _settled(guess: PassageGuess, depth: ProblemFunction) -> PassageGuess:
    """Replace guesses near grazing by what the true deepest point says."""
    near = np.flatnonzero(np.abs(guess.depth_m) < guess.margin_m)
    top_s, depth_m, half_s = guess.top_s.copy(), guess.depth_m.copy(), guess.half_s.copy()
    top_s[near], depth_m[near] = refined_maxima(
        lambda which, t_s: depth(near[which], t_s), guess.top_s[near], guess.search_s[near]
    )
    with np.errstate(invalid="ignore"):
        half_s[:, near] = np.sqrt(2.0 * depth_m[near] / guess.amplitude_m[near]) / guess.rate_rad_s[near]
    return replace(guess, top_s=top_s, depth_m=depth_m, half_s=half_s)


def _solve_edges(guess: PassageGuess, depth: ProblemFunction) -> Floats:
    """Return entries and exits of all guessed passages, (2, n); nan where there is none."""
    edges_s = np.full((2, guess.top_s.size), np.nan)
    is_passage = guess.depth_m > 0.0
    which = np.tile(np.flatnonzero(is_passage), 2)
    side = np.repeat([-1.0, 1.0], which.size // 2)
    top_s, rate = guess.top_s[which], guess.rate_rad_s[which]
    half_s = guess.half_s[:, is_passage].ravel()
    slope = -side * guess.amplitude_m[which] * rate * np.sin(rate * half_s)
    edges_s[:, is_passage] = bracketed_roots(
        lambda problem, t_s: depth(which[problem], t_s),
        top_s,
        top_s + side * np.pi / rate,
        top_s + side * half_s,
        slope,
    ).reshape(2, -1)
    return edges_s
