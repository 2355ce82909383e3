"""The commands and their options; what they do is imported when they run, so that help is instant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.beam import beam_app

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
SkyFileArgument = Annotated[str, typer.Argument(metavar="FILE", help="A scenario (file or library name), OMM or TLE.")]

radiation_app = typer.Typer(
    help="What surrounds an orbit: maps of trapped protons.", no_args_is_help=True, rich_markup_mode="rich"
)
app.add_typer(radiation_app, name="radiation")
app.add_typer(beam_app, name="beam")


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print it.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


@app.command(epilog="Example: sunwise init my.yaml && sunwise run my.yaml")
def init(
    file: Annotated[Path, typer.Argument(help="The file to write.")] = Path("scenario.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that exists.")] = False,
    json: JsonOption = False,
) -> None:
    """Write a commented scenario to start from, and its JSON Schema for editors beside it."""
    from scenarios.cli.scenario_commands import init as command

    command(file, force=force, as_json=json)


@app.command(epilog="Example: sunwise validate one.yaml two.yaml --set seed=3")
def validate(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Files or library names.")],
    overrides: SetOption = None,
    json: JsonOption = False,
) -> None:
    """Check scenarios and tell everything that is wrong at once, each with line, column and remedy."""
    from scenarios.cli.scenario_commands import validate as command

    raise typer.Exit(command(scenarios, overrides or [], as_json=json))


@app.command(epilog="Example: sunwise schema > sunwise-scenario.schema.json")
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from scenarios.cli.scenario_commands import schema as command

    command()


@app.command(epilog="Example: sunwise run headline-6x11 --scheduler phoenix --set tasks.load=0.5 --json")
def run(
    scenario: ScenarioArgument = "scenario.yaml",
    overrides: SetOption = None,
    scheduler: Annotated[str | None, typer.Option(metavar="NAME", help="Scheduler, instead of the scenario's.")] = None,
    seed: SeedOption = None,
    runs: RunsOption = Path("runs"),
    json: JsonOption = False,
) -> None:
    """Run one scenario; a finished run of the same inputs is reused."""
    from scenarios.cli.run_commands import run as command

    command(scenario, _all_overrides(overrides, seed), scheduler, runs, as_json=json)


@app.command(epilog="Example: sunwise compare headline-12x22 --schedulers oec-local,phoenix --figures figures")
def compare(
    scenario: ScenarioArgument = "scenario.yaml",
    schedulers: Annotated[
        str, typer.Option("--schedulers", metavar="A,B,...", help="Schedulers; changes are told against the first.")
    ] = "oec-local,phoenix",
    overrides: SetOption = None,
    seed: SeedOption = None,
    runs: RunsOption = Path("runs"),
    figures: Annotated[Path | None, typer.Option("--figures", metavar="DIR", help="Draw figures there.")] = None,
    json: JsonOption = False,
) -> None:
    """Run one scenario under several schedulers, the same tasks for all, and print them side by side."""
    from scenarios.cli.run_commands import compare as command

    command(scenario, _all_overrides(overrides, seed), schedulers, runs, figures, as_json=json)


@app.command(epilog="Example: sunwise bound headline-6x11 --schedulers oec-local,phoenix --set tasks.load=0.9")
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


@app.command(
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


@app.command(epilog="Example: sunwise plot runs/0123456789abcdef --out figures")
def plot(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Finished run folders.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the figures go.")] = Path("figures"),
    json: JsonOption = False,
) -> None:
    """Draw the figures of one run, or of several side by side."""
    from scenarios.cli.run_commands import plot as command

    command(folders, out, as_json=json)


@app.command(epilog="Example: sunwise sunlight dawn-dusk --start 2026-03-15T00:00:00Z --duration 1d")
def sunlight(
    file: SkyFileArgument,
    start: StartOption = None,
    duration: DurationOption = "1d",
    json: JsonOption = False,
) -> None:
    """Print when satellites are in the Earth's umbra and penumbra, in seconds after --start."""
    from scenarios.cli.sky_commands import sunlight as command

    command(file, start, duration, as_json=json)


@app.command(epilog="Example: sunwise contacts iss.tle --start 2026-03-15T00:00:00Z --station Dublin,53.4,-6.2,10")
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


