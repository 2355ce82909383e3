"""Gradient ascent with Adam from many starts at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.beamforming.problem import BeamDesign, BeamProblem, best_start, in_single_precision, random_phases
from simulator.metasurface.gradient import sum_rate_gradient
from simulator.metasurface.propagation import Complexes, Stack

_FIRST_DECAY: Final = 0.9
_SECOND_DECAY: Final = 0.999
_TINY: Final = 1e-8
"""Adam's constants (Kingma and Ba 2015)."""

_BATCH: Final = 128
"""Starts that go together: enough for one product to keep a core busy, few enough for its caches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdamSolver:
    """Adam on phases and power shares from random phases and equal powers; the best start of each channel counts.

    Parameters
    ----------
    n_starts : int
    n_steps : int
    learning_rate : float
        Of the first step; it falls to 0 as half a cosine.

    Notes
    -----
    Powers are a softmax of free numbers, so that all power is always spent and no user is ever wholly given up: the
    way back from one user taking all stays open. Steps are computed in single precision, the outcome in double.
    """

    n_starts: int = 16
    n_steps: int = 600
    learning_rate: float = 0.1

    def solve(self, problem: BeamProblem, rng: np.random.Generator) -> BeamDesign:
        """Return the best design of all starts of each channel."""
        phases_rad = random_phases(rng, problem, self.n_starts)
        shares = np.full((*phases_rad.shape[:2], problem.n_users), 1.0 / problem.n_users)
        return self.refine(problem, phases_rad, problem.total_power_w * shares)

    def refine(self, problem: BeamProblem, phases_rad: NDArray[Any], powers_w: NDArray[Any]) -> BeamDesign:
        """Return the best design that starts from given ones lead to.

        Parameters
        ----------
        problem : BeamProblem
        phases_rad : (n_channels, n_starts, n_layers, n_atoms)
        powers_w : (n_channels, n_starts, n_users)
            Users without power get a ten-thousandth of it, to begin with.
        """
        stack, g = in_single_precision(problem)
        n_channels, n_starts = phases_rad.shape[:2]
        phases = phases_rad.astype(np.float32).reshape(-1, *phases_rad.shape[2:])
        shares = np.maximum(powers_w / problem.total_power_w, 1e-4)
        logits = np.log(shares).astype(np.float32).reshape(-1, problem.n_users)
        i_channel = np.repeat(np.arange(n_channels), n_starts)
        for batch in _batches(len(phases)):
            own_g = g[i_channel[batch]]
            phases[batch], logits[batch] = self.ascend(stack, repeat(own_g), phases[batch], logits[batch])
        final_w = problem.total_power_w * softmax(logits.astype(np.float64)).reshape(powers_w.shape)
        return best_start(problem, phases.reshape(phases_rad.shape), final_w, n_starts * self.n_steps)

    def ascend(
        self, stack: Stack, g_by_step: Iterator[Complexes], phases: NDArray[Any], logits: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return phases and logarithms of power shares after all steps, in the precision of what is given.

        Parameters
        ----------
        stack : Stack
        g_by_step : iterator of (n_starts, n_users, n_atoms) or (n_starts, n_samples, n_users, n_atoms), complex
            Channels of each step, for which powers sum to 1; with samples, the mean of their rates is raised.
        phases : (n_starts, n_layers, n_atoms)
        logits : (n_starts, n_users)
        """
        ascent = _Ascent(phases, logits)
        for i_step, g in zip(range(self.n_steps), g_by_step, strict=False):
            rate = 0.5 * self.learning_rate * (1.0 + math.cos(math.pi * i_step / self.n_steps))
            shares = softmax(ascent.logits)
            if g.ndim == 4:
                found = sum_rate_gradient(stack, ascent.phases[:, np.newaxis], shares[:, np.newaxis], g)
                by_phase, by_power = found.by_phase.mean(axis=1), found.by_power.mean(axis=1)
            else:
                found = sum_rate_gradient(stack, ascent.phases, shares, g)
                by_phase, by_power = found.by_phase, found.by_power
            mean = (by_power * shares).sum(axis=-1, keepdims=True)
            ascent.step_(by_phase, shares * (by_power - mean), rate)
        return ascent.phases, ascent.logits


def softmax(logits: NDArray[Any]) -> NDArray[Any]:
    """Return shares that sum to 1 along the last axis, in proportion to the exponentials."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


class _Ascent:
    """Adam's state for a batch of starts."""

    def __init__(self, phases: NDArray[Any], logits: NDArray[Any]) -> None:
        self.phases, self.logits = phases.copy(), logits.copy()
        self._moments = [(np.zeros_like(values), np.zeros_like(values)) for values in (phases, logits)]
        self._n_steps = 0

    def step_(self, by_phase: NDArray[Any], by_logit: NDArray[Any], rate: float) -> None:
        """Take one step uphill."""
        self._n_steps += 1
        first_sum, second_sum = 1.0 - _FIRST_DECAY**self._n_steps, 1.0 - _SECOND_DECAY**self._n_steps
        slopes = (by_phase, by_logit)
        for values, slope, (first, second) in zip((self.phases, self.logits), slopes, self._moments, strict=True):
            first += (1.0 - _FIRST_DECAY) * (slope - first)
            second += (1.0 - _SECOND_DECAY) * (slope * slope - second)
            values += rate / first_sum * first / (np.sqrt(second / second_sum) + _TINY)


def _batches(n: int) -> Iterator[slice]:
    for start in range(0, n, _BATCH):
        yield slice(start, min(start + _BATCH, n))
