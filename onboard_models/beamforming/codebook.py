"""The best of a book of random phases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from onboard_models.beamforming.problem import BeamDesign, BeamProblem, best_start, random_phases
from simulator.metasurface.power_allocation import iterative_water_filling
from simulator.metasurface.response import effective_channel


@dataclass(frozen=True, slots=True, kw_only=True)
class CodebookSolver:
    """Try random phases with the powers of iterative water filling, and take the best: no gradient, no model.

    Parameters
    ----------
    n_starts : int
        Words of the book, drawn for each channel anew.
    """

    n_starts: int = 200

    def solve(self, problem: BeamProblem, rng: np.random.Generator) -> BeamDesign:
        """Return the best word for each channel."""
        phases_rad = random_phases(rng, problem, self.n_starts)
        h = effective_channel(problem.stack, phases_rad, problem.g[:, np.newaxis])
        return best_start(problem, phases_rad, iterative_water_filling(h, problem.total_power_w), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomSolver:
    """Random phases and equal powers: what doing nothing gives."""

    def solve(self, problem: BeamProblem, rng: np.random.Generator) -> BeamDesign:
        """Return one random design for each channel."""
        phases_rad = random_phases(rng, problem, 1)
        powers_w = np.full((problem.n_channels, 1, problem.n_users), problem.total_power_w / problem.n_users)
        return best_start(problem, phases_rad, powers_w, 0)
