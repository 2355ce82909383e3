"""A satellite passes over its users: a metasurface with and without retracking, and rivals."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenarios.beam.pass_case import PassCase
from scenarios.beam.transmitters import (
    Served,
    Sky,
    dish,
    fixed_metasurface,
    phased_array,
    retracked_metasurface,
    sky_of,
)
from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.metasurface.geometry import Floats
from simulator.metasurface.grouping import channel_correlation, group_users
from simulator.metasurface.satellite_view import EARTH_RADIUS_M, doppler_shift_hz, users_seen


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PassOutcome:
    """A pass: where users are seen, and what each transmitter gives them.

    Parameters
    ----------
    t_s : (n_times,)
        From the middle of the pass.
    elevation_rad : (n_times,)
        Of the satellite at the users' centre.
    doppler_hz : (n_times, n_users)
        Of the carrier; receivers take it away.
    served : tuple of Served
    largest_correlation : float
        Of two users' direct waves at the middle of the pass.
    groups : list of list of int
        Users that are unlike enough then to be served together.
    """

    t_s: Floats
    elevation_rad: Floats
    doppler_hz: Floats
    served: tuple[Served, ...]
    largest_correlation: float
    groups: list[list[int]]


def run_pass(case: PassCase, progress: Callable[[float], None]) -> PassOutcome:
    """Return what each transmitter gives the users of a pass.

    The metasurface and the array know direct waves and nothing of what is scattered; both meet the same channels.
    Rivals have the amplifier power of the metasurface, and then the power that leaves it.
    """
    sky = sky_of(case)
    stack = case.preset.stack(sky.geometry)
    followed = retracked_metasurface(sky, stack, progress)
    rivals = [
        rival
        for what, power_w in (("amplifier", case.power_w), ("radiated", followed.radiated_power_w))
        for rival in (
            phased_array(f"array, equal {what}", sky, stack, power_w),
            dish(f"dish, equal {what}", sky, power_w),
        )
    ]
    correlation = channel_correlation(sky.direct[len(sky.direct) // 2])
    direction, _ = users_seen(sky.ground_m, sky.passed_rad, case.users.altitude_m)
    carrier_hz = SPEED_OF_LIGHT_M_S / sky.geometry.wavelength_m
    return PassOutcome(
        t_s=case.times_s(),
        elevation_rad=_elevation_rad(sky),
        doppler_hz=doppler_shift_hz(direction, case.users.altitude_m, carrier_hz),
        served=(followed, fixed_metasurface(sky, stack), *rivals),
        largest_correlation=float(np.max(correlation - np.eye(len(correlation)))),
        groups=group_users(correlation, sky.geometry.n_antennas),
    )


def pass_record(case: PassCase, outcome: PassOutcome) -> dict[str, Any]:
    """Return a pass for JSON."""
    return {
        "preset": case.preset.name,
        "power_w": case.power_w,
        "bandwidth_hz": case.preset.bandwidth_hz,
        "duration_s": case.duration_s,
        "step_s": case.step_s,
        "retrack_s": case.retrack_s,
        "n_draws": case.n_draws,
        "seed": case.seed,
        "assumed_costs": dataclasses.asdict(case.costs),
        "t_s": outcome.t_s.tolist(),
        "elevation_deg": np.degrees(outcome.elevation_rad).tolist(),
        "largest_doppler_hz": float(np.abs(outcome.doppler_hz).max()),
        "largest_correlation": outcome.largest_correlation,
        "groups": outcome.groups,
        "transmitters": [served_record(one, case) for one in outcome.served],
    }


def served_record(served: Served, case: PassCase) -> dict[str, Any]:
    """Return what one transmitter gives, for JSON."""
    rates = served.user_rates_bps_hz.sum(axis=-1)
    bits_per_s = case.preset.bandwidth_hz * float(rates.mean())
    return {
        "name": served.name,
        "mean_rate_bps_hz": float(rates.mean()),
        "mean_rate_mbps": 1e-6 * bits_per_s,
        "delivered_gbit": 1e-9 * bits_per_s * case.step_s * len(rates),
        "mean_user_rates_bps_hz": served.user_rates_bps_hz.mean(axis=0).tolist(),
        "amplifier_power_w": served.amplifier_power_w,
        "radiated_power_w": served.radiated_power_w,
        "dc_power_w": served.dc_power_w,
        "dc_energy_per_bit_j": served.dc_power_w / bits_per_s if bits_per_s else None,
        "n_updates": served.n_updates,
        "rates_bps_hz": rates.tolist(),
    }


def _elevation_rad(sky: Sky) -> Floats:
    """Return the elevation of the satellite at the users' centre: the law of cosines at the user, (n_times,)."""
    altitude_m = sky.case.users.altitude_m
    range_m = users_seen(np.zeros((1, 2)), sky.passed_rad, altitude_m)[1][:, 0]
    above_m2 = (EARTH_RADIUS_M + altitude_m) ** 2 - EARTH_RADIUS_M**2 - range_m**2
    return np.asarray(np.arcsin(np.clip(above_m2 / (2.0 * EARTH_RADIUS_M * range_m), -1.0, 1.0)))
