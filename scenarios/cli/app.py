"""All commands together. What they do is imported when they run, so that help is instant."""

from __future__ import annotations

from typing import Annotated

import typer

from scenarios.cli.beam import beam_app
from scenarios.cli.exchange import exchange_app
from scenarios.cli.networks import network_app
from scenarios.cli.particles import particle_app
from scenarios.cli.runs import run_app
from scenarios.cli.scenario_files import scenario_app
from scenarios.cli.sizing import sizing_app
from scenarios.cli.sky import sky_app

_EPILOG = "Library scenarios run by their bare name: sunwise run headline-6x11. Exit codes: 0 done, 1 the run failed, "\
    "2 usage, 3 scenario invalid, 4 input file refused, 74 writing failed, 130 Ctrl-C, 143 terminated."  # fmt: skip

app = typer.Typer(
    name="sunwise",
    help="Simulate computing in orbit: orbits, sunlight, batteries, links and task schedulers.\n\n"
    "First steps: sunwise init, then sunwise run, then sunwise compare --schedulers oec-local,phoenix.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    """Print the installed version and leave."""
    if wanted:
        from importlib.metadata import version

        print(version("sunwise"))
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print it.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


for commands in (scenario_app, run_app, sizing_app, sky_app, exchange_app, particle_app, network_app):
    app.add_typer(commands)
app.add_typer(beam_app, name="beam")
