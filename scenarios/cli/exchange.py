"""`sunwise export`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.options import JsonOption, SatellitesOption, SetOption, StartOption

exchange_app = typer.Typer()


@exchange_app.command(
    epilog="Examples: sunwise export headline-6x11 --output states.oem --frame EME2000 | sunwise export iridium "
    "--output scene.czml --duration 6h | sunwise export runs/<key> --output scene.czml --satellites 0-10 | sunwise "
    "export runs/<key> --output tables --format csv | sunwise export kuiper --output kuiper.tle. docs/exchange.md "
    "tells what each format holds, and how near it is to the model."
)
def export(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO|RUN|FILE",
            help="A scenario (file or library name), folder of a finished run, OMM, TLE, OEM or CSV of states.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE|DIR", help="Where it goes; a folder for the tables of a run.")
    ],
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="oem|czml|omm|tle|csv",
            help="Default: by the ending of FILE. csv: of a run its tables, else states. omm: in KVN, or by the ending "
            ".csv, .json or .xml.",
        ),
    ] = None,
    step: Annotated[
        float, typer.Option("--step", metavar="S", min=0.001, help="Seconds between states of OEM, CZML and CSV.")
    ] = 60.0,
    satellites: SatellitesOption = None,
    frame: Annotated[
        str | None,
        typer.Option(
            "--frame",
            metavar="TEME|EME2000|GCRF|TDR",
            help="Of states in OEM and CSV; default: TEME. TDR turns with the Earth.",
        ),
    ] = None,
    start: StartOption = None,
    duration: Annotated[
        str | None,
        typer.Option("--duration", metavar="TIME", help="Such as 90min, 6h, 1d; default: the scenario's, else 1d."),
    ] = None,
    overrides: SetOption = None,
    json: JsonOption = False,
) -> None:
    """Write orbits as OEM, CZML, OMM, TLE or CSV for other tools, or the tables of a run as CSV."""
    from scenarios.cli.exchange_commands import ExportOptions
    from scenarios.cli.exchange_commands import export as command

    options = ExportOptions(
        source=source,
        output=output,
        format_name=format_name,
        step_s=step,
        satellites=satellites,
        frame=None if frame is None else frame.upper(),
        start=start,
        duration=duration,
        overrides=tuple(overrides or ()),
    )
    command(options, as_json=json)
