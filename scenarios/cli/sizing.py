"""`sunwise size`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.options import JsonOption, RunsOption, ScenarioArgument, SeedOption, SetOption

sizing_app = typer.Typer()


@sizing_app.command(
    epilog="Example: sunwise size headline-6x11 --vary battery --max-depth 0.3 --min-on-time 0.99 --scheduler phoenix. "
    "Every run is kept: the same command goes on where it was."
)
def size(
    scenario: ScenarioArgument = "scenario.yaml",
    max_depth: Annotated[
        float,
        typer.Option(
            "--max-depth", metavar="D", min=0.001, max=1.0, help="Deepest discharge of any satellite, 0 to 1."
        ),
    ] = 0.3,
    vary: Annotated[str, typer.Option("--vary", metavar="battery|array", help="What is sized.")] = "battery",
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="NAME", help="Size one group of a mixed fleet; others: those in no group."),
    ] = None,
    min_on_time: Annotated[
        float | None,
        typer.Option("--min-on-time", metavar="SHARE", min=0.0, max=1.0, help="Also keep this share of tasks on time."),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option("--tolerance", metavar="SHARE", min=1e-4, max=0.5, help="How far above the least it may end."),
    ] = 0.01,
    overrides: SetOption = None,
    scheduler: Annotated[str | None, typer.Option(metavar="NAME", help="Scheduler, instead of the scenario's.")] = None,
    seed: SeedOption = None,
    runs: RunsOption = Path("runs"),
    json: JsonOption = False,
) -> None:
    """Find the smallest battery or array whose deepest discharge stays within a limit, by runs of the scenario."""
    from scenarios.cli.size_commands import AskedSize
    from scenarios.cli.size_commands import size as command

    changes = (*(overrides or ()), *(() if seed is None else (f"seed={seed}",)))
    command(
        AskedSize(
            scenario=scenario,
            overrides=changes,
            scheduler=scheduler,
            vary=vary,
            group=group,
            max_depth=max_depth,
            min_on_time=min_on_time,
            tolerance=tolerance,
            runs=runs,
            as_json=json,
        )
    )
