"""Clutter against the theory of K-distributed intensity, at a fixed seed, within stated standard errors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gamma as gamma_function
from scipy.special import gammainccinv, kv, ndtr

from onboard_models.datasets.clutter import gamma_texture, smooth_gaussian_field, speckle

N_ERRORS = 4.0  # standard errors; a right generator fails one of the dozen checks here once in a thousand seeds


def _clutter(n: int, shape: float, looks: float, *, size_px: int = 16, smoothing_px: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(7)
    texture = gamma_texture(rng, np.full(n, shape), np.full(n, smoothing_px), size_px)
    return texture * speckle(rng, np.full(n, looks), size_px)


@pytest.mark.parametrize(("looks", "shape"), [(1, 1.5), (2, 4.0), (4, 3.0), (4, 0.8)])
def test_second_moment_is_that_of_a_k_distribution(looks, shape):
    intensity = _clutter(3000, shape, looks)
    first, second = intensity.mean(axis=(1, 2)), (intensity**2).mean(axis=(1, 2))
    ratio = second.mean() / first.mean() ** 2
    influence = second / first.mean() ** 2 - 2.0 * ratio * first / first.mean()  # delta method, patch by patch
    error = influence.std() / np.sqrt(len(first))
    assert abs(ratio - (1 + 1 / looks) * (1 + 1 / shape)) < N_ERRORS * error
    assert error < 0.05 * ratio


@pytest.mark.parametrize("shape", [1.5, 8.0])
def test_one_look_intensity_follows_the_law_of_jakeman_and_pusey(shape):
    x = np.sort(_clutter(20_000, shape, 1, size_px=1).ravel())  # one pixel of each patch: independent
    exceeded = 2.0 / gamma_function(shape) * (shape * x) ** (shape / 2) * kv(shape, 2.0 * np.sqrt(shape * x))
    step = np.arange(len(x)) / len(x)
    distance = np.max(np.maximum(np.abs(1 - exceeded - step), np.abs(1 - exceeded - step - 1 / len(x))))
    assert distance < 1.95 / np.sqrt(len(x))  # Kolmogorov and Smirnov, one in a thousand


@pytest.mark.parametrize("smoothing_px", [0.8, 1.5, 3.0])
@pytest.mark.parametrize("distance_px", [0, 1, 3])
def test_field_is_correlated_like_smoothed_noise(smoothing_px, distance_px):
    field = smooth_gaussian_field(np.random.default_rng(3), np.full(4000, smoothing_px), 8)
    for product in (field[:, 0, 0] * field[:, 0, distance_px], field[:, 0, 0] * field[:, distance_px, 0]):
        expected = np.exp(-(distance_px**2) / (4 * smoothing_px**2))
        grid_error = 0.003  # a kernel of 0.8 px is cut off a little by the grid's highest frequency
        assert abs(product.mean() - expected) < N_ERRORS * product.std() / np.sqrt(len(product)) + grid_error


def test_wide_fields_barely_wrap_around():
    field = smooth_gaussian_field(np.random.default_rng(3), np.full(4000, 3.0), 32)
    product = field[:, 0, 0] * field[:, 0, 31]  # 17 px apart around the back: exp(-17^2 / 36) = 0.0003
    assert abs(product.mean()) < N_ERRORS / np.sqrt(4000)


def test_texture_is_correlated_as_the_copula_says():
    shape, smoothing_px, distance_px = 1.5, 1.5, 2
    texture = gamma_texture(np.random.default_rng(5), np.full(20_000, shape), np.full(20_000, smoothing_px), 4)
    product = texture[:, 0, 0] * texture[:, 0, distance_px]
    rho = np.exp(-(distance_px**2) / (4 * smoothing_px**2))
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    a, b = np.meshgrid(points, points, indexing="ij")
    first, second = (gammainccinv(shape, ndtr(-z)) / shape for z in (a, rho * a + np.sqrt(1 - rho**2) * b))
    expected = (np.outer(weights, weights) * first * second).sum() / (2 * np.pi)
    assert abs(product.mean() - expected) < N_ERRORS * product.std() / np.sqrt(len(product))
    assert expected > 1.2  # clearly apart from 1, that of independent pixels


def test_speckle_is_independent_from_pixel_to_pixel():
    values = speckle(np.random.default_rng(1), np.full(5000, 2.0), 3)
    product = (values[:, 0, 0] - 1) * (values[:, 0, 1] - 1)
    assert abs(product.mean()) < N_ERRORS * product.std() / np.sqrt(len(product))
    assert abs(values.mean() - 1) < N_ERRORS * np.sqrt(0.5 / values.size)
