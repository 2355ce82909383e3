"""A trained policy at work: ONNX Runtime and numpy, no torch."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from onboard_models.beamforming.adam import AdamSolver
from onboard_models.beamforming.problem import BeamDesign, BeamProblem, best_start, evaluated

_DATA: Final = Path(__file__).with_name("data")
_BATCH: Final = 256
"""Channels that go together: enough for large products, few enough for the caches."""


class PolicyRefusedError(ValueError):
    """A file is not a policy, or not one for this stack."""


def shipped_policies() -> dict[str, Path]:
    """Return the policies that come with Sunwise: name and file."""
    return {path.stem: path for path in sorted(_DATA.glob("*.onnx"))}


@dataclass(frozen=True, eq=False)
class PolicySolver:
    """A policy from a file as a solver, with a few steps of Adam behind it if asked for.

    Parameters
    ----------
    path : Path
        Of an ONNX file that `sunwise beam train` wrote.
    n_steps : int
        Of Adam, from what the policy gives; 0 for the policy alone.
    learning_rate : float
        Of the first of these steps.

    Raises
    ------
    PolicyRefusedError
        If the file is no policy.
    """

    path: Path
    n_steps: int = 0
    learning_rate: float = 0.15

    def __post_init__(self) -> None:
        if self.metadata.get("kind") != "beam policy":
            raise PolicyRefusedError(f"{self.path} is an ONNX file, but no policy that `sunwise beam train` wrote")

    def solve(self, problem: BeamProblem, rng: np.random.Generator) -> BeamDesign:  # noqa: ARG002
        """Return the policy's design of each channel; nothing is drawn.

        Raises
        ------
        PolicyRefusedError
            If the stack has other layers, atoms or users than the policy was trained for.
        """
        geometry = problem.stack.geometry
        asked = {"n_layers": geometry.n_layers, "n_atoms": geometry.n_atoms, "n_users": problem.n_users}
        for name, value in asked.items():
            if self.shape[name] != value:
                raise PolicyRefusedError(f"{self.path} is for {name} = {self.shape[name]}, and this stack has {value}")
        phases_rad, shares = self.designs(problem.g * math.sqrt(problem.total_power_w))
        powers_w = problem.total_power_w * shares
        own = evaluated(problem, phases_rad, powers_w, 1)
        if self.n_steps == 0:
            return own
        adam = AdamSolver(n_starts=1, n_steps=self.n_steps, learning_rate=self.learning_rate)
        refined = adam.refine(problem, phases_rad[:, np.newaxis], powers_w[:, np.newaxis])
        both = ((one.phases_rad, one.powers_w) for one in (own, refined))
        phases, powers = (np.stack(parts, axis=1) for parts in zip(*both, strict=True))
        return best_start(problem, phases, powers, refined.n_rate_evaluations)

    def designs(self, g: NDArray[np.complex128]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return phases (n, n_layers, n_atoms) and power shares (n, n_users).

        Parameters
        ----------
        g : (n, n_users, n_atoms)
            Channels times the root of the total power, over the root of the noise power.
        """
        x = np.stack([g.real, g.imag], axis=1).astype(np.float32)
        parts = [
            self._session.run(["cos", "sin", "shares"], {"g": x[i : i + _BATCH]}) for i in range(0, len(x), _BATCH)
        ]
        cos, sin, shares = (np.concatenate(columns).astype(np.float64) for columns in zip(*parts, strict=True))
        return np.arctan2(sin, cos), shares / shares.sum(axis=-1, keepdims=True)

    @property
    def shape(self) -> dict[str, int]:
        """Size of the policy: `n_layers`, `n_atoms`, `n_users` and more."""
        found: dict[str, int] = json.loads(self.metadata["shape"])
        return found

    @property
    def sha256(self) -> str:
        """Hash of the file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @cached_property
    def metadata(self) -> dict[str, str]:
        """What the file tells about itself."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    @cached_property
    def _session(self) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            return onnxruntime.InferenceSession(self.path.read_bytes(), options, providers=["CPUExecutionProvider"])
        except (OSError, onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf) as error:
            raise PolicyRefusedError(f"cannot read the policy {self.path}: {error}") from error
