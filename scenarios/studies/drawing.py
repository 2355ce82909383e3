"""The figures that a study asks for, from its finished runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from scenarios.plots.arrivals import plot_arrivals
from scenarios.plots.bound_gap import plot_bound_gap
from scenarios.plots.completion_time import plot_completion_time, pooled_completion_time_data
from scenarios.plots.curves import FigureData, scheduler_names
from scenarios.plots.depth_of_discharge import plot_depth_of_discharge, pooled_depth_of_discharge_data
from scenarios.plots.figures import draw_figure
from scenarios.plots.study_bars import plot_study_bars
from scenarios.plots.style import ONE_COLUMN_IN, TWO_COLUMNS_IN, scheduler_rank
from scenarios.plots.sunlit_share import named_sunlit_share_data, plot_sunlit_share
from scenarios.studies.arrivals import arrivals_of
from scenarios.studies.bounds import RunBounds
from scenarios.studies.execution import FinishedRun, StudyRuns
from scenarios.studies.model import Figure
from scenarios.studies.table import StudyRow
from simulator.results import RunTables, read_run

_MOST_BARS_IN_A_COLUMN: Final = 16


def draw_study(runs: StudyRuns, rows: Sequence[StudyRow], bounds: Mapping[str, RunBounds], folder: Path) -> list[Path]:
    """Draw the figures of a study into a folder and return the files; one without data is left out.

    Distributions pool the satellites or tasks of all seeds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for figure in runs.plan.study.figures:
        cases = figure.cases or tuple(case.name for case in runs.plan.study.cases)
        own_runs = [run for run in runs.finished if run.planned.case in cases]
        own_rows = [row for row in rows if row.case in cases]
        if own_runs:
            paths += _draw(figure, own_runs, own_rows, bounds, folder / figure.name)
    return paths


def _draw(
    figure: Figure, runs: Sequence[FinishedRun], rows: Sequence[StudyRow], bounds: Mapping[str, RunBounds], stem: Path
) -> list[Path]:
    if figure.kind == "bars":
        plot = partial(plot_study_bars, measure=figure.measure, title=figure.title)
        is_wide = len(rows) > _MOST_BARS_IN_A_COLUMN
        width_in = TWO_COLUMNS_IN if is_wide else ONE_COLUMN_IN
        n_columns = 6 if is_wide else 3
        return draw_figure(stem, _bars(figure, rows), plot, size_in=(width_in, 2.6), n_legend_columns=n_columns)
    if figure.kind == "bound_gap":
        data = _gaps(runs, rows, bounds)
        height_in = 0.9 + 0.15 * data[""].num_rows
        if not data[""].num_rows:
            return []
        return draw_figure(stem, data, plot_bound_gap, size_in=(TWO_COLUMNS_IN, height_in), n_legend_columns=6)
    if figure.kind == "arrivals":
        first = [(case, run.planned.scenario, read_run(run.folder)) for case, run in _one_run_per_case(runs)]
        return draw_figure(stem, arrivals_of(first), plot_arrivals, size_in=(ONE_COLUMN_IN, 2.7), n_legend_columns=1)
    if figure.kind == "sunlit_share":
        data = named_sunlit_share_data([(case, read_run(run.folder)) for case, run in _one_run_per_case(runs)])
        return draw_figure(stem, data, plot_sunlit_share, size_in=(ONE_COLUMN_IN, 2.5), n_legend_columns=2)
    groups = _groups(runs)
    size_in = (ONE_COLUMN_IN, 2.9)
    if figure.kind == "depth_of_discharge":
        data = pooled_depth_of_discharge_data(groups)
        return draw_figure(stem, data, plot_depth_of_discharge, size_in=size_in, n_legend_columns=2)
    data = pooled_completion_time_data(groups)
    return draw_figure(stem, data, plot_completion_time, size_in=size_in, n_legend_columns=2)


def _bars(figure: Figure, rows: Sequence[StudyRow]) -> FigureData:
    return {
        "": pa.table(
            {
                "case": [row.case for row in rows],
                "scheduler": [row.scheduler for row in rows],
                "mean": [row.means[figure.measure].mean for row in rows],
                "half_width": [row.means[figure.measure].half_width for row in rows],
                "n_seeds": [row.means[figure.measure].n_seeds for row in rows],
                "completed_share": [row.means["completed_share"].mean for row in rows],
            }
        )
    }


def _gaps(runs: Sequence[FinishedRun], rows: Sequence[StudyRow], bounds: Mapping[str, RunBounds]) -> FigureData:
    floors: dict[str, list[float]] = {}
    for run in runs:
        if run.folder.name in bounds:
            floors.setdefault(run.planned.case, []).append(bounds[run.folder.name].floor)
    columns: dict[str, list[object]] = {
        name: []
        for name in (
            *("case", "scheduler", "depth", "half_width", "bound", "floor", "completed_work_share", "n_seeds"),
        )
    }
    for row in rows:
        if row.bound is None:
            continue
        depth = row.means["max_depth_of_discharge"]
        columns["case"].append(row.case)
        columns["scheduler"].append(row.scheduler)
        columns["depth"].append(depth.mean)
        columns["half_width"].append(depth.half_width)
        columns["bound"].append(row.bound.depth_bound.mean)
        columns["floor"].append(float(np.mean(floors[row.case])))
        columns["completed_work_share"].append(row.means["completed_work_share"].mean)
        columns["n_seeds"].append(depth.n_seeds)
    return {"": pa.table(columns)}


def _one_run_per_case(runs: Sequence[FinishedRun]) -> list[tuple[str, FinishedRun]]:
    """Return the first run of each case: sunlight depends on neither scheduler nor seed, arrivals on no scheduler."""
    first: dict[str, FinishedRun] = {}
    for run in runs:
        first.setdefault(run.planned.case, run)
    return list(first.items())


def _groups(runs: Sequence[FinishedRun]) -> list[tuple[str, list[RunTables]]]:
    """Return the runs of each scheduler (and case, where there are several) under their name, in legend order."""
    has_cases = len({run.planned.case for run in runs}) > 1
    names = scheduler_names(run.planned.scheduler for run in runs)
    groups: dict[str, list[RunTables]] = {}
    for run in sorted(runs, key=lambda run: scheduler_rank(run.planned.scheduler)):
        name = names[run.planned.scheduler]
        groups.setdefault(f"{name}, {run.planned.case}" if has_cases else name, []).append(read_run(run.folder))
    return list(groups.items())
