"""What beams are designed for: a preset with changes, channels from a seed, and what is wrong with the hardware."""

from __future__ import annotations

import dataclasses
import math
import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from onboard_models.beamforming.problem import BeamDesign, BeamProblem
from simulator.metasurface.amplitude import AmplitudeLaw
from simulator.metasurface.decibels import watts_of_dbm
from simulator.metasurface.geometry import StackGeometry
from simulator.metasurface.impairments import dead_atoms, with_channel_error, with_phase_noise
from simulator.metasurface.presets import Preset
from simulator.metasurface.propagation import EnergyGainWarning, Stack
from simulator.metasurface.rate import rates_bps_hz
from simulator.metasurface.response import effective_channel
from simulator.random_streams import Stream, random_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Impairments:
    """What real hardware and real estimates do to a design; the defaults do nothing.

    Parameters
    ----------
    least_amplitude : float, 0 to 1
        Amplitude of an atom at its worst phase (`AmplitudeLaw`).
    dead_share : float, 0 to 1
        Of the atoms.
    phase_noise_rad : float
        Standard deviation of each phase as it is set.
    channel_error : float, 0 to 1
        Share of the power of the channels that the design does not know.
    is_known : bool
        Whether the design counts with amplitudes and dead atoms; else it takes them as perfect.
    """

    least_amplitude: float = 1.0
    dead_share: float = 0.0
    phase_noise_rad: float = 0.0
    channel_error: float = 0.0
    is_known: bool = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.phase_noise_rad) and self.phase_noise_rad >= 0.0):
            raise ValueError(f"phase_noise_rad = {self.phase_noise_rad}: give 0 or more")


@dataclass(frozen=True, kw_only=True)
class BeamCase:
    """Channels of a preset, and what serves them.

    Parameters
    ----------
    preset : Preset
    n_layers, n_atoms, n_users : int, optional
        Default: the preset's.
    power_dbm : float, optional
        Effective, that is with the gain of transmitting antennas where the channel does not have it; default: the
        preset's.
    n_channels : int
    seed : int
        Of channels, starts and hardware. The first channels of a seed are the same however many there are.
    impairments : Impairments
    between_layers : (n_atoms, n_atoms) or (n_layers - 1, n_atoms, n_atoms), complex, optional
        Transfer matrices of your own; default: diffraction in free space.
    """

    preset: Preset
    n_layers: int | None = None
    n_atoms: int | None = None
    n_users: int | None = None
    power_dbm: float | None = None
    n_channels: int = 20
    seed: int = 0
    impairments: Impairments = dataclasses.field(default_factory=Impairments)
    between_layers: NDArray[np.complex128] | None = None

    @cached_property
    def total_power_w(self) -> float:
        """Power that all streams share."""
        return self.preset.power_w if self.power_dbm is None else watts_of_dbm(self.power_dbm)

    @cached_property
    def geometry(self) -> StackGeometry:
        """Geometry of the stack."""
        return self.preset.geometry(n_layers=self.n_layers, n_atoms=self.n_atoms, n_users=self.n_users)

    @cached_property
    def _perfect_stack(self) -> tuple[Stack, str]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", EnergyGainWarning)
            stack = self.preset.stack(self.geometry, self.between_layers)
        return stack, "; ".join(str(one.message) for one in caught)

    @property
    def energy_gain_warning(self) -> str:
        """What is to be said of propagation that gains energy; empty where it does not."""
        return self._perfect_stack[1]

    @cached_property
    def stack(self) -> Stack:
        """The stack as it is."""
        asked = self.impairments
        law = None if asked.least_amplitude == 1.0 else AmplitudeLaw(least=asked.least_amplitude)
        alive = None
        if asked.dead_share:
            rng = random_stream(self.seed, Stream.BEAM_HARDWARE)
            alive = dead_atoms(rng, self.geometry.n_layers, self.geometry.n_atoms, asked.dead_share)
        return dataclasses.replace(self._perfect_stack[0], amplitude_law=law, atom_amplitude=alive)

    @cached_property
    def g(self) -> NDArray[np.complex128]:
        """Channels over the root of the noise power, (n_channels, n_users, n_atoms)."""
        return self.preset.channels(random_stream(self.seed, Stream.BEAM_CHANNELS), self.n_channels, self.geometry)

    @cached_property
    def problem(self) -> BeamProblem:
        """What is true: to bound rates."""
        return BeamProblem(stack=self.stack, g=self.g, total_power_w=self.total_power_w)

    @cached_property
    def known_problem(self) -> BeamProblem:
        """What a method is told."""
        asked, g = self.impairments, self.g
        if asked.channel_error:
            g = with_channel_error(
                random_stream(self.seed, Stream.BEAM_HARDWARE, replication=1), g, asked.channel_error
            )
        stack = self.stack if asked.is_known else self._perfect_stack[0]
        return BeamProblem(stack=stack, g=g, total_power_w=self.total_power_w)

    def achieved_bps_hz(self, design: BeamDesign) -> NDArray[np.float64]:
        """Return what users really get of a design, (n_channels, n_users)."""
        phases_rad = design.phases_rad
        if self.impairments.phase_noise_rad:
            rng = random_stream(self.seed, Stream.BEAM_HARDWARE, replication=2)
            phases_rad = with_phase_noise(rng, phases_rad, self.impairments.phase_noise_rad)
        return rates_bps_hz(effective_channel(self.stack, phases_rad, self.g), design.powers_w)
