"""Many metasurfaces at once as an environment in torch: one channel each, an action sets all phases and powers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor

from onboard_models.beamforming.torch_model import TorchStack, effective_channel, rates_bps_hz

POWER_SHARPNESS: Final = 5.0
"""Power shares are a softmax of this times the action: the least share is 1/22,000 of the greatest. What a user who is
not served is left with disturbs the one who is: at 3 (1/400) that costs 0.15 bit/s/Hz at 25 atoms."""

PHASE_ENCODINGS: Final = ("direction", "angle")
"""How an action tells a phase: `direction` by two numbers, of which it is the polar angle; `angle` by one, times pi."""

_LEAST_SQUARE: Final = 1e-12
"""Of a direction's length, so that one of length 0 has a gradient."""

OBSERVATIONS: Final = ("channel", "channel and state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What an agent is to do.

    Parameters
    ----------
    phase_encoding : str
        `direction` has no seam where a phase comes full circle, and does not saturate; `angle` is what is published.
    observation : str
        `channel`: channels of unit power and the logarithms of their gains. `channel and state`: also the phases and
        powers set last, the effective channel that they led to, and the rates; whitened, each observation by its own
        mean and deviation.
    n_steps : int
        Of an episode. A channel stands still for that long, so that actions change nothing but the next reward: with
        a discount of 0 it is of no matter.
    reward_scale : float
        The reward is the sum rate times it.
    has_fixed_channel : bool
        A new episode keeps the channel.

    Raises
    ------
    ValueError
        If a choice does not exist, or a number is too small.
    """

    phase_encoding: str = "direction"
    observation: str = "channel"
    n_steps: int = 20
    reward_scale: float = 0.2
    has_fixed_channel: bool = True

    def __post_init__(self) -> None:
        for name, allowed in (("phase_encoding", PHASE_ENCODINGS), ("observation", OBSERVATIONS)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} = {getattr(self, name)!r}: write {' or '.join(map(repr, allowed))}")
        if self.n_steps < 1 or not self.reward_scale > 0.0:
            raise ValueError(f"n_steps = {self.n_steps}, reward_scale = {self.reward_scale}: give numbers above 0")


class Step(NamedTuple):
    """What a step gives, (n,) each: nothing ever ends but by the length of the episode, which cuts it short."""

    observation: Tensor
    reward: Tensor
    is_truncated: Tensor
    user_rates_bps_hz: Tensor
    """(n, n_users)."""


class BatchedBeamEnvironment:
    """n independent environments, stepped together.

    Parameters
    ----------
    stack : TorchStack
        In complex64 or complex128, on any device.
    g : (n, n_users, n_atoms), complex
        Channels times the root of the total power, over the root of the noise.
    task : Task
    """

    def __init__(self, stack: TorchStack, g: Tensor, task: Task) -> None:
        self.stack, self.task = stack, task
        self.n_users = g.shape[1]
        n_phases = stack.n_layers * stack.n_atoms
        self.n_actions = n_phases * (2 if task.phase_encoding == "direction" else 1) + self.n_users
        self.set_channels_(g)

    def set_channels_(self, g: Tensor) -> None:
        """Give every environment a channel and begin its episode, with all phases 0 and equal powers."""
        self._g = g
        gain = (g.real.square() + g.imag.square()).mean(dim=-1, keepdim=True)
        unit = g * torch.rsqrt(gain)
        told = [unit.real.flatten(1), unit.imag.flatten(1), 0.2 * torch.log(gain).flatten(1)]
        self._of_channel = torch.cat(told, dim=1)
        self._n_steps_done = 0
        shape = (len(g), self.stack.n_layers, self.stack.n_atoms)
        phases = torch.zeros(shape, dtype=gain.dtype, device=g.device)
        shares = torch.full((len(g), self.n_users), 1.0 / self.n_users, dtype=gain.dtype, device=g.device)
        self._set_(phases, shares)

    def observation(self) -> Tensor:
        """Return what agents see, (n, n_observations)."""
        if self.task.observation == "channel":
            return self._of_channel
        seen = torch.cat([self._of_channel, self._of_state], dim=1)
        centred = seen - seen.mean(dim=1, keepdim=True)
        return centred / centred.square().mean(dim=1, keepdim=True).sqrt().clamp_min(1e-8)

    def step(self, action: Tensor) -> Step:
        """Set phases and powers.

        Parameters
        ----------
        action : (n, n_actions)
            From -1 to 1. A new episode begins by itself, on the same channels, once the last step is taken.
        """
        rates = self._set_(*self.decoded(action))
        self._n_steps_done += 1
        is_over = self._n_steps_done >= self.task.n_steps
        if is_over:
            self._n_steps_done = 0
        reward = self.task.reward_scale * rates.sum(dim=-1)
        truncated = torch.full((len(rates),), is_over, device=rates.device)
        return Step(self.observation(), reward, truncated, rates)

    def action_of(self, output: Tensor) -> Tensor:
        """Return the actions (..., n_actions) that outputs of a network stand for: tanh, and directions as they are."""
        if self.task.phase_encoding == "angle":
            return torch.tanh(output)
        return self.legal(torch.cat([output[..., : -self.n_users], torch.tanh(output[..., -self.n_users :])], dim=-1))

    def legal(self, action: Tensor) -> Tensor:
        """Return actions within -1 to 1, and directions with a length of 1: their length changes nothing."""
        if self.task.phase_encoding == "angle":
            return action.clamp(-1.0, 1.0)
        told, powers = action[..., : -self.n_users], action[..., -self.n_users :]
        pairs = told.reshape(*told.shape[:-1], 2, -1)
        unit = pairs * torch.rsqrt(pairs.square().sum(dim=-2, keepdim=True) + _LEAST_SQUARE)
        return torch.cat([unit.flatten(-2), powers.clamp(-1.0, 1.0)], dim=-1)

    def rates_of(self, action: Tensor, *, every: int = 1) -> Tensor:
        """Return the rates (n / every, n_users) that actions would lead to on every so-manieth channel; no step."""
        phases, shares = self.decoded(action)
        return rates_bps_hz(effective_channel(self.stack, phases, self._g[::every]), shares)

    def tensors(self) -> dict[str, Tensor]:
        """Return what a checkpoint needs beside the channels."""
        return {"environment.state": self._of_state}

    def load_(self, tensors: dict[str, Tensor], n_steps_done: int) -> None:
        """Take back what `tensors` returned after so many steps."""
        self._of_state = tensors["environment.state"]
        self._n_steps_done = n_steps_done % self.task.n_steps

    def decoded(self, action: Tensor) -> tuple[Tensor, Tensor]:
        """Return the phases (..., n_layers, n_atoms) in rad and the power shares (..., n_users) of actions."""
        layers = (self.stack.n_layers, self.stack.n_atoms)
        n_phases = layers[0] * layers[1]
        told, powers = action[..., : -self.n_users], action[..., -self.n_users :]
        if self.task.phase_encoding == "direction":
            phases = torch.atan2(told[..., n_phases:], told[..., :n_phases])
        else:
            phases = math.pi * told
        shares = torch.softmax(POWER_SHARPNESS * powers, dim=-1)
        return phases.reshape(*action.shape[:-1], *layers), shares

    def _set_(self, phases_rad: Tensor, shares: Tensor) -> Tensor:
        """Set phases and shares and return users' rates, (n, n_users)."""
        h = effective_channel(self.stack, phases_rad, self._g)
        rates = rates_bps_hz(h, shares)
        is_seen = self.task.observation == "channel and state"
        parts = [phases_rad.flatten(1) / math.pi, shares, h.real.flatten(1), h.imag.flatten(1), rates]
        self._of_state = torch.cat(parts, dim=1) if is_seen else rates
        return rates
