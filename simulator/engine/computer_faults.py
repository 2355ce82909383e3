"""Computers that hang and err: what is known of it before a run, and the events that it becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.engine.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputerFaults:
    """When the computers of a fleet hang and err, the same for every scheduler; and what is done about it.

    Attributes
    ----------
    interrupt_s : (n_interrupts,) float64, ascending
        When a computer hangs. It loses all work that runs or waits on it and is off for `reset_s`.
    interrupted : (n_interrupts,) int
        Whose computer.
    reset_s : float
        How long a reset takes.
    logic_error_s : (n_errors,) float64, ascending
        When a processor computes something wrong: the result of the task that runs, the longest one of several.
    erring : (n_errors,) int
        Whose processor.
    upkeep_power_w : tuple of float, (n_sats,)
        Part of the base load of each satellite that looks after memory; empty: none.

    Raises
    ------
    ValueError
        If times do not ascend or are not as many as satellites, or a length or a power is negative.
    """

    interrupt_s: NDArray[np.float64]
    interrupted: NDArray[np.integer]
    reset_s: float
    logic_error_s: NDArray[np.float64]
    erring: NDArray[np.integer]
    upkeep_power_w: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name, satellites in (("interrupt_s", self.interrupted), ("logic_error_s", self.erring)):
            times_s = getattr(self, name)
            if times_s.shape != satellites.shape or np.any(np.diff(times_s) < 0.0):
                raise ValueError(
                    f"{name} has shape {times_s.shape}: give ascending times, one for each satellite named"
                )
        for name, values in (("reset_s", (self.reset_s,)), ("upkeep_power_w", self.upkeep_power_w)):
            for value in values:
                if not value >= 0.0:
                    raise ValueError(f"{name} = {value}: must be 0 or more")

    def upkeep_j(self, i_sat: int, base_j: float, base_power_w: float) -> float:
        """Return what looking after memory drew out of a base load, which is on and off as a whole."""
        upkeep_power_w = self.upkeep_power_w[i_sat] if self.upkeep_power_w else 0.0
        return base_j * upkeep_power_w / base_power_w if base_power_w > 0.0 else 0.0


class ComputerFaultEvents:
    """Calls `on_interrupt` and `on_logic_error` with a satellite at each fault, one event ahead of each kind."""

    def __init__(
        self,
        clock: Clock,
        faults: ComputerFaults,
        on_interrupt: Callable[[int], None],
        on_logic_error: Callable[[int], None],
    ) -> None:
        self._clock = clock
        interrupts = zip(faults.interrupt_s.tolist(), faults.interrupted.tolist(), strict=True)
        errors = zip(faults.logic_error_s.tolist(), faults.erring.tolist(), strict=True)
        self._kinds = ((interrupts, on_interrupt), (errors, on_logic_error))

    def start(self) -> None:
        """Set the first fault of each kind."""
        for kind in range(len(self._kinds)):
            self._await(kind)

    def _await(self, kind: int) -> None:
        fault = next(self._kinds[kind][0], None)
        if fault is not None:
            self._clock.at(fault[0], self._happen, (kind, fault[1]))

    def _happen(self, argument: tuple[int, int]) -> None:
        kind, satellite = argument
        self._kinds[kind][1](satellite)
        self._await(kind)
