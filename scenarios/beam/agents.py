"""Agents and policies trained on the channels of a case."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from onboard_models.beamforming.policies.architecture import PolicyShape
from onboard_models.beamforming.policies.export import export_policy
from onboard_models.beamforming.policies.training import PolicyPlan, PolicyReport, train_policy
from onboard_models.beamforming.profiles import PROFILES, AgentProfile, as_ddpg
from onboard_models.beamforming.td3 import CurvePoint, train_agents
from onboard_models.beamforming.torch_model import torch_stack
from scenarios.beam.case import BeamCase
from simulator.metasurface.presets import Preset
from simulator.random_streams import Stream, random_stream
from simulator.results.files import write_durably

ALGORITHMS: Final = ("td3", "ddpg")
_N_PROBE: Final = 256
_WIDTH_ALONE: Final = 64
_SWEEPS_ALONE: Final = 3
"""Of a policy for one user, whose direction is two numbers: a small network and few sweeps do, and load faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCurve:
    """A learning curve of one algorithm: axes (n_points, n_seeds, n_channels)."""

    algorithm: str
    n_environment_steps: np.ndarray[tuple[int], np.dtype[np.int64]]
    cpu_s_per_agent: np.ndarray[tuple[int], np.dtype[np.float64]]
    actor_bps_hz: np.ndarray[tuple[int, int, int], np.dtype[np.float64]]
    """Of the actor without noise."""
    best_bps_hz: np.ndarray[tuple[int, int, int], np.dtype[np.float64]]
    """Of the best action seen so far."""

    def actors_after(self, cpu_s_per_agent: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Return the rates (n_seeds, n_channels) of actors after a CPU time, linear between the points of the curve.

        Before the first point it is that of the first, after the last that of the last.
        """
        agents = self.actor_bps_hz.reshape(len(self.actor_bps_hz), -1).T
        rates = [np.interp(cpu_s_per_agent, self.cpu_s_per_agent, curve) for curve in agents]
        return np.array(rates).reshape(self.actor_bps_hz.shape[1:])


def agent_profile(algorithm: str, profile: str, n_steps: int | None) -> AgentProfile:
    """Return the settings of an algorithm.

    Raises
    ------
    ValueError
        If there is no such algorithm or profile.
    """
    if algorithm not in ALGORITHMS:
        raise ValueError(f"algorithm {algorithm!r}: write {' or '.join(ALGORITHMS)}")
    if profile not in PROFILES:
        raise ValueError(f"profile {profile!r}: write {' or '.join(PROFILES)}")
    chosen = PROFILES[profile] if n_steps is None else replace(PROFILES[profile], n_environment_steps=n_steps)
    return as_ddpg(chosen) if algorithm == "ddpg" else chosen


def train_on_case(
    case: BeamCase,
    algorithm: str,
    profile: AgentProfile,
    *,
    n_seeds: int,
    folder: Path,
    on_point: Callable[[CurvePoint], None],
) -> AgentCurve:
    """Train an agent per seed on each channel of a case, as one ensemble; what was interrupted goes on.

    Parameters
    ----------
    case : BeamCase
    algorithm : str
        What to call it.
    profile : AgentProfile
    n_seeds : int
    folder : Path
        Of the checkpoint.
    on_point : callable
        Is told each point of the learning curve.
    """
    torch.set_num_threads(1)
    g = torch.as_tensor(case.g * math.sqrt(case.total_power_w), dtype=torch.complex64)
    stack = torch_stack(case.stack, dtype=torch.complex64)
    repeated = g.repeat(n_seeds, 1, 1)
    points = train_agents(profile, stack, repeated, seed=case.seed, folder=folder, on_point=on_point)[1]
    shape = (len(points), n_seeds, case.n_channels)
    return AgentCurve(
        algorithm=algorithm,
        n_environment_steps=np.array([point.n_environment_steps for point in points]),
        cpu_s_per_agent=np.array([point.cpu_s for point in points]) / len(repeated),
        actor_bps_hz=np.array([point.actor_bps_hz for point in points]).reshape(shape),
        best_bps_hz=np.array([point.best_bps_hz for point in points]).reshape(shape),
    )


def train_policy_file(
    preset: Preset, plan: PolicyPlan, *, folder: Path, output: Path, on_report: Callable[[PolicyReport], None]
) -> Path:
    """Train a policy, write it as ONNX, and return the file."""
    torch.set_num_threads(1)
    shape = plan.shape
    policy = train_policy(plan, preset, folder, on_report=on_report)
    geometry = preset.geometry(n_layers=shape.n_layers, n_atoms=shape.n_atoms, n_users=shape.n_users)
    rng = random_stream(plan.seed, Stream.BEAM_CHANNELS, replication=1)
    probe = preset.channels(rng, _N_PROBE, geometry) * math.sqrt(preset.power_w)
    told = {"kind": "beam policy", "preset": preset.name, "plan": json.dumps(_plan_record(plan), sort_keys=True)}
    output.parent.mkdir(parents=True, exist_ok=True)
    write_durably(output, export_policy(policy, probe, told))
    return output


def policy_plan(case: BeamCase, *, n_steps: int | None) -> PolicyPlan:
    """Return the plan of a policy for the stack of a case; `n_steps` of each part, default: the plan's."""
    geometry = case.geometry
    shape = PolicyShape(
        n_layers=geometry.n_layers,
        n_atoms=geometry.n_atoms,
        n_users=geometry.n_antennas,
        n_streams=min(2, geometry.n_antennas),
    )
    if shape.n_users == 1:
        shape = replace(shape, width=_WIDTH_ALONE, n_sweeps=_SWEEPS_ALONE)
    plan = PolicyPlan(shape=shape, seed=case.seed)
    return plan if n_steps is None else replace(plan, n_start_steps=n_steps, n_joint_steps=n_steps)


def _plan_record(plan: PolicyPlan) -> dict[str, float]:
    return {name: getattr(plan, name) for name in plan.__slots__ if name != "shape"}
