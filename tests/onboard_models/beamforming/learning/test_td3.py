"""TD3 and DDPG: they learn a toy, and the same bytes come out whatever interrupts them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from onboard_models.beamforming.adam import AdamSolver
from onboard_models.beamforming.batched_environment import Task
from onboard_models.beamforming.problem import BeamProblem
from onboard_models.beamforming.profiles import FAITHFUL, RECOMMENDED, AgentProfile, as_ddpg
from onboard_models.beamforming.replay import ReplayBuffer, Transitions
from onboard_models.beamforming.td3 import CurvePoint, EnsembleNetwork, train_agents
from onboard_models.beamforming.torch_model import TorchStack, torch_stack
from simulator.metasurface.presets import AN_2023

GEOMETRY = AN_2023.geometry(n_layers=1, n_atoms=4, n_users=1)
STACK = AN_2023.stack(GEOMETRY)
G = AN_2023.channels(np.random.default_rng(3), 2, GEOMETRY)
TOY = replace(
    RECOMMENDED, hidden=(32, 32), n_environments=32, capacity=512, n_environment_steps=4_000, n_random_steps=256,
    actor_rate=1e-3, critic_rate=3e-3, task=Task(reward_scale=0.3),
)  # fmt: skip


def tensors() -> tuple[TorchStack, Tensor]:
    scaled = torch.as_tensor(G * math.sqrt(AN_2023.power_w), dtype=torch.complex64)
    return torch_stack(STACK, dtype=torch.complex64), scaled


@pytest.mark.parametrize("profile", [TOY, as_ddpg(TOY)])
def test_learns_to_steer_four_atoms(profile: AgentProfile, tmp_path: Path) -> None:
    stack, g = tensors()
    points = train_agents(profile, stack, g, seed=1, folder=tmp_path)[1]
    problem = BeamProblem(stack=STACK, g=G, total_power_w=AN_2023.power_w)
    best = AdamSolver(n_starts=4, n_steps=200).solve(problem, np.random.default_rng(0)).sum_rate_bps_hz
    # one layer and one user: the optimum is where all waves add, and any gradient method finds it
    assert np.all(np.asarray(points[-1].actor_bps_hz) > 0.93 * best)
    assert np.all(np.asarray(points[-1].actor_bps_hz) <= best * (1.0 + 1e-5))


class KilledError(Exception):
    pass


@pytest.mark.parametrize(
    "profile",
    [replace(TOY, n_environment_steps=480), replace(FAITHFUL, hidden=(16,), capacity=50, n_environment_steps=100)],
)
def test_killed_and_resumed_gives_the_same_bytes(profile: AgentProfile, tmp_path: Path) -> None:
    stack, g = tensors()

    def killing(point: CurvePoint) -> None:
        if point.n_environment_steps >= profile.n_environment_steps // 2:
            raise KilledError

    whole, points = train_agents(profile, stack, g, seed=1, folder=tmp_path / "whole")
    with pytest.raises(KilledError):
        train_agents(profile, stack, g, seed=1, folder=tmp_path / "killed", on_point=killing)
    resumed_points = train_agents(profile, stack, g, seed=1, folder=tmp_path / "killed")[1]
    name = "checkpoint.safetensors"
    assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()
    assert [p.actor_bps_hz for p in resumed_points] == [p.actor_bps_hz for p in points]
    other = train_agents(profile, stack, g, seed=2, folder=tmp_path / "other")[0]
    assert not torch.equal(other.actor.weights[0], whole.actor.weights[0])


def test_members_of_an_ensemble_are_perceptrons_of_their_own() -> None:
    ensemble = EnsembleNetwork(3, (5, 7, 2), torch.Generator().manual_seed(1))
    x = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(2))
    for i in range(3):
        hidden = torch.relu(x[i] @ ensemble.weights[0][i] + ensemble.biases[0][i])
        alone = hidden @ ensemble.weights[1][i] + ensemble.biases[1][i]
        torch.testing.assert_close(ensemble(x)[i], alone)


def test_memory_forgets_the_oldest() -> None:
    def transition(value: float) -> Transitions:
        return Transitions(*(torch.full((2, 1, *more), value) for more in ((3,), (1,), (), (3,))))

    memory = ReplayBuffer(4, transition(0.0), is_constant=False)
    for value in range(6):
        memory.add_(transition(float(value)))
    drawn = memory.sample(200, torch.Generator().manual_seed(0))
    assert set(drawn.reward.flatten().tolist()) == {2.0, 3.0, 4.0, 5.0}
    torch.testing.assert_close(drawn.observation[..., 0], drawn.reward)


def test_wrong_profiles_are_told() -> None:
    with pytest.raises(ValueError, match=r"discount = 1.0: give at least 0 and less than 1"):
        replace(RECOMMENDED, discount=1.0)
    with pytest.raises(ValueError, match=r"last_noise = 0.0: give a number above 0"):
        replace(RECOMMENDED, last_noise=0.0)
