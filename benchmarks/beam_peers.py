"""Learning of beams here and in Stable-Baselines3, by turns; run by `benchmarks.beam_learning`, prints JSON.

Both get the same channels, widths, batch, memory, noise, copies of the task, updates per step of all copies, and a
discount of 0. The peer has one learning rate for actors and critics, and gets the actor's. It steps our Gymnasium
environment as it is. Evaluations are not counted for anybody.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import TD3
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.noise import ActionNoise
from stable_baselines3.common.utils import set_random_seed
from stable_baselines3.common.vec_env import DummyVecEnv

from onboard_models.beamforming.batched_environment import BatchedBeamEnvironment
from onboard_models.beamforming.environment import BeamEnvironment
from onboard_models.beamforming.profiles import RECOMMENDED
from onboard_models.beamforming.td3 import Agents
from onboard_models.beamforming.torch_model import TorchStack, torch_stack
from simulator.metasurface.presets import AN_2023

N_ATOMS = 25
BATCH = 256
N_STEPS = 1_000
RATES_BPS_HZ = (5.0, 6.0)
"""What the actor without noise must reach."""
LIMIT_S = 120.0
"""CPU time after which the peer is stopped."""
N_ENSEMBLE = 8
EVERY = 8
"""Rounds between evaluations."""
GEOMETRY = AN_2023.geometry(n_atoms=N_ATOMS)


def main() -> None:
    """Measure all rounds; each has a channel of its own."""
    n_rounds = int(sys.argv[1])
    torch.set_num_threads(1)
    check_env(_environment(0))
    steps: dict[str, list[float]] = {"batched": [], "peer": []}
    times: dict[str, list[list[float | None]]] = {"ours": [], "ensemble": [], "peer": []}
    _steps_per_s(0), _peer_steps_per_s(0)
    for i_round in range(n_rounds):
        steps["batched"].append(_steps_per_s(i_round))
        steps["peer"].append(_peer_steps_per_s(i_round))
        times["ours"].append(_our_times_s(i_round, 1))
        times["ensemble"].append(_our_times_s(i_round, N_ENSEMBLE))
        times["peer"].append(_peer_times_s(i_round))
        print(f"round {i_round}: { {name: values[-1] for name, values in times.items()} }", file=sys.stderr, flush=True)
    print(json.dumps({"steps_per_s": steps, "rates_bps_hz": RATES_BPS_HZ, "times_s": times, "limit_s": LIMIT_S}))


def _environment(seed: int) -> BeamEnvironment:
    """Return an environment whose channel is that of the seed, whatever resets follow."""
    environment = BeamEnvironment(AN_2023, n_atoms=N_ATOMS, task=RECOMMENDED.task)
    environment.reset(seed=seed)
    return environment


def _channel(seed: int) -> tuple[TorchStack, torch.Tensor]:
    """Return the stack, and the channel that `_environment` has."""
    rng = np.random.Generator(np.random.PCG64(seed))  # as Gymnasium seeds
    g = AN_2023.channels(rng, 1, GEOMETRY) * math.sqrt(AN_2023.power_w)
    stack = torch_stack(AN_2023.stack(GEOMETRY), dtype=torch.complex64)
    return stack, torch.as_tensor(g, dtype=torch.complex64)


def _steps_per_s(seed: int) -> float:
    stack, g = _channel(seed)
    batched = BatchedBeamEnvironment(stack, g.expand(BATCH, -1, -1), RECOMMENDED.task)
    generator = torch.Generator().manual_seed(seed)
    actions = 2.0 * torch.rand((8, BATCH, batched.n_actions), generator=generator) - 1.0
    spent_s = _spent_s(lambda: [batched.step(actions[i % 8]) for i in range(N_STEPS // 8)])
    return N_STEPS // 8 * BATCH / spent_s


def _peer_steps_per_s(seed: int) -> float:
    vector = DummyVecEnv([lambda: _environment(seed)])
    vector.reset()
    n_actions = vector.action_space.shape[0]
    actions = np.random.default_rng(seed).uniform(-1.0, 1.0, (8, 1, n_actions)).astype(np.float32)
    return N_STEPS / _spent_s(lambda: [vector.step(actions[i % 8]) for i in range(N_STEPS)])


def _spent_s(run: Callable[[], object]) -> float:
    start_s = time.process_time()
    run()
    return time.process_time() - start_s


def _our_times_s(seed: int, n_agents: int) -> list[float | None]:
    """Return the CPU time per agent until the median agent reaches each rate."""
    stack, g = _channel(seed)
    clock = _Clock()
    agents = Agents(RECOMMENDED, stack, g.repeat(n_agents, 1, 1), seed)
    for i_round in range(agents.n_rounds):
        agents.round_(i_round)
        if i_round % EVERY == 0:
            clock.judge(lambda i=i_round: statistics.median(agents.point(i, 0.0).actor_bps_hz))
        if clock.is_done:
            break
    return [None if reached is None else reached / n_agents for reached in clock.reached_s]


def _peer_times_s(seed: int) -> list[float | None]:
    set_random_seed(seed)
    stack, g = _channel(seed)
    judge = BatchedBeamEnvironment(stack, g, RECOMMENDED.task)
    profile = RECOMMENDED
    clock = _Clock()
    vector = DummyVecEnv([lambda: _environment(seed)] * profile.n_environments)
    n_actions, rng = vector.action_space.shape[0], np.random.default_rng(seed)
    agent = TD3(
        "MlpPolicy",
        vector,
        learning_rate=profile.actor_rate,
        buffer_size=profile.capacity,
        learning_starts=profile.n_random_steps,
        batch_size=profile.batch,
        gamma=profile.discount,
        train_freq=1,
        gradient_steps=profile.updates_per_step,
        action_noise=_FallingNoise(lambda: rng.standard_normal(n_actions)),
        policy_kwargs={"net_arch": list(profile.hidden)},
        device="cpu",
    )
    seen = vector.reset()[:1]

    def rate() -> float:
        action = torch.as_tensor(agent.predict(seen, deterministic=True)[0])
        return float(judge.rates_of(action).sum())

    agent.learn(profile.n_environment_steps, callback=_Stopping(clock, rate))
    return clock.reached_s


class _Clock:
    """CPU time without evaluations, and when each rate was reached."""

    def __init__(self) -> None:
        self._start_s = time.process_time()
        self.reached_s: list[float | None] = [None] * len(RATES_BPS_HZ)

    def judge(self, rate: Callable[[], float]) -> None:
        now_s = time.process_time()
        reached = rate()
        for i, wanted in enumerate(RATES_BPS_HZ):
            if self.reached_s[i] is None and reached >= wanted:
                self.reached_s[i] = now_s - self._start_s
        self._start_s += time.process_time() - now_s

    @property
    def is_done(self) -> bool:
        return None not in self.reached_s or time.process_time() - self._start_s > LIMIT_S


class _Stopping(BaseCallback):
    """Evaluates, and stops when all rates are reached or the time is over."""

    def __init__(self, clock: _Clock, rate: Callable[[], float]) -> None:
        super().__init__()
        self._clock, self._rate = clock, rate

    def _on_step(self) -> bool:
        if self.n_calls % EVERY == 0:
            self._clock.judge(self._rate)
        return not self._clock.is_done


class _FallingNoise(ActionNoise):
    """The noise of our profile: geometric from first to last, drawn for each copy of the task."""

    def __init__(self, draw: Callable[[], NDArray[np.float64]]) -> None:
        super().__init__()
        # a function, so that the copies that are made of this, one for each copy of the task, share its generator
        self._draw, self._n_drawn = draw, 0

    def __call__(self) -> NDArray[np.float32]:
        share = self._n_drawn * RECOMMENDED.n_environments / RECOMMENDED.n_environment_steps
        self._n_drawn += 1
        scale = RECOMMENDED.first_noise * (RECOMMENDED.last_noise / RECOMMENDED.first_noise) ** share
        return (scale * self._draw()).astype(np.float32)


if __name__ == "__main__":
    main()
