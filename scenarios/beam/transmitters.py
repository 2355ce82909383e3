"""What a metasurface, a phased array and a dish give the users of a pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.beamforming.adam import AdamSolver
from onboard_models.beamforming.problem import BeamDesign, BeamProblem
from onboard_models.beamforming.references import DigitalReference
from scenarios.beam.pass_case import PassCase
from simulator.metasurface.correlation import spatial_correlation, symmetric_root
from simulator.metasurface.decibels import ratio_of_db
from simulator.metasurface.dish import dish_gain
from simulator.metasurface.geometry import Floats, StackGeometry
from simulator.metasurface.path_loss import free_space_gain
from simulator.metasurface.propagation import Stack
from simulator.metasurface.rate import rates_bps_hz
from simulator.metasurface.response import effective_channel, leaving_field
from simulator.metasurface.satellite_view import orbital_period_s, users_seen
from simulator.random_streams import Stream, random_stream

_FIRST_DESIGN: Final = AdamSolver(n_starts=8, n_steps=400)
_RETRACKING: Final = AdamSolver(n_steps=60, learning_rate=0.05)
"""From the last phases: users move little in a retracking period, so small steps and few of them do."""

_DISH_EFFICIENCY: Final = 0.6
"""Of a dish with a feed, assumed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sky:
    """What all transmitters of a pass have in common.

    Parameters
    ----------
    case : PassCase
    geometry : StackGeometry
    ground_m : (n_users, 2)
    passed_rad : (n_times,)
        Angle that the satellite has gone since the middle of the pass.
    direct : (n_times, n_users, n_atoms), complex
        Direct waves over the root of the noise power.
    drawn : (n_times, n_draws, n_users, n_atoms), complex
        Channels over the root of the noise power.
    """

    case: PassCase
    geometry: StackGeometry
    ground_m: Floats
    passed_rad: Floats
    direct: NDArray[np.complex128]
    drawn: NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Served:
    """What a transmitter gives its users during a pass.

    Parameters
    ----------
    name : str
    user_rates_bps_hz : (n_times, n_users)
        Means over the channels drawn, less the time that updates take.
    amplifier_power_w : float
    radiated_power_w : float
        Mean power that leaves the aperture.
    dc_power_w : float
        Mean over the pass, with controllers, chains and updates.
    n_updates : int
        Of phases.
    """

    name: str
    user_rates_bps_hz: Floats
    amplifier_power_w: float
    radiated_power_w: float
    dc_power_w: float
    n_updates: int = 0


def sky_of(case: PassCase) -> Sky:
    """Return where users are seen during a pass, and channels to them."""
    geometry = case.preset.geometry(n_layers=case.n_layers, n_atoms=case.n_atoms, n_users=case.n_users)
    ground_m = case.users.ground_m(geometry.n_antennas)
    passed_rad = 2.0 * math.pi / orbital_period_s(case.users.altitude_m) * case.times_s()
    direct = case.users.line_of_sight(geometry, ground_m, passed_rad) / math.sqrt(case.preset.noise_w)
    root = symmetric_root(spatial_correlation(geometry.atom_positions_m(), geometry.wavelength_m))
    rng = random_stream(case.seed, Stream.BEAM_CHANNELS)
    drawn = np.stack([case.users.faded(rng, case.n_draws, waves, root) for waves in direct])
    return Sky(case=case, geometry=geometry, ground_m=ground_m, passed_rad=passed_rad, direct=direct, drawn=drawn)


def retracked_metasurface(sky: Sky, stack: Stack, progress: Callable[[float], None]) -> Served:
    """Return what a metasurface gives that sets its phases anew every retracking period.

    Each design knows the direct waves of its moment and starts from the design before.
    """
    case, rng = sky.case, random_stream(sky.case.seed, Stream.BEAM_DESIGN)
    every, designs = round(case.retrack_s / case.step_s), []
    for i_time, direct in enumerate(sky.direct):
        if i_time == 0:
            design = _FIRST_DESIGN.solve(_problem(sky, stack, direct), rng)
        elif i_time % every == 0:
            start = (design.phases_rad[:, np.newaxis], design.powers_w[:, np.newaxis])
            design = _RETRACKING.refine(_problem(sky, stack, direct), *start)
        designs.append(design)
        progress((i_time + 1) / len(sky.direct))
    n_updates = len(range(0, len(designs), every))
    serving_share = 1.0 - case.costs.update_time_s / case.retrack_s
    return _metasurface("metasurface, retracked", sky, stack, designs, n_updates=n_updates, share=serving_share)


