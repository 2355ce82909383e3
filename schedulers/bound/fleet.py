"""Bodies with batteries, satellites or the means of groups of them, and what their base load alone does to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from schedulers.bound.sunlight import Pieces
from simulator.engine.world import World
from simulator.power.battery import BatteryParameters

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """Satellites, or means over groups of satellites with equal batteries.

    Attributes
    ----------
    weight : (n_bodies,), satellites in each
    batteries : (n_bodies), of one satellite each
    pieces : Pieces
    base_only_j : (n_pieces,), stored energy at the end of each piece if there were no tasks; -1 or less: it runs empty
    """

    weight: Floats
    batteries: tuple[BatteryParameters, ...]
    pieces: Pieces
    base_only_j: Floats

    def of_pieces(self, name: str) -> Floats:
        """Return a field of each piece's battery, (n_pieces,)."""
        return np.array([getattr(battery, name) for battery in self.batteries])[self.pieces.body]


def satellites_of(world: World, pieces: Pieces) -> Bodies:
    """Return every satellite as a body of its own."""
    stored_j = np.empty(pieces.n)
    for i_sat, (first, end) in enumerate(pairwise(pieces.offsets.tolist())):
        stored_j[first:end] = _base_only_j(world.batteries[i_sat], pieces, first, end)
    return Bodies(weight=np.ones(len(world.batteries)), batteries=world.batteries, pieces=pieces, base_only_j=stored_j)


def base_load_floor(bodies: Bodies, is_counted: NDArray[np.bool_]) -> Floats:
    """Return each body's depth of discharge without any task over the counted pieces, (n_bodies,).

    More load never leaves more energy in a battery at any time, so no scheduler stays above it. For satellites it is
    exact: between the ends of their pieces the supply keeps its sign.
    """
    capacity_j = bodies.of_pieces("capacity_j")
    depth = np.where(is_counted, 1.0 - bodies.base_only_j / capacity_j, 0.0)
    return np.asarray(np.maximum.reduceat(depth, bodies.pieces.offsets[:-1]), dtype=np.float64)


def grouped(bodies: Bodies, n_groups: int) -> Bodies:
    """Return about `n_groups` means over satellites in similar light, with equal batteries.

    Notes
    -----
    Valid whoever is grouped with whom: every condition of the programme is linear with coefficients that are equal
    inside a group, so the mean of what its members do meets the mean of their conditions (for `brightest_w`, which
    is no right-hand side, the largest is taken). The fleet's work is the same, and the mean of depths is no more than
    the largest. What is lost is that a mean may shift energy between members; the more alike they are, the less.
    """
    whole = _without_cuts(bodies)
    group = _group_of(whole, n_groups)
    n_intervals = int(whole.pieces.offsets[1])
    weight = np.bincount(group).astype(np.float64)
    order = np.argsort(group, kind="stable")
    starts = np.concatenate([[0], np.cumsum(weight.astype(np.intp))[:-1]])

    def mean(values: Floats) -> Floats:
        rows = values.reshape(-1, n_intervals)[order]
        return np.asarray(np.add.reduceat(rows, starts, axis=0) / weight[:, None], dtype=np.float64).ravel()

    pieces = whole.pieces
    brightest_w = np.maximum.reduceat(pieces.brightest_w.reshape(-1, n_intervals)[order], starts, axis=0).ravel()
    n_groups = weight.size
    return Bodies(
        weight=weight,
        batteries=tuple(whole.batteries[i_sat] for i_sat in order[starts].tolist()),
        pieces=replace(
            pieces,
            offsets=np.arange(n_groups + 1) * n_intervals,
            interval=np.tile(np.arange(n_intervals), n_groups),
            length_s=mean(pieces.length_s),
            is_last=np.ones(n_groups * n_intervals, dtype=np.bool_),
            surplus_j=mean(pieces.surplus_j),
            deficit_j=mean(pieces.deficit_j),
            usable_j=mean(pieces.usable_j),
            brightest_w=brightest_w,
        ),
        base_only_j=mean(whole.base_only_j),
    )


def _base_only_j(battery: BatteryParameters, pieces: Pieces, first: int, end: int) -> list[float]:
    """Return the stored energy at the ends of one satellite's pieces without tasks."""
    surplus_j = (pieces.surplus_j[first:end] * battery.charge_efficiency).tolist()
    deficit_j = (pieces.deficit_j[first:end] / battery.discharge_efficiency).tolist()
    stored_j = battery.initial_j
    result = []
    for gain_j, drawn_j in zip(surplus_j, deficit_j, strict=True):
        stored_j = min(battery.capacity_j, stored_j + gain_j - drawn_j)
        result.append(stored_j)
    return result


def _without_cuts(bodies: Bodies) -> Bodies:
    """Return the same bodies with one piece per interval."""
    pieces = bodies.pieces
    first = np.flatnonzero(np.concatenate([[True], pieces.is_last[:-1]]))
    n_bodies = pieces.offsets.size - 1
    merged = {
        name: np.add.reduceat(getattr(pieces, name), first)
        for name in ("length_s", "surplus_j", "deficit_j", "usable_j")
    }
    return replace(
        bodies,
        pieces=replace(
            pieces,
            offsets=np.arange(n_bodies + 1) * (first.size // n_bodies),
            interval=pieces.interval[first],
            is_last=np.ones(first.size, dtype=np.bool_),
            brightest_w=np.maximum.reduceat(pieces.brightest_w, first),
            **merged,
        ),
        base_only_j=bodies.base_only_j[pieces.is_last],
    )


def _group_of(bodies: Bodies, n_groups: int) -> Indices:
    """Return the group of each satellite, (n_sats,).

    Satellites of one kind of battery are sorted by their share of darkness into bands, and inside a band by when in
    an orbit it is dark: the phase of the strongest harmonic of what their base load lacks.
    """
    n_sats = len(bodies.batteries)
    deficit_j = bodies.pieces.deficit_j.reshape(n_sats, -1)
    spectrum = np.fft.rfft(deficit_j, axis=1)
    strongest = 1 + int(np.argmax(np.abs(spectrum[:, 1:]).sum(axis=0))) if spectrum.shape[1] > 1 else 0
    phase, darkness = np.angle(spectrum[:, strongest]), deficit_j.sum(axis=1)
    kinds: dict[BatteryParameters, list[int]] = {}
    for i_sat, battery in enumerate(bodies.batteries):
        kinds.setdefault(battery, []).append(i_sat)
    group = np.empty(n_sats, dtype=np.intp)
    n_so_far = 0
    for members in kinds.values():
        mine = np.array(members)
        n_mine = min(mine.size, max(1, round(n_groups * mine.size / n_sats)))
        n_bands = max(1, round(np.sqrt(n_mine / 4.0)))
        for band in np.array_split(mine[np.argsort(darkness[mine], kind="stable")], n_bands):
            by_phase = band[np.argsort(phase[band], kind="stable")]
            for part in np.array_split(by_phase, min(by_phase.size, max(1, round(n_mine / n_bands)))):
                group[part] = n_so_far
                n_so_far += 1
    return group
