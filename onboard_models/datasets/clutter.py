"""Intensity of radar clutter by the product model: correlated gamma texture times speckle, which is K-distributed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtr

_MARGIN_PX = 16


def smooth_gaussian_field(
    rng: np.random.Generator, smoothing_px: NDArray[np.float64], size_px: int
) -> NDArray[np.float64]:
    """Return fields of standard normal values that are correlated over short distances.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the white noise.
    smoothing_px : (n,)
        Standard deviation of the Gaussian kernel, 0.5 px to 4 px.
    size_px : int
        Side of the square fields.

    Returns
    -------
    (n, size_px, size_px) float64
        Marginally N(0, 1); correlation exp(-d^2 / (4 smoothing_px^2)) at a distance of d px.

    Notes
    -----
    White noise is smoothed on a periodic grid that is `_MARGIN_PX` larger, so that what wraps around is correlated by
    at most exp(-16^2 / (4 * 4^2)) = 0.02. The kernel is normalised on the grid, so the variance is exactly 1.
    """
    n_side = size_px + _MARGIN_PX
    frequency = np.fft.fftfreq(n_side)[:, None] ** 2 + np.fft.rfftfreq(n_side)[None, :] ** 2
    transfer = np.exp(-2.0 * np.pi**2 * smoothing_px[:, None, None] ** 2 * frequency)
    noise = np.fft.rfft2(rng.standard_normal((len(smoothing_px), n_side, n_side)))
    twice = np.full(frequency.shape[1], 2.0)  # a real transform keeps one of each conjugate pair of columns
    twice[0] = 1.0
    if n_side % 2 == 0:
        twice[-1] = 1.0
    gain = np.sqrt((transfer**2 * twice).sum(axis=(1, 2)) / n_side**2)
    field = np.fft.irfft2(noise * transfer, s=(n_side, n_side)) / gain[:, None, None]
    cut: NDArray[np.float64] = field[:, :size_px, :size_px]
    return cut


def gamma_texture(
    rng: np.random.Generator, shape: NDArray[np.float64], smoothing_px: NDArray[np.float64], size_px: int
) -> NDArray[np.float64]:
    """Return correlated unit-mean gamma texture, by a Gaussian copula.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the white noise.
    shape : (n,)
        Shape of the gamma law, positive; small is spiky.
    smoothing_px : (n,)
        As for `smooth_gaussian_field`.
    size_px : int
        Side of the square fields.

    Returns
    -------
    (n, size_px, size_px) float64
        Texture, positive, mean 1, variance 1 / shape.

    Notes
    -----
    The normal law turns the smooth field into uniform values, the inverse gamma law turns those into texture; the
    marginal law is exact and the correlation is that of the field, distorted by the two maps. Correlated K clutter:
    Blacknell, Tough and Oliver, IEE Proc. Radar 1994.
    """
    uniform = ndtr(smooth_gaussian_field(rng, smoothing_px, size_px))
    rate = shape[:, None, None]
    texture: NDArray[np.float64] = gammaincinv(rate, uniform) / rate
    return texture


def speckle(rng: np.random.Generator, n_looks: NDArray[np.float64], size_px: int) -> NDArray[np.float64]:
    """Return independent unit-mean gamma speckle.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    n_looks : (n,)
        Number of independent looks averaged, at least 1; the variance is 1 / n_looks.
    size_px : int
        Side of the square fields.

    Returns
    -------
    (n, size_px, size_px) float64
    """
    looks = n_looks[:, None, None]
    return rng.standard_gamma(np.broadcast_to(looks, (len(n_looks), size_px, size_px))) / looks
