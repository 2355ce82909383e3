"""What a finished run tells of its satellites over time."""

from __future__ import annotations

import numpy as np

from scenarios.exports.scene import RunTraces
from simulator.orbits.model import Floats
from simulator.results import RunTables


def run_traces(run: RunTables) -> RunTraces:
    """Return state of charge and tasks from the tables `battery` and `tasks` of a run."""
    return RunTraces(charge=_charge(run), tasks=_tasks(run))


def _charge(run: RunTables) -> dict[int, tuple[Floats, Floats]]:
    table = run.table("battery", ["satellite", "t_s", "stored_j", "capacity_j"])
    satellite, t_s, stored_j, capacity_j = (table.column(name).to_numpy() for name in table.column_names)
    charge: dict[int, tuple[Floats, Floats]] = {}
    for i_sat in np.unique(satellite).tolist():
        rows = np.flatnonzero(satellite == i_sat)
        rows = rows[np.argsort(t_s[rows], kind="stable")]
        rows = rows[np.append(np.diff(t_s[rows]) > 0.0, True)]  # of rows at one time the last is what follows
        charge[i_sat] = (t_s[rows], stored_j[rows] / capacity_j[rows])
    return charge


def _tasks(run: RunTables) -> dict[int, list[tuple[tuple[float, float], str]]]:
    """Return when and where tasks ran on board, in order of their start."""
    table = run.table("tasks", ["task_id", "satellite", "place", "start_s", "finish_s"])
    columns = (table.column(name).to_pylist() for name in table.column_names)
    tasks: dict[int, list[tuple[tuple[float, float], str]]] = {}
    for task_id, satellite, place, start_s, finish_s in zip(*columns, strict=True):
        if place not in (None, "ground") and start_s < finish_s:
            tasks.setdefault(satellite, []).append(((start_s, finish_s), f"task {task_id}, {place}"))
    return {satellite: sorted(spans) for satellite, spans in tasks.items()}