@app.command(
    epilog="Example: sunwise upsets headline-6x11 --device frontgrade-ut8r2m39 --duration 7d --figures out | "
    "sunwise upsets iss.tle --device my-memory.yaml --start 2026-03-15T00:00:00Z --bits 64MiB --shield-g-cm2 2 | "
    "sunwise upsets radiation.yaml --protect secded,scrub=10min,reload-detected | sunwise upsets iridium --device "
    "virtex-xqvr --phase min --spe 2026-03-20T06:00:00Z,scale=0.1,decay=12h. The file has a row per event: when, "
    "where, which population of particles, which words and bits (docs/radiation.md)."
)
def upsets(
    file: SkyFileArgument,
    device: Annotated[
        str | None,
        typer.Option(
            "--device", metavar="NAME|FILE", help="A part (sunwise devices) or a YAML file; default: the scenario's."
        ),
    ] = None,
    start: StartOption = None,
    duration: DurationOption = "1d",
    shield: Annotated[
        float | None, typer.Option("--shield-g-cm2", metavar="G", help="Aluminium all around; default 0.686 (100 mil).")
    ] = None,
    bits: Annotated[
        str | None,
        typer.Option(
            "--bits", metavar="N|SIZE", help="Data in memory, such as 536870912 or 64MiB; default: the device's."
        ),
    ] = None,
    spe: Annotated[
        list[str] | None,
        typer.Option(
            "--spe",
            metavar="START[,KEY=VALUE,...]",
            help="A solar particle event: scale=X times that of August 1972, or fluence-cm2=X,scale-gv=Y; also "
            "rise=2h, decay=1d, cutoff=0.8. Repeatable; default: none.",
        ),
    ] = None,
    phase: PhaseOption = None,
    modulation: Annotated[
        float | None, typer.Option("--modulation", metavar="W", help="Of cosmic rays, 0 to 200; default: the phase's.")
    ] = None,
    protect: Annotated[
        str | None,
        typer.Option(
            "--protect",
            metavar="CODE[,...]",
            help="none, parity, secded or tmr, then scrub=TIME, sweep=TIME, reload=TIME, reload-detected.",
        ),
    ] = None,
    systematic: Annotated[
        bool, typer.Option("--systematic", help="Draw the error of the models: a factor per population.")
    ] = False,
    satellites: SatellitesOption = None,
    step: Annotated[
        float | None, typer.Option("--step-s", metavar="S", help="Between places of the orbit, 1 to 60; default 10.")
    ] = None,
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


@app.command(epilog="Example: sunwise devices --json")
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


@app.command(epilog="Example: sunwise models --json. They were made by sunwise train-model.")
def models(json: JsonOption = False) -> None:
    """List the networks that are shipped: what they are, how right they are, their hashes."""
    from scenarios.cli.model_commands import models as command

    command(as_json=json)


@app.command(
    name="train-model",
    epilog="Example: sunwise train-model cnn --output models | sunwise train-model cnn-rednet --output models (trains "
    "cnn and cnn-exits first unless their weights are there). Writes NAME.onnx, NAME-int8.onnx where there is one, and "
    "catalogue.json. Run the same command again after Ctrl-C: it goes on where it was. Needs sunwise[train].",
)
def train_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A network of `sunwise models`, without -int8.")],
    output: Annotated[Path, typer.Option("--output", metavar="DIR", help="Where files go.")] = Path("models"),
    epochs: Annotated[
        int | None, typer.Option("--epochs", metavar="N", min=1, help="Passes over the patches; default: the recipe's.")
    ] = None,
    patches: Annotated[
        int | None, typer.Option("--patches", metavar="N", min=64, help="To train on; default: the recipe's 20,000.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The same seed gives the same weights.")] = 0,
    json: JsonOption = False,
) -> None:
    """Train a network as those that are shipped were trained, and write it as ONNX."""
    from scenarios.cli.model_commands import train_model as command

    command(name, output, epochs=epochs, n_patches=patches, seed=seed, as_json=json)


