"""The programme of the least energy drawn from batteries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from schedulers.bound.demand import CompletedWork, Demand
from schedulers.bound.fleet import Bodies
from schedulers.bound.pooled_work import WorkColumns, add_pooled_work
from schedulers.bound.programme import LinearProgramme, Solution
from simulator.records import ProcessorMode

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_N_PRICES = 256
"""Prices of work are rounded down to this many levels, which cheapens no unit by more than 1/256 of its full price."""


def least_battery_energy(
    bodies: Bodies,
    is_counted: NDArray[np.bool_],
    demand: Demand,
    completed: CompletedWork,
    modes: Sequence[ProcessorMode],
    tasks_at_once: int,
    *,
    interval_s: float,
) -> Solution:
    """Return the least energy in joules that the work makes batteries deliver in the window, beyond the base load's.

    `is_counted` (n_pieces,) marks pieces that begin in the window.

    Notes
    -----
    Per piece, with work w, at least max(0, p w - usable, q w) is discharged beyond what the base load alone draws:
    tasks draw p w or more (p: the least energy per unit of work of any mode), of which the array's surplus serves at
    most `usable`; and every busy second of a mode discharges at least what its power exceeds the brightest surplus of
    the piece by (q: the least of that per unit of work). That function is convex, so filling its cheapest parts first
    is free to the programme, and parts of equal price are pooled per interval. Stored energy is left out: batteries
    may run below empty, which only lowers the optimum.
    """
    pieces = bodies.pieces
    full_price = min(mode.power_w / mode.speed for mode in modes)
    least_price = np.min([np.maximum(mode.power_w - pieces.brightest_w, 0.0) / mode.speed for mode in modes], axis=0)
    least_price = np.minimum(least_price, full_price)
    most_s = tasks_at_once * max(mode.speed for mode in modes) * pieces.length_s
    dearer = full_price - least_price
    cheap_s = np.where(dearer > 0.0, pieces.usable_j / np.where(dearer > 0.0, dearer, 1.0), np.inf)
    cheap_s = np.minimum(cheap_s, most_s)
    weight = bodies.weight[pieces.body]
    interval, price, work_s = _pooled(
        np.tile(pieces.interval, 2),
        np.concatenate([np.where(is_counted, least_price, 0.0), np.where(is_counted, full_price, 0.0)]),
        np.concatenate([weight * cheap_s, weight * (most_s - cheap_s)]),
        full_price,
    )
    unit_s = interval_s * float(bodies.weight.sum())
    programme = LinearProgramme()
    column = programme.add_columns("processor time", price.size, 0.0, work_s / unit_s, price / (full_price or 1.0))
    columns = WorkColumns(column=column, interval=interval, work_s=np.full(price.size, unit_s))
    add_pooled_work(programme, columns, demand, completed, unit_s)
    solution = programme.solve()
    scale_j = (full_price or 1.0) * unit_s
    return replace(solution, value=solution.value * scale_j, certified=solution.certified * scale_j)


def base_battery_energy_j(bodies: Bodies, is_counted: NDArray[np.bool_]) -> float:
    """Return what batteries deliver in the window to the base load alone: no run without a brown-out delivers less."""
    weight = bodies.weight[bodies.pieces.body]
    return float((weight * bodies.pieces.deficit_j)[is_counted].sum())


def _pooled(interval: Indices, price: Floats, work_s: Floats, full_price: float) -> tuple[Indices, Floats, Floats]:
    """Return interval, price and work of parts, those of one interval and rounded price added up."""
    step = full_price / _N_PRICES
    level = np.floor(price / step * (1.0 + 1e-12)).astype(np.intp) if step > 0.0 else np.zeros(price.size, np.intp)
    level = np.minimum(level, _N_PRICES)
    keys, place = np.unique(interval * (_N_PRICES + 1) + level, return_inverse=True)
    return keys // (_N_PRICES + 1), keys % (_N_PRICES + 1) * step, np.bincount(place, weights=work_s).astype(np.float64)
