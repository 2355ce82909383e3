"""`run`, `compare`, `plot` and `check-scheduler`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.inference_summary import inference_table
from scenarios.cli.output import note, print_json, result_console
from scenarios.cli.progress import progress_of
from scenarios.cli.radiation_summary import radiation_notes, radiation_table
from scenarios.config import Scenario, ScenarioError, load_scenario


def run(
    scenario_name: str,
    overrides: Sequence[str],
    scheduler: str | None,
    runs_folder: Path,
    n_seasons: int | None,
    *,
    as_json: bool,
) -> None:
    """Run one scenario, under another scheduler if one is named, and print its summary, or its year of seasons."""
    from scenarios.cli.group_tables import group_table
    from scenarios.cli.tables import summary_table
    from scenarios.cli.year_commands import seasons
    from scenarios.execution import run as run_scenario

    if scheduler is not None:
        overrides = [*_without_options_of_another(scenario_name, scheduler), *overrides, f"scheduler={scheduler}"]
    scenario = load_scenario(scenario_name, overrides)
    _check_name(scenario.scheduler, ExitCode.SCENARIO_INVALID)
    if n_seasons is not None:
        seasons(scenario, [scenario.scheduler], n_seasons, runs_folder, None, as_json=as_json)
        return
    with progress_of(f"{scenario.name}, {scenario.scheduler}") as progress:
        result = run_scenario(scenario, runs_folder=runs_folder, progress=progress)
    for text in _notes(result.summary):
        note(text)
    note(f"{'reused' if result.reused else 'run folder'}: {result.folder}")
    if as_json:
        print_json({**result.summary, "folder": str(result.folder)})
    else:
        result_console().print(summary_table(scenario.name, result.summary))
        if "groups" in result.summary:
            result_console().print("", group_table([result.summary]))


def compare(
    scenario_name: str,
    overrides: Sequence[str],
    schedulers: str,
    runs_folder: Path,
    figures: Path | None,
    n_seasons: int | None,
    *,
    as_json: bool,
) -> None:
    """Run one scenario under several schedulers and print them side by side, or their years of seasons."""
    from scenarios.cli.group_tables import group_table
    from scenarios.cli.model_tables import model_table
    from scenarios.cli.tables import comparison_tables, signalling_table
    from scenarios.cli.wear_tables import wear_table
    from scenarios.cli.year_commands import seasons
    from scenarios.execution import compare as compare_schedulers
    from scenarios.lifetime_ratios import lifetime_ratios
    from simulator.results import read_run

    scenario = load_scenario(scenario_name, overrides)
    names = scheduler_list(schedulers)
    for name in names:
        _note_options_dropped(scenario, name)
    if n_seasons is not None:
        seasons(scenario, names, n_seasons, runs_folder, figures, as_json=as_json)
        return
    with progress_of(scenario.name) as progress:
        results = compare_schedulers(scenario, names, runs_folder=runs_folder, progress=progress)
    for text in _notes(results[0].summary):
        note(text)
    for result in results:
        note(f"{result.summary['scheduler']}: {'reused ' if result.reused else ''}{result.folder}")
    if figures is not None:
        _draw([result.folder for result in results], figures)
    ratios = lifetime_ratios([read_run(result.folder) for result in results])
    if as_json:
        rows = [
            {
                **result.summary,
                "fifteen_point_lifetime_ratio": {"worst": ratio.worst, "median": ratio.median},
                "folder": str(result.folder),
            }
            for result, ratio in zip(results, ratios, strict=True)
        ]
        print_json({"rows": rows})
    else:
        summaries = [result.summary for result in results]
        outcome, where = comparison_tables(scenario.name, summaries)
        result_console().print(outcome, "", wear_table(summaries, ratios), "", where, "", signalling_table(summaries))
        if "groups" in summaries[0]:
            result_console().print("", group_table(summaries))
        if "models" in summaries[0]:
            result_console().print("", model_table(summaries))
        if "radiation" in summaries[0]:
            result_console().print("", radiation_table(summaries))
        if "inference" in summaries[0]:
            result_console().print("", inference_table(summaries))


def plot(folders: Sequence[Path], out: Path, *, as_json: bool) -> None:
    """Draw the figures of finished runs."""
    for folder in folders:
        if not (folder / "done.json").is_file():
            message = f"{folder}: no such folder; name one that `sunwise run` has printed"
            if folder.exists():
                message = f"{folder}: not a finished run (no done.json); run the scenario again to finish it"
            raise CommandError(message, ExitCode.INPUT_REFUSED)
    paths = _draw(folders, out)
    if as_json:
        print_json({"files": [str(path) for path in paths]})


def check_scheduler(scheduler: str, *, as_json: bool) -> int:
    """Run the law checks over one scheduler; return the exit code."""
    from scenarios.cli.tables import laws_table
    from scenarios.law_checks import check_scheduler as check

    _check_name(scheduler, ExitCode.USAGE)
    reports = check(scheduler)
    if as_json:
        keys = ("name", "passed", "detail", "was_run")
        print_json({"rows": [{key: getattr(report, key) for key in keys} for report in reports]})
    else:
        result_console().print(laws_table(scheduler, reports))
    return ExitCode.DONE if all(report.passed for report in reports) else ExitCode.RUN_FAILED


def scheduler_list(text: str) -> list[str]:
    """Return the names of a comma-separated list, each checked."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise CommandError("--schedulers: name at least one, for example oec-local,phoenix", ExitCode.USAGE)
    if repeated := [name for i_name, name in enumerate(names) if name in names[:i_name]]:
        raise CommandError(f"--schedulers: {repeated[0]} is named twice", ExitCode.USAGE)
    for name in names:
        _check_name(name, ExitCode.USAGE)
    return names


def _without_options_of_another(scenario_name: str, scheduler: str) -> list[str]:
    """Return the override that empties the file's options where they are another scheduler's; tell if there are any.

    Options among the overrides come after it and are meant for the scheduler that is named beside them.
    """
    try:
        scenario = load_scenario(scenario_name)
    except ScenarioError:  # told when the scenario is loaded with its overrides
        return []
    return ["scheduler_options={}"] if _note_options_dropped(scenario, scheduler) else []


def _note_options_dropped(scenario: Scenario, scheduler: str) -> bool:
    """Tell, and return whether, the options of a scenario do not go with a scheduler, being another's."""
    is_dropped = scheduler != scenario.scheduler and bool(scenario.scheduler_options)
    if is_dropped:
        note(f"scheduler_options are those of {scenario.scheduler}: not used for {scheduler}")
    return is_dropped


def _check_name(name: str, code: ExitCode) -> None:
    """Refuse a scheduler that does not exist, before anything runs."""
    from scenarios.config.scheduler_names import scheduler_problem
    from scenarios.custom_class import load_class

    problem = scheduler_problem(name)
    if problem is not None:
        raise CommandError(f"{problem[0]}; {problem[1]}", code)
    if ":" in name:
        try:
            load_class(name)
        except ValueError as error:
            raise CommandError(f"scheduler {error}", code) from error


def _notes(summary: Mapping[str, Any]) -> list[str]:
    """Return what whoever uses a run should be told beside its results."""
    return [*(f"warning: {text}" for text in summary.get("warnings", ())), *radiation_notes(summary)]


def _draw(folders: Sequence[Path], out: Path) -> list[Path]:
    """Draw one run, or several side by side; tell and return the files."""
    from scenarios.plots import draw_comparison, draw_run

    paths = draw_run(folders[0], out) if len(folders) == 1 else draw_comparison(folders, out)
    for path in paths:
        note(f"wrote {path}")
    return paths
