"""Quasi-Newton ascent, start by start."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from onboard_models.beamforming.adam import softmax
from onboard_models.beamforming.problem import BeamDesign, BeamProblem, best_start, random_phases
from simulator.metasurface.gradient import sum_rate_gradient


@dataclass(frozen=True, slots=True, kw_only=True)
class LbfgsSolver:
    """L-BFGS-B of SciPy on phases and power shares, in double precision; the best start of each channel counts.

    Parameters
    ----------
    n_starts : int
    n_steps : int
        At most.
    """

    n_starts: int = 6
    n_steps: int = 1000

    def solve(self, problem: BeamProblem, rng: np.random.Generator) -> BeamDesign:
        """Return the best design of all starts of each channel."""
        starts = random_phases(rng, problem, self.n_starts)
        phases_rad = np.empty_like(starts)
        powers_w = np.empty((problem.n_channels, self.n_starts, problem.n_users))
        n_evaluations = np.zeros(problem.n_channels, dtype=np.int64)
        for i_channel, i_start in np.ndindex(problem.n_channels, self.n_starts):
            phases_rad[i_channel, i_start], powers_w[i_channel, i_start], n = self._ascend(
                problem, i_channel, starts[i_channel, i_start]
            )
            n_evaluations[i_channel] += n
        return best_start(problem, phases_rad, powers_w, n_evaluations)

    def _ascend(
        self, problem: BeamProblem, i_channel: int, start_rad: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
        """Return phases, powers and the number of evaluations from one start of one channel."""
        scaled = problem.g[i_channel] * math.sqrt(problem.total_power_w)

        def loss(x: NDArray[Any]) -> tuple[float, NDArray[np.float64]]:
            shares = softmax(x[start_rad.size :])
            found = sum_rate_gradient(problem.stack, x[: start_rad.size].reshape(start_rad.shape), shares, scaled)
            by_logit = shares * (found.by_power - found.by_power @ shares)
            return -float(found.rates_bps_hz.sum()), -np.concatenate([found.by_phase.ravel(), by_logit])

        start = np.concatenate([start_rad.ravel(), np.zeros(problem.n_users)])
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": self.n_steps})
        phases_rad = found.x[: start_rad.size].reshape(start_rad.shape)
        return phases_rad, problem.total_power_w * softmax(found.x[start_rad.size :]), int(found.nfev)
