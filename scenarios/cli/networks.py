"""`sunwise models`, `train-model`, `inject` and `importance`: their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli import inject_options
from scenarios.cli.options import JsonOption

network_app = typer.Typer()


@network_app.command(epilog="Example: sunwise models --json. They were made by sunwise train-model.")
def models(json: JsonOption = False) -> None:
    """List the networks that are shipped: what they are, how right they are, their hashes."""
    from scenarios.cli.model_commands import models as command

    command(as_json=json)


@network_app.command(
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


@network_app.command(
    epilog="Examples: sunwise inject cnn --flips 100 --protection none,rednet,ours | sunwise inject cnn --per-layer "
    "--figures out | sunwise inject my.onnx --dataset my.npz --flips 20,100,500 --mcu mixture | sunwise inject cnn "
    "--rate 4.76e-7 --days 30. Each trial flips other bits of the whole image in memory and answers the same images; "
    "docs/inject.md explains every number. Run the same command again after Ctrl-C: it goes on where it was."
)
def inject(
    model: inject_options.ModelArgument,
    dataset: inject_options.DatasetOption = None,
    dtype: inject_options.DtypeOption = None,
    images: inject_options.ImagesOption = 400,
    protection: inject_options.ProtectionOption = "none",
    flips: inject_options.FlipsOption = "100",
    trials: inject_options.TrialsOption = 200,
    equal: inject_options.EqualOption = "ber",
    mcu: inject_options.McuOption = "none",
    same_byte: inject_options.SameByteOption = 0.0,
    mapping: inject_options.MappingOption = "S1",
    bit_index: inject_options.BitIndexOption = None,
    paged: inject_options.PagedOption = False,
    rate: inject_options.RateOption = None,
    days: inject_options.DaysOption = None,
    scenario: inject_options.ScenarioOption = None,
    upsets: inject_options.UpsetsOption = None,
    per_layer: inject_options.PerLayerOption = False,
    margin: inject_options.MarginOption = 0.1,
    seed: inject_options.SeedOption = 0,
    workers: inject_options.WorkersOption = 2,
    output: inject_options.OutputOption = Path("campaigns"),
    figures: inject_options.FiguresOption = None,
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


@network_app.command(
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
