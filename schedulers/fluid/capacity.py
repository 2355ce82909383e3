"""How much work each satellite may take in the coming period without going below its level."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schedulers.fluid.fleet_state import FleetState

Floats = NDArray[np.float64]

_SHADOW_SHARE: Final = 0.25
"""Part of the next shadow that counts when energy is spread which the Sun will not give back by dusk: what is kept
lets a satellite do its own work in the dark that it would send away. None of it costs a seventh more hops and 0.02 of
depth in June where batteries run down in panels of 90 W; all of it costs depth in March."""


class Capacity(NamedTuple):
    """Processor seconds that each satellite may take, (n_sats,), in sunlight and on its battery.

    Seconds are those of a processor of relative speed 1.

    `costs_energy` tells where sunlit work is not free either: the battery would not be full at dusk with it.
    """

    sunlit_s: Floats
    battery_s: Floats
    costs_energy: NDArray[np.bool_]


def capacity(state: FleetState, level: Floats, demand_s: Floats, period_s: float, wait_s: float) -> Capacity:
    """Return what each satellite may take of the work that arises in a period.

    Energy above the level is spread evenly: over the time to dusk in sunlight (and a part of the shadow, unless the
    battery is full at dusk all the same), over the rest of the shadow in the dark.

    Parameters
    ----------
    state : FleetState
    level : (n_sats,) array
        Depth of discharge allowed at the next dawn.
    demand_s : (n_sats,) array, s
        Work that arises on each satellite itself in the period, at relative speed 1.
    period_s, wait_s : float, s
        Length of the period, and how long its tasks may wait on the average.
    """
    hardware, compute_w, speed = state.hardware, state.hardware.compute_w, state.hardware.relative_speed
    reserve_j = hardware.base_w * state.shadow_s + (1.0 - level) * hardware.capacity_j
    planned_j = compute_w * (state.planned_lit_s + state.planned_dark_s)
    spare_s = (state.at_dusk_j - np.minimum(hardware.capacity_j, reserve_j) - planned_j) / compute_w
    is_lit = state.dusk_s > 0.0
    share = np.clip(_before_dusk(state, spare_s, planned_j) / np.maximum(state.dusk_s, 1.0), 0.0, 1.0)
    by_energy_s = np.where(is_lit, share * period_s, period_s)
    by_time_s = np.clip(sunlight_within(state, period_s + wait_s) - state.planned_lit_s, 0.0, period_s)
    sunlit_s = np.minimum(by_time_s, by_energy_s)
    # a satellite that meets its dusk in the period can serve its own tasks until then, and should be sent no others
    is_ending = is_lit & (state.dusk_s < period_s)
    sunlit_s = np.where(is_ending, np.minimum(sunlit_s, demand_s / speed * state.dusk_s / period_s), sunlit_s)
    costs_energy = is_lit & (state.at_dusk_j - compute_w * state.dusk_s < hardware.capacity_j)
    battery_s = _on_battery(state, reserve_j, period_s, wait_s)
    return Capacity(sunlit_s * state.is_up * speed, battery_s * state.is_up * speed, costs_energy)


def _before_dusk(state: FleetState, spare_s: Floats, planned_j: Floats) -> Floats:
    """Return how much of the work that energy allows until dawn is for the time until dusk, (n_sats,)."""
    overflow_j = state.at_dusk_j - state.hardware.capacity_j - planned_j
    free_s = np.clip(overflow_j / state.hardware.compute_w, 0.0, np.maximum(spare_s, 0.0))
    lit_share = state.dusk_s / np.maximum(state.dusk_s + _SHADOW_SHARE * state.shadow_s, 1.0)
    return np.asarray(free_s + (spare_s - free_s) * lit_share, dtype=np.float64)


def _on_battery(state: FleetState, reserve_j: Floats, period_s: float, wait_s: float) -> Floats:
    """Return the work that may run in the part of the shadow that lies in the period, (n_sats,)."""
    compute_w = state.hardware.compute_w
    dark_s = np.maximum(0.0, np.minimum(state.dawn_s, period_s) - state.dusk_s)
    at_dusk_j = np.minimum(state.hardware.capacity_j, state.at_dusk_j - compute_w * state.planned_lit_s)
    spare_s = np.maximum(0.0, at_dusk_j - reserve_j - compute_w * state.planned_dark_s) / compute_w
    share = np.minimum(1.0, dark_s / np.maximum(state.shadow_s, 1.0))
    by_time_s = np.where(dark_s > 0.0, np.clip(dark_s + wait_s - state.planned_dark_s, 0.0, period_s), 0.0)
    return np.minimum(spare_s * share, by_time_s)


def sunlight_within(state: FleetState, span_s: float) -> Floats:
    """Return seconds of sunlight from now on, (n_sats,)."""
    return np.minimum(state.dusk_s, span_s) + np.maximum(0.0, span_s - state.dawn_s)
