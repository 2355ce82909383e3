"""Some satellites of a fleet, as a fleet of their own."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from simulator.orbits.model import Floats, Frame, Indices, MeanOrbits, PositionModel
from simulator.timescale import Epoch


class SelectedSatellites:
    """Satellites `i_sat` (n,) of a fleet, in that order; satisfies `PositionModel`."""

    def __init__(self, positions: PositionModel, i_sat: Indices) -> None:
        self._positions = positions
        self._i_sat = np.asarray(i_sat, dtype=np.intp)
        orbits = positions.mean_orbits
        self._mean_orbits = MeanOrbits(
            **{field.name: getattr(orbits, field.name)[self._i_sat] for field in fields(MeanOrbits)}
        )

    @property
    def n_sats(self) -> int:
        """Number of satellites."""
        return self._i_sat.size

    @property
    def names(self) -> tuple[str, ...]:
        """Names, in order of the satellite index."""
        return tuple(self._positions.names[i_sat] for i_sat in self._i_sat.tolist())

    @property
    def epoch(self) -> Epoch:
        """Instant of `t_s = 0`."""
        return self._positions.epoch

    @property
    def mean_orbits(self) -> MeanOrbits:
        """Elements to start a search from."""
        return self._mean_orbits

    def at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> Floats:
        """Return positions of pairs: (n,), (n,) -> (n, 3)."""
        return self._positions.at(self._i_sat[i_sat], t_s, frame)

    def states_at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> tuple[Floats, Floats]:
        """Return positions and velocities of pairs: (n,), (n,) -> (n, 3), (n, 3)."""
        return self._positions.states_at(self._i_sat[i_sat], t_s, frame)

    def all_at(self, t_s: float, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        """Return positions of all satellites at one time: (n_sats, 3), into `out` when given."""
        at_once = self.block(np.array([t_s]), frame)[:, 0]
        return at_once if out is None else _into(out, at_once)

    def block(self, t_s: Floats, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        """Return positions of all satellites at all times: (n_sats, n_times, 3), into `out` when given."""
        t_s = np.asarray(t_s, dtype=np.float64)
        pairs = (np.repeat(np.arange(self.n_sats), t_s.size), np.tile(t_s, self.n_sats))
        positions_m = self.at(*pairs, frame).reshape(self.n_sats, t_s.size, 3)
        return positions_m if out is None else _into(out, positions_m)


def _into(out: Floats, values: Floats) -> Floats:
    out[...] = values
    return out
