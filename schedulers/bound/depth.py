"""The fluid programme of the least depth of discharge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from schedulers.bound.demand import CompletedWork, Demand
from schedulers.bound.fleet import Bodies
from schedulers.bound.pooled_work import WorkColumns, add_pooled_work
from schedulers.bound.programme import LinearProgramme, Solution
from simulator.records import ProcessorMode

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSegment:
    """A part of what a processor can do: up to `speed` of work per second, at `power_w` per unit of speed."""

    speed: float
    power_w: float


def work_segments(modes: Sequence[ProcessorMode], tasks_at_once: int) -> tuple[WorkSegment, ...]:
    """Return the least power at every speed, in segments of rising price.

    It is the lower convex hull of standing still and of all modes: mixing modes in time or side by side reaches
    no point below it.
    """
    points = sorted({(0.0, 0.0), *((mode.speed, mode.power_w) for mode in modes)})
    hull: list[tuple[float, float]] = []
    for point in points:
        while len(hull) > 1 and _slope(hull[-1], point) <= _slope(hull[-2], hull[-1]):
            hull.pop()
        if not hull or point[0] > hull[-1][0]:
            hull.append(point)
    return tuple(
        WorkSegment(speed=tasks_at_once * (right[0] - left[0]), power_w=_slope(left, right))
        for left, right in pairwise(hull)
    )


def _slope(left: tuple[float, float], right: tuple[float, float]) -> float:
    if right[0] == left[0]:
        return float("-inf") if right[1] <= left[1] else float("inf")
    return (right[1] - left[1]) / (right[0] - left[0])


def least_depth(
    bodies: Bodies,
    is_counted: NDArray[np.bool_],
    floor: float,
    demand: Demand,
    completed: CompletedWork,
    segments: Sequence[WorkSegment],
    *,
    interval_s: float,
) -> Solution:
    """Return the least largest depth of discharge over bodies and counted pieces with which the work can be done.

    Parameters
    ----------
    bodies : Bodies
    is_counted : (n_pieces,), pieces whose end lies in the window of the metrics, its first instant included
    floor : float
        Depth of discharge of the base load alone.
    demand, completed
        Work that arises, and work that must be completed.
    segments : sequence of WorkSegment
    interval_s : float
        Unit of work: about the length of an interval.

    Notes
    -----
    Per body and piece: work in each segment, stored energy B at its end, and extra discharge e beyond what the base
    load alone draws; energy in units of capacity, work in intervals (in joules and seconds solvers go wrong). With
    surplus S and deficit D of the array against the base load, and energy u that tasks draw on board:

    - B[k] <= B[k-1] + c (S - u + e) - (D + e) / d. At the terminals a run discharges at least D, say D + e with
      e >= 0, since tasks only add load; charging minus discharging is S - D - u less what links draw, so it charges at
      most S - u + e before spilling. c and d are the efficiencies. Where both are 1, e cancels and is left out.
    - e >= u - usable, e >= 0: what the array's surplus cannot serve, at most `usable`, is discharged.
    - 0 <= B <= what the base load alone would leave, which is at most the capacity.
    - depth >= 1 - B at the ends of counted pieces: the depth of a run is taken over all times, these among them.
    - u is at least what the cheapest mix of processor modes needs for the work.

    It is a bound for runs without a brown-out: a satellite that has run empty saves its base load.
    """
    programme = LinearProgramme()
    pieces, batteries = bodies.pieces, _BatteryColumns.of(bodies)
    working = [
        programme.add_columns("processor time", pieces.n, 0.0, segment.speed * pieces.length_s / interval_s)
        for segment in segments
    ]
    stored = programme.add_columns("stored", pieces.n, 0.0, np.maximum(bodies.base_only_j / batteries.capacity_j, 0.0))
    depth = programme.add_columns("base load", 1, min(floor, 1.0), 1.0, 1.0)
    _add_batteries(programme, bodies, batteries, working, stored, segments, interval_s)
    _add_depths(programme, stored[is_counted], depth)
    columns = WorkColumns(
        column=np.concatenate(working),
        interval=np.tile(pieces.interval, len(segments)),
        work_s=np.tile(bodies.weight[pieces.body] * interval_s, len(segments)),
    )
    unit_s = interval_s * float(bodies.weight.mean())
    add_pooled_work(programme, columns, demand, completed, unit_s)
    return programme.solve()


@dataclass(frozen=True, slots=True, kw_only=True)
class _BatteryColumns:
    """Battery of each piece, (n_pieces,) each."""

    capacity_j: Floats
    initial_j: Floats
    charge: Floats
    discharge: Floats

    @classmethod
    def of(cls, bodies: Bodies) -> _BatteryColumns:
        return cls(
            capacity_j=bodies.of_pieces("capacity_j"),
            initial_j=bodies.of_pieces("initial_j"),
            charge=bodies.of_pieces("charge_efficiency"),
            discharge=bodies.of_pieces("discharge_efficiency"),
        )


def _add_batteries(
    programme: LinearProgramme,
    bodies: Bodies,
    batteries: _BatteryColumns,
    working: Sequence[NDArray[np.intp]],
    stored: NDArray[np.intp],
    segments: Sequence[WorkSegment],
    interval_s: float,
) -> None:
    """Add the balance of every battery over every piece."""
    pieces = bodies.pieces
    every = np.arange(pieces.n)
    is_first = np.zeros(pieces.n, dtype=np.bool_)
    is_first[pieces.offsets[:-1]] = True
    later = np.flatnonzero(~is_first)
    charge, discharge, capacity_j = batteries.charge, batteries.discharge, batteries.capacity_j
    gain = (charge * pieces.surplus_j - pieces.deficit_j / discharge) / capacity_j
    drawn = [segment.power_w * interval_s / capacity_j for segment in segments]
    terms: list[tuple[NDArray[np.intp], NDArray[np.intp], Floats | float]] = [
        (every, stored, 1.0),
        (later, stored[later - 1], -1.0),
        *((every, column, charge * energy) for column, energy in zip(working, drawn, strict=True)),
    ]
    if np.any(charge * discharge < 1.0):
        most = sum((segment.power_w * segment.speed for segment in segments), 0.0) * pieces.length_s / capacity_j
        extra = programme.add_columns("extra discharge", pieces.n, 0.0, most)
        terms.append((every, extra, 1.0 / discharge - charge))
        programme.add_rows(
            "battery losses",
            pieces.usable_j / capacity_j,
            *((every, column, energy) for column, energy in zip(working, drawn, strict=True)),
            (every, extra, -1.0),
        )
    gain = gain + np.where(is_first, batteries.initial_j / capacity_j, 0.0)
    is_lit = pieces.surplus_j > pieces.deficit_j
    for family, mask in (("array energy", is_lit), ("battery energy", ~is_lit)):
        place = np.cumsum(mask) - 1
        mine = [
            (place[row[mask[row]]], column[mask[row]], np.broadcast_to(value, row.shape)[mask[row]])
            for row, column, value in terms
        ]
        programme.add_rows(family, gain[mask], *mine)


def _add_depths(programme: LinearProgramme, stored: NDArray[np.intp], depth: NDArray[np.intp]) -> None:
    """Hold the depth of discharge at the ends of counted pieces below the largest, one column."""
    rows = np.arange(stored.size)
    programme.add_rows(
        "depth", np.full(rows.size, -1.0), (rows, stored, -1.0), (rows, np.repeat(depth, rows.size), -1.0)
    )
