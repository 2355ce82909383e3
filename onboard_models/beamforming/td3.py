"""TD3 (Fujimoto, van Hoof, Meger 2018) for many agents at once: each has its own channel, networks and memory.

Numbered differences from the paper:
1. Agents are an ensemble: weights have an axis of agents, and one product serves them all. Their memories are drawn at
   the same places; nothing else passes between them.
2. An agent steps several copies of its task at once, and updates several times after each step.
3. Noise on actions falls geometrically. Powers, and phases as angles, are bounded to -1 to 1 by tanh and by clamping;
   phases as directions are brought to unit length, those of the actor as well as those with noise.
4. With a discount of 0 there are no target networks, for they would not be asked.
5. Where the observation never changes (a fixed channel), critics are not given it, and the actor is updated on it once
   instead of on equal rows.
6. The end of an episode by its length is no end of the task: the next value counts.
DDPG (Lillicrap et al. 2016) is the same with the profile of `profiles.as_ddpg`.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from onboard_models.beamforming.batched_environment import BatchedBeamEnvironment
from onboard_models.beamforming.checkpoints import (
    Progress,
    load_module_,
    module_tensors,
    read_checkpoint,
    replace_file,
    write_checkpoint,
)
from onboard_models.beamforming.profiles import AgentProfile
from onboard_models.beamforming.replay import ReplayBuffer, Transitions
from onboard_models.beamforming.torch_model import TorchStack

_REPORTS = 20
"""Points of a learning curve, at each of which a checkpoint is written."""


class EnsembleNetwork(nn.Module):
    """Perceptrons with equal widths, one per member, evaluated together.

    Parameters
    ----------
    n_members : int
    widths : tuple of int
        Of input, hidden layers and output.
    generator : torch.Generator
        Draws the weights, uniform within 1 / sqrt(inputs) as in the paper's program.
    """

    def __init__(self, n_members: int, widths: tuple[int, ...], generator: torch.Generator) -> None:
        super().__init__()
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for n_in, n_out in pairwise(widths):
            bound = 1.0 / math.sqrt(n_in)
            draws = (
                torch.rand(shape, generator=generator) for shape in ((n_members, n_in, n_out), (n_members, 1, n_out))
            )
            weight, bias = ((2.0 * draw - 1.0) * bound for draw in draws)
            self.weights.append(nn.Parameter(weight))
            self.biases.append(nn.Parameter(bias))

    def forward(self, x: Tensor) -> Tensor:
        """Return outputs (n_members, n, n_out) of inputs (n_members, n, n_in)."""
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = torch.baddbmm(bias, torch.relu(x) if i else x, weight)
        return x


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """How far agents have come: per agent, the rate of the actor without noise, and the best seen so far."""

    n_environment_steps: int
    cpu_s: float
    actor_bps_hz: tuple[float, ...]
    best_bps_hz: tuple[float, ...]


def train_agents(
    profile: AgentProfile,
    stack: TorchStack,
    g: Tensor,
    *,
    seed: int,
    folder: Path,
    on_point: Callable[[CurvePoint], None] | None = None,
) -> tuple[Agents, list[CurvePoint]]:
    """Train an agent on each channel, going on from a checkpoint in `folder` if the same training was interrupted.

    Parameters
    ----------
    profile : AgentProfile
    stack : TorchStack
        In complex64.
    g : (n_agents, n_users, n_atoms), complex64
        Channels times the root of the total power, over the root of the noise. For several seeds on a channel, give it
        several times: agents draw different weights and noise.
    seed : int
        On one thread equal seeds give equal weights, interrupted or not.
    folder : Path
    on_point : callable
        Is told each point of the learning curve.
    """
    agents = Agents(profile, stack, g, seed)
    settings = f"{profile} seed={seed} channels={_digest(g)}"
    found = read_checkpoint(folder, settings)
    n_rounds, points, before_s, i_round = agents.n_rounds, list[CurvePoint](), 0.0, 0
    if found is not None:
        tensors, progress = found
        i_round, before_s = progress.n_steps_done, progress.cpu_s
        agents.load_(tensors, i_round)
        points = _read_curve(folder, i_round * profile.n_environments)
    start_s = time.process_time()
    due = {round(n_rounds * (k + 1) / _REPORTS) for k in range(_REPORTS)}
    while i_round < n_rounds:
        agents.round_(i_round)
        i_round += 1
        if i_round in due:
            cpu_s = before_s + time.process_time() - start_s
            points.append(agents.point(i_round, cpu_s))
            _write_curve(folder, points)
            progress = Progress(settings=settings, n_steps_done=i_round, cpu_s=cpu_s)
            write_checkpoint(folder, agents.tensors(), progress)
            if on_point is not None:
                on_point(points[-1])
    return agents, points


class Agents:
    """Actors, critics, memories and tasks of an ensemble."""

    def __init__(self, profile: AgentProfile, stack: TorchStack, g: Tensor, seed: int) -> None:
        self.profile, self.n_agents = profile, len(g)
        self.generator = torch.Generator().manual_seed(seed)
        self.environment = BatchedBeamEnvironment(stack, g.repeat_interleave(profile.n_environments, 0), profile.task)
        n_seen, n_actions = self.environment.observation().shape[1], self.environment.n_actions
        self.n_actions = n_actions
        self.n_rounds = math.ceil(profile.n_environment_steps / profile.n_environments)
        self.actor = EnsembleNetwork(self.n_agents, (n_seen, *profile.hidden, n_actions), self.generator)
        members = profile.n_critics * self.n_agents
        self.is_constant = profile.task.observation == "channel"
        n_judged = n_actions + (0 if self.is_constant else n_seen)
        self.critic = EnsembleNetwork(members, (n_judged, *profile.hidden, 1), self.generator)
        self.actor_target, self.critic_target = deepcopy(self.actor), deepcopy(self.critic)
        self.actor_optimiser = torch.optim.Adam(self.actor.parameters(), lr=profile.actor_rate, fused=True)
        self.critic_optimiser = torch.optim.Adam(self.critic.parameters(), lr=profile.critic_rate, fused=True)
        seen = self._by_agent(self.environment.observation())
        first = Transitions(seen, torch.zeros(*seen.shape[:2], n_actions), torch.zeros(seen.shape[:2]), seen)
        self.memory = ReplayBuffer(profile.capacity, first, is_constant=self.is_constant)
        self.best_bps_hz = torch.zeros(self.n_agents)
        self.n_updates = 0

    def act(self, observation: Tensor) -> Tensor:
        """Return actions without noise, (n_agents, n, n_actions)."""
        return self.environment.action_of(self.actor(observation))

    def round_(self, i_round: int) -> None:
        """Step all tasks once and learn from what is kept."""
        profile = self.profile
        n_taken = i_round * profile.n_environments
        observation = self._by_agent(self.environment.observation())
        with torch.no_grad():
            action = self._noisy_action(observation, n_taken)
            step = self.environment.step(action.flatten(0, 1))
        reward = self._by_agent(step.reward)
        self.memory.add_(Transitions(observation, action, reward, self._by_agent(step.observation)))
        rates = self._by_agent(step.user_rates_bps_hz.sum(dim=-1))
        self.best_bps_hz = torch.maximum(self.best_bps_hz, rates.max(dim=1).values)
        if n_taken >= profile.n_random_steps:
            for _ in range(profile.updates_per_step):
                self._update_(self.memory.sample(profile.batch, self.generator))

    def point(self, i_round: int, cpu_s: float) -> CurvePoint:
        """Return how far the agents have come; the actor is asked for what it sees now."""
        with torch.no_grad():
            action = self.act(self._by_agent(self.environment.observation())[:, :1])
            rates = self.environment.rates_of(action.squeeze(1), every=self.profile.n_environments).sum(dim=-1)
        return CurvePoint(
            n_environment_steps=i_round * self.profile.n_environments,
            cpu_s=cpu_s,
            actor_bps_hz=tuple(rates.tolist()),
            best_bps_hz=tuple(self.best_bps_hz.tolist()),
        )

    def tensors(self) -> dict[str, Tensor]:
        """Return all that a checkpoint needs."""
        named = {f"actor_target.{name}": value for name, value in self.actor_target.state_dict().items()}
        named |= {f"critic_target.{name}": value for name, value in self.critic_target.state_dict().items()}
        named |= module_tensors("actor", self.actor, self.actor_optimiser)
        named |= module_tensors("critic", self.critic, self.critic_optimiser)
        named |= self.environment.tensors() | self.memory.tensors()
        counts = torch.tensor([self.memory.n_seen, self.n_updates])
        return named | {"best": self.best_bps_hz, "generator": self.generator.get_state(), "counts": counts}

    def load_(self, tensors: dict[str, Tensor], i_round: int) -> None:
        """Take back what `tensors` returned."""
        for name, module in (("actor_target.", self.actor_target), ("critic_target.", self.critic_target)):
            module.load_state_dict({k.removeprefix(name): v for k, v in tensors.items() if k.startswith(name)})
        load_module_("actor", self.actor, self.actor_optimiser, tensors)
        load_module_("critic", self.critic, self.critic_optimiser, tensors)
        self.environment.load_(tensors, i_round)
        n_seen, self.n_updates = tensors["counts"].tolist()
        self.memory.load_(tensors, n_seen)
        self.best_bps_hz = tensors["best"]
        self.generator.set_state(tensors["generator"])

    def _noisy_action(self, observation: Tensor, n_taken: int) -> Tensor:
        profile = self.profile
        shape = (*observation.shape[:2], self.n_actions)
        if n_taken < profile.n_random_steps:
            return self.environment.legal(2.0 * torch.rand(shape, generator=self.generator) - 1.0)
        share = n_taken / profile.n_environment_steps
        noise = profile.first_noise * (profile.last_noise / profile.first_noise) ** share
        return self.environment.legal(self.act(observation) + noise * torch.randn(shape, generator=self.generator))

    def _update_(self, batch: Transitions) -> None:
        """Update the critics, and now and then the actors."""
        profile = self.profile
        with torch.no_grad():
            target = batch.reward if profile.discount == 0.0 else self._target(batch)
        loss = (self._values(self.critic, batch.observation, batch.action) - target).square().mean(dim=-1).sum()
        _step(self.critic_optimiser, loss)
        self.n_updates += 1
        if self.n_updates % profile.actor_delay:
            return
        # of the first critic alone, as in the paper
        value = self._values(self.critic, batch.observation, self.act(batch.observation))[0]
        _step(self.actor_optimiser, -value.mean(dim=-1).sum())
        if profile.discount:
            for network, behind in ((self.actor, self.actor_target), (self.critic, self.critic_target)):
                for new, old in zip(network.parameters(), behind.parameters(), strict=True):
                    old.data.lerp_(new.data, profile.target_share)

    def _target(self, batch: Transitions) -> Tensor:
        profile = self.profile
        noise = profile.target_noise * torch.randn(batch.action.shape, generator=self.generator)
        noise = noise.clamp(-profile.target_clip, profile.target_clip)
        action = self.environment.legal(self.environment.action_of(self.actor_target(batch.next_observation)) + noise)
        value: Tensor = self._values(self.critic_target, batch.next_observation, action).amin(dim=0)
        return batch.reward + profile.discount * value

    def _values(self, critic: EnsembleNetwork, observation: Tensor, action: Tensor) -> Tensor:
        """Return values (n_critics, n_agents, n)."""
        seen = action if self.is_constant else torch.cat([observation, action], dim=2)
        values: Tensor = critic(seen.repeat(self.profile.n_critics, 1, 1))
        return values.reshape(self.profile.n_critics, self.n_agents, -1)

    def _by_agent(self, values: Tensor) -> Tensor:
        return values.reshape(self.n_agents, -1, *values.shape[1:])


def _step(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    # of its own parameters alone: the critics' are not needed where actors are updated
    parameters = optimiser.param_groups[0]["params"]
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = gradient
    optimiser.step()


def _digest(g: Tensor) -> str:
    return hashlib.sha256(np.ascontiguousarray(g.numpy()).tobytes()).hexdigest()


def _write_curve(folder: Path, points: list[CurvePoint]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / "curve.json", json.dumps([asdict(point) for point in points], indent=1).encode() + b"\n")


def _read_curve(folder: Path, n_environment_steps: int) -> list[CurvePoint]:
    """Return the points up to a checkpoint; a kill may have left one more."""
    rows = json.loads((folder / "curve.json").read_bytes())
    points = [
        CurvePoint(
            n_environment_steps=row["n_environment_steps"],
            cpu_s=row["cpu_s"],
            actor_bps_hz=tuple(row["actor_bps_hz"]),
            best_bps_hz=tuple(row["best_bps_hz"]),
        )
        for row in rows
    ]
    return [point for point in points if point.n_environment_steps <= n_environment_steps]
