"""Phases of a few bits."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from onboard_models.beamforming.adam import AdamSolver
from onboard_models.beamforming.problem import BeamDesign, BeamProblem, Solver, evaluated
from simulator.metasurface.impairments import rounded_to_levels
from simulator.metasurface.power_allocation import iterative_water_filling
from simulator.metasurface.rate import sum_rate_bps_hz
from simulator.metasurface.response import effective_channel


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantisedSolver:
    """Round the phases of another solver to levels, search them atom by atom, and share power anew.

    Parameters
    ----------
    n_bits : int
        Of each phase: 2^n_bits levels, evenly around the circle.
    n_sweeps : int
        Over all atoms; each takes the level with the highest rate while all others stay. 0 only rounds.
    inner : Solver
        Of continuous phases.

    Raises
    ------
    ValueError
        If a number is outside its range.
    """

    n_bits: int = 2
    n_sweeps: int = 3
    inner: Solver = field(default_factory=AdamSolver)

    def __post_init__(self) -> None:
        if not 1 <= self.n_bits <= 16:
            raise ValueError(f"n_bits = {self.n_bits}: give 1 to 16")
        if self.n_sweeps < 0:
            raise ValueError(f"n_sweeps = {self.n_sweeps}: give 0 or more")

    def solve(self, problem: BeamProblem, rng: np.random.Generator) -> BeamDesign:
        """Return the best design found for each channel."""
        ideal = self.inner.solve(problem, rng)
        phases_rad = rounded_to_levels(ideal.phases_rad, self.n_bits)
        powers_w = _better_powers(problem, phases_rad, ideal.powers_w)
        n_levels, geometry = 2**self.n_bits, problem.stack.geometry
        for _ in range(self.n_sweeps):
            for i_layer, i_atom in np.ndindex(geometry.n_layers, geometry.n_atoms):
                self._set_best_level_(problem, phases_rad, powers_w, i_layer, i_atom)
            powers_w = _better_powers(problem, phases_rad, powers_w)
        n_tried = 2 + self.n_sweeps * (2 + geometry.n_layers * geometry.n_atoms * n_levels)
        return evaluated(problem, phases_rad, powers_w, ideal.n_rate_evaluations + n_tried)

    def _set_best_level_(
        self,
        problem: BeamProblem,
        phases_rad: NDArray[np.float64],
        powers_w: NDArray[np.float64],
        i_layer: int,
        i_atom: int,
    ) -> None:
        """Set one atom of each channel to its best level."""
        levels_rad = 2.0 * math.pi / 2**self.n_bits * np.arange(2**self.n_bits)
        trials_rad = np.repeat(phases_rad[:, np.newaxis], levels_rad.size, axis=1)
        trials_rad[:, :, i_layer, i_atom] = levels_rad
        h = effective_channel(problem.stack, trials_rad, problem.g[:, np.newaxis])
        best = np.argmax(sum_rate_bps_hz(h, powers_w[:, np.newaxis]), axis=-1)
        phases_rad[:, i_layer, i_atom] = levels_rad[best]


def _better_powers(
    problem: BeamProblem, phases_rad: NDArray[np.float64], powers_w: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return for each channel the better of its powers and those of iterative water filling."""
    h = effective_channel(problem.stack, phases_rad, problem.g)
    filled_w = iterative_water_filling(h, problem.total_power_w)
    is_better = sum_rate_bps_hz(h, filled_w) > sum_rate_bps_hz(h, powers_w)
    return np.where(is_better[:, np.newaxis], filled_w, powers_w)
