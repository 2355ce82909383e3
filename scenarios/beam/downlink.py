"""Rates that a stack gives one ground station at a time, tabulated before a run by a method of one's choice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.beamforming.policy import PolicySolver
from onboard_models.beamforming.problem import BeamProblem
from onboard_models.beamforming.solvers import SOLVERS
from scenarios.config.downlink import MetasurfaceDownlink
from simulator.constants import WGS84_EQUATORIAL_RADIUS_M, WGS84_FLATTENING
from simulator.engine.ground_beams import BeamSetting
from simulator.metasurface.correlation import spatial_correlation, symmetric_root
from simulator.metasurface.geometry import Floats, StackGeometry
from simulator.metasurface.presets import PRESETS, Preset
from simulator.metasurface.response import effective_channel
from simulator.metasurface.users import SatelliteUsers, wave_in_free_space
from simulator.orbits.model import MeanOrbits
from simulator.random_streams import Stream, random_stream

_ANGLE_STEP_RAD: Final = math.radians(4.0)
"""A beam of 7 atoms is 15 degrees wide; rates between two angles are interpolated."""

_ERROR_RAD: Final = np.radians([0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0, 20.0, 30.0])
_HIGHEST_STATION_M: Final = 9000.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TabulatedRates:
    """Rates of phases made for one direction each.

    Parameters
    ----------
    angle_rad : (n_angles,)
        From the nadir, for which phases are made.
    error_rad : (n_errors,)
        From there to the station; beyond the last it counts as the last.
    snr_m2 : (n_angles, n_errors, n_draws)
        Signal over noise times the square of the distance, of each channel drawn.
    bandwidth_hz : float
    shortest_m : float
        No station is nearer.
    """

    angle_rad: Floats
    error_rad: Floats
    snr_m2: Floats
    bandwidth_hz: float
    shortest_m: float

    @property
    def top_rate_bps(self) -> float:
        """Of the best channel at the shortest distance."""
        return self.bandwidth_hz * math.log2(1.0 + float(self.snr_m2.max()) / self.shortest_m**2)

    def rates_bps(self, off_nadir_rad: Floats, error_rad: Floats, range_m: Floats) -> Floats:
        """Return means over channels, interpolated between angles and errors, (n,)."""
        i, to_i = _place(self.angle_rad, off_nadir_rad)
        j, to_j = _place(self.error_rad, error_rad)
        rate = np.zeros(len(range_m))
        for di, share_i in ((0, 1.0 - to_i), (1, to_i)):
            for dj, share_j in ((0, 1.0 - to_j), (1, to_j)):
                snr = self.snr_m2[i + di, j + dj] / range_m[:, np.newaxis] ** 2
                rate += share_i * share_j * np.log2(1.0 + snr).mean(axis=-1)
        return np.asarray(self.bandwidth_hz * rate)


def beam_setting(
    section: MetasurfaceDownlink, folder: Path, orbits: MeanOrbits, min_elevation_rad: float, seed: int
) -> BeamSetting:
    """Return how satellites of these orbits send to stations above an elevation.

    Raises
    ------
    ValueError
        If the policy is for another stack.
    """
    polar_m = WGS84_EQUATORIAL_RADIUS_M * (1.0 - WGS84_FLATTENING)
    radius_m = orbits.semi_major_axis_m * (1.0 - orbits.eccentricity)
    # stations up to the equatorial radius, 0.2 degrees between verticals, and some kilometres by which orbits breathe
    lowest_m = float(np.nanmin(radius_m)) - 20e3
    sine = WGS84_EQUATORIAL_RADIUS_M * math.cos(max(min_elevation_rad - math.radians(0.2), 0.0)) / lowest_m
    widest_rad = math.asin(min(sine, 1.0))
    return BeamSetting(
        rates=_tabulated(section, folder, lowest_m, widest_rad, seed, polar_m),
        retrack_s=section.retrack_s,
        update_time_s=section.update_time_s,
        update_energy_j=section.update_energy_j,
        controller_power_w=section.controller_power_w,
    )


def _tabulated(
    section: MetasurfaceDownlink, folder: Path, lowest_m: float, widest_rad: float, seed: int, polar_m: float
) -> TabulatedRates:
    preset = PRESETS[section.preset]
    bandwidth_hz = preset.bandwidth_hz if section.bandwidth_mhz is None else 1e6 * section.bandwidth_mhz
    noise_w = preset.noise_w * bandwidth_hz / preset.bandwidth_hz
    power_w = section.radiated_power_w or preset.power_w
    geometry = preset.geometry(n_layers=section.layers, n_atoms=section.atoms, n_users=1)
    stack, users = preset.stack(geometry), preset.users
    assert isinstance(users, SatelliteUsers), "the section takes presets of satellites alone"
    angle_rad = _ANGLE_STEP_RAD * np.arange(math.ceil(widest_rad / _ANGLE_STEP_RAD) + 1, dtype=np.float64)
    typical_m = lowest_m - polar_m
    aimed = _waves(preset, geometry, angle_rad, typical_m) / math.sqrt(noise_w)
    problem = BeamProblem(stack=stack, g=aimed[:, np.newaxis], total_power_w=power_w)
    path = section.policy_file(folder)
    solver = SOLVERS[section.policy] if path is None else PolicySolver(path)
    design = solver.solve(problem, random_stream(seed, Stream.BEAM_DESIGN))
    root = symmetric_root(spatial_correlation(geometry.atom_positions_m(), geometry.wavelength_m))
    snr_m2 = np.empty((len(angle_rad), len(_ERROR_RAD), 2 * section.n_draws))
    for i_angle, phases_rad in enumerate(design.phases_rad):
        for i_error, error_rad in enumerate(_ERROR_RAD):
            drawn = []
            for side in (-1.0, 1.0):
                wave = _waves(preset, geometry, angle_rad[i_angle : i_angle + 1] + side * error_rad, 1.0)
                # the same scattered waves at every angle, so that what differs is the angle
                rng = random_stream(seed, Stream.BEAM_CHANNELS)
                drawn.append(users.faded(rng, section.n_draws, wave, root))
            h = effective_channel(stack, phases_rad, np.concatenate(drawn))[:, 0, 0]
            snr_m2[i_angle, i_error] = np.abs(h) ** 2 * power_w / noise_w
    shortest_m = lowest_m - WGS84_EQUATORIAL_RADIUS_M - _HIGHEST_STATION_M
    return TabulatedRates(
        angle_rad=angle_rad, error_rad=_ERROR_RAD, snr_m2=snr_m2, bandwidth_hz=bandwidth_hz, shortest_m=shortest_m
    )


def _waves(preset: Preset, geometry: StackGeometry, angle_rad: Floats, distance_m: float) -> NDArray[np.complex128]:
    """Return direct waves to stations along the track at angles from the nadir, (n_angles, n_atoms)."""
    users = preset.users
    assert isinstance(users, SatelliteUsers), "the section takes presets of satellites alone"
    direction = np.stack([np.sin(angle_rad), np.zeros_like(angle_rad), np.cos(angle_rad)], axis=-1)
    far_m = np.full(len(angle_rad), distance_m)
    return wave_in_free_space(geometry, direction, far_m, users.pattern, users.receive_gain_db)


def _place(knots: Floats, values: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return the knot below each value and the share of the way to the next, values beyond the ends moved there."""
    values = np.clip(values, knots[0], knots[-1])
    i = np.clip(np.searchsorted(knots, values, side="right") - 1, 0, len(knots) - 2)
    return i, (values - knots[i]) / (knots[i + 1] - knots[i])
