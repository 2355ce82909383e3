"""The torch model against the numpy one, and its gradient against finite differences and the analytic one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from onboard_models.beamforming import torch_model
from simulator.metasurface import effective_channel, rates_bps_hz, sum_rate_gradient
from simulator.metasurface.amplitude import AmplitudeLaw
from simulator.metasurface.presets import AN_2023
from simulator.metasurface.propagation import Stack


def stack_and_channels(*, is_perfect: bool) -> tuple[Stack, np.ndarray]:
    geometry = AN_2023.geometry(n_layers=3, n_atoms=16, n_users=4)
    rng = np.random.default_rng(1)
    stack = AN_2023.stack(geometry)
    if not is_perfect:
        alive = rng.uniform(size=(3, 16)).round(1)
        stack = dataclasses.replace(stack, amplitude_law=AmplitudeLaw(least=0.3), atom_amplitude=alive)
    return stack, AN_2023.channels(rng, 6, geometry)


@pytest.mark.parametrize("is_perfect", [True, False])
def test_equals_numpy(is_perfect: bool) -> None:
    stack, g = stack_and_channels(is_perfect=is_perfect)
    rng = np.random.default_rng(2)
    phases_rad, powers_w = rng.uniform(0.0, 7.0, (6, 3, 16)), rng.uniform(0.0, 100.0, (6, 4))
    h = torch_model.effective_channel(torch_model.torch_stack(stack), torch.tensor(phases_rad), torch.tensor(g))
    rates = torch_model.rates_bps_hz(h, torch.tensor(powers_w)).numpy()
    expected = rates_bps_hz(effective_channel(stack, phases_rad, g), powers_w)
    np.testing.assert_allclose(rates, expected, rtol=0.0, atol=1e-10)  # float64 through a few hundred sums
    assert expected.max() > 0.1


def test_backpropagation_equals_the_analytic_gradient() -> None:
    stack, g = stack_and_channels(is_perfect=True)
    rng = np.random.default_rng(3)
    phases = torch.tensor(rng.uniform(0.0, 7.0, (6, 3, 16)), requires_grad=True)
    powers = torch.tensor(rng.uniform(0.0, 0.1, (6, 4)), requires_grad=True)
    h = torch_model.effective_channel(torch_model.torch_stack(stack), phases, torch.tensor(g))
    torch_model.rates_bps_hz(h, powers).sum().backward()
    expected = sum_rate_gradient(stack, phases.detach().numpy(), powers.detach().numpy(), g)
    np.testing.assert_allclose(phases.grad, expected.by_phase, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(powers.grad, expected.by_power, rtol=1e-9, atol=1e-12)
