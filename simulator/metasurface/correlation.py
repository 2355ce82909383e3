"""How alike the channels of neighbouring atoms are."""

from __future__ import annotations

import numpy as np

from simulator.metasurface.geometry import Floats


def spatial_correlation(position_m: Floats, wavelength_m: float) -> Floats:
    """Return the correlation of scattered fields between points, (n_points, n_points).

    Parameters
    ----------
    position_m : (n_points, 3)
    wavelength_m : float

    Notes
    -----
    sin(k d) / (k d) with k = 2 pi / wavelength: waves come from all directions alike (Bjornson and Sanguinetti 2021,
    "Rayleigh fading modeling and channel hardening for reconfigurable intelligent surfaces", proposition 1). Points
    half a wavelength apart are uncorrelated; diagonal neighbours of such a grid are not (-0.217).
    """
    distance_m = np.linalg.norm(position_m[:, np.newaxis] - position_m[np.newaxis], axis=-1)
    return np.asarray(np.sinc(2.0 * distance_m / wavelength_m))


def symmetric_root(correlation: Floats) -> Floats:
    """Return the symmetric root of a correlation matrix; eigenvalues below 0 by rounding count as 0."""
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def effective_rank(correlation: Floats) -> float:
    """Return (tr R)^2 / |R|^2: how many independent channels the correlated ones are worth."""
    return float(np.trace(correlation) ** 2 / np.sum(correlation**2))
