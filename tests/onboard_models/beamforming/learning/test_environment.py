"""Environments: Gymnasium's own checker, and rewards against the numpy model."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from onboard_models.beamforming.batched_environment import BatchedBeamEnvironment, Task
from onboard_models.beamforming.environment import BeamEnvironment
from onboard_models.beamforming.torch_model import torch_stack
from simulator.metasurface import effective_channel, sum_rate_bps_hz
from simulator.metasurface.presets import AN_2023

GEOMETRY = AN_2023.geometry(n_layers=2, n_atoms=9, n_users=2)
STACK = AN_2023.stack(GEOMETRY)
ANGLES = Task(phase_encoding="angle", observation="channel and state", n_steps=3, reward_scale=1.0)


def channels(n: int) -> np.ndarray:
    return AN_2023.channels(np.random.default_rng(3), n, GEOMETRY) * math.sqrt(AN_2023.power_w)


@pytest.mark.parametrize("task", [Task(), ANGLES, Task(has_fixed_channel=False)])
def test_gymnasium_finds_no_fault(task: Task) -> None:
    environment = BeamEnvironment(AN_2023, n_layers=2, n_atoms=9, n_users=2, task=task)
    with warnings.catch_warnings():
        # that observations have no bounds and that there is nothing to render is true
        warnings.filterwarnings("ignore", message=".*(infinity|render|spec).*")
        check_env(environment, skip_render_check=True)


@pytest.mark.parametrize("task", [Task(reward_scale=0.5), ANGLES])
def test_reward_is_the_scaled_sum_rate_of_what_the_action_says(task: Task) -> None:
    g = channels(5)
    environment = BatchedBeamEnvironment(torch_stack(STACK), torch.tensor(g), task)
    action = np.random.default_rng(4).uniform(-1.0, 1.0, (5, environment.n_actions))
    told, powers = action[:, :-2], np.exp(5.0 * action[:, -2:])
    phases_rad = math.pi * told if task is ANGLES else np.arctan2(told[:, 18:], told[:, :18])
    h = effective_channel(STACK, phases_rad.reshape(5, 2, 9), g)
    expected = task.reward_scale * sum_rate_bps_hz(h, powers / powers.sum(axis=1, keepdims=True))
    step = environment.step(torch.tensor(action))
    np.testing.assert_allclose(step.reward, expected, rtol=1e-10)
    np.testing.assert_allclose(environment.rates_of(torch.tensor(action)).sum(dim=1), step.user_rates_bps_hz.sum(dim=1))


@pytest.mark.parametrize("task", [Task(), ANGLES])
def test_legal_actions_are_bounded_and_mean_the_same(task: Task) -> None:
    environment = BatchedBeamEnvironment(torch_stack(STACK), torch.tensor(channels(5)), task)
    rng = np.random.default_rng(5)
    # three times what is allowed where phases are directions, for their length means nothing
    scale = np.full(environment.n_actions, 1.0 if task is ANGLES else 3.0)
    scale[-2:] = 1.0
    given = torch.tensor(rng.uniform(-1.0, 1.0, (5, environment.n_actions)) * scale)
    legal = environment.legal(given)
    assert legal.abs().max() <= 1.0
    np.testing.assert_allclose(environment.rates_of(legal), environment.rates_of(given), rtol=1e-9)
    far = environment.legal(torch.tensor(rng.normal(0.0, 3.0, (5, environment.n_actions))))
    assert far.abs().max() <= 1.0
    # a network's outputs: powers by tanh, phases as angles by tanh, as directions by their own
    taken = environment.action_of(given)
    torch.testing.assert_close(taken[:, -2:], torch.tanh(given[:, -2:]))
    expected = torch.tanh(given[:, :-2]) if task is ANGLES else legal[:, :-2]
    torch.testing.assert_close(taken[:, :-2], expected)


def test_episodes_are_cut_short_and_go_on() -> None:
    environment = BeamEnvironment(AN_2023, n_layers=2, n_atoms=9, n_users=2, task=ANGLES)
    environment.reset(seed=1)
    action = np.zeros(environment.action_space.shape, np.float32)
    ends = [environment.step(action)[2:4] for _ in range(6)]
    assert ends == [(False, False), (False, False), (False, True)] * 2


def test_only_a_seed_changes_a_fixed_channel() -> None:
    fixed = BeamEnvironment(AN_2023, n_layers=2, n_atoms=9, n_users=2)
    first = fixed.reset(seed=1)[0]
    np.testing.assert_array_equal(fixed.reset()[0], first)
    assert not np.array_equal(fixed.reset(seed=2)[0], first)
    fresh = BeamEnvironment(AN_2023, n_layers=2, n_atoms=9, n_users=2, task=Task(has_fixed_channel=False))
    assert not np.array_equal(fresh.reset(seed=1)[0], fresh.reset()[0])


def test_whitened_observations_have_mean_zero_and_unit_deviation() -> None:
    environment = BatchedBeamEnvironment(torch_stack(STACK), torch.tensor(channels(4)), ANGLES)
    seen = environment.observation()
    np.testing.assert_allclose(seen.mean(dim=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(seen.std(dim=1, correction=0), 1.0, rtol=1e-12)


def test_wrong_tasks_are_told() -> None:
    with pytest.raises(ValueError, match="phase_encoding = 'cosine': write 'direction' or 'angle'"):
        Task(phase_encoding="cosine")
    with pytest.raises(ValueError, match="n_steps = 0"):
        Task(n_steps=0)
