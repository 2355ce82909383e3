from __future__ import annotations

import dataclasses

import numpy as np

from onboard_models.beamforming.adam import AdamSolver
from onboard_models.beamforming.ergodic import ErgodicSolver
from onboard_models.beamforming.problem import BeamProblem
from simulator.metasurface.presets import SATELLITE_KA
from simulator.metasurface.rate import sum_rate_bps_hz
from simulator.metasurface.response import effective_channel

INNER = AdamSolver(n_starts=3, n_steps=150)


def samples(k_factor: float, n_samples: int, seed: int) -> BeamProblem:
    preset = dataclasses.replace(SATELLITE_KA, users=dataclasses.replace(SATELLITE_KA.users, k_factor=k_factor))
    geometry = preset.geometry(n_atoms=36, n_layers=2)
    g = preset.channels(np.random.default_rng(seed), n_samples, geometry)
    return BeamProblem(stack=preset.stack(geometry), g=g, total_power_w=preset.power_w)


def test_one_design_is_repeated_and_tells_its_rates() -> None:
    asked = samples(3.0, 5, seed=0)
    design = ErgodicSolver(inner=INNER).solve(asked, np.random.default_rng(0))
    assert np.ptp(design.phases_rad, axis=0).max() == 0.0
    assert np.ptp(design.powers_w, axis=0).max() == 0.0
    h = effective_channel(asked.stack, design.phases_rad, asked.g)
    np.testing.assert_allclose(design.sum_rate_bps_hz, sum_rate_bps_hz(h, design.powers_w), rtol=1e-12)


def test_one_sample_is_the_ordinary_design() -> None:
    asked = samples(3.0, 1, seed=0)
    ergodic = ErgodicSolver(inner=AdamSolver(n_starts=6)).solve(asked, np.random.default_rng(0))
    ordinary = AdamSolver(n_starts=6).solve(asked, np.random.default_rng(0))
    # Other starts, the same maximum or a near one.
    np.testing.assert_allclose(ergodic.sum_rate_bps_hz, ordinary.sum_rate_bps_hz, rtol=0.1)


def test_knowing_the_distribution_serves_fresh_channels_better_than_knowing_one_of_them() -> None:
    """Rician factor 1: half of the power is scattered, so that a design for one sample fits the next one badly."""
    known, fresh = samples(1.0, 24, seed=1), samples(1.0, 200, seed=2)
    statistical = ErgodicSolver(inner=INNER).solve(known, np.random.default_rng(0))
    one = dataclasses.replace(known, g=known.g[:1])
    instant = AdamSolver(n_starts=3, n_steps=150).solve(one, np.random.default_rng(0))
    rates = [
        sum_rate_bps_hz(effective_channel(fresh.stack, design.phases_rad[0], fresh.g), design.powers_w[0]).mean()
        for design in (statistical, instant)
    ]
    assert rates[0] > 1.1 * rates[1]


def test_on_its_samples_it_is_no_worse_than_the_design_for_the_mean_channel() -> None:
    known = samples(3.0, 12, seed=1)
    mean_channel = dataclasses.replace(known, g=known.g.mean(axis=0, keepdims=True))
    mean = INNER.solve(mean_channel, np.random.default_rng(0))
    of_mean = sum_rate_bps_hz(effective_channel(known.stack, mean.phases_rad[0], known.g), mean.powers_w[0]).mean()
    design = ErgodicSolver(inner=INNER).solve(known, np.random.default_rng(0))
    assert design.sum_rate_bps_hz.mean() >= of_mean - 1e-9
