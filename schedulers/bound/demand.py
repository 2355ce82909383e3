"""How much work arises and falls due per interval, and how much of it the ground could take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from simulator.engine.world import World
from simulator.records import Contact, Task

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedWork:
    """Work of tasks delivered on time, in seconds at speed 1, by where the tasks arrived: warm-up or window."""

    warm_up_s: float
    window_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """The work of a run, pooled over the fleet, per interval of the grid; seconds at speed 1.

    Attributes
    ----------
    arrived_s : (n_intervals,), work of all tasks that arrive before the end of the interval
    due_warm_up_s, due_window_s : (n_intervals,), work that falls due inside it, by where its tasks arrived
    after_warm_up_s, after_window_s : work that falls due after the end of the run
    ground_s : (n_intervals,), most work whose input can be sent to the ground inside it
    ground_total_s : (n_intervals,), most work that the ground computes of what is sent until the end of it, or inf
    """

    arrived_s: Floats
    due_warm_up_s: Floats
    due_window_s: Floats
    after_warm_up_s: float
    after_window_s: float
    ground_s: Floats
    ground_total_s: Floats

    @property
    def offered(self) -> CompletedWork:
        """All work there is."""
        return CompletedWork(
            warm_up_s=float(self.due_warm_up_s.sum()) + self.after_warm_up_s,
            window_s=float(self.due_window_s.sum()) + self.after_window_s,
        )


def demand_of(world: World, tasks: Iterable[Task], contacts: Sequence[Sequence[Contact]], grid_s: Floats) -> Demand:
    """Return the demand that tasks make on a world over a grid."""
    rows = (value for task in tasks for value in (task.arrival_s, task.deadline_s, task.work_s, task.input_bits))
    table = np.fromiter(rows, dtype=np.float64).reshape(-1, 4)
    arrival_s, deadline_s, work_s, input_bits = table.T
    n = grid_s.size - 1
    i_arrival = np.clip(np.searchsorted(grid_s, arrival_s, side="right") - 1, 0, n - 1)
    i_due = np.maximum(np.searchsorted(grid_s, deadline_s, side="left") - 1, 0)
    is_warm_up, is_after = arrival_s < world.warm_up_s, i_due >= n
    due_s = [
        np.bincount(i_due[mine & ~is_after], weights=work_s[mine & ~is_after], minlength=n).astype(np.float64)
        for mine in (is_warm_up, ~is_warm_up)
    ]
    has_input = input_bits > 0.0
    work_per_bit_s = (
        float(np.max(work_s[has_input] / input_bits[has_input], initial=0.0)) if has_input.all() else np.inf
    )
    longest_s = float(np.max(work_s, initial=0.0))
    patience_s = float(np.max(deadline_s - arrival_s, initial=0.0))
    return Demand(
        arrived_s=np.cumsum(np.bincount(i_arrival, weights=work_s, minlength=n)),
        due_warm_up_s=due_s[0],
        due_window_s=due_s[1],
        after_warm_up_s=float(work_s[is_warm_up & is_after].sum()),
        after_window_s=float(work_s[~is_warm_up & is_after].sum()),
        ground_s=_ground_s(world, contacts, grid_s, work_per_bit_s, float(work_s.sum())),
        ground_total_s=_ground_total_s(world, grid_s, longest_s, patience_s),
    )


def _ground_s(
    world: World, contacts: Sequence[Sequence[Contact]], grid_s: Floats, work_per_bit_s: float, all_work_s: float
) -> Floats:
    """Return the most work whose input fits through the channels, (n_intervals,); never more than there is."""
    channel_s = np.zeros(grid_s.size - 1)
    everyone = list(chain.from_iterable(contacts))
    for i_station, station in enumerate(world.stations):
        spans_s = np.array([(c.rise_s, c.set_s) for c in everyone if c.station == i_station]).reshape(-1, 2)
        channel_s += _served_s(spans_s, station.n_channels, grid_s)
    with np.errstate(invalid="ignore"):
        bits = channel_s * world.top_downlink_rate_bps
        work_s = np.where(channel_s > 0.0, bits * work_per_bit_s, 0.0)
    return np.minimum(work_s, all_work_s)


def _served_s(spans_s: Floats, n_channels: int, grid_s: Floats) -> Floats:
    """Return the integral of min(spans open, channels) over each interval, from spans (n, 2)."""
    if spans_s.size == 0:
        return np.zeros(grid_s.size - 1)
    edge_s = np.concatenate([spans_s[:, 0], spans_s[:, 1], grid_s])
    change = np.concatenate([np.ones(len(spans_s)), -np.ones(len(spans_s)), np.zeros(grid_s.size)])
    order = np.argsort(edge_s, kind="stable")
    edge_s, n_open = edge_s[order], np.cumsum(change[order])
    served = np.concatenate([[0.0], np.cumsum(np.minimum(n_open[:-1], n_channels) * np.diff(edge_s))])
    return np.diff(served[np.searchsorted(edge_s, grid_s)])


def _ground_total_s(world: World, grid_s: Floats, longest_s: float, patience_s: float) -> Floats:
    """Return the most work the servers can have computed of what was sent until the end of each interval.

    What is sent by then and on time is computed at the latest `patience_s` (the longest time from arrival to
    deadline) after; a server computes a task, of at most `longest_s`, in `compute_s`.
    """
    ground = world.ground
    if ground.n_servers is None or ground.compute_s <= 0.0:
        return np.full(grid_s.size - 1, np.inf)
    return np.asarray(ground.n_servers * (grid_s[1:] + patience_s) / ground.compute_s * longest_s, dtype=np.float64)
