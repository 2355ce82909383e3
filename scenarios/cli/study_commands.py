"""`study`: many runs of one question, with statistics over seeds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json, result_console
from scenarios.cli.progress import progress_of
from scenarios.cli.run_commands import scheduler_list

if TYPE_CHECKING:
    from scenarios.studies import RunBounds, StudyChoice, StudyPlan, StudyRuns

PAPER: Final = ("strategies", "seasons", "constellations", "workloads")
"""The four groups of experiments of the PHOENIX paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOptions:
    """The options of `study` as they were typed; "" and None leave the study's own."""

    size: str | None
    seeds: str
    schedulers: str
    n_workers: int
    is_reduced: bool
    runs_folder: Path
    output_folder: Path
    has_bounds: bool | None
    as_json: bool


def list_studies(*, as_json: bool) -> None:
    """Print the packaged studies."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from scenarios.studies import load_study, study_names

    studies = [load_study(name).study for name in study_names()]
    if as_json:
        print_json({"rows": [study.model_dump(mode="json") for study in studies]})
        return
    table = Table(box=SIMPLE_HEAD, padding=(0, 1))
    for heading in ("study", "sizes", "cases", "schedulers", "seeds", "question"):
        table.add_column(heading)
    for study in studies:
        sizes = ", ".join(size.name for size in study.sizes)
        counts = (len(study.cases), len(study.schedulers), len(study.seeds))
        table.add_row(study.name, sizes, *map(str, counts), study.description)
    result_console().print(table)


def study(names: Sequence[str], options: StudyOptions) -> int:
    """Run studies, print and write what came of them; return the exit code."""
    from scenarios.studies import failed_lines, run_studies

    plans = _plans(names, options)
    n_runs = sum(len(plan.runs) for plan in plans)
    note(f"{n_runs} runs, in {options.n_workers} processes; finished ones are reused, Ctrl-C loses none")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers share the cores already
    with progress_of(f"{n_runs} runs") as progress:
        studies = run_studies(plans, runs_folder=options.runs_folder, n_workers=options.n_workers, progress=progress)
    failures = failed_lines(studies)
    bounds, failed_bounds = _bounds(studies, options)
    documents = [_finish(runs, bounds, options) for runs in studies]
    if options.as_json:
        print_json({"studies": documents})
    for line in (*failures, *failed_bounds):
        note(f"failed: {line}")
    return ExitCode.RUN_FAILED if failures or failed_bounds else ExitCode.DONE


def _plans(names: Sequence[str], options: StudyOptions) -> list[StudyPlan]:
    from scenarios.config import ScenarioError
    from scenarios.studies import load_study, plan_study

    choice = _choice(options)
    plans = []
    for name in _expanded(names):
        try:
            plans.append(plan_study(load_study(name), choice))
        except ScenarioError:
            raise
        except ValueError as error:
            raise CommandError(str(error), ExitCode.USAGE) from error
    own_names = [plan.study.name for plan in plans]
    if repeated := [name for i_name, name in enumerate(own_names) if name in own_names[:i_name]]:
        raise CommandError(f"two studies are called {repeated[0]}: their output would mix", ExitCode.USAGE)
    return plans


def _expanded(names: Sequence[str]) -> list[str]:
    from scenarios.studies import study_names

    groups = {"all": study_names(), "paper": PAPER}
    return list(dict.fromkeys(part for name in names for part in groups.get(name, (name,))))


def _choice(options: StudyOptions) -> StudyChoice:
    from scenarios.studies import StudyChoice

    return StudyChoice(
        size=options.size,
        schedulers=tuple(scheduler_list(options.schedulers)) if options.schedulers else None,
        seeds=_seeds(options.seeds) if options.seeds else None,
        is_reduced=options.is_reduced,
        has_bounds=options.has_bounds,
    )


def _seeds(text: str) -> tuple[int, ...]:
    try:
        seeds = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise CommandError(f"--seeds {text!r}: write whole numbers such as 1,2,3", ExitCode.USAGE) from error
    if min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise CommandError(f"--seeds {text!r}: each is 0 or greater and given once", ExitCode.USAGE)
    return seeds


def _bounds(studies: Sequence[StudyRuns], options: StudyOptions) -> tuple[Mapping[str, RunBounds], list[str]]:
    from scenarios.studies import bound_runs

    bounded = [runs for runs in studies if runs.plan.has_bounds and runs.finished]
    if not bounded:
        return {}, []
    folder = options.output_folder / "bounds"
    with progress_of("bounds") as progress:
        return bound_runs(bounded, folder=folder, n_workers=options.n_workers, progress=progress)


def _finish(runs: StudyRuns, bounds: Mapping[str, RunBounds], options: StudyOptions) -> dict[str, object]:
    """Write the files of one study, print its tables, and return it as a document."""
    from scenarios.cli.study_tables import terminal_table
    from scenarios.studies import study_document, study_rows, write_tables
    from scenarios.studies.drawing import draw_study
    from scenarios.studies.report import write_report
    from scenarios.studies.text_tables import text_tables

    own_bounds = bounds if runs.plan.has_bounds else {}
    rows = study_rows(runs, own_bounds)
    folder = options.output_folder / runs.plan.study.name
    write_tables(runs, rows, own_bounds, folder)
    figures = draw_study(runs, rows, own_bounds, folder)
    report = write_report(runs, rows, figures, folder)
    note(f"{runs.plan.study.name}: wrote {report}, tables and {sum(path.suffix == '.png' for path in figures)} figures")
    if not options.as_json:
        console = result_console()
        for table in text_tables(runs.plan, rows):
            console.print(terminal_table(table))
    return study_document(runs, rows)
