"""A pass of a satellite over its users, and what transmitters cost."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from simulator.metasurface.geometry import Floats
from simulator.metasurface.presets import Preset
from simulator.metasurface.users import SatelliteUsers


@dataclass(frozen=True, slots=True, kw_only=True)
class TransmitterCosts:
    """What transmitters need besides what they radiate; every default is an assumption.

    Parameters
    ----------
    controller_w : float
        Of the metasurface, always.
    update_energy_j, update_time_s : float
        To compute and set phases once; nobody is served meanwhile.
    chain_w : float
        Of each radio chain: converters, mixers, oscillators.
    amplifier_efficiency : float, above 0 to 1
        Power out of the amplifiers over power into them.

    Raises
    ------
    ValueError
        If a number is outside its range.
    """

    controller_w: float = 5.0
    update_energy_j: float = 0.5
    update_time_s: float = 1e-3
    chain_w: float = 2.0
    amplifier_efficiency: float = 0.25

    def __post_init__(self) -> None:
        for name in ("controller_w", "update_energy_j", "update_time_s", "chain_w"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} = {getattr(self, name)}: give 0 or more")
        if not 0.0 < self.amplifier_efficiency <= 1.0:
            raise ValueError(f"amplifier_efficiency = {self.amplifier_efficiency}: give a share above 0, up to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class PassCase:
    """A pass whose middle is overhead of the users' centre.

    Parameters
    ----------
    preset : Preset
        Of a satellite.
    n_layers, n_atoms, n_users : int, optional
        Default: the preset's.
    power_w : float
        Out of the amplifiers, all streams together.
    duration_s, step_s : float
        Rates are taken every step.
    retrack_s : float
        Phases are set anew this often; a multiple of the step.
    n_draws : int
        Channels drawn at each step, whose rates are averaged.
    seed : int
    costs : TransmitterCosts

    Raises
    ------
    ValueError
        If the preset is of no satellite, or a time does not fit.
    """

    preset: Preset
    n_layers: int | None = None
    n_atoms: int | None = None
    n_users: int | None = None
    power_w: float
    duration_s: float = 60.0
    step_s: float = 1.0
    retrack_s: float = 1.0
    n_draws: int = 8
    seed: int = 0
    costs: TransmitterCosts = dataclasses.field(default_factory=TransmitterCosts)

    def __post_init__(self) -> None:
        if not isinstance(self.preset.users, SatelliteUsers):
            raise ValueError(f"preset {self.preset.name!r} has no satellite: take satellite-ka or satellite-s")
        if not 0.0 < self.step_s <= self.duration_s:
            raise ValueError(f"step_s = {self.step_s}: give a time above 0 and up to the pass, {self.duration_s:g} s")
        periods = self.retrack_s / self.step_s
        if not (periods >= 1.0 and math.isclose(periods, round(periods), rel_tol=1e-9)):
            raise ValueError(f"retrack_s = {self.retrack_s}: give a multiple of the step, {self.step_s:g} s")
        if self.costs.update_time_s > self.retrack_s:
            raise ValueError(f"update_time_s = {self.costs.update_time_s}: an update takes longer than a period")

    @property
    def users(self) -> SatelliteUsers:
        """The users of the preset."""
        assert isinstance(self.preset.users, SatelliteUsers)
        return self.preset.users

    def times_s(self) -> Floats:
        """Return when rates are taken, from the middle of the pass, (n_times,)."""
        return np.arange(-0.5 * self.duration_s, 0.5 * self.duration_s + 0.5 * self.step_s, self.step_s)
