"""In which light the tasks of finished runs arose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from scenarios.build import shadow_model
from scenarios.config import Scenario
from scenarios.constellation import build_fleet
from simulator.results import RunTables
from simulator.sunlight import sun_path, visible_fraction

_TASKS_PER_CHUNK: Final = 65_536
_HOURS: Final = 24


def arrival_rows(case: str, scenario: Scenario, run: RunTables) -> pa.Table:
    """Return how a run's tasks spread over local solar time, and how many arose in full sunlight.

    Local solar time is that of the point below the satellite on which a task arises: 12 h plus the satellite's right
    ascension less that of the Sun. Only tasks inside the window after warm-up count.

    Returns
    -------
    Table
        24 rows: `case`, `solar_hour` (start of the hour), `share` (of all tasks), `n_tasks`, `share_lit`.
    """
    tasks = run.table("tasks", ["source", "arrival_s", "counted"])
    tasks = tasks.filter(tasks["counted"])
    source, arrival_s = tasks["source"].to_numpy().astype(np.intp), tasks["arrival_s"].to_numpy()
    positions = build_fleet(scenario).positions
    sun = sun_path(positions.epoch, 0.0, float(arrival_s.max(initial=0.0)))
    model = shadow_model(scenario.shadow)
    counts, n_lit = np.zeros(_HOURS), 0
    for first in range(0, arrival_s.size, _TASKS_PER_CHUNK):
        part = slice(first, first + _TASKS_PER_CHUNK)
        position_m, sun_m = positions.at(source[part], arrival_s[part]), sun.position_m(arrival_s[part])
        east_rad = np.arctan2(position_m[:, 1], position_m[:, 0]) - np.arctan2(sun_m[:, 1], sun_m[:, 0])
        hour = np.mod(12.0 + 12.0 / np.pi * east_rad, 24.0)
        counts += np.bincount(np.minimum(hour.astype(np.intp), _HOURS - 1), minlength=_HOURS)
        n_lit += int(np.count_nonzero(visible_fraction(position_m, sun_m, model) >= 1.0))
    n_tasks = arrival_s.size
    return pa.table(
        {
            "case": [case] * _HOURS,
            "solar_hour": np.arange(float(_HOURS)),
            "share": counts / max(1, n_tasks),
            "n_tasks": [n_tasks] * _HOURS,
            "share_lit": [n_lit / max(1, n_tasks)] * _HOURS,
        }
    )


def arrivals_of(runs: Sequence[tuple[str, Scenario, RunTables]]) -> dict[str, pa.Table]:
    """Return the rows of several cases, in their order."""
    return {"": pa.concat_tables(arrival_rows(case, scenario, run) for case, scenario, run in runs)}
