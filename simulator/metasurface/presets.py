"""Set-ups of published studies, and two of a satellite; each says what of it is an assumption."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.metasurface.decibels import ratio_of_db, watts_of_dbm
from simulator.metasurface.geometry import StackGeometry
from simulator.metasurface.line_of_sight import ElementPattern
from simulator.metasurface.propagation import Stack, build_stack
from simulator.metasurface.users import SatelliteUsers, ScatteredUsers, Users, UsersInView


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A transmitter, its users and their noise.

    Parameters
    ----------
    name : str
    source : str
        Where the numbers are from, and which of them are assumed.
    wavelength_m : float
    thickness_m : float
        Layers times gap: the more layers, the closer they are.
    n_layers, n_atoms, n_users : int
        What it is used with; other numbers may be asked for. `n_atoms` per layer, a square.
    power_w : float
        Effective: with the gain of the transmitting antennas, where the channel does not have it.
    noise_w, bandwidth_hz : float
    users : Users
    insertion_loss_db, is_passive
        As in `build_stack`.
    phase_bits : int, optional
        Bits of the phases that its atoms can be set to; default: any phase.
    """

    name: str
    source: str
    wavelength_m: float
    thickness_m: float
    n_layers: int
    n_atoms: int
    n_users: int
    power_w: float
    noise_w: float
    bandwidth_hz: float
    users: Users
    insertion_loss_db: float = 0.0
    is_passive: bool = False
    phase_bits: int | None = None

    def geometry(
        self, *, n_layers: int | None = None, n_atoms: int | None = None, n_users: int | None = None
    ) -> StackGeometry:
        """Return the geometry with as many layers, atoms per layer and users (one antenna each), half-wave pitches.

        Raises
        ------
        ValueError
            If `n_atoms` is not a square, or a number is below 1.
        """
        n_layers, n_atoms = n_layers or self.n_layers, n_atoms or self.n_atoms
        side = math.isqrt(max(n_atoms, 0))
        if side**2 != n_atoms:
            raise ValueError(f"n_atoms = {n_atoms}: give a square, such as {side**2 or 1} or {(side + 1) ** 2}")
        return StackGeometry(
            wavelength_m=self.wavelength_m,
            n_layers=n_layers,
            n_atoms_x=side,
            n_atoms_y=side,
            pitch_m=0.5 * self.wavelength_m,
            layer_gap_m=self.thickness_m / max(n_layers, 1),
            n_antennas=n_users or self.n_users,
            antenna_pitch_m=0.5 * self.wavelength_m,
        )

    def stack(self, geometry: StackGeometry, between_layers: NDArray[np.complex128] | None = None) -> Stack:
        """Return the stack of a geometry with this preset's losses; `between_layers` as in `build_stack`."""
        return build_stack(
            geometry,
            is_passive=self.is_passive,
            insertion_loss_db=self.insertion_loss_db,
            between_layers=between_layers,
        )

    def channels(self, rng: np.random.Generator, n_channels: int, geometry: StackGeometry) -> NDArray[np.complex128]:
        """Return random channels over the root of the noise power, (n_channels, n_users, n_atoms), 1/sqrt(W)."""
        drawn = self.users.draw(rng, n_channels, geometry, geometry.n_antennas)
        return np.asarray(drawn / math.sqrt(self.noise_w))


_AN_WAVELENGTH_M: Final = 3.0e8 / 28.0e9
"""Of both papers by An et al., with their speed of light."""

_HOLOGRAPHIC_WAVELENGTH_M: Final = 0.125
_KA_WAVELENGTH_M: Final = 299_792_458.0 / 20.0e9
_S_WAVELENGTH_M: Final = 299_792_458.0 / 2.0e9
_BOLTZMANN_J_K: Final = 1.380649e-23
"""Exact by definition of the kelvin (SI, 2019)."""

_ATOM: Final = ElementPattern(peak_gain_db=5.0)
_DISH_GAIN_DB: Final = 39.7
_SATELLITE_ALTITUDE_M: Final = 600e3

AN_2023: Final = Preset(
    name="an2023",
    source="An, Di Renzo, Debbah, Yuen 2023, and the authors' program SIM-2-MUMISO; the bandwidth is inferred from the "
    "noise at -174 dBm/Hz",
    wavelength_m=_AN_WAVELENGTH_M,
    thickness_m=5.0 * _AN_WAVELENGTH_M,
    n_layers=4,
    n_atoms=100,
    n_users=4,
    power_w=watts_of_dbm(10.0 + 5.0),
    noise_w=watts_of_dbm(-104.0),
    bandwidth_hz=10e6,
    users=ScatteredUsers(
        height_m=10.0 - 5.0 * _AN_WAVELENGTH_M,
        step_m=10.0,
        gain_at_1_m=(_AN_WAVELENGTH_M / (4.0 * math.pi)) ** 2,
        exponent=3.5,
    ),
)

