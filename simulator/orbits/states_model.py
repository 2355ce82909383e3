"""Positions of satellites between the states of a file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.constants import EARTH_GRAVITY_M3_S2
from simulator.orbits.earth_rotation import earth_rotation, states_to_earth_fixed
from simulator.orbits.ephemeris import Arc, Ephemeris, Method
from simulator.orbits.fitted_elements import Fit, fitted_elements
from simulator.orbits.interpolation import hermite, lagrange
from simulator.orbits.model import Floats, Frame, Indices, MeanOrbits, PropagationFailure
from simulator.orbits.pairs import checked_pairs
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.two_body import carried_states
from simulator.timescale import Epoch

_PAIRS_PER_CHUNK: Final = 16_384
_LONGEST_FIT_S: Final = 86_400.0
_REVOLUTIONS_CARRIED: Final = 3.0
_OUTSIDE: Final = 0
"""Code of the failure of a file that does not cover a span; SGP4's codes count from 1."""


class StatesModel:
    """Positions of satellites given by tables of states; satisfies `PositionModel`.

    Inside the usable span of its arcs a satellite is where their polynomials say. `failures` tells which satellites do
    not cover a span; what lies outside is their nearest state carried along Kepler's ellipse, within three revolutions
    and nan beyond. That is there because searches for shadow edges and passes look half a turn beyond the span they are
    asked for.
    """

    def __init__(self, satellites: Sequence[Ephemeris], epoch: Epoch) -> None:
        if not satellites:
            raise ValueError("satellites is empty: give at least one satellite")
        self.satellites = tuple(satellites)
        self._epoch = epoch
        self._names = tuple(satellite.name for satellite in satellites)
        arcs = [arc for satellite in satellites for arc in satellite.arcs]
        counts = np.array([len(satellite.arcs) for satellite in satellites])
        self._first_arc = np.cumsum(counts) - counts
        self._n_arcs = counts
        self._usable_s = np.array([arc.usable_s for arc in arcs])
        self._sizes = np.array([arc.t_s.size for arc in arcs])
        self._offsets = np.cumsum(self._sizes) - self._sizes
        self._t_s = np.concatenate([arc.t_s for arc in arcs])
        self._position_m = np.concatenate([arc.position_m for arc in arcs])
        self._velocity_m_s = np.concatenate([arc.velocity_m_s for arc in arcs])
        kinds: list[tuple[Method, int]] = sorted({(arc.method, arc.n_nodes) for arc in arcs})
        self._kinds = kinds
        self._kind_of_arc = np.array([kinds.index((arc.method, arc.n_nodes)) for arc in arcs])
        # one sorted list of all arcs' times, each arc in a stretch of its own, to search in at once
        self._stretch_s = 2.0 * float(np.ptp(self._t_s)) + 1.0
        self._least_s = float(self._t_s.min())
        self._keys = np.repeat(np.arange(len(arcs)), self._sizes) * self._stretch_s + (self._t_s - self._least_s)

    @property
    def n_sats(self) -> int:
        """Number of satellites."""
        return len(self.satellites)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the file."""
        return self._names

    @property
    def epoch(self) -> Epoch:
        """Instant of `t_s = 0`."""
        return self._epoch

    @cached_property
    def fits(self) -> tuple[Fit, ...]:
        """Elements of SGP4 at the epoch, each fitted to a satellite's first arc, the first day of it at most."""
        return tuple(self._fit(i_sat) for i_sat in range(self.n_sats))

    @cached_property
    def mean_orbits(self) -> MeanOrbits:
        """Mean elements of `fits`, nan where SGP4 has no orbit near the states."""
        orbits = Sgp4Model([fit.record for fit in self.fits], self._epoch).mean_orbits
        is_known = np.isfinite([fit.rms_m for fit in self.fits])
        columns = {name: np.where(is_known, getattr(orbits, name), np.nan) for name in MeanOrbits.__slots__}
        return MeanOrbits(**columns)

    def at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> Floats:
        """Return positions of pairs: (n,), (n,) -> (n, 3)."""
        return self.states_at(i_sat, t_s, frame)[0]

    def states_at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> tuple[Floats, Floats]:
        """Return positions and velocities of pairs: (n,), (n,) -> (n, 3), (n, 3)."""
        i_sat, t_s = checked_pairs(i_sat, t_s, self.n_sats)
        position_m, velocity_m_s = np.empty((i_sat.size, 3)), np.empty((i_sat.size, 3))
        for start in range(0, i_sat.size, _PAIRS_PER_CHUNK):
            part = slice(start, start + _PAIRS_PER_CHUNK)
            position_m[part], velocity_m_s[part] = self._teme_states(i_sat[part], t_s[part])
        if frame is Frame.TEME:
            return position_m, velocity_m_s
        return states_to_earth_fixed(earth_rotation(self._epoch), t_s, position_m, velocity_m_s)

    def all_at(self, t_s: float, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        """Return positions of all satellites at one time, (n_sats, 3), into `out` when given."""
        answer = np.empty((self.n_sats, 3)) if out is None else out
        answer[:] = self.at(np.arange(self.n_sats), np.full(self.n_sats, t_s), frame)
        return answer

    def block(self, t_s: Floats, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        """Return positions of all satellites at all times, (n_sats, n_times, 3), into `out` when given."""
        t_s = np.asarray(t_s, dtype=np.float64)
        answer = np.empty((self.n_sats, t_s.size, 3)) if out is None else out
        if answer.shape != (self.n_sats, t_s.size, 3):
            raise ValueError(f"out.shape = {answer.shape}: must be {(self.n_sats, t_s.size, 3)}")
        for i_sat in range(self.n_sats):
            answer[i_sat] = self.at(np.full(t_s.size, i_sat), t_s, frame)
        return answer

    def failures(self, start_s: float, end_s: float) -> tuple[PropagationFailure, ...]:
        """Return, in order of the satellite, those whose states do not cover all of [start_s, end_s).

        Each comes with the first time of the span that is not covered.
        """
        if not (np.isfinite(start_s) and np.isfinite(end_s) and start_s <= end_s):
            raise ValueError(f"start_s = {start_s}, end_s = {end_s}: give finite times with start_s <= end_s")
        found = []
        for i_sat, satellite in enumerate(self.satellites):
            missing_s = _first_gap_s(satellite.arcs, start_s, end_s)
            if missing_s is not None:
                covered = " and ".join(
                    f"{self._epoch.utc_text(arc.usable_s[0])} to {self._epoch.utc_text(arc.usable_s[1])}"
                    for arc in satellite.arcs
                )
                found.append(
                    PropagationFailure(
                        i_sat=i_sat,
                        name=satellite.name,
                        t_s=missing_s,
                        code=_OUTSIDE,
                        reason=f"its states reach from {covered}",
                    )
                )
        return tuple(found)

    def is_covered(self, i_sat: Indices, t_s: Floats) -> NDArray[np.bool_]:
        """Return for pairs, (n,), (n,), whether the states of the file reach the time: (n,); false for nan."""
        i_sat, t_s = checked_pairs(i_sat, t_s, self.n_sats)
        usable_s = self._usable_s[self._arc_of(i_sat, t_s)]
        return np.asarray((usable_s[:, 0] <= t_s) & (t_s <= usable_s[:, 1]), dtype=np.bool_)

    def _teme_states(self, i_sat: Indices, t_s: Floats) -> tuple[Floats, Floats]:
        """Return states of pairs in TEME."""
        arc = self._arc_of(i_sat, t_s)
        inside_s = np.clip(t_s, self._usable_s[arc, 0], self._usable_s[arc, 1])
        position_m, velocity_m_s = self._interpolated(arc, inside_s)
        beyond = np.flatnonzero(t_s != inside_s)
        if beyond.size:
            ahead_s = (t_s - inside_s)[beyond]
            carried = carried_states(position_m[beyond], velocity_m_s[beyond], ahead_s)
            is_near = np.abs(ahead_s) <= _REVOLUTIONS_CARRIED * self._period_s[i_sat[beyond]]
            position_m[beyond] = np.where(is_near[:, None], carried[0], np.nan)
            velocity_m_s[beyond] = np.where(is_near[:, None], carried[1], np.nan)
        return position_m, velocity_m_s

    @cached_property
    def _period_s(self) -> Floats:
        """Period of Kepler's ellipse at the start of each satellite's first arc."""
        first = self._first_arc
        position_m, velocity_m_s = self._interpolated(first, self._usable_s[first, 0])
        return _kepler_period_s(position_m, velocity_m_s)

    def _arc_of(self, i_sat: Indices, t_s: Floats) -> Indices:
        """Return the last arc of each satellite that may be asked for at a time, the first before all of them."""
        arc = self._first_arc[i_sat].copy()
        for number in range(1, int(self._n_arcs.max())):
            later = np.minimum(self._first_arc[i_sat] + number, self._usable_s.shape[0] - 1)
            is_there = (number < self._n_arcs[i_sat]) & (t_s >= self._usable_s[later, 0])
            arc[is_there] = later[is_there]
        return np.asarray(arc, dtype=np.intp)

    def _interpolated(self, arc: Indices, t_s: Floats) -> tuple[Floats, Floats]:
        """Return states of arcs at times inside them."""
        position_m, velocity_m_s = np.empty((arc.size, 3)), np.empty((arc.size, 3))
        kind_of_pair = self._kind_of_arc[arc]
        for number, (method, n_nodes) in enumerate(self._kinds):
            row = np.flatnonzero(kind_of_pair == number)
            node = self._nodes(arc[row], t_s[row], n_nodes)
            nodes = (t_s[row], self._t_s[node], self._position_m[node])
            found = hermite(*nodes, self._velocity_m_s[node]) if method == "hermite" else lagrange(*nodes)
            position_m[row], velocity_m_s[row] = found
        return position_m, velocity_m_s

    def _nodes(self, arc: Indices, t_s: Floats, n_nodes: int) -> Indices:
        """Return the states around times, as many before as after where an arc has them: (n, n_nodes)."""
        key = arc * self._stretch_s + (t_s - self._least_s)
        before = np.searchsorted(self._keys, key, side="right") - 1 - self._offsets[arc]
        first = np.clip(before - (n_nodes - 1) // 2, 0, self._sizes[arc] - n_nodes)
        return np.asarray((self._offsets[arc] + first)[:, None] + np.arange(n_nodes), dtype=np.intp)

    def _fit(self, i_sat: int) -> Fit:
        """Fit elements to the first arc of a satellite."""
        arc = self.satellites[i_sat].arcs[0]
        near = np.flatnonzero(arc.t_s - arc.t_s[0] <= _LONGEST_FIT_S)
        first_s = arc.t_s[:1]
        velocity_m_s = self._interpolated(self._first_arc[i_sat : i_sat + 1], first_s)[1][0]
        return fitted_elements(
            self._names[i_sat], i_sat + 1, self._epoch, arc.t_s[near], arc.position_m[near], velocity_m_s
        )


def _kepler_period_s(position_m: Floats, velocity_m_s: Floats) -> Floats:
    speed_squared = np.einsum("nx,nx->n", velocity_m_s, velocity_m_s)
    inverse = 2.0 / np.linalg.norm(position_m, axis=1) - speed_squared / EARTH_GRAVITY_M3_S2
    with np.errstate(invalid="ignore"):
        return np.asarray(2.0 * np.pi / np.sqrt(EARTH_GRAVITY_M3_S2 * inverse**3), dtype=np.float64)


def _first_gap_s(arcs: Sequence[Arc], start_s: float, end_s: float) -> float | None:
    """Return the first time of a span that no arc covers, None if all of it is covered."""
    reached_s = start_s
    for arc in arcs:
        first_s, last_s = arc.usable_s
        if first_s <= reached_s:
            reached_s = max(reached_s, last_s)
    return reached_s if reached_s < end_s else None
