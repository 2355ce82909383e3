"""Weighted mean square errors: receivers, weights, powers and single phases in turn, each in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.beamforming.problem import BeamDesign, BeamProblem, best_start, random_phases
from simulator.metasurface.propagation import Complexes, Stack
from simulator.metasurface.rate import sum_rate_bps_hz
from simulator.metasurface.response import arriving_at_first, effective_channel, through, transmission

_N_BISECTIONS: Final = 50

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class WmmseSolver:
    """Minimise weighted mean square errors of the users, which maximises the sum of rates step by step.

    Parameters
    ----------
    n_starts : int
        The best of them counts.
    n_steps : int
        Turns of all atoms, at most.
    least_change : float
        A start ends where a sweep raises its rate by less than this share.

    Notes
    -----
    With receivers u and weights w = 1 / e at their best, the sum of w e - log w falls exactly as the sum of rates
    rises (Shi, Razaviyayn, Luo, He 2011, "An iteratively weighted MMSE approach"). Given both, powers have a closed
    form with one multiplier, and so has every phase: the channel is affine in a single atom's transmission t, so the
    error is 2 Re(z t) plus a constant, least at t = -conj(z) / |z|. The rate never falls. Interference counts, unlike
    in water filling; but the more signal there is over noise, the smaller are the steps.
    """

    n_starts: int = 1
    n_steps: int = 300
    least_change: float = 1e-5

    def solve(self, problem: BeamProblem, rng: np.random.Generator) -> BeamDesign:
        """Return the best design of all starts of each channel.

        Raises
        ------
        ValueError
            If atoms change their amplitude with their phase, for which there is no closed form.
        """
        if problem.stack.amplitude_law is not None:
            raise ValueError(
                "wmmse sets phases at a fixed amplitude; the stack has an amplitude law: take adam or lbfgs"
            )
        starts = random_phases(rng, problem, self.n_starts)
        phases_rad = starts.reshape(-1, *starts.shape[2:])
        scaled = np.repeat(problem.g, self.n_starts, axis=0) * math.sqrt(problem.total_power_w)
        amplitudes = np.full((len(scaled), problem.n_users), math.sqrt(1.0 / problem.n_users))
        rate = _rate(problem.stack, phases_rad, amplitudes, scaled)
        n_done, moving = np.zeros(len(scaled), dtype=np.int64), np.arange(len(scaled))
        for _ in range(self.n_steps):
            phases_rad[moving], amplitudes[moving] = _sweep(
                problem.stack, phases_rad[moving], amplitudes[moving], scaled[moving]
            )
            n_done[moving] += 1
            now = _rate(problem.stack, phases_rad[moving], amplitudes[moving], scaled[moving])
            before, rate[moving] = rate[moving], now
            moving = moving[now - before > self.least_change * before]
            if not moving.size:
                break
        shape = starts.shape[:2]
        powers_w = problem.total_power_w * amplitudes.reshape(*shape, -1) ** 2
        n_evaluations = n_done.reshape(shape).sum(axis=-1) + self.n_starts
        return best_start(problem, phases_rad.reshape(starts.shape), powers_w, n_evaluations)


def _rate(stack: Stack, phases_rad: Floats, amplitudes: Floats, g: Complexes) -> Floats:
    return sum_rate_bps_hz(effective_channel(stack, phases_rad, g), amplitudes**2)


def _receivers(h: Complexes, amplitudes: Floats) -> tuple[Complexes, Floats]:
    """Return the receivers of least error, and the inverses of these errors, (..., n_users) each."""
    own = np.einsum("...kk->...k", h) * amplitudes
    others = np.where(np.eye(h.shape[-1], dtype=bool), 0.0, np.abs(h) ** 2 * amplitudes[..., np.newaxis, :] ** 2)
    disturbance = others.sum(axis=-1) + 1.0
    signal = np.abs(own) ** 2
    return own / (signal + disturbance), (signal + disturbance) / disturbance


def _powered(h: Complexes, receivers: Complexes, weights: Floats, total: float) -> Floats:
    """Return roots of powers at given receivers and weights: w |u h| / (harm to all + multiplier), by bisection."""
    wanted = weights * np.abs(receivers) * np.abs(np.einsum("...kk->...k", h))
    harm = np.einsum("...k,...kj->...j", weights * np.abs(receivers) ** 2, np.abs(h) ** 2)
    low, high = np.zeros(wanted.shape[:-1]), np.sqrt(np.sum(wanted**2, axis=-1) / total)
    for _ in range(_N_BISECTIONS):
        middle = 0.5 * (low + high)
        spent = np.sum((wanted / np.maximum(harm + middle[..., np.newaxis], 1e-300)) ** 2, axis=-1)
        low, high = np.where(spent > total, middle, low), np.where(spent > total, high, middle)
    return np.asarray(wanted / np.maximum(harm + high[..., np.newaxis], 1e-300))


def _sweep(stack: Stack, phases_rad: Floats, amplitudes: Floats, g: Complexes) -> tuple[Floats, Floats]:
    """Return phases and roots of powers after one turn of all atoms, layer by layer from the antennas outwards."""
    phases_rad = phases_rad.copy()
    coefficients = transmission(stack, phases_rad)
    strength = np.ones(phases_rad.shape[-2:]) if stack.atom_amplitude is None else stack.atom_amplitude
    ahead = _channels_from_layers(stack, coefficients, g)
    arriving = np.broadcast_to(arriving_at_first(stack), (len(g), *stack.from_antennas.T.shape))
    for i_layer in range(stack.geometry.n_layers):
        if i_layer:
            leaving = arriving * coefficients[:, i_layer - 1, np.newaxis, :]
            arriving = through(leaving, stack.between_layers[i_layer - 1])
        h = np.einsum("ckn,cn,cmn->ckm", ahead[i_layer], coefficients[:, i_layer], arriving)
        receivers, weights = _receivers(h, amplitudes)
        amplitudes = _powered(h, receivers, weights, 1.0)
        receivers, weights = _receivers(h, amplitudes)
        scaled_h, scaled_in = h * amplitudes[:, np.newaxis, :], arriving * amplitudes[:, :, np.newaxis]
        for n in range(stack.geometry.n_atoms):
            out, inn = ahead[i_layer][:, :, n], scaled_in[:, :, n]
            rest = scaled_h - (coefficients[:, i_layer, n, np.newaxis] * out)[:, :, np.newaxis] * inn[:, np.newaxis, :]
            seen = (weights * np.abs(receivers) ** 2 * out)[:, np.newaxis, :] @ rest.conj()
            z = (seen[:, 0, :] * inn).sum(axis=-1) - (weights * receivers.conj() * out * inn).sum(axis=-1)
            turn = np.pi - np.angle(z)
            phases_rad[:, i_layer, n] = turn
            coefficients[:, i_layer, n] = strength[i_layer, n] * np.exp(1j * turn)
            step = (coefficients[:, i_layer, n, np.newaxis] * out)[:, :, np.newaxis] * inn[:, np.newaxis, :]
            scaled_h = rest + step
    return phases_rad, amplitudes


def _channels_from_layers(stack: Stack, coefficients: Complexes, g: Complexes) -> list[Complexes]:
    """Return, for each layer, the channel from what leaves it to the users, (n_channels, n_users, n_atoms)."""
    channels = [g]
    for i_layer in reversed(range(1, stack.geometry.n_layers)):
        arriving = channels[0] * coefficients[:, i_layer, np.newaxis, :]
        channels.insert(0, through(arriving, stack.between_layers[i_layer - 1].T))
    return channels
