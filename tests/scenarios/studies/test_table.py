"""What the table says about bounds, from made-up runs and bounds whose answers are known."""

from __future__ import annotations

import dataclasses
import math
import typing
from pathlib import Path

import pyarrow as pa
import pytest

from scenarios.plots import drawing
from scenarios.plots.study_bars import plot_study_bars
from scenarios.studies import RunBounds, StudyChoice, StudyRuns, load_study, plan_study, study_rows
from scenarios.studies.execution import FinishedRun
from scenarios.studies.measures import Measures
from scenarios.studies.model import Measure

FLOOR = 0.2


def _bound_rows(tiny: Path, figures: dict[str, list[tuple[float, float, float, bool]]]):
    """Return the bound rows by scheduler; figures per seed are depth, bound, share of work, comparable."""
    plan = plan_study(load_study(str(tiny)), StudyChoice(seeds=(1, 2)))
    finished, bounds = [], {}
    for planned in plan.runs:
        if planned.case != "light" or planned.scheduler not in figures:
            continue
        depth, bound, share, is_comparable = figures[planned.scheduler][planned.seed - 1]
        folder = Path(f"{planned.scheduler}-{planned.seed}")
        measures = Measures(
            max_depth_of_discharge=depth,
            p99_depth_of_discharge=depth,
            mean_max_depth_of_discharge=depth,
            battery_energy_j=50.0,
            completed_share=share,
            completed_work_share=share,
            mean_completion_s=1.0,
            mean_hops=0.0,
            min_xu_lifetime_years=3.0,
            median_xu_lifetime_years=4.0,
        )
        finished.append(FinishedRun(planned=planned, folder=folder, measures=measures))
        bounds[folder.name] = RunBounds(
            depth_bound=bound, floor=FLOOR, energy_bound_j=40.0, is_comparable=is_comparable
        )
    rows = study_rows(StudyRuns(plan=plan, finished=tuple(finished), failed=()), bounds)
    return {row.scheduler: row.bound for row in rows}


def test_share_of_the_gap_is_of_mean_gaps(tiny):
    rows = _bound_rows(
        tiny,
        {
            "phoenix": [(0.5, 0.3, 1.0, True), (0.6, 0.2, 1.0, True)],  # gaps 0.2 and 0.4
            "oec-local": [(0.4, 0.3, 1.0, True), (0.4, 0.2, 1.0, True)],  # gaps 0.1 and 0.2: half of them
        },
    )
    assert rows["oec-local"].depth_gap.mean == pytest.approx(0.15, rel=1e-12)
    assert rows["oec-local"].share_of_gap_closed == pytest.approx(0.5, rel=1e-12)
    assert rows["oec-local"].verdict == "closes 50% of the gap"
    # differences of -0.1 and -0.2: a standard error of 0.05, times Student's 12.71 for two seeds
    assert rows["oec-local"].depth_gap_difference.mean == pytest.approx(-0.15, rel=1e-12)
    assert rows["oec-local"].depth_gap_difference.half_width == pytest.approx(0.05 * 12.706, rel=1e-4)
    assert rows["phoenix"].depth_gap_difference.n_seeds == 0
    assert rows["oec-local"].energy_gap_j.mean == 10.0
    assert rows["phoenix"].verdict == "reference"


def test_a_larger_gap_is_told_as_a_multiple(tiny):
    rows = _bound_rows(tiny, {"phoenix": [(0.4, 0.3, 1.0, True)] * 2, "oec-local": [(0.6, 0.3, 1.0, True)] * 2})
    assert rows["oec-local"].share_of_gap_closed == pytest.approx(-2.0, rel=1e-12)
    assert rows["oec-local"].verdict == "3.0 times the gap"


def test_completed_work_comes_before_any_gap(tiny):
    rows = _bound_rows(tiny, {"phoenix": [(0.5, 0.3, 0.9, True)] * 2, "oec-local": [(0.4, 0.3, 0.85, True)] * 2})
    assert math.isnan(rows["oec-local"].share_of_gap_closed)
    assert rows["oec-local"].verdict == "-5.00% of the work"
    # who completes more is held to the bound at that work
    rows = _bound_rows(tiny, {"phoenix": [(0.5, 0.3, 0.9, True)] * 2, "oec-local": [(0.4, 0.3, 0.95, True)] * 2})
    assert rows["oec-local"].verdict == "+5.00% of the work, closes 50% of the gap"


def test_the_floor_is_told(tiny):
    rows = _bound_rows(tiny, {"phoenix": [(0.2005, 0.2, 1.0, True)] * 2, "oec-local": [(0.4, 0.2, 1.0, True)] * 2})
    assert rows["phoenix"].is_on_floor
    assert rows["phoenix"].verdict == "reference, on the floor"
    assert rows["oec-local"].verdict == "above the floor"
    both = _bound_rows(tiny, {name: [(0.2, 0.2, 1.0, True)] * 2 for name in ("phoenix", "oec-local")})
    assert both["oec-local"].verdict == "on the floor too"


def test_brown_outs_have_no_bound(tiny):
    rows = _bound_rows(tiny, {"phoenix": [(0.5, 0.3, 1.0, True)] * 2, "oec-local": [(1.0, 0.3, 1.0, False)] * 2})
    assert math.isnan(rows["oec-local"].depth_gap.mean)
    assert math.isnan(rows["oec-local"].depth_bound.mean), "a bound that does not hold must not be printed"
    assert rows["oec-local"].verdict == "brown-outs: no bound"


def test_without_the_reference_there_is_nothing_to_compare(tiny):
    rows = _bound_rows(tiny, {"oec-local": [(0.4, 0.3, 1.0, True)] * 2})
    assert rows["oec-local"].depth_gap.mean == pytest.approx(0.1, rel=1e-12)
    assert rows["oec-local"].verdict == ""


def test_every_measure_can_be_drawn():
    fields = {field.name for field in dataclasses.fields(Measures)}
    assert set(typing.get_args(Measure)) <= fields
    for measure in typing.get_args(Measure):
        rows = {
            "case": ["a", "a", "b"],
            "scheduler": ["phoenix", "oec-local", "phoenix"],
            "mean": [0.2, 0.4, 0.3],
            "half_width": [0.01, 0.02, math.nan],
            "n_seeds": [5, 5, 1],
            "completed_share": [1.0, 0.9, 0.996],
        }
        with drawing(3.5, 2.6) as (_, ax):
            plot_study_bars({"": pa.table(rows)}, ax, measure=measure)
            bars = {bar.get_x() + bar.get_width() / 2.0: bar.get_height() for bar in ax.patches}
            told = [text.get_text() for text in ax.texts]
        assert told == ([] if measure == "completed_share" else ["90 %"])
        ratio = [bars[x] / max(bars.values()) for x in sorted(bars)]
        assert ratio == pytest.approx([0.5, 1.0, 0.75], rel=1e-12)  # phoenix stands before oec-local; b has one bar
