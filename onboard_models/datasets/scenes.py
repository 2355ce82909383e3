"""What lies in a patch: swell, land behind a rough coast line, slicks and ships, as backscatter per pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard_models.datasets.clutter import smooth_gaussian_field

SHIP_SHAPE = 0.8  # gamma shape of the few bright scatterers that a ship is made of
_BLUR_WEIGHT = float(np.exp(-0.5 / 0.5**2) / (1.0 + 2.0 * np.exp(-0.5 / 0.5**2)))  # Gaussian of 0.5 px, three taps


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A line through each patch with a rough edge, and how far every pixel is from it."""

    distance_px: NDArray[np.float64]  # (n, size, size), positive on the side that `normal` points to
    normal: NDArray[np.float64]  # (n, 2), column then row
    offset_px: NDArray[np.float64]  # (n,), of the line from the centre, along `normal`


def pixel_grid(size_px: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return column (1, size) and row (size, 1) of pixel centres, from the centre of the patch."""
    axis = np.arange(size_px, dtype=np.float64) - (size_px - 1) / 2
    return axis[None, :], axis[:, None]


def swell(rng: np.random.Generator, n: int, size_px: int) -> NDArray[np.float64]:
    """Return the modulation of the sea by one plane wave, (n, size, size), mean near 1.

    Amplitude up to 0.35, wavelength 6 to 16 px, any direction and phase.
    """
    amplitude, direction, phase = (
        rng.uniform(0.0, 0.35, n),
        rng.uniform(0.0, 2 * np.pi, n),
        rng.uniform(0, 2 * np.pi, n),
    )
    wave_number = 2 * np.pi / rng.uniform(6.0, 16.0, n)
    column, row = pixel_grid(size_px)
    along = _each(np.cos(direction)) * column + _each(np.sin(direction)) * row
    return 1.0 + _each(amplitude) * np.cos(_each(wave_number) * along + _each(phase))


def rough_band(
    rng: np.random.Generator, offset_px: NDArray[np.float64], roughness_px: NDArray[np.float64], size_px: int
) -> Band:
    """Return lines of random direction at `offset_px` (n,) from the centre, displaced by `roughness_px` (n,) rms."""
    n = len(offset_px)
    direction = rng.uniform(0.0, 2 * np.pi, n)
    normal = np.stack([np.cos(direction), np.sin(direction)], axis=1)
    column, row = pixel_grid(size_px)
    straight = _each(normal[:, 0]) * column + _each(normal[:, 1]) * row - _each(offset_px)
    displaced = straight + _each(roughness_px) * smooth_gaussian_field(rng, np.full(n, 2.5), size_px)
    return Band(distance_px=displaced, normal=normal, offset_px=offset_px)


def slick_attenuation(rng: np.random.Generator, n: int, size_px: int) -> NDArray[np.float64]:
    """Return the factor by which slicks damp the sea, (n, size, size): a band of super-Gaussian profile.

    At its middle 10^-1 to 10^-0.35; half width 2 to 7 px.
    """
    depth, half_width_px = rng.uniform(0.35, 1.0, n), rng.uniform(2.0, 7.0, n)
    band = rough_band(rng, rng.uniform(-8.0, 8.0, n), rng.uniform(0.3, 2.0, n), size_px)
    profile = np.exp(-((band.distance_px / _each(half_width_px)) ** 4))
    return np.asarray(10.0 ** (-_each(depth) * profile))


def ship_intensity(rng: np.random.Generator, centre_px: NDArray[np.float64], size_px: int) -> NDArray[np.float64]:
    """Return the intensity of ships in units of the sea's backscatter.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of sizes, directions and brightness.
    centre_px : (n, 2)
        Column and row of each ship's centre, counted from the first pixel's centre.
    size_px : int
        Side of the patches.

    Returns
    -------
    (n, size_px, size_px) float64
        To be added to the sea. A rotated rectangle 4 to 11 px long and 1.2 to 3.2 px wide, 10^0.55 to 10^1.7 times the
        sea on average, gamma-distributed from pixel to pixel, blurred by 0.5 px, with a cross of sidelobes in 30 %.
    """
    n = len(centre_px)
    direction, length, width = rng.uniform(0, np.pi, n), rng.uniform(4.0, 11.0, n), rng.uniform(1.2, 3.2, n)
    brightness = 10.0 ** rng.uniform(0.55, 1.7, n)
    column = np.arange(size_px)[None, None, :] - _each(centre_px[:, 0])
    row = np.arange(size_px)[None, :, None] - _each(centre_px[:, 1])
    along = _each(np.cos(direction)) * column + _each(np.sin(direction)) * row
    across = _each(np.cos(direction)) * row - _each(np.sin(direction)) * column
    is_hull = (np.abs(along) <= _each(length / 2)) & (np.abs(across) <= _each(width / 2))
    scatterers = rng.standard_gamma(SHIP_SHAPE, is_hull.shape) / SHIP_SHAPE
    hull = _blurred(is_hull * _each(brightness) * scatterers)
    has_sidelobes = rng.random(n) < 0.3
    return hull + _each(has_sidelobes * hull.max(axis=(1, 2))) * _sidelobe_cross(column, row)


def _sidelobe_cross(column: NDArray[np.float64], row: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the envelope of sinc^2 sidelobes in range and azimuth, 0.05 (-13 dB) beside the centre."""
    is_row, is_column = np.abs(row) <= 0.5, np.abs(column) <= 0.5
    in_range = is_row * 0.05 / np.maximum(np.abs(column), 1.0) ** 2
    in_azimuth = is_column * 0.05 / np.maximum(np.abs(row), 1.0) ** 2
    return np.asarray(in_range + in_azimuth)


def _blurred(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return images convolved with three taps in both directions."""
    for axis in (1, 2):
        padded = np.pad(image, [(1, 1) if i == axis else (0, 0) for i in range(3)])
        n = image.shape[axis]
        low, mid, high = (np.take(padded, np.arange(n) + shift, axis=axis) for shift in (0, 1, 2))
        image = _BLUR_WEIGHT * (low + high) + (1.0 - 2.0 * _BLUR_WEIGHT) * mid
    return image


def _each(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one value per patch, shaped to meet images."""
    return values[:, None, None]
