"""Chords of a box against rays that are shot through it."""

from __future__ import annotations

import numpy as np
import pytest

from radiation.environment.chords import area_of_longer_chords

N_RAYS = 400_000


def shot_chords(side: float, depth: float, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Shoot isotropic rays through the sphere around a box; return chords and the area of the sphere's disc."""
    half = 0.5 * np.array([side, side, depth])
    radius = float(np.linalg.norm(half))
    direction = rng.normal(size=(N_RAYS, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    first = np.cross(direction, [0.3, 0.5, 0.8])
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(direction, first)
    distance, turn = radius * np.sqrt(rng.random(N_RAYS)), 2.0 * np.pi * rng.random(N_RAYS)
    start = (distance * np.cos(turn))[:, None] * first + (distance * np.sin(turn))[:, None] * second
    to_low, to_high = (-half - start) / direction, (half - start) / direction
    enters, leaves = np.minimum(to_low, to_high).max(axis=1), np.maximum(to_low, to_high).min(axis=1)
    return np.maximum(leaves - enters, 0.0), np.pi * radius**2


@pytest.mark.parametrize(("side", "depth"), [(1.0, 1.0), (0.7, 1.0), (5.0, 1.0), (0.2, 2.0)])
def test_areas_are_those_of_shot_rays(side, depth):
    chords, disc = shot_chords(side, depth, np.random.default_rng(7))
    for length in (0.2, 0.6, 0.95, 1.1, 1.5, 3.0):
        share = area_of_longer_chords(length, side, depth) / disc
        error = np.sqrt(max(share * (1.0 - share), 1.0 / N_RAYS) / N_RAYS)
        assert np.mean(chords > length) == pytest.approx(share, abs=5.0 * error)


@pytest.mark.parametrize(("side", "depth"), [(1.0, 1.0), (0.7, 1.0), (1_000.0, 1.0)])
def test_every_ray_that_hits_counts_at_length_zero(side, depth):
    # Cauchy: the mean projected area of a convex body is a quarter of its surface.
    assert area_of_longer_chords(0.0, side, depth) == pytest.approx(0.5 * side**2 + side * depth, rel=1e-4)


def test_no_chord_is_longer_than_the_diagonal():
    assert area_of_longer_chords(np.sqrt(3.0) * 1.0001, 1.0, 1.0) == 0.0
    assert area_of_longer_chords(np.sqrt(3.0) * 0.999, 1.0, 1.0) > 0.0


def test_mean_chord_is_four_volumes_over_surface():
    length = np.linspace(0.0, np.sqrt(2.0 * 0.7**2 + 1.0), 4_001)
    area = np.array([area_of_longer_chords(s, 0.7, 1.0) for s in length])
    assert np.trapezoid(area, length) / area[0] == pytest.approx(4.0 * 0.49 / (2.0 * 0.49 + 4.0 * 0.7), rel=1e-3)
