"""`sunwise init`, `validate` and `schema`: their options; what they do is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.options import JsonOption, SetOption

scenario_app = typer.Typer()


@scenario_app.command(epilog="Example: sunwise init my.yaml && sunwise run my.yaml")
def init(
    file: Annotated[Path, typer.Argument(help="The file to write.")] = Path("scenario.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that exists.")] = False,
    json: JsonOption = False,
) -> None:
    """Write a commented scenario to start from, and its JSON Schema for editors beside it."""
    from scenarios.cli.scenario_commands import init as command

    command(file, force=force, as_json=json)


@scenario_app.command(epilog="Example: sunwise validate one.yaml two.yaml --set seed=3")
def validate(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Files or library names.")],
    overrides: SetOption = None,
    json: JsonOption = False,
) -> None:
    """Check scenarios and the files that they name; tell what is wrong at once, with line, column and remedy."""
    from scenarios.cli.scenario_commands import validate as command

    raise typer.Exit(command(scenarios, overrides or [], as_json=json))


@scenario_app.command(epilog="Example: sunwise schema > sunwise-scenario.schema.json")
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from scenarios.cli.scenario_commands import schema as command

    command()
