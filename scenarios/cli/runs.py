"""`sunwise run`, `compare`, `bound`, `study`, `plot` and `check-scheduler`: their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.options import JsonOption, RunsOption, ScenarioArgument, SeedOption, SetOption

run_app = typer.Typer()

SeasonsOption = Annotated[
    int | None,
    typer.Option(
        "--seasons",
        metavar="N",
        min=1,
        max=366,
        help="Run at N epochs evenly over the year, from the scenario's on, and tell how long batteries last over it.",
    ),
]


@run_app.command(epilog="Example: sunwise run headline-6x11 --scheduler phoenix --set tasks.load=0.5 --json")
def run(
    scenario: ScenarioArgument = "scenario.yaml",
    overrides: SetOption = None,
    scheduler: Annotated[str | None, typer.Option(metavar="NAME", help="Scheduler, instead of the scenario's.")] = None,
    seed: SeedOption = None,
    runs: RunsOption = Path("runs"),
    seasons: SeasonsOption = None,
    json: JsonOption = False,
) -> None:
    """Run one scenario; a finished run of the same inputs is reused."""
    from scenarios.cli.run_commands import run as command

    command(scenario, _all_overrides(overrides, seed), scheduler, runs, seasons, as_json=json)


@run_app.command(epilog="Example: sunwise compare headline-12x22 --schedulers oec-local,phoenix --figures figures")
def compare(
    scenario: ScenarioArgument = "scenario.yaml",
    schedulers: Annotated[
        str, typer.Option("--schedulers", metavar="A,B,...", help="Schedulers; changes are told against the first.")
    ] = "oec-local,phoenix",
    overrides: SetOption = None,
    seed: SeedOption = None,
    runs: RunsOption = Path("runs"),
    figures: Annotated[Path | None, typer.Option("--figures", metavar="DIR", help="Draw figures there.")] = None,
    seasons: SeasonsOption = None,
    json: JsonOption = False,
) -> None:
    """Run one scenario under several schedulers, the same tasks for all, and print them side by side."""
    from scenarios.cli.run_commands import compare as command

    command(scenario, _all_overrides(overrides, seed), schedulers, runs, figures, seasons, as_json=json)


@run_app.command(epilog="Example: sunwise bound headline-6x11 --schedulers oec-local,phoenix --set tasks.load=0.9")
def bound(
    scenario: ScenarioArgument = "scenario.yaml",
    overrides: SetOption = None,
    seed: SeedOption = None,
    schedulers: Annotated[
        str, typer.Option("--schedulers", metavar="A,B,...", help="Also hold their runs against the bound.")
    ] = "",
    runs: RunsOption = Path("runs"),
    at: Annotated[str, typer.Option("--at", metavar="SHARES", help="Shares of the work to be done, as 1,0.9.")] = "1",
    interval: Annotated[
        float | None, typer.Option("--interval", metavar="S", min=1.0, help="Longest interval in seconds; default 80.")
    ] = None,
    groups: Annotated[
        int | None,
        typer.Option("--groups", metavar="N", min=1, help="Group satellites; default: 300 groups above 300 of them."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Print the least depth of discharge and battery energy that any scheduler could reach, proven."""
    from scenarios.cli.bound_commands import bound as command

    sizes = (interval, groups)
    command(scenario, _all_overrides(overrides, seed), schedulers, runs, at, sizes, as_json=json)


@run_app.command(
    epilog="Example: sunwise study paper --reduced. Others: sunwise study --list | sunwise study contest --seeds 1,2 | "
    "sunwise study my-study.yaml --schedulers phoenix,my_module:MyScheduler. A study file names cases, each a list of "
    "changes as for --set; docs/studies.md has one to start from. Run the same command again after Ctrl-C: it "
    "goes on where it was."
)
def study(
    studies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STUDY...", help="Packaged studies, study files, `paper` (its four groups) or `all` packaged ones."
        ),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Tell the packaged studies and leave.")] = False,
    size: Annotated[
        str | None, typer.Option("--size", metavar="SIZE", help="Size such as 6x11, 12x22, 72x22; default: its first.")
    ] = None,
    seeds: Annotated[str, typer.Option("--seeds", metavar="N,...", help="Seeds, instead of the study's.")] = "",
    schedulers: Annotated[
        str, typer.Option("--schedulers", metavar="A,B,...", help="Schedulers, instead of the study's.")
    ] = "",
    workers: Annotated[int, typer.Option("--workers", metavar="N", min=1, max=1000, help="Processes.")] = 2,
    reduced: Annotated[
        bool, typer.Option("--reduced", help="Smaller, shorter, one seed: minutes, to see that all works.")
    ] = False,
    runs: RunsOption = Path("runs"),
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Tables, report and figures go to DIR/<study>.")
    ] = Path("studies"),
    bounds: Annotated[
        bool | None,
        typer.Option("--bounds/--no-bounds", help="Hold runs against the least possible; default: as the study says."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Run whole studies: cases x schedulers x seeds, resumable, with 95 % intervals, paired differences and figures."""
    from scenarios.cli.study_commands import StudyOptions, list_studies
    from scenarios.cli.study_commands import study as command

    if listed:
        list_studies(as_json=json)
        raise typer.Exit
    if not studies:
        raise typer.BadParameter("name a study, `paper` or `all`; `sunwise study --list` tells the packaged ones")
    options = StudyOptions(
        size=size,
        seeds=seeds,
        schedulers=schedulers,
        n_workers=workers,
        is_reduced=reduced,
        runs_folder=runs,
        output_folder=output,
        has_bounds=bounds,
        as_json=json,
    )
    raise typer.Exit(command(studies, options))


@run_app.command(epilog="Example: sunwise plot runs/0123456789abcdef --out figures")
def plot(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Finished run folders.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the figures go.")] = Path("figures"),
    json: JsonOption = False,
) -> None:
    """Draw the figures of one run, or of several side by side."""
    from scenarios.cli.run_commands import plot as command

    command(folders, out, as_json=json)


@run_app.command(name="check-scheduler", epilog="Example: sunwise check-scheduler my_package.my_module:MyScheduler")
def check_scheduler(
    scheduler: Annotated[str, typer.Argument(metavar="MODULE:CLASS", help="Your class, or the name of a scheduler.")],
    json: JsonOption = False,
) -> None:
    """Run the battery of laws that every scheduler must obey over one."""
    from scenarios.cli.run_commands import check_scheduler as command

    raise typer.Exit(command(scheduler, as_json=json))


def _all_overrides(overrides: list[str] | None, seed: int | None) -> list[str]:
    """Return the overrides with the seed, which has an option of its own."""
    return [*(overrides or []), *([f"seed={seed}"] if seed is not None else [])]
