"""A satellite's battery in closed form between events: its account, its loads, and what each supply answers.

The array serves the loads first; a surplus charges, a deficit discharges, what a full battery cannot take is spilled.
Loads are piecewise constant. Two kinds of supply have a battery each: `LinearBattery` for one that is linear between
knots, `VaryingBattery` for one that swings with the orbit.

Transmissions and captures are *pulses*: short constant loads known ahead. Where they cannot change the sign of the net
power only their energy matters, and they are added up; elsewhere time is cut at their edges.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from math import inf
from typing import TypeAlias

from simulator.power.supply_piece import SupplyPiece

_EMPTY_SHARE = 1e-9
"""Share of capacity below which a battery counts as empty: far above rounding (1e-15 per step), far below a joule."""


class PulseKind(IntEnum):
    """What a pulse is for: the column of the ledger that it goes to."""

    TRANSMIT = 0
    RECEIVE = 1
    PAYLOAD = 2


Pulse: TypeAlias = tuple[float, float, float, PulseKind]
"""A constant extra load: start_s, end_s, power_w, kind; over [start_s, end_s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryParameters:
    """What a battery is and what hangs on it.

    Efficiencies apply at the terminals: `charge_efficiency` of accepted power is stored, and drawing P from the
    terminals takes P / `discharge_efficiency` from the store. `peak_load_w` is the largest load that base,
    processor, payload and all link terminals can make together; `peak_pulse_w` is the part of the last two.
    """

    capacity_j: float
    initial_j: float
    base_power_w: float
    peak_load_w: float
    peak_pulse_w: float
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0


class Battery(ABC):
    """Stored energy of one satellite and the account of every joule that passed it.

    Ledger: `harvested_j + initial_j = base_j + compute_j + transmit_j + receive_j + payload_j + stored_j + spilled_j +
    losses_j`.
    `discharge_j` is energy delivered at the terminals, `discharge_tasks_j` the part that would not have been drawn
    without compute, transmission and captures. Depth of discharge is 1 - stored / capacity. `missing_j_s` is the
    integral of capacity - stored over time. `on_turn` is called with the stored energy wherever charging gives way to
    discharging or the other way round.
    """

    __slots__ = (
        "_is_discharging",
        "_knot",
        "_pulses",
        "_supply_share",
        "base_j",
        "base_w",
        "capacity_j",
        "charge_efficiency",
        "compute_j",
        "compute_w",
        "discharge_efficiency",
        "discharge_j",
        "discharge_tasks_j",
        "harvested_j",
        "initial_j",
        "losses_j",
        "lowest_j",
        "missing_j_s",
        "on_turn",
        "payload_j",
        "peak_load_w",
        "peak_pulse_w",
        "receive_j",
        "spilled_j",
        "stored_j",
        "t_s",
        "trace",
        "transmit_j",
    )

    def __init__(self, parameters: BatteryParameters, t_s: float = 0.0) -> None:
        if not 0.0 < parameters.capacity_j < inf:
            raise ValueError(f"capacity_j = {parameters.capacity_j}: must be positive and finite")
        if not 0.0 <= parameters.initial_j <= parameters.capacity_j:
            raise ValueError(f"initial_j = {parameters.initial_j}: must lie in 0 to {parameters.capacity_j}")
        for name in ("charge_efficiency", "discharge_efficiency"):
            if not 0.0 < getattr(parameters, name) <= 1.0:
                raise ValueError(f"{name} = {getattr(parameters, name)}: must lie in (0, 1]")
        self.capacity_j = parameters.capacity_j
        self.charge_efficiency = parameters.charge_efficiency
        self.discharge_efficiency = parameters.discharge_efficiency
        self.peak_load_w = parameters.peak_load_w
        self.peak_pulse_w = parameters.peak_pulse_w
        self.base_w = parameters.base_power_w
        self.compute_w = 0.0
        self.t_s = t_s
        self.stored_j = self.initial_j = self.lowest_j = parameters.initial_j
        self.harvested_j = self.spilled_j = self.losses_j = 0.0
        self.base_j = self.compute_j = self.transmit_j = self.receive_j = self.payload_j = 0.0
        self.discharge_j = self.discharge_tasks_j = self.missing_j_s = 0.0
        self.on_turn: Callable[[float], None] | None = None
        self._is_discharging = False
        self.trace: list[tuple[float, float]] | None = None
        self._pulses: list[Pulse] = []
        self._knot = 0
        self._supply_share = 1.0

    # supply

    @abstractmethod
    def extend_supply(self, time_s: Sequence[float], power_w: Sequence[float]) -> None:
        """Append array output, linear between knots; knots already passed are forgotten.

        The first new knot must stand where the last one does (its power may differ: a step).

        Raises
        ------
        ValueError
            If the new knots do not join on.
        """

    @abstractmethod
    def set_supply_share(self, share: float) -> None:
        """Scale the supply from the time settled to on, to a share of what was and will be appended."""

    @property
    @abstractmethod
    def supply(self) -> list[SupplyPiece]:
        """Supply that is known, in adjoining pieces, from the one that holds the time settled to."""

    @property
    @abstractmethod
    def known_until_s(self) -> float:
        """Time up to which the supply is known."""

    # loads

    def add_pulse(self, start_s: float, end_s: float, power_w: float, kind: PulseKind = PulseKind.TRANSMIT) -> None:
        """Add a short load ahead; its start must not lie before the time settled to."""
        self._pulses.append((start_s, end_s, power_w, kind))

    def cut_pulses(self, t_s: float) -> None:
        """End every pulse at `t_s`, to which the battery must have been settled."""
        self._pulses = [(start_s, t_s, power_w, kind) for start_s, _, power_w, kind in self._pulses if start_s < t_s]

    def cancel_pulse(self, start_s: float, end_s: float, power_w: float, kind: PulseKind = PulseKind.TRANSMIT) -> None:
        """Take back a pulse that has not begun; nothing happens if it is not there any more."""
        with suppress(ValueError):
            self._pulses.remove((start_s, end_s, power_w, kind))

    # time

    @abstractmethod
    def settle(self, t_s: float) -> None:
        """Bring the battery to `t_s`: at most one call between two changes of load.

        Raises
        ------
        IndexError
            If the supply is not known so far.
        """

    def _pass(self, dt_s: float, supply_w: float, base_w: float, compute_w: float, pulse_j: float) -> None:
        """Account for a span in which the net power keeps its sign; `supply_w` is its mean."""
        base_j, task_j, harvested_j = base_w * dt_s, compute_w * dt_s + pulse_j, supply_w * dt_s
        self.harvested_j += harvested_j
        self.base_j += base_j
        self.compute_j += compute_w * dt_s
        net_j = harvested_j - base_j - task_j
        missing_j = self.capacity_j - self.stored_j
        if net_j >= 0.0:
            if self._is_discharging and net_j > 0.0:
                self._turn()
            room_j = missing_j / self.charge_efficiency
            if net_j < room_j:
                gain_j = net_j * self.charge_efficiency
                self.stored_j += gain_j
                self.losses_j += net_j * (1.0 - self.charge_efficiency)
                self.missing_j_s += (missing_j - 0.5 * gain_j) * dt_s
            else:
                if net_j > 0.0 and room_j > 0.0:
                    full_after_s = dt_s * room_j / net_j
                    self.missing_j_s += 0.5 * missing_j * full_after_s
                    if self.trace is not None:
                        last_s = self.trace[-1][0] if self.trace else self.t_s
                        self.trace.append((last_s + full_after_s, self.capacity_j))
                self.stored_j = self.capacity_j
                self.losses_j += room_j * (1.0 - self.charge_efficiency)
                self.spilled_j += net_j - room_j
            return
        if not self._is_discharging:
            self._turn()
        drawn_j = -net_j / self.discharge_efficiency
        self.stored_j -= drawn_j
        self.missing_j_s += (missing_j + 0.5 * drawn_j) * dt_s
        self.losses_j += drawn_j + net_j
        self.discharge_j -= net_j
        base_deficit_j = base_j - harvested_j
        self.discharge_tasks_j += -net_j - base_deficit_j if base_deficit_j > 0.0 else -net_j
        if self.stored_j < self.lowest_j:
            self.lowest_j = self.stored_j

    def _turn(self) -> None:
        """Note that charging ends and discharging begins, or the other way round."""
        self._is_discharging = not self._is_discharging
        if self.on_turn is not None:
            self.on_turn(self.stored_j)

    def _pulse_energy_j(self, t0_s: float, t1_s: float) -> float:
        """Account for the pulses of a span, forget those that end in it, and return their energy."""
        pulse_j = 0.0
        to_come = []
        for pulse in self._pulses:
            start_s, end_s, power_w, kind = pulse
            if end_s > t1_s:
                to_come.append(pulse)
                end_s = t1_s
            overlap_s = end_s - (start_s if start_s > t0_s else t0_s)
            if overlap_s > 0.0:
                energy_j = power_w * overlap_s
                pulse_j += energy_j
                if kind is PulseKind.TRANSMIT:
                    self.transmit_j += energy_j
                elif kind is PulseKind.RECEIVE:
                    self.receive_j += energy_j
                else:
                    self.payload_j += energy_j
        self._pulses = to_come
        return pulse_j

    def _spans(self, t0_s: float, t1_s: float) -> Iterator[tuple[float, float, tuple[float, float, float]]]:
        """Yield pieces of [t0, t1) in which the same pulses are on: start, end and power by kind."""
        active = [pulse for pulse in self._pulses if pulse[0] < t1_s and pulse[1] > t0_s]
        if not active:
            yield t0_s, t1_s, (0.0, 0.0, 0.0)
            return
        inside = {edge_s for start_s, end_s, _, _ in active for edge_s in (start_s, end_s) if t0_s < edge_s < t1_s}
        for a_s, b_s in pairwise([t0_s, *sorted(inside), t1_s]):
            on = [pulse for pulse in active if pulse[0] < b_s and pulse[1] > a_s]
            transmit_w = sum(power_w for _, _, power_w, kind in on if kind is PulseKind.TRANSMIT)
            receive_w = sum(power_w for _, _, power_w, kind in on if kind is PulseKind.RECEIVE)
            payload_w = sum(power_w for _, _, power_w, kind in on if kind is PulseKind.PAYLOAD)
            yield a_s, b_s, (transmit_w, receive_w, payload_w)

    # what comes

    @abstractmethod
    def is_full_until(self, t_s: float) -> bool:
        """Whether the battery is full and surely stays so to `t_s`, with every possible pulse on.

        A quick no may mean that it takes a settlement to know.
        """

    @abstractmethod
    def surely_lasts_until_s(self) -> float:
        """Return a time before which the battery cannot run empty whatever is switched on, in the supply known."""

    @abstractmethod
    def next_empty_s(self, until_s: float) -> float:
        """Return when the battery runs empty under present loads and known pulses, inf if not before `until_s`."""

    @abstractmethod
    def next_reach_s(self, level_j: float, until_s: float) -> float:
        """Return when stored energy first reaches `level_j` with every load off, inf if not before `until_s`."""

    # what is left

    def is_empty(self) -> bool:
        """Whether nothing is left, at the time settled to."""
        return self.stored_j <= self.capacity_j * _EMPTY_SHARE

    def declare_empty(self) -> None:
        """Book the last crumbs below the empty threshold (or a rounding below zero) as lost."""
        self.losses_j += self.stored_j
        self.stored_j = 0.0
        self.lowest_j = 0.0

    def ledger_residual_j(self) -> float:
        """Return what the ledger does not account for; rounding only."""
        spent = self.base_j + self.compute_j + self.transmit_j + self.receive_j + self.payload_j
        return self.harvested_j + self.initial_j - (spent + self.stored_j + self.spilled_j + self.losses_j)

    def restart_window(self) -> None:
        """Forget discharge, depth and missing energy so far (end of the warm-up); the ledger goes on."""
        self.discharge_j = self.discharge_tasks_j = self.missing_j_s = 0.0
        self.lowest_j = self.stored_j
