from __future__ import annotations

import json
import math
from pathlib import Path
from types import ModuleType

import pytest

from simulator.results import TABLES, TableWriter, summarise
from simulator.results.files import json_bytes


def _task(
    task_id: int, fate: str, place: str | None, n_hops: int, completion_s: float, is_counted: bool = True
) -> tuple:
    arrival_s = 100.0 * task_id
    head = (task_id, 0, 0, -1, arrival_s, arrival_s + 60.0, 8.0, 8.0, 1.0, "source", None)
    return (*head, fate, place, n_hops, arrival_s, arrival_s, arrival_s + completion_s, "", is_counted)


TASKS = [
    _task(0, "on_time", "ground", 9, 1.0, is_counted=False),
    _task(1, "on_time", "source_sunlit", 0, 10.0),
    _task(2, "on_time", "other_sunlit", 4, 20.0),
    _task(3, "late", "other_battery", 2, 90.0),
    _task(4, "dropped", None, 0, math.nan),
    _task(5, "lost", "source_battery", 0, math.nan),
    _task(6, "in_flight", None, 1, math.nan),
]


def _summarise(folder: Path, tasks: list[tuple], energy: list[tuple], **extra: object) -> dict:
    for name, rows in (("tasks", tasks), ("energy", energy)):
        with TableWriter(folder / f"{name}.parquet", TABLES[name]) as writer:
            for row in rows:
                writer.append(row)
    paths = (folder / "tasks.parquet", folder / "energy.parquet")
    return summarise(*paths, scheduler="oec-local", seed=3, scenario_name="tiny", extra=extra)


def test_every_entry_of_a_tiny_run(synthetic: ModuleType, tmp_path: Path) -> None:
    energy = [synthetic.energy_row(0), synthetic.energy_row(10)]
    summary = _summarise(tmp_path, TASKS, energy, constellation="two satellites", n_sats=2, load=0.36)
    assert summary == {
        "constellation": "two satellites",
        "n_sats": 2,
        "load": 0.36,
        "scheduler": "oec-local",
        "seed": 3,
        "scenario": "tiny",
        "n_tasks": 6,
        "n_on_time": 2,
        "n_late": 1,
        "n_dropped": 1,
        "n_lost": 1,
        "n_in_flight": 1,
        "share_on_time": 2 / 6,
        "n_arrived_whole_run": 7,
        "task_balance_closes": True,
        "mean_hops": 2.0,
        "share_by_place": {
            "ground": 0.0,
            "source_sunlit": 0.25,
            "source_battery": 0.25,
            "other_sunlit": 0.25,
            "other_battery": 0.25,
        },
        "mean_completion_s": 40.0,
        "median_completion_s": 20.0,
        "p95_completion_s": pytest.approx(83.0, rel=1e-12),  # 20 + 0.9 (90 - 20); rounding of one interpolation
        "max_depth_of_discharge": pytest.approx(0.3, rel=1e-15),  # 0.2 + 0.1 in binary
        "mean_max_depth_of_discharge": pytest.approx(0.25, rel=1e-15),
        "p99_max_depth_of_discharge": pytest.approx(0.299, rel=1e-12),
        "battery_energy_j": 4e6 + 10.0,
        "battery_energy_tasks_j": 2e5,
        "unserved_energy_j": 0.0,
        "mean_sunlit_share": 0.6,
        "n_brown_outs": 0,
        "energy_ledger_relative_error": 1e-14,
        # of two satellites the first is the one at 1 % and at 50 %
        "min_xu_lifetime_years": 4.0,
        "p1_xu_lifetime_years": 4.0,
        "median_xu_lifetime_years": 4.0,
        "mean_xu_lifetime_years": 4.5,
        "min_power_law_lifetime_years": 8.0,
        "p1_power_law_lifetime_years": 8.0,
        "median_power_law_lifetime_years": 8.0,
        "mean_power_law_lifetime_years": math.inf,
    }


def test_an_arrival_without_a_fate_opens_the_balance(synthetic: ModuleType, tmp_path: Path) -> None:
    summary = _summarise(tmp_path, TASKS, [synthetic.energy_row(0)], n_arrived_whole_run=8)
    assert summary["task_balance_closes"] is False
    assert summary["n_arrived_whole_run"] == 8


def test_a_run_without_tasks_has_no_times(synthetic: ModuleType, tmp_path: Path) -> None:
    summary = _summarise(tmp_path, [], [synthetic.energy_row(0)])
    assert summary["n_tasks"] == 0
    assert math.isnan(summary["mean_completion_s"]) and math.isnan(summary["share_by_place"]["ground"])
    assert json.loads(json_bytes(summary))["mean_completion_s"] is None


def test_an_unknown_fate_is_refused(synthetic: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'vanished'; allowed are on_time, late"):
        _summarise(tmp_path, [_task(0, "vanished", None, 0, 1.0)], [synthetic.energy_row(0)])
