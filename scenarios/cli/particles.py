"""`sunwise upsets`, `devices` and `radiation map`: their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.options import (
    DurationOption,
    JsonOption,
    PhaseOption,
    SatellitesOption,
    SeedOption,
    SkyFileArgument,
    StartOption,
)

particle_app = typer.Typer()

radiation_app = typer.Typer(
    help="What surrounds an orbit: maps of trapped protons.", no_args_is_help=True, rich_markup_mode="rich"
)
particle_app.add_typer(radiation_app, name="radiation")

_DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device", metavar="NAME|FILE", help="A part (sunwise devices) or a YAML file; default: the scenario's."
    ),
]
_ShieldOption = Annotated[
    float | None, typer.Option("--shield-g-cm2", metavar="G", help="Aluminium all around; default 0.686 (100 mil).")
]
_BitsOption = Annotated[
    str | None,
    typer.Option("--bits", metavar="N|SIZE", help="Data in memory, such as 536870912 or 64MiB; default: the device's."),
]
_SolarEventsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--spe",
        metavar="START[,KEY=VALUE,...]",
        help="A solar particle event: scale=X times that of August 1972, or fluence-cm2=X,scale-gv=Y; also "
        "rise=2h, decay=1d, cutoff=0.8. Repeatable; default: none.",
    ),
]
_ModulationOption = Annotated[
    float | None, typer.Option("--modulation", metavar="W", help="Of cosmic rays, 0 to 200; default: the phase's.")
]
_ProtectOption = Annotated[
    str | None,
    typer.Option(
        "--protect",
        metavar="CODE[,...]",
        help="none, parity, secded or tmr, then scrub=TIME, sweep=TIME, reload=TIME, reload-detected.",
    ),
]
_SystematicOption = Annotated[
    bool, typer.Option("--systematic", help="Draw the error of the models: a factor per population.")
]
_StepOption = Annotated[
    float | None, typer.Option("--step-s", metavar="S", help="Between places of the orbit, 1 to 60; default 10.")
]


@particle_app.command(
    epilog="Example: sunwise upsets headline-6x11 --device frontgrade-ut8r2m39 --duration 7d --figures out | "
    "sunwise upsets iss.tle --device my-memory.yaml --start 2026-03-15T00:00:00Z --bits 64MiB --shield-g-cm2 2 | "
    "sunwise upsets radiation.yaml --protect secded,scrub=10min,reload-detected | sunwise upsets iridium --device "
    "virtex-xqvr --phase min --spe 2026-03-20T06:00:00Z,scale=0.1,decay=12h. The file has a row per event: when, "
    "where, which population of particles, which words and bits (docs/radiation.md)."
)
def upsets(
    file: SkyFileArgument,
    device: _DeviceOption = None,
    start: StartOption = None,
    duration: DurationOption = "1d",
    shield: _ShieldOption = None,
    bits: _BitsOption = None,
    spe: _SolarEventsOption = None,
    phase: PhaseOption = None,
    modulation: _ModulationOption = None,
    protect: _ProtectOption = None,
    systematic: _SystematicOption = False,
    satellites: SatellitesOption = None,
    step: _StepOption = None,
    seed: SeedOption = None,
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="The events, as Parquet.")] = Path(
        "upsets.parquet"
    ),
    figures: Annotated[
        Path | None,
        typer.Option("--figures", metavar="DIR", help="Draw rate along the orbit, devices, places of events there."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """List every upset of a device along orbits: when, where, by which particles, in which words and bits."""
    from scenarios.cli.radiation_options import RadiationOptions
    from scenarios.cli.upset_case import upset_case
    from scenarios.cli.upset_commands import upsets as command

    options = RadiationOptions(
        device=device,
        shielding_g_cm2=shield,
        bits=bits,
        solar_events=tuple(spe or ()),
        phase=phase,
        modulation=modulation,
        step_s=step,
        protect=protect,
        systematic=systematic,
    )
    case = upset_case(file, start=start, duration=duration, satellites=satellites, seed=seed, options=options)
    command(case, output, figures, as_json=json)


@particle_app.command(epilog="Example: sunwise devices --json")
def devices(json: JsonOption = False) -> None:
    """List the devices whose response to particles is published, each with its source and what that rests on."""
    from scenarios.cli.radiation_commands import devices as command

    command(as_json=json)


@radiation_app.command(
    name="map",
    epilog="Example: sunwise radiation map --altitude-km 550 --energy-mev 30 --phase min --year 2026 --figure saa.png "
    "| sunwise radiation map --orbit headline-6x11 --figure orbit.png",
)
def draw_radiation_map(
    altitude: Annotated[
        float | None, typer.Option("--altitude-km", metavar="KM", help="300 to 2000; default: the orbit's, else 550.")
    ] = None,
    energy: Annotated[float, typer.Option("--energy-mev", metavar="MEV", help="Protons above it, 5 to 300.")] = 30.0,
    phase: PhaseOption = None,
    year: Annotated[
        float | None, typer.Option("--year", metavar="Y", help="Such as 2026 or 2026.5; default: the orbit's epoch.")
    ] = None,
    orbit: Annotated[
        str | None, typer.Option("--orbit", metavar="FILE", help="Draw a track: a scenario, OMM or TLE.")
    ] = None,
    start: StartOption = None,
    duration: DurationOption = "1d",
    satellite: Annotated[
        str | None,
        typer.Option("--satellite", metavar="NAME", help="Whose track, by name or number; default: the first."),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", metavar="FILE", help="Draw it there, as PNG and PDF with the data as CSV."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Map the trapped protons of one altitude: the South Atlantic Anomaly, its peak, and the track of an orbit."""
    from scenarios.cli.radiation_commands import MapOptions, draw_map

    options = MapOptions(
        altitude_km=altitude,
        energy_mev=energy,
        phase=phase,
        year=year,
        orbit=orbit,
        start=start,
        duration=duration,
        satellite=satellite,
        figure=figure,
    )
    draw_map(options, as_json=json)
