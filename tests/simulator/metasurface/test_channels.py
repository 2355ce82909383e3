from __future__ import annotations

import numpy as np
import pytest

from simulator.metasurface.channels import SHADOWINGS, Shadowing, rayleigh, rician, shadowed_rician
from simulator.metasurface.correlation import effective_rank, spatial_correlation, symmetric_root
from simulator.metasurface.presets import AN_2023, JSAC_2023, PRESETS
from simulator.metasurface.users import ScatteredUsers

N_DRAWS = 20_000


def correlation(n_atoms: int) -> np.ndarray:
    geometry = AN_2023.geometry(n_atoms=n_atoms)
    return spatial_correlation(geometry.atom_positions_m(), geometry.wavelength_m)


def test_correlation_is_that_of_waves_from_all_directions() -> None:
    """Published: nothing half a wavelength apart, sin(pi sqrt 2) / (pi sqrt 2) on the diagonal; ranks to 0.01."""
    matrix = correlation(25)
    assert matrix[0, 0] == 1.0
    assert matrix[0, 1] == pytest.approx(0.0, abs=1e-15)
    assert matrix[0, 6] == pytest.approx(-0.216954, abs=1e-6)
    for n_atoms, rank in ((25, 21.04), (49, 39.05), (100, 75.06)):
        assert effective_rank(correlation(n_atoms)) == pytest.approx(rank, abs=0.005)


def test_correlation_by_brute_force_over_directions() -> None:
    rng = np.random.default_rng(2)
    direction = rng.standard_normal((N_DRAWS, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    place_m = np.array([[0.0, 0.0, 0.0], [0.31, 0.2, 0.0], [0.9, -0.4, 0.0]])
    wave = np.exp(2j * np.pi * direction @ place_m.T)
    found = (wave.conj().T @ wave).real / N_DRAWS
    # Standard error of a mean of unit phasors, times 4.
    np.testing.assert_allclose(spatial_correlation(place_m, 1.0), found, atol=4.0 / np.sqrt(N_DRAWS))


def test_root_squares_to_the_correlation_also_when_it_is_nearly_singular() -> None:
    geometry = AN_2023.geometry(n_atoms=49)
    dense = spatial_correlation(0.2 * geometry.atom_positions_m(), geometry.wavelength_m)
    assert np.linalg.eigvalsh(dense)[0] < 1e-12
    root = symmetric_root(dense)
    np.testing.assert_allclose(root @ root, dense, atol=1e-12)
    np.testing.assert_allclose(root, root.T, atol=1e-12)


def test_scattered_users_stand_and_lose_as_published() -> None:
    users = AN_2023.users
    assert isinstance(users, ScatteredUsers)
    np.testing.assert_allclose(users.distances_m(4), [17.28963393, 29.98218540, 43.57673050, 57.43632510], rtol=1e-9)
    expected_db = [-104.707436, -113.075148, -118.758845, -122.956465]
    np.testing.assert_allclose(10.0 * np.log10(users.gains(4)), expected_db, atol=1e-6)


def second_moment(draws: np.ndarray) -> np.ndarray:
    return np.einsum("cn,cm->nm", draws, draws.conj()) / draws.shape[0]


def test_rayleigh_channels_have_their_gain_and_correlation() -> None:
    r = correlation(4)
    g = rayleigh(np.random.default_rng(0), N_DRAWS, np.array([1.0, 4.0]), symmetric_root(r))
    for k, gain in enumerate((1.0, 4.0)):
        np.testing.assert_allclose(second_moment(g[:, k]), gain * r, atol=4.0 * gain / np.sqrt(N_DRAWS))
    assert np.abs(g.mean(axis=0)).max() < 4.0 * 2.0 / np.sqrt(N_DRAWS)


def test_rician_channels_split_power_by_their_factor() -> None:
    r = correlation(4)
    direct = 2.0 * np.exp(1j * np.arange(8.0).reshape(2, 4))
    g = rician(np.random.default_rng(0), N_DRAWS, direct, symmetric_root(r), k_factor=3.0)
    margin = 4.0 * 2.0 / np.sqrt(N_DRAWS)
    np.testing.assert_allclose(g.mean(axis=0), np.sqrt(0.75) * direct, atol=margin)
    scattered = g - np.sqrt(0.75) * direct
    np.testing.assert_allclose(second_moment(scattered[:, 1]), 0.25 * 4.0 * r, atol=2.0 * margin)
    with pytest.raises(ValueError, match=r"k_factor = -1\.0"):
        rician(np.random.default_rng(0), 1, direct, symmetric_root(r), k_factor=-1.0)


def test_shadowed_channels_have_the_moments_of_their_law() -> None:
    """Power: mean Omega + 2 b; direct power is a gamma value, whose variance is Omega^2 / m."""
    direct = np.exp(1j * np.arange(4.0)).reshape(1, 4)
    law = SHADOWINGS["average"]
    rng = np.random.default_rng(0)
    g = shadowed_rician(rng, N_DRAWS, direct, symmetric_root(correlation(4)), law)[:, 0]
    assert np.mean(np.abs(g) ** 2) == pytest.approx(0.835 + 0.252, rel=0.02)  # 4 standard errors are 0.018
    unscattered = shadowed_rician(rng, N_DRAWS, direct, np.zeros((4, 4)), law)[:, 0]
    power = np.abs(unscattered) ** 2
    np.testing.assert_allclose(power, power[:, :1].repeat(4, axis=1), rtol=1e-12)  # one shadow over all atoms
    assert np.var(power[:, 0]) == pytest.approx(0.835**2 / 10.1, rel=0.06)  # 4 standard errors are 0.05
    with pytest.raises(ValueError, match=r"severity = 0\.0"):
        Shadowing(scattered_half_power=0.1, severity=0.0, direct_power=1.0)


def test_shadowed_levels_spread_as_asked() -> None:
    geometry = JSAC_2023.geometry(n_atoms=1)
    g = JSAC_2023.channels(np.random.default_rng(0), N_DRAWS, geometry)
    level_db = 10.0 * np.log10(np.abs(g) ** 2)
    # Normal of 9 dB, and the logarithm of an exponential value: 5.57 dB.
    assert np.std(level_db) == pytest.approx(np.hypot(9.0, 5.57), rel=0.02)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_draw_usable_channels_that_a_seed_fixes(name: str) -> None:
    preset = PRESETS[name]
    geometry = preset.geometry(n_atoms=16)
    g = preset.channels(np.random.default_rng(3), 2, geometry)
    assert g.shape == (2, preset.n_users, 16)
    np.testing.assert_array_equal(g, preset.channels(np.random.default_rng(3), 2, geometry))
    level_db = 10.0 * np.log10(np.mean(np.abs(g) ** 2) * preset.power_w)
    assert -20.0 < level_db < 60.0  # a link that could be of use
    assert preset.stack(geometry).from_antennas.shape == (16, preset.n_users)
