"""The wear of a fleet's batteries, counted while they live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.ageing.models import AgeingModels, CycleModel, Cycles, lifetime_years
from simulator.ageing.rainflow import RainflowCounter

_CHUNK_CYCLES: Final = 8192
"""Cycles of the whole fleet that are held until their wear is added up at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WearFigures:
    """Cycles of each battery in a span of time, and years to its end of life if that goes on; each (n_sats,).

    `n_cycles` counts halves; `equivalent_full_cycles` is the sum of their depths.
    """

    n_cycles: NDArray[np.float64]
    equivalent_full_cycles: NDArray[np.float64]
    xu_lifetime_years: NDArray[np.float64]
    power_law_lifetime_years: NDArray[np.float64]


class FleetWear:
    """Rainflow counters of a fleet, and running sums over the cycles that they find.

    Parameters
    ----------
    capacity_j : (n_sats,)
        Capacity of each battery; the counters take stored energy.
    models : AgeingModels, optional
        Those that give years; by default with the parameters of their sources.
    """

    def __init__(self, capacity_j: Sequence[float], models: AgeingModels | None = None) -> None:
        self._capacity_j = np.asarray(capacity_j, dtype=np.float64)
        models = models or AgeingModels()
        self._models: tuple[CycleModel, ...] = (models.xu, models.power_law)
        self.counters = [RainflowCounter(partial(self._note, i_sat)) for i_sat in range(len(capacity_j))]
        self._held: list[tuple[int, float, float, float]] = []
        # rows: number of cycles, their depths, their wear by each model
        self._sums = np.zeros((2 + len(self._models), len(capacity_j)))

    def finish(self, mean_state_of_charge: NDArray[np.float64], span_s: float) -> WearFigures:
        """Count what is open as half cycles and return the figures.

        Parameters
        ----------
        mean_state_of_charge : (n_sats,)
            Mean over the time counted.
        span_s : float
            Length of the time counted.
        """
        for counter in self.counters:
            counter.finish()
        self._add_up()
        n_cycles, equivalent_full_cycles, *wears = self._sums
        xu_years, power_law_years = (
            lifetime_years(model, wear, mean_state_of_charge, span_s)
            for model, wear in zip(self._models, wears, strict=True)
        )
        return WearFigures(
            n_cycles=n_cycles,
            equivalent_full_cycles=equivalent_full_cycles,
            xu_lifetime_years=xu_years,
            power_law_lifetime_years=power_law_years,
        )

    def _note(self, i_sat: int, range_j: float, mean_j: float, count: float) -> None:
        self._held.append((i_sat, range_j, mean_j, count))
        if len(self._held) >= _CHUNK_CYCLES:
            self._add_up()

    def _add_up(self) -> None:
        """Add the cycles held to the sums of their satellites, and forget them."""
        if not self._held:
            return
        satellite, range_j, mean_j, count = np.array(self._held).T
        self._held.clear()
        i_sat = satellite.astype(np.intp)
        capacity_j = self._capacity_j[i_sat]
        cycles = Cycles(depth=range_j / capacity_j, mean_state_of_charge=mean_j / capacity_j)
        values = (np.ones_like(count), cycles.depth, *(model.cycle_wear(cycles) for model in self._models))
        for row, value in zip(self._sums, values, strict=True):
            row += np.bincount(i_sat, weights=count * value, minlength=len(row))
