"""What each satellite harvested, spent and suffered: over the whole run, and inside the window after warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from simulator.ageing import AgeingModels, FleetWear
from simulator.engine.fleet import Fleet
from simulator.engine.processor import Processor
from simulator.engine.world import World

EnergyRow: TypeAlias = tuple[int | float | str, ...]
"""One row of the `energy` table, in the order of its columns."""


class WindowAccounts:
    """Figures of the window: opened at the end of the warm-up, closed before the drain changes them."""

    def __init__(self, fleet: Fleet, processors: Sequence[Processor], ageing: AgeingModels | None) -> None:
        fleet.settle_all()
        fleet.close_brown_outs()
        self._opened_s = fleet.clock.now
        self._wear = FleetWear([battery.capacity_j for battery in fleet.batteries], ageing)
        for battery, counter in zip(fleet.batteries, self._wear.counters, strict=True):
            battery.restart_window()
            counter.add(battery.stored_j)
            battery.on_turn = counter.add
        self.busy_s = [-processor.busy_until_now_s() for processor in processors]
        self.n_brown_outs = [-count.n for count in fleet.brown_outs]
        self.brown_out_s = [-count.total_s for count in fleet.brown_outs]
        self.discharge_j: list[float] = []
        self.discharge_tasks_j: list[float] = []
        self.max_depth_of_discharge: list[float] = []
        self.wear_columns: list[list[float]] = []

    def close(self, fleet: Fleet, processors: Sequence[Processor]) -> None:
        """Take the figures at the end of the window."""
        fleet.settle_all()
        fleet.close_brown_outs()
        batteries = fleet.batteries
        self.discharge_j = [battery.discharge_j for battery in batteries]
        self.discharge_tasks_j = [battery.discharge_tasks_j for battery in batteries]
        self.max_depth_of_discharge = [1.0 - battery.lowest_j / battery.capacity_j for battery in batteries]
        for i_sat, processor in enumerate(processors):
            self.busy_s[i_sat] += processor.busy_until_now_s()
            self.n_brown_outs[i_sat] += fleet.brown_outs[i_sat].n
            self.brown_out_s[i_sat] += fleet.brown_outs[i_sat].total_s
        self._close_wear(fleet)

    def _close_wear(self, fleet: Fleet) -> None:
        span_s = fleet.clock.now - self._opened_s
        for battery, counter in zip(fleet.batteries, self._wear.counters, strict=True):
            battery.on_turn = None
            counter.add(battery.stored_j)
        missing = [battery.missing_j_s / (battery.capacity_j * span_s) for battery in fleet.batteries]
        mean_state_of_charge = 1.0 - np.array(missing)
        wear = self._wear.finish(mean_state_of_charge, span_s)
        columns = (
            wear.n_cycles,
            wear.equivalent_full_cycles,
            mean_state_of_charge,
            wear.xu_lifetime_years,
            wear.power_law_lifetime_years,
        )
        self.wear_columns = [column.tolist() for column in columns]


def energy_rows(
    world: World, fleet: Fleet, window: WindowAccounts, lit_in_window_s: Sequence[float]
) -> list[EnergyRow]:
    """Return the rows of the `energy` table; the ledger error is relative to all energy that came in."""
    window_s = world.end_s - world.warm_up_s
    faults = world.computer_faults
    rows: list[EnergyRow] = []
    for i_sat, battery in enumerate(fleet.batteries):
        came_in_j = battery.initial_j + battery.harvested_j
        base_w = world.batteries[i_sat].base_power_w
        rows.append(
            (
                i_sat,
                world.positions.names[i_sat],
                world.topology.plane_of[i_sat],
                battery.initial_j,
                battery.harvested_j,
                battery.base_j,
                battery.compute_j,
                battery.transmit_j,
                battery.receive_j,
                battery.stored_j,
                battery.spilled_j,
                battery.losses_j,
                fleet.brown_outs[i_sat].unserved_j,
                abs(battery.ledger_residual_j()) / came_in_j if came_in_j > 0.0 else 0.0,
                window.discharge_j[i_sat],
                window.discharge_tasks_j[i_sat],
                window.max_depth_of_discharge[i_sat],
                lit_in_window_s[i_sat],
                lit_in_window_s[i_sat] / window_s,
                window.busy_s[i_sat],
                window.n_brown_outs[i_sat],
                window.brown_out_s[i_sat],
                *(column[i_sat] for column in window.wear_columns),
                *(() if faults is None else (faults.upkeep_j(i_sat, battery.base_j, base_w),)),
                *(() if world.payload is None else (battery.payload_j,)),
            )
        )
    return rows
