"""Alternating optimisation as published: water filling for powers, a gradient step for phases."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.beamforming.problem import BeamDesign, BeamProblem, best_start, random_phases
from simulator.metasurface.gradient import sum_rate_gradient
from simulator.metasurface.power_allocation import iterative_water_filling
from simulator.metasurface.rate import sum_rate_bps_hz
from simulator.metasurface.response import effective_channel

_MOST_HALVINGS: Final = 20
_LEAST_CHANGE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternatingSolver:
    """The algorithm of An et al. 2023, "Stacked intelligent metasurfaces for multiuser downlink beamforming".

    Parameters
    ----------
    n_starts : int
        The best of them counts.
    n_steps : int
        At most; a start ends where its rate changes by less than 1e-6 of itself.
    is_guarded : bool
        Keep the phases where no step that is tried improves the rate, so that it never falls; the authors' program
        keeps the last trial.

    Notes
    -----
    After the authors' program. From random phases: powers by `iterative_water_filling`; the gradient at these powers; a
    step along it whose largest turn is pi; powers again; where the rate fell, half the step, at most 20 times. Numbered
    differences: 1. In the guarded version the largest turn is of either sign, not only that of the steepest rise. 2.
    Starts and channels go side by side, each with a step of its own.
    """

    n_starts: int = 1
    n_steps: int = 50
    is_guarded: bool = True

    def solve(self, problem: BeamProblem, rng: np.random.Generator) -> BeamDesign:
        """Return the best design of all starts of each channel."""
        search = self._search(problem, rng)
        for _ in range(self.n_steps):
            if not search.is_moving.any():
                break
            search.round_(is_guarded=self.is_guarded)
        starts = (problem.n_channels, self.n_starts)
        return best_start(
            problem,
            search.phases_rad.reshape(*starts, *search.phases_rad.shape[1:]),
            search.powers_w.reshape(*starts, problem.n_users),
            search.n_evaluations.reshape(starts).sum(axis=-1),
        )

    def rates_by_round(self, problem: BeamProblem, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return rates of all starts before the first step and after each, (n_steps + 1, n_channels * n_starts)."""
        search = self._search(problem, rng)
        rates = [search.rate.copy()]
        for _ in range(self.n_steps):
            search.round_(is_guarded=self.is_guarded)
            rates.append(search.rate.copy())
        return np.stack(rates)

    def _search(self, problem: BeamProblem, rng: np.random.Generator) -> _Search:
        phases_rad = random_phases(rng, problem, self.n_starts)
        g = np.repeat(problem.g, self.n_starts, axis=0)
        return _Search(problem, g, phases_rad.reshape(-1, *phases_rad.shape[2:]))


class _Search:
    """Where each start has come to; axes (n_searches, ...)."""

    def __init__(self, problem: BeamProblem, g: NDArray[np.complex128], phases_rad: NDArray[np.float64]) -> None:
        self._stack, self._g, self._total_power_w = problem.stack, g, problem.total_power_w
        self.phases_rad = phases_rad
        self.powers_w, self.rate = self._powered(slice(None), phases_rad)
        self.n_evaluations = np.ones(len(g), dtype=np.int64)
        self.is_moving = np.ones(len(g), dtype=bool)

    def round_(self, *, is_guarded: bool) -> None:
        """Step every search that still moves, and settle those that hardly did."""
        moving = np.flatnonzero(self.is_moving)
        if not moving.size:
            return
        before = self.rate[moving]
        slope = sum_rate_gradient(self._stack, self.phases_rad[moving], self.powers_w[moving], self._g[moving]).by_phase
        self.n_evaluations[moving] += 1
        largest = (np.abs(slope) if is_guarded else slope).max(axis=(-2, -1))
        step = math.pi / np.where(largest > 0.0, largest, np.inf)
        trying = np.arange(moving.size)
        for i_trial in range(_MOST_HALVINGS + 1):
            at = moving[trying]
            trial_rad = self.phases_rad[at] + step[trying, np.newaxis, np.newaxis] * slope[trying]
            powers_w, rate = self._powered(at, trial_rad)
            self.n_evaluations[at] += 1
            holds = rate >= before[trying]
            is_taken = holds | (i_trial == _MOST_HALVINGS and not is_guarded)
            taken = at[is_taken]
            self.phases_rad[taken], self.powers_w[taken] = trial_rad[is_taken], powers_w[is_taken]
            self.rate[taken] = rate[is_taken]
            trying = trying[~holds]
            if not trying.size:
                break
            step[trying] *= 0.5
        self.is_moving[moving] = np.abs(self.rate[moving] - before) > _LEAST_CHANGE * before

    def _powered(
        self, at: NDArray[np.intp] | slice, phases_rad: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the powers that water filling gives to some searches at phases, and their rates."""
        h = effective_channel(self._stack, phases_rad, self._g[at])
        powers_w = iterative_water_filling(h, self._total_power_w)
        return powers_w, sum_rate_bps_hz(h, powers_w)