@app.command(
    epilog="Examples: sunwise inject cnn --flips 100 --protection none,rednet,ours | sunwise inject cnn --per-layer "
    "--figures out | sunwise inject my.onnx --dataset my.npz --flips 20,100,500 --mcu mixture | sunwise inject cnn "
    "--rate 4.76e-7 --days 30. Each trial flips other bits of the whole image in memory and answers the same images; "
    "docs/inject.md explains every number. Run the same command again after Ctrl-C: it goes on where it was."
)
def inject(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A network of sunwise models, or an .onnx classifier.")],
    dataset: Annotated[
        Path | None,
        typer.Option(
            "--dataset",
            metavar="FILE|DIR",
            help="An .npz with x and y, or a folder per class with preprocessing.json; half calibrates. Default: the "
            "network's own test images.",
        ),
    ] = None,
    dtype: Annotated[
        str | None, typer.Option("--dtype", metavar="float32|int8", help="Which variant of a shipped network.")
    ] = None,
    images: Annotated[int, typer.Option("--images", metavar="N", min=1, help="Tested in every trial, at most.")] = 400,
    protection: Annotated[
        str,
        typer.Option(
            "--protection",
            metavar="A,B+C,...",
            help="Names, joined by + to work together, or module:Class; docs/protection.md lists them.",
        ),
    ] = "none",
    flips: Annotated[str, typer.Option("--flips", metavar="N,...", help="Flipped bits in a trial.")] = "100",
    trials: Annotated[int, typer.Option("--trials", metavar="N", min=1, help="Of each number of flips.")] = 200,
    equal: Annotated[
        str,
        typer.Option(
            "--equal", metavar="ber|flips", help="Protections meet an equal bit error rate, or equally many flips."
        ),
    ] = "ber",
    mcu: Annotated[
        str,
        typer.Option(
            "--mcu", metavar="none|mixture|N", help="Events of several bits in a DRAM: RedNet's mixture, or of N bits."
        ),
    ] = "none",
    same_byte: Annotated[
        float, typer.Option("--same-byte", metavar="SHARE", min=0, max=1, help="Of events, in one byte.")
    ] = 0.0,
    mapping: Annotated[
        str, typer.Option("--mapping", metavar="NAME", help="Of addresses: S1, S2, S3 or orin-lpddr5.")
    ] = "S1",
    bit_index: Annotated[
        int | None,
        typer.Option("--bit-index", metavar="0..7", min=0, max=7, help="Of events over several bytes; default: any."),
    ] = None,
    paged: Annotated[bool, typer.Option("--paged", help="Pages of 4 KiB lie in random order.")] = False,
    rate: Annotated[
        float | None, typer.Option("--rate", metavar="R", help="Upsets per bit and day, to tell days of.")
    ] = None,
    days: Annotated[
        float | None, typer.Option("--days", metavar="D", help="With a rate: upsets of D days, instead of --flips.")
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option("--scenario", metavar="SCENARIO", help="Its upset rate, for --rate, and its processor's power."),
    ] = None,
    upsets: Annotated[
        Path | None,
        typer.Option(
            "--upsets", metavar="FILE", help="A table of sunwise upsets: a trial per place in a memory, for --flips."
        ),
    ] = None,
    per_layer: Annotated[
        bool, typer.Option("--per-layer", help="Also flip bits one by one, layer by layer and by what they mean.")
    ] = False,
    margin: Annotated[
        float, typer.Option("--margin", metavar="E", min=0.001, max=0.5, help="Of every share with --per-layer.")
    ] = 0.1,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The same seed gives the same flips.")] = 0,
    workers: Annotated[int, typer.Option("--workers", metavar="N", min=1, max=1000, help="Processes.")] = 2,
    output: Annotated[
        Path, typer.Option("--output", metavar="DIR", help="Where campaign folders are kept and reused.")
    ] = Path("campaigns"),
    figures: Annotated[
        Path | None, typer.Option("--figures", metavar="DIR", help="Draw losses, and harm by layer and bit, there.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Flip bits of a network in memory and see how often it goes wrong, which bits are to blame, what protects."""
    from scenarios.cli.inject_commands import InjectOptions
    from scenarios.cli.inject_commands import inject as command

    command(
        InjectOptions(
            model=model,
            dataset=dataset,
            dtype=dtype,
            n_images=images,
            flips=flips,
            n_trials=trials,
            protection=protection,
            equal=equal,
            mcu=mcu,
            same_byte=same_byte,
            mapping=mapping,
            bit_index=bit_index,
            is_paged=paged,
            rate=rate,
            days=days,
            scenario=scenario,
            upsets=upsets,
            is_per_layer=per_layer,
            margin=margin,
            seed=seed,
            n_workers=workers,
            output=output,
            figures=figures,
            as_json=json,
        )
    )


@app.command(
    epilog="Examples: sunwise importance cnn | sunwise importance small-pyramid small-equal-width small-residual "
    "--figures out | sunwise importance my.onnx --dataset my.npz --criteria fisher,noise --budget-bytes 4096. Needs "
    "sunwise[train]; docs/importance.md explains every number."
)
def importance(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help="Float32 networks of sunwise models, or .onnx classifiers.")
    ],
    dataset: Annotated[
        Path | None,
        typer.Option("--dataset", metavar="FILE|DIR", help="Images for .onnx files, as for inject; half calibrates."),
    ] = None,
    images: Annotated[int, typer.Option("--images", metavar="N", min=1, help="That flips are judged on.")] = 128,
    criteria: Annotated[
        str, typer.Option("--criteria", metavar="all|A,B,...", help="Names; docs/importance.md lists them.")
    ] = "all",
    trials: Annotated[int, typer.Option("--trials", metavar="N", min=40, help="Flips of each layer.")] = 200,
    guard: Annotated[
        str, typer.Option("--guard", metavar="NAME", help="For regrets: secded, tmr, parity-zero, checksum-reload.")
    ] = "secded",
    budget_bytes: Annotated[
        float | None,
        typer.Option("--budget-bytes", metavar="N", min=0, help="Guards may store; default: 4 % of the network."),
    ] = None,
    check_plans: Annotated[
        int, typer.Option("--check-plans", metavar="N", min=0, help="Fresh flips by which plans are tried; 0: none.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Of flips and criteria.")] = 0,
    figures: Annotated[
        Path | None, typer.Option("--figures", metavar="DIR", help="Draw rank correlations there.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Tell which layers matter most under flipped bits, which criteria know beforehand, and what to protect."""
    from scenarios.cli.importance_commands import AskedImportance
    from scenarios.cli.importance_commands import importance as command

    command(
        AskedImportance(
            models=models,
            dataset=dataset,
            n_images=images,
            criteria=criteria,
            n_trials=trials,
            guard=guard,
            budget_bytes=budget_bytes,
            n_plan_trials=check_plans,
            seed=seed,
            figures=figures,
            as_json=json,
        )
    )


@app.command(name="check-scheduler", epilog="Example: sunwise check-scheduler my_package.my_module:MyScheduler")
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
