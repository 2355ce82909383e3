"""One metasurface as a Gymnasium environment, for any agent that speaks Gymnasium."""

from __future__ import annotations

import math
from typing import Any

import gymnasium
import numpy as np
import torch
from numpy.typing import NDArray

from onboard_models.beamforming.batched_environment import BatchedBeamEnvironment, Task
from onboard_models.beamforming.torch_model import torch_stack
from simulator.metasurface.presets import Preset

Observation = NDArray[np.float32]


class BeamEnvironment(gymnasium.Env[Observation, NDArray[np.float32]]):
    """A `BatchedBeamEnvironment` of one channel, which a reset draws.

    Parameters
    ----------
    preset : Preset
        Where stack, power and channels are from.
    n_layers, n_atoms, n_users : int, optional
        Default: the preset's.
    task : Task
        With `has_fixed_channel` only a reset with a seed draws a new channel.

    Notes
    -----
    Episodes end by `truncated`, never by `terminated`: nothing in the world ends when the time is up. `info` of a step
    has `user_rates_bps_hz`.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012  # what Gymnasium asks for

    def __init__(
        self,
        preset: Preset,
        *,
        n_layers: int | None = None,
        n_atoms: int | None = None,
        n_users: int | None = None,
        task: Task | None = None,
    ) -> None:
        self._preset, self._task = preset, task or Task()
        self._geometry = preset.geometry(n_layers=n_layers, n_atoms=n_atoms, n_users=n_users)
        stack = torch_stack(preset.stack(self._geometry), dtype=torch.complex64)
        shape = (1, self._geometry.n_antennas, self._geometry.n_atoms)
        self._batched = BatchedBeamEnvironment(stack, torch.ones(shape, dtype=torch.complex64), self._task)
        self._has_channel = False
        n_observed = self._batched.observation().shape[1]
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (n_observed,), np.float32)
        self.action_space = gymnasium.spaces.Box(-1.0, 1.0, (self._batched.n_actions,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Draw a channel and begin an episode."""
        super().reset(seed=seed, options=options)
        if seed is not None or not (self._has_channel and self._task.has_fixed_channel):
            g = self._preset.channels(self.np_random, 1, self._geometry) * math.sqrt(self._preset.power_w)
            self._batched.set_channels_(torch.as_tensor(g, dtype=torch.complex64))
            self._has_channel = True
        return self._seen(), {}

    def step(self, action: NDArray[np.float32]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Set phases and powers; the reward is the scaled sum rate."""
        given = torch.as_tensor(np.asarray(action, np.float32)).unsqueeze(0)
        done = self._batched.step(given)
        info = {"user_rates_bps_hz": done.user_rates_bps_hz[0].numpy()}
        return self._seen(), float(done.reward[0]), False, bool(done.is_truncated[0]), info

    def _seen(self) -> Observation:
        seen: Observation = self._batched.observation()[0].numpy().astype(np.float32)
        return seen
