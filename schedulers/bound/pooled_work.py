"""The block of a programme that ties work done to work that arises and falls due, pooled over the fleet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schedulers.bound.demand import CompletedWork, Demand
from schedulers.bound.programme import LinearProgramme

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkColumns:
    """Columns of a programme that do work: in which interval, and how many seconds at speed 1 one unit of each is."""

    column: Indices
    interval: Indices
    work_s: Floats


def add_pooled_work(
    programme: LinearProgramme, columns: WorkColumns, demand: Demand, completed: CompletedWork, unit_s: float
) -> None:
    """Add the conditions that work of an amount be done in time, to be counted in units of `unit_s`.

    Notes
    -----
    Let done[k] be the useful work done until the end of interval k (on board, or whose input has gone to the ground),
    and due[k] the work of completed tasks with a deadline until then. Every run that completes the amount meets:

    - done[k] <= arrived[k], where what arrives inside an interval counts from its start: work follows arrival;
    - done[k] >= due[k], where what falls due inside an interval counts at its end: what is on time has been done;
    - due[k] grows by no more than all work that falls due in interval k, and over the run (what falls due after its
      end included, of which nothing need be done by then) to no less than the completed amount, separately for tasks
      of the warm-up and of the window;
    - in an interval no more goes to the ground than the channels in contact carry, every task being as rich in work
      per bit as the richest; and until its end no more than the servers can have computed in time.

    Left out, each of which could only raise the bound: which task is where, routes, transfer times and their energy,
    results, that a task runs on one processor at a time, and that of two tasks one may not be done for the other.
    """
    n = demand.arrived_s.size
    intervals = np.arange(n)
    arrived = demand.arrived_s / unit_s
    done = programme.add_columns("arrivals", n, 0.0, arrived)
    due = programme.add_columns("due", n, 0.0, arrived)
    ground = programme.add_columns("ground", n, 0.0, demand.ground_s / unit_s)
    of_warm_up = programme.add_columns("due of warm-up", n, 0.0, demand.due_warm_up_s / unit_s)
    of_window = programme.add_columns("due of window", n, 0.0, demand.due_window_s / unit_s)
    programme.add_rows(
        "work done",
        np.zeros(n),
        (intervals, done, 1.0),
        (intervals[1:], done[:-1], -1.0),
        (columns.interval, columns.column, -columns.work_s / unit_s),
        (intervals, ground, -1.0),
        is_equality=True,
    )
    programme.add_rows(
        "work due",
        np.zeros(n),
        (intervals, due, 1.0),
        (intervals[1:], due[:-1], -1.0),
        (intervals, of_warm_up, -1.0),
        (intervals, of_window, -1.0),
        is_equality=True,
    )
    programme.add_rows("deadlines", np.zeros(n), (intervals, due, 1.0), (intervals, done, -1.0))
    _add_amount(programme, of_warm_up, (completed.warm_up_s - demand.after_warm_up_s) / unit_s)
    _add_amount(programme, of_window, (completed.window_s - demand.after_window_s) / unit_s)
    if np.isfinite(demand.ground_total_s).all():
        row, column = np.tril_indices(n)
        programme.add_rows("ground servers", demand.ground_total_s / unit_s, (row, ground[column], 1.0))


def _add_amount(programme: LinearProgramme, due: Indices, amount: float) -> None:
    if amount > 0.0:
        programme.add_rows("amount of work", -amount, (np.zeros(due.size, dtype=np.intp), due, -1.0))
