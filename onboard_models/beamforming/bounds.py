"""What no design can exceed."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.beamforming.problem import BeamProblem
from simulator.metasurface.power_allocation import water_filling
from simulator.metasurface.propagation import Complexes
from simulator.metasurface.response import through

_N_STARTS: Final = 8
_N_SWEEPS: Final = 200
_LEAST_GROWTH: Final = 1e-6


def certified_bound_bps_hz(problem: BeamProblem) -> NDArray[np.float64]:
    """Return a sum rate that no phases and powers exceed, proven, (n_channels,).

    Notes
    -----
    |h_kk| <= |g_k| |W_(L-1)| ... |W_1| |w_k| with spectral norms, for no atom amplifies; without interference the best
    powers are the water filling over these gains.
    """
    stack = problem.stack
    largest = np.prod(np.linalg.norm(stack.between_layers, ord=2, axis=(-2, -1))) if len(stack.between_layers) else 1.0
    reach = np.linalg.norm(problem.g, axis=-1) * largest * np.linalg.norm(stack.from_antennas, axis=0)
    return _filled_rate(reach**2, problem.total_power_w)


def interference_free_bps_hz(problem: BeamProblem, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return an estimate of the sum rate if each user had the whole stack for itself, (n_channels,).

    It is a bound where the search below finds each user's best phases, which it does up to rare local optima.

    Notes
    -----
    For one user the best phases of a layer, given the others, align all its paths; layers take turns from several
    random starts until nothing is gained. Powers by water filling. With an amplitude law amplitudes count as 1.
    """
    geometry = problem.stack.geometry
    shape = (_N_STARTS, problem.n_channels, problem.n_users, geometry.n_layers, geometry.n_atoms)
    phases_rad = rng.uniform(0.0, 2.0 * math.pi, shape)
    gains = np.max([_best_alone(problem, start) for start in phases_rad], axis=0)
    return _filled_rate(gains, problem.total_power_w)


def _best_alone(problem: BeamProblem, phases_rad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each user's gain from its own antenna after layers took turns, (n_channels, n_users)."""
    stack = problem.stack
    strength = np.ones(phases_rad.shape[-2:]) if stack.atom_amplitude is None else stack.atom_amplitude
    coefficients = strength * np.exp(1j * phases_rad)
    own_antenna = stack.from_antennas.T
    gains = np.zeros(phases_rad.shape[:2])
    for _ in range(_N_SWEEPS):
        ahead: list[Complexes] = [problem.g]
        for i_layer in reversed(range(1, stack.geometry.n_layers)):
            ahead.insert(0, through(ahead[0] * coefficients[..., i_layer, :], stack.between_layers[i_layer - 1].T))
        arriving = np.broadcast_to(own_antenna, problem.g.shape)
        for i_layer, channel in enumerate(ahead):
            aligned = np.exp(-1j * np.angle(channel * arriving))
            coefficients[..., i_layer, :] = strength[i_layer] * aligned
            leaving = coefficients[..., i_layer, :] * arriving
            if i_layer < stack.geometry.n_layers - 1:
                arriving = through(leaving, stack.between_layers[i_layer])
        now = np.abs(np.sum(ahead[-1] * leaving, axis=-1)) ** 2
        has_settled = np.all(now - gains <= _LEAST_GROWTH * now)
        gains = now
        if has_settled:
            break
    return gains


def _filled_rate(gains: NDArray[np.float64], total_power_w: float) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        powers_w = water_filling(1.0 / gains, total_power_w)
    return np.asarray(np.log2(1.0 + gains * powers_w).sum(axis=-1))
