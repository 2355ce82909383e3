"""The files of a study: `table.csv` and `table.json` with a row per case and scheduler, `runs.csv` with one per run."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scenarios.studies.bounds import RunBounds, depth_gap, energy_gap_j
from scenarios.studies.execution import FinishedRun, StudyRuns
from scenarios.studies.plan import StudyPlan
from scenarios.studies.statistics import CONFIDENCE, Estimate
from scenarios.studies.table import StudyRow
from simulator.results.files import json_bytes, write_durably


def write_tables(
    runs: StudyRuns, rows: Sequence[StudyRow], bounds: Mapping[str, RunBounds], folder: Path
) -> list[Path]:
    """Write the tables of a study into a folder and return the files; equal runs give equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "table.csv": _csv([_flat_row(row) for row in rows]),
        "table.json": json_bytes(study_document(runs, rows)),
        "runs.csv": _csv([_run_row(run, bounds.get(run.folder.name)) for run in runs.finished]),
    }
    for name, content in files.items():
        write_durably(folder / name, content)
    return [folder / name for name in files]


def study_document(runs: StudyRuns, rows: Sequence[StudyRow]) -> dict[str, Any]:
    """Return a study's results as they stand in `table.json`."""
    plan = runs.plan
    return {
        "study": plan.study.name,
        "description": plan.study.description,
        "size": plan.size,
        "is_reduced": plan.is_reduced,
        "schedulers": list(plan.schedulers),
        "seeds": list(plan.seeds),
        "reference": plan.reference,
        "confidence": CONFIDENCE,
        "rows": [_json_row(row) for row in rows],
        "failed": [{"run": failed.planned.label, "message": failed.message} for failed in runs.failed],
    }


def seeds_text(plan: StudyPlan) -> str:
    """Return what seeds a study has, and what that says about intervals."""
    if len(plan.seeds) == 1:
        return f"seed {plan.seeds[0]} alone: no intervals"
    seeds = ", ".join(map(str, plan.seeds))
    return f"seeds {seeds}; \N{PLUS-MINUS SIGN} is the 95 % interval of their mean (Student's t)"


def _json_row(row: StudyRow) -> dict[str, Any]:
    return {
        "case": row.case,
        "scheduler": row.scheduler,
        "seeds": list(row.seeds),
        "load": row.load,
        "rate_per_satellite_hz": row.rate_per_satellite_hz,
        "means": {name: asdict(value) for name, value in row.means.items()},
        "differences": {name: asdict(value) for name, value in row.differences.items()},
        "bound": None if row.bound is None else asdict(row.bound),
    }


def _flat_row(row: StudyRow) -> dict[str, Any]:
    flat: dict[str, Any] = {
        "case": row.case,
        "scheduler": row.scheduler,
        "n_seeds": len(row.seeds),
        "load": row.load,
        "rate_per_satellite_hz": row.rate_per_satellite_hz,
    }
    for name, value in row.means.items():
        flat |= _estimate_columns(name, value)
    nothing = Estimate(mean=math.nan, half_width=math.nan, n_seeds=0)
    for name in row.means:
        flat |= _estimate_columns(f"{name}_difference", row.differences.get(name, nothing))
    if row.bound is not None:
        for name in ("depth_bound", "depth_gap", "depth_gap_difference", "energy_gap_j"):
            flat |= _estimate_columns(name, getattr(row.bound, name))
        flat |= {"is_on_floor": row.bound.is_on_floor, "share_of_gap_closed": row.bound.share_of_gap_closed}
        flat["verdict"] = row.bound.verdict
    return flat


def _estimate_columns(name: str, value: Estimate) -> dict[str, float]:
    return {name: value.mean, f"{name}_half_width": value.half_width}


def _run_row(run: FinishedRun, bounds: RunBounds | None) -> dict[str, Any]:
    planned = run.planned
    row = {"case": planned.case, "scheduler": planned.scheduler, "seed": planned.seed, "run": run.folder.name}
    row |= asdict(run.measures)
    if bounds is not None:
        row |= asdict(bounds)
        row["depth_gap"] = depth_gap(run.measures.max_depth_of_discharge, bounds)
        row["energy_gap_j"] = energy_gap_j(run.measures.battery_energy_j, bounds)
    return row


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as CSV under all columns that occur, in order of first appearance; nan is an empty field."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _csv_value(value) for name, value in row.items()})
    return buffer.getvalue().encode()


def _csv_value(value: Any) -> Any:
    return "" if isinstance(value, float) and math.isnan(value) else value
