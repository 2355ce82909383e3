"""What real atoms do to a design: few bits, noisy phases, dead atoms, and channels known in part."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simulator.metasurface.geometry import Floats


def rounded_to_levels(phases_rad: Floats, n_bits: int) -> Floats:
    """Return each phase at the nearest of 2^n_bits levels, evenly around the circle from 0, in [0, 2 pi)."""
    n_levels = 2**n_bits
    return np.asarray(
        np.mod(np.round(phases_rad * (n_levels / (2.0 * math.pi))), n_levels) * (2.0 * math.pi / n_levels)
    )


def with_phase_noise(rng: np.random.Generator, phases_rad: Floats, spread_rad: float) -> Floats:
    """Return phases with independent normal errors of a standard deviation."""
    return np.asarray(phases_rad + spread_rad * rng.standard_normal(phases_rad.shape))


def with_channel_error(
    rng: np.random.Generator, g: NDArray[np.complex128], error_variance: float
) -> NDArray[np.complex128]:
    """Return channels as an estimate knows them, (..., n_users, n_atoms).

    Parameters
    ----------
    rng : numpy.random.Generator
    g : (..., n_users, n_atoms), complex
    error_variance : float, 0 to 1
        Share of the power that is unknown.

    Raises
    ------
    ValueError
        If it is outside its range.

    Notes
    -----
    sqrt(1 - e) g + sqrt(e) w, w circular normal and as strong as g is to each user on average.
    """
    if not 0.0 <= error_variance <= 1.0:
        raise ValueError(f"error_variance = {error_variance}: give a share from 0 to 1")
    strength = np.sqrt(np.mean(np.abs(g) ** 2, axis=-1, keepdims=True))
    parts = rng.standard_normal((*g.shape, 2)) * math.sqrt(0.5)
    noise = strength * (parts[..., 0] + 1j * parts[..., 1])
    return np.asarray(math.sqrt(1.0 - error_variance) * g + math.sqrt(error_variance) * noise)


def dead_atoms(rng: np.random.Generator, n_layers: int, n_atoms: int, share: float) -> Floats:
    """Return amplitudes of atoms, (n_layers, n_atoms): 0 for a random share of all, rounded down, 1 for the others.

    Raises
    ------
    ValueError
        If `share` is not from 0 to 1.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share = {share}: give 0 to 1")
    amplitude = np.ones(n_layers * n_atoms)
    amplitude[rng.permutation(amplitude.size)[: int(share * amplitude.size)]] = 0.0
    return amplitude.reshape(n_layers, n_atoms)