def fixed_metasurface(sky: Sky, stack: Stack) -> Served:
    """Return what a metasurface gives whose phases are set once, for the middle of the pass."""
    middle = sky.direct[len(sky.direct) // 2]
    design = _FIRST_DESIGN.solve(_problem(sky, stack, middle), random_stream(sky.case.seed, Stream.BEAM_DESIGN))
    return _metasurface("metasurface, fixed", sky, stack, [design] * len(sky.direct), n_updates=1, share=1.0)


def phased_array(name: str, sky: Sky, stack: Stack, power_w: float) -> Served:
    """Return what antennas in the places of the atoms give, a radio chain each, zero forcing on direct waves."""
    known = BeamProblem(stack=stack, g=sky.direct, total_power_w=power_w)
    streams = DigitalReference(is_zero_forcing=True, has_all_antennas=True).streams(known)
    h = sky.drawn @ streams[:, np.newaxis]
    costs = sky.case.costs
    return Served(
        name=name,
        user_rates_bps_hz=rates_bps_hz(h, np.ones(h.shape[-1])).mean(axis=1),
        amplifier_power_w=power_w,
        radiated_power_w=power_w,
        dc_power_w=power_w / costs.amplifier_efficiency + sky.geometry.n_atoms * costs.chain_w,
    )


def dish(name: str, sky: Sky, power_w: float) -> Served:
    """Return what a dish of the same area gives that follows the users' centre and serves them in turn."""
    case, geometry = sky.case, sky.geometry
    direction, distance_m = users_seen(sky.ground_m, sky.passed_rad, case.users.altitude_m)
    centre, _ = users_seen(np.zeros((1, 2)), sky.passed_rad, case.users.altitude_m)
    off_axis_rad = np.arccos(np.clip((direction * centre).sum(axis=-1), -1.0, 1.0))
    area_m2 = geometry.n_atoms * geometry.atom_area_m2
    gain = dish_gain(off_axis_rad, area_m2, geometry.wavelength_m, _DISH_EFFICIENCY)
    gain = gain * ratio_of_db(case.users.receive_gain_db) * free_space_gain(distance_m, geometry.wavelength_m)
    waves = np.sqrt(gain / case.preset.noise_w)[..., np.newaxis].astype(complex)
    rng, one = random_stream(case.seed, Stream.BEAM_CHANNELS, replication=1), np.ones((1, 1))
    fading = np.stack([case.users.faded(rng, case.n_draws, wave, one) for wave in waves])
    rates = np.log2(1.0 + power_w * np.abs(fading[..., 0]) ** 2).mean(axis=1) / direction.shape[-2]
    costs = case.costs
    return Served(
        name=name,
        user_rates_bps_hz=rates,
        amplifier_power_w=power_w,
        radiated_power_w=power_w,
        dc_power_w=power_w / costs.amplifier_efficiency + costs.chain_w,
    )


def _metasurface(
    name: str, sky: Sky, stack: Stack, designs: Sequence[BeamDesign], *, n_updates: int, share: float
) -> Served:
    """Return what a metasurface gives with a design at each time."""
    costs = sky.case.costs
    phases_rad = np.concatenate([design.phases_rad for design in designs])
    powers_w = np.concatenate([design.powers_w for design in designs])
    h = effective_channel(stack, phases_rad[:, np.newaxis], sky.drawn)
    strength = np.sum(np.abs(leaving_field(stack, phases_rad)) ** 2, axis=-1)
    constant_w = sky.case.power_w / costs.amplifier_efficiency + sky.geometry.n_antennas * costs.chain_w
    updates_w = n_updates * costs.update_energy_j / (sky.case.step_s * len(designs))
    return Served(
        name=name,
        user_rates_bps_hz=share * rates_bps_hz(h, powers_w[:, np.newaxis]).mean(axis=1),
        amplifier_power_w=sky.case.power_w,
        radiated_power_w=float((strength * powers_w).sum(axis=-1).mean()),
        dc_power_w=constant_w + costs.controller_w + updates_w,
        n_updates=n_updates,
    )


def _problem(sky: Sky, stack: Stack, direct: NDArray[np.complex128]) -> BeamProblem:
    return BeamProblem(stack=stack, g=direct[np.newaxis], total_power_w=sky.case.power_w)
