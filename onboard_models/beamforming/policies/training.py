"""Training of one policy for all channels: the rate that it reaches is differentiated through the model, no critic."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from onboard_models.beamforming.checkpoints import (
    Progress,
    load_module_,
    module_tensors,
    read_checkpoint,
    write_checkpoint,
)
from onboard_models.beamforming.policies.architecture import BeamPolicy, PolicyShape
from simulator.metasurface.presets import Preset

_STEPS_PER_BLOCK = 10
"""Steps whose channels are drawn together, and between which nothing is saved."""
_BLOCKS_PER_REPORT = 10
_RISE_SHARE = 0.03
_LARGEST_GRADIENT = 1.0
_FAIRNESS_BPS_HZ = 0.05
"""Added to rates under the logarithm, which has no end at 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPlan:
    """How a policy is trained.

    Parameters
    ----------
    shape : PolicyShape
    seed : int
        Of weights and channels.
    n_start_steps : int
        Steps of the network alone, on the sum of the logarithms of the rates of its proposals: it learns to serve
        all streams before the sum of rates may give one of them up.
    n_joint_steps : int
        Steps of network and sweeps together, on the sum of the rates after the sweeps.
    batch : int
        Fresh random channels per step.
    learning_rate : float
        Of the network; it rises at first and falls as half a cosine, in both parts.
    joint_factor, sweep_factor : float
        On it in the second part, for the network and for what is learnt per visit.
    """

    shape: PolicyShape
    seed: int = 0
    n_start_steps: int = 1000
    n_joint_steps: int = 1000
    batch: int = 128
    learning_rate: float = 1e-3
    joint_factor: float = 0.3
    sweep_factor: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReport:
    """How a training goes: mean rate of the last steps, of proposals alone in the first part."""

    n_steps_done: int
    n_steps: int
    mean_rate_bps_hz: float
    cpu_s: float


def train_policy(
    plan: PolicyPlan, preset: Preset, folder: Path, *, on_report: Callable[[PolicyReport], None] | None = None
) -> BeamPolicy:
    """Train a policy, going on from a checkpoint in `folder` if the same training was interrupted.

    Parameters
    ----------
    plan : PolicyPlan
        On one thread the same plan gives the same weights, interrupted or not.
    preset : Preset
        Where channels, stack and power are from.
    folder : Path
        Of the checkpoint.
    on_report : callable
        Is told how it goes now and then.
    """
    shape = plan.shape
    geometry = preset.geometry(n_layers=shape.n_layers, n_atoms=shape.n_atoms, n_users=shape.n_users)
    with torch.random.fork_rng(devices=[]):  # layers draw their weights from the global generator
        torch.manual_seed(plan.seed)
        policy = BeamPolicy(preset.stack(geometry), shape)
    optimiser = _optimiser(policy)
    settings, n_steps = f"{plan} {preset}", plan.n_start_steps + plan.n_joint_steps
    found = read_checkpoint(folder, settings)
    n_done, cpu_before_s = 0, 0.0
    if found is not None:
        load_module_("policy", policy, optimiser, found[0])
        n_done, cpu_before_s = found[1].n_steps_done, found[1].cpu_s
    start_s = time.process_time()
    while n_done < n_steps:
        rng = np.random.default_rng(np.random.SeedSequence(plan.seed, spawn_key=(n_done,)))
        drawn = preset.channels(rng, _STEPS_PER_BLOCK * plan.batch, geometry) * math.sqrt(preset.power_w)
        rates = [
            _step(policy, optimiser, plan, n_done + i, g)
            for i, g in enumerate(torch.split(as_input(drawn), plan.batch))
        ]
        n_done += _STEPS_PER_BLOCK
        if n_done % (_BLOCKS_PER_REPORT * _STEPS_PER_BLOCK) == 0 or n_done >= n_steps:
            cpu_s = cpu_before_s + time.process_time() - start_s
            progress = Progress(settings=settings, n_steps_done=n_done, cpu_s=cpu_s)
            write_checkpoint(folder, module_tensors("policy", policy, optimiser), progress)
            if on_report is not None:
                mean = float(np.mean(rates))
                on_report(PolicyReport(n_steps_done=n_done, n_steps=n_steps, mean_rate_bps_hz=mean, cpu_s=cpu_s))
    return policy.eval()


def as_input(g: np.ndarray[tuple[int, ...], np.dtype[np.complex128]]) -> Tensor:
    """Return channels (n, n_users, n_atoms) as what policies take, (n, 2, n_users, n_atoms) float32."""
    return torch.from_numpy(np.stack([g.real, g.imag], axis=1).astype(np.float32))


def _optimiser(policy: BeamPolicy) -> torch.optim.Adam:
    per_visit = [policy.inertia_log, policy.momentum_logit, policy.power_step, policy.noise_log]
    return torch.optim.Adam([{"params": list(policy.network.parameters())}, {"params": per_visit}])


def _step(policy: BeamPolicy, optimiser: torch.optim.Adam, plan: PolicyPlan, i_step: int, g: Tensor) -> float:
    """Take one step and return the mean rate before it."""
    is_joint = i_step >= plan.n_start_steps
    done, of = (i_step - plan.n_start_steps, plan.n_joint_steps) if is_joint else (i_step, plan.n_start_steps)
    rate = plan.learning_rate * _shape_of_rate(done / of)
    for group, factor in zip(optimiser.param_groups, (plan.joint_factor, plan.sweep_factor), strict=True):
        group["lr"] = rate * factor if is_joint else rate
    served = policy.served(g)
    rates = policy.improved(policy.proposals(served), served, is_swept=is_joint)[2]
    total = rates.sum(dim=-1)
    value = total if is_joint else torch.log(rates + _FAIRNESS_BPS_HZ).sum(dim=-1)
    optimiser.zero_grad()
    (-value.mean()).backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(policy.parameters(), _LARGEST_GRADIENT)
    optimiser.step()
    return float(total.detach().mean())


def _shape_of_rate(share: float) -> float:
    """Return the learning rate at a share of a part's steps: a short linear rise, then half a cosine."""
    return min(1.0, (share + 1e-3) / _RISE_SHARE) * 0.5 * (1.0 + math.cos(math.pi * share))
