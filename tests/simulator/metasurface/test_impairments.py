from __future__ import annotations

import numpy as np
import pytest

from simulator.metasurface.impairments import dead_atoms, rounded_to_levels, with_channel_error, with_phase_noise


def test_levels_are_the_nearest_around_the_circle() -> None:
    phases = np.array([0.1, 0.8, 3.0, 6.2, -0.9])
    quarter = np.pi / 2.0
    np.testing.assert_allclose(rounded_to_levels(phases, 2), [0.0, quarter, 2 * quarter, 0.0, 3 * quarter])
    many = np.random.default_rng(0).uniform(0.0, 2.0 * np.pi, 1000)
    away = np.angle(np.exp(1j * (rounded_to_levels(many, 3) - many)))
    assert np.abs(away).max() <= np.pi / 8.0 + 1e-12


def test_channel_error_keeps_power_and_takes_its_share() -> None:
    rng = np.random.default_rng(0)
    g = 3.0 * np.exp(2j * np.pi * rng.uniform(size=(2, 20_000)))
    known = with_channel_error(rng, g, 0.3)
    agreement = np.mean(known * g.conj(), axis=-1).real / 9.0
    # Four standard errors of 20 000 products.
    np.testing.assert_allclose(agreement, np.sqrt(0.7), atol=4.0 * np.sqrt(0.3 / 2 / 20_000))
    np.testing.assert_allclose(np.mean(np.abs(known) ** 2, axis=-1), 9.0, rtol=0.04)
    np.testing.assert_array_equal(with_channel_error(rng, g, 0.0), g)
    with pytest.raises(ValueError, match=r"error_variance = 1\.5"):
        with_channel_error(rng, g, 1.5)


def test_noise_and_dead_atoms_come_in_the_measure_asked_for() -> None:
    rng = np.random.default_rng(0)
    noisy = with_phase_noise(rng, np.zeros((100, 100)), 0.2)
    assert np.std(noisy) == pytest.approx(0.2, rel=4.0 / np.sqrt(2 * 10_000))
    amplitude = dead_atoms(rng, 4, 25, 0.07)
    assert amplitude.shape == (4, 25)
    assert np.sum(amplitude == 0.0) == 7
    assert np.sum(amplitude == 1.0) == 93
    with pytest.raises(ValueError, match=r"share = -0\.1"):
        dead_atoms(rng, 4, 25, -0.1)
