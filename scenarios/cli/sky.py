"""`sunwise sunlight` and `contacts`: their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.options import DurationOption, JsonOption, SkyFileArgument, StartOption

sky_app = typer.Typer()


@sky_app.command(
    epilog="Examples: sunwise sunlight dawn-dusk --start 2026-03-15T00:00:00Z --duration 1d\n\n"
    "sunwise sunlight headline-72x22 --daily --figures season"
)
def sunlight(
    file: SkyFileArgument,
    start: StartOption = None,
    duration: Annotated[
        str | None,
        typer.Option("--duration", metavar="TIME", help="Such as 90min, 6h or 30d; default: 1d, with --daily 365d."),
    ] = None,
    daily: Annotated[
        bool,
        typer.Option("--daily", help="Tell beta, longest eclipse and sunlit share of every plane and day instead."),
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="With --daily: print a row per plane and day as CSV.")] = False,
    figures: Annotated[
        Path | None,
        typer.Option("--figures", metavar="DIR", help="With --daily: draw the year (PDF, PNG) beside its data (CSV)."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Print when satellites are in the Earth's umbra and penumbra; with --daily, what the seasons do to each plane."""
    from scenarios.cli.exit_codes import CommandError, ExitCode

    if daily:
        from scenarios.cli.season_commands import daily_sunlight

        daily_sunlight(file, start, duration or "365d", figures, as_json=json, as_csv=csv)
        return
    if csv or figures is not None:
        raise CommandError("--csv and --figures tell of days: add --daily", ExitCode.USAGE)
    from scenarios.cli.sky_commands import sunlight as command

    command(file, start, duration or "1d", as_json=json)


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
