"""The section `ground.downlink`: a metasurface that sends to the stations."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from scenarios.config.sections import Section, broken_rule

POLICY_SUFFIX = ".onnx"


def _known_preset(name: Any) -> Any:
    """Refuse a preset that is of no satellite."""
    from simulator.metasurface.presets import PRESETS
    from simulator.metasurface.users import SatelliteUsers

    known = [key for key, preset in PRESETS.items() if isinstance(preset.users, SatelliteUsers)]
    if isinstance(name, str) and name not in known:
        raise broken_rule(f"no preset of a satellite (got {name!r})", f"write one of {', '.join(known)}")
    return name


def _known_policy(name: Any, info: ValidationInfo) -> Any:
    """Refuse what is neither a method nor a policy."""
    if not isinstance(name, str):
        return name
    if name.endswith(POLICY_SUFFIX):
        if not (_folder(info) / name).is_file():
            raise broken_rule(f"no such file (got {name!r})", "write the path relative to the scenario file")
        return name
    from onboard_models.beamforming.solvers import SOLVERS

    if name not in SOLVERS:
        from onboard_models.beamforming.policy import shipped_policies

        known = (*SOLVERS, *shipped_policies())
        if name not in known:
            remedy = f"write one of {', '.join(known)}, or a file that ends in .onnx"
            raise broken_rule(f"no such method or policy (got {name!r})", remedy)
    return name


def _folder(info: ValidationInfo) -> Path:
    return info.context.get("folder", Path()) if isinstance(info.context, dict) else Path()


class MetasurfaceDownlink(Section):
    """A stacked metasurface on each satellite that sends to the stations; the way up stays as it is."""

    kind: Literal["metasurface"] = Field(examples=["metasurface"])
    preset: Annotated[str, BeforeValidator(_known_preset)] = Field(
        default="satellite-ka", description="satellite-ka or satellite-s: wavelength, losses, stations, noise"
    )
    layers: int = Field(default=4, ge=1, le=20, examples=[4])
    atoms: int = Field(default=49, ge=1, le=1024, examples=[49], description="per layer, a square")
    policy: Annotated[str, BeforeValidator(_known_policy)] = Field(
        default="adam",
        examples=["station-ka-49"],
        description="a method of `sunwise beam solve`, or a policy for one user: shipped, or an .onnx file",
    )
    radiated_power_w: float | None = Field(
        default=None, gt=0.0, le=1e4, examples=[10], description="out of the amplifier; null: that of the preset"
    )
    bandwidth_mhz: float | None = Field(
        default=None, gt=0.0, le=1e5, examples=[100], description="null: that of the preset"
    )
    retrack_s: float = Field(default=1.0, ge=0.01, le=1e4, examples=[1], description="from one update to the next")
    update_time_s: float = Field(
        default=0.02, ge=1e-6, le=100.0, examples=[0.02], description="of an update, nothing is sent meanwhile; assumed"
    )
    update_energy_j: float = Field(default=0.5, ge=0.0, le=1e6, examples=[0.5], description="of an update; assumed")
    controller_power_w: float = Field(
        default=5.0, ge=0.0, le=1e5, examples=[5], description="while the stack sends; assumed"
    )
    n_draws: int = Field(default=32, ge=1, le=10_000, examples=[32], description="channels that rates are means over")

    @model_validator(mode="after")
    def _check_sizes(self) -> MetasurfaceDownlink:
        side = math.isqrt(self.atoms)
        if side**2 != self.atoms:
            remedy = f"write {side**2} or {(side + 1) ** 2}"
            raise broken_rule(f"no square (got {self.atoms})", remedy, at="atoms")
        if self.update_time_s >= self.retrack_s:
            remedy = "lengthen retrack_s or shorten update_time_s"
            raise broken_rule("an update takes as long as the period", remedy, at="update_time_s")
        return self

    @model_validator(mode="after")
    def _check_policy(self, info: ValidationInfo) -> MetasurfaceDownlink:
        path = self.policy_file(_folder(info))
        if path is None:
            return self
        from onboard_models.beamforming.policy import PolicyRefusedError, PolicySolver

        try:
            shape = PolicySolver(path).shape
        except PolicyRefusedError as error:
            raise broken_rule(str(error), "name a file that `sunwise beam train policy` wrote", at="policy") from error
        wanted = {"n_layers": self.layers, "n_atoms": self.atoms, "n_users": 1}
        for name, value in wanted.items():
            if shape[name] != value:
                problem = f"the policy is for {name} = {shape[name]}, and this stack has {value} (got {self.policy!r})"
                raise broken_rule(problem, "write policy: adam, or train a policy for this stack", at="policy")
        return self

    def policy_file(self, folder: Path) -> Path | None:
        """Return the file of the policy, None for a method; `folder` is that of the scenario file."""
        if self.policy.endswith(POLICY_SUFFIX):
            return folder / self.policy
        from onboard_models.beamforming.solvers import SOLVERS

        if self.policy in SOLVERS:
            return None
        from onboard_models.beamforming.policy import shipped_policies

        return shipped_policies()[self.policy]

    @property
    def files(self) -> tuple[str, ...]:
        """Files that the section names, relative to the scenario file."""
        return (self.policy,) if self.policy.endswith(POLICY_SUFFIX) else ()
