"""`sunwise sunlight` and `contacts`: their options."""

from __future__ import annotations

from typing import Annotated

import typer

from scenarios.cli.options import DurationOption, JsonOption, SkyFileArgument, StartOption

sky_app = typer.Typer()


@sky_app.command(epilog="Example: sunwise sunlight dawn-dusk --start 2026-03-15T00:00:00Z --duration 1d")
def sunlight(
    file: SkyFileArgument,
    start: StartOption = None,
    duration: DurationOption = "1d",
    json: JsonOption = False,
) -> None:
    """Print when satellites are in the Earth's umbra and penumbra, in seconds after --start."""
    from scenarios.cli.sky_commands import sunlight as command

    command(file, start, duration, as_json=json)


@sky_app.command(epilog="Example: sunwise contacts iss.tle --start 2026-03-15T00:00:00Z --station Dublin,53.4,-6.2,10")
def contacts(
    file: SkyFileArgument,
    start: StartOption = None,
    duration: DurationOption = "1d",
    station: Annotated[
        list[str] | None,
        typer.Option(
            "--station",
            metavar="NAME,LAT,LON,HEIGHT_M",
            help="Degrees north and east, metres. Repeatable; default: the scenario's stations.",
        ),
    ] = None,
    min_elevation: Annotated[
        float | None,
        typer.Option("--min-elevation", metavar="DEG", min=0.0, max=89.999, help="Default: the scenario's, else 25."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Print when satellites pass over ground stations, in seconds after --start."""
    from scenarios.cli.sky_commands import contacts as command

    command(file, start, duration, station or [], min_elevation, as_json=json)
