"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ScenarioArgument = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the bare name of a library scenario.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a key, such as power.base_power_w=20. Repeatable."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
RunsOption = Annotated[Path, typer.Option("--runs", metavar="DIR", help="Where run folders are kept and reused.")]
SeedOption = Annotated[int | None, typer.Option("--seed", metavar="N", min=0, help="Seed, instead of the scenario's.")]
StartOption = Annotated[
    str | None,
    typer.Option("--start", metavar="UTC", help="For example 2026-03-15T00:00:00Z; default: scenario epoch."),
]
DurationOption = Annotated[str, typer.Option("--duration", metavar="TIME", help="Such as 90min, 6h, 1d or 3600s.")]
PhaseOption = Annotated[
    str | None,
    typer.Option("--phase", metavar="min|max|0..1", help="Solar cycle; default: of the date, cosmic rays with it."),
]
SatellitesOption = Annotated[
    str | None,
    typer.Option("--satellites", metavar="A,B,...", help="Names, numbers or ranges such as 0-9; default: all."),
]
SkyFileArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="A scenario (file or library name), folder of a run, OMM, TLE, OEM or CSV of states."
    ),
]