JSAC_2023: Final = Preset(
    name="jsac2023",
    source="An et al. 2023, IEEE JSAC 41, holographic MIMO: its transmitter, with single antennas in place of the "
    "receiving surface; the bandwidth is inferred from the noise at -174 dBm/Hz",
    wavelength_m=_AN_WAVELENGTH_M,
    thickness_m=0.05,
    n_layers=7,
    n_atoms=100,
    n_users=4,
    power_w=watts_of_dbm(20.0),
    noise_w=watts_of_dbm(-110.0),
    bandwidth_hz=2.5e6,
    users=ScatteredUsers(
        height_m=250.0,
        step_m=0.0,
        gain_at_1_m=(_AN_WAVELENGTH_M / (4.0 * math.pi)) ** 2,
        exponent=3.5,
        shadowing_db=9.0,
    ),
)

HOLOGRAPHIC_2_BIT: Final = Preset(
    name="holographic2bit",
    source="a study of sum rates in holographic MIMO with discrete phases; places of users, thickness and bandwidth "
    "are assumed (as in an2023)",
    wavelength_m=_HOLOGRAPHIC_WAVELENGTH_M,
    thickness_m=5.0 * _HOLOGRAPHIC_WAVELENGTH_M,
    n_layers=2,
    n_atoms=25,
    n_users=4,
    power_w=watts_of_dbm(26.0),
    noise_w=watts_of_dbm(-80.0),
    bandwidth_hz=10e6,
    users=ScatteredUsers(height_m=10.0, step_m=10.0, gain_at_1_m=ratio_of_db(-30.0), exponent=2.0),
    phase_bits=2,
)

SATELLITE_KA: Final = Preset(
    name="satellite-ka",
    source="20 GHz from 600 km to dishes of 0.6 m (39.7 dBi, 3GPP TR 38.821); noise of 532 K (242 K there), insertion "
    "loss of 1 dB per layer, atoms of 5 dBi, Rician factor of 10 dB and users on a square of 100 km are assumed",
    wavelength_m=_KA_WAVELENGTH_M,
    thickness_m=5.0 * _KA_WAVELENGTH_M,
    n_layers=4,
    n_atoms=100,
    n_users=4,
    power_w=watts_of_dbm(40.0),
    noise_w=_BOLTZMANN_J_K * 532.0 * 100e6,
    bandwidth_hz=100e6,
    users=SatelliteUsers(
        altitude_m=_SATELLITE_ALTITUDE_M,
        side_m=100e3,
        pattern=_ATOM,
        receive_gain_db=_DISH_GAIN_DB,
        k_factor=10.0,
    ),
    insertion_loss_db=1.0,
    is_passive=True,
)

STATION_KA: Final = replace(
    SATELLITE_KA,
    name="station-ka",
    source="satellite-ka with one station anywhere above 10 degrees of elevation, of which the direct wave is known: "
    "what a stack designs for in the downlink of a run",
    n_atoms=49,
    n_users=1,
    users=UsersInView(
        altitude_m=_SATELLITE_ALTITUDE_M,
        lowest_elevation_rad=math.radians(10.0),
        pattern=_ATOM,
        receive_gain_db=_DISH_GAIN_DB,
    ),
)

SATELLITE_S: Final = Preset(
    name="satellite-s",
    source="2 GHz from 600 km to handsets (0 dBi, noise figure of 7 dB at 290 K, 3GPP TR 38.821); insertion loss of "
    "1 dB per layer, 50 dBm, 5 MHz, atoms of 5 dBi, Rician factor of 10 dB and users on a square of 400 km are assumed",
    wavelength_m=_S_WAVELENGTH_M,
    thickness_m=5.0 * _S_WAVELENGTH_M,
    n_layers=4,
    n_atoms=49,
    n_users=4,
    power_w=watts_of_dbm(50.0),
    noise_w=_BOLTZMANN_J_K * 290.0 * ratio_of_db(7.0) * 5e6,
    bandwidth_hz=5e6,
    users=SatelliteUsers(
        altitude_m=_SATELLITE_ALTITUDE_M,
        side_m=400e3,
        pattern=_ATOM,
        receive_gain_db=0.0,
        k_factor=10.0,
    ),
    insertion_loss_db=1.0,
    is_passive=True,
)

PRESETS: Final = MappingProxyType(
    {preset.name: preset for preset in (AN_2023, JSAC_2023, HOLOGRAPHIC_2_BIT, SATELLITE_KA, STATION_KA, SATELLITE_S)}
)
"""All set-ups by name."""
