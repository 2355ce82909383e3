"""`sunwise beam train`, `evaluate` and `claims`: their options; what they do is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.cli.beam_options import (
    AtomsOption,
    ChannelsOption,
    FiguresOption,
    LayersOption,
    PowerOption,
    PresetOption,
    SeedOption,
    UsersOption,
)
from scenarios.cli.options import JsonOption

learning_app = typer.Typer()

_ProfileOption = Annotated[
    str, typer.Option("--profile", metavar="NAME", help="Settings of an agent: recommended or faithful.")
]
_FolderOption = Annotated[
    Path, typer.Option("--output", metavar="DIR", help="Checkpoints and results; the same command goes on from them.")
]


@learning_app.command(
    epilog="Examples: sunwise beam train policy --atoms 49 | sunwise beam train td3 --atoms 25 --channels 4 --seeds 5 "
    "--output trained. Needs pip install sunwise[train]. Run the same command again after Ctrl-C or a kill: it goes on."
)
def train(
    what: Annotated[
        str, typer.Argument(metavar="policy|td3|ddpg", help="One policy for all channels, or agents on fixed ones.")
    ],
    preset: PresetOption = "an2023",
    layers: LayersOption = None,
    atoms: AtomsOption = 25,
    users: UsersOption = None,
    power_dbm: PowerOption = None,
    channels: Annotated[int, typer.Option("--channels", metavar="N", min=1, help="Fixed ones, for agents.")] = 2,
    seeds: Annotated[int, typer.Option("--seeds", metavar="N", min=1, help="Agents on each channel.")] = 2,
    steps: Annotated[
        int | None,
        typer.Option("--steps", metavar="N", min=1, help="Of environments, or of each part of a policy's training."),
    ] = None,
    profile: _ProfileOption = "recommended",
    seed: SeedOption = 0,
    output: _FolderOption = Path("beam-training"),
    figures: FiguresOption = None,
    json: JsonOption = False,
) -> None:
    """Train a policy for all channels, or agents that each learn one fixed channel by trying."""
    from scenarios.cli.beam_learning_commands import AskedLearning
    from scenarios.cli.beam_learning_commands import train as command

    asked = AskedLearning(
        preset=preset,
        n_layers=layers,
        n_atoms=atoms,
        n_users=users,
        power_dbm=power_dbm,
        n_channels=channels,
        n_seeds=seeds,
        n_steps=steps,
        profile=profile,
        seed=seed,
        output=output,
        figures=figures,
        as_json=json,
    )
    command(what, asked)


@learning_app.command(
    epilog="Examples: sunwise beam evaluate --policy an2023-49 --channels 100 | sunwise beam evaluate --policy "
    "beam-training/an2023-25.onnx --refine 20 --json. A policy is a file, or shipped: an2023-25, an2023-49, "
    "station-ka-49."
)
def evaluate(
    policy: Annotated[str, typer.Option("--policy", metavar="FILE|NAME", help="What `beam train policy` wrote.")],
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="NAME", help="As for beam solve; default: that of its training.")
    ] = None,
    power_dbm: PowerOption = None,
    channels: ChannelsOption = 20,
    refine: Annotated[int, typer.Option("--refine", metavar="STEPS", min=0, help="Of Adam, from its designs.")] = 0,
    seed: SeedOption = 0,
    json: JsonOption = False,
) -> None:
    """Print what a policy reaches on random channels, with the fields of beam solve; needs no torch."""
    from scenarios.cli.beam_learning_commands import evaluate as command

    command(policy, preset, power_dbm, channels, refine, seed, as_json=json)


@learning_app.command(
    epilog="Example: sunwise beam claims --channels 4 --seeds 5 --output claims. What is trained is kept "
    "there, and the same command goes on from it. Agents are held against AO of one start and of as many starts as fit "
    "into the time that an agent took."
)
def claims(
    preset: PresetOption = "an2023",
    atoms: AtomsOption = 25,
    channels: Annotated[int, typer.Option("--channels", metavar="N", min=2, help="Fixed ones, for agents.")] = 4,
    seeds: Annotated[int, typer.Option("--seeds", metavar="N", min=1, help="Agents on each channel.")] = 2,
    steps: Annotated[
        int | None,
        typer.Option("--steps", metavar="N", min=1, help="Of each agent's environments; default: the profile's."),
    ] = None,
    model_channels: Annotated[
        int, typer.Option("--model-channels", metavar="N", min=2, help="Random ones, for atoms and layers.")
    ] = 10,
    profile: _ProfileOption = "recommended",
    seed: SeedOption = 0,
    output: _FolderOption = Path("beam-claims"),
    figures: FiguresOption = None,
    json: JsonOption = False,
) -> None:
    """Measure what is claimed for TD3, atoms and layers: holds, fails, or not shown, and under which budget."""
    from scenarios.cli.beam_learning_commands import AskedLearning
    from scenarios.cli.beam_learning_commands import claims as command

    asked = AskedLearning(
        preset=preset,
        n_layers=None,
        n_atoms=atoms,
        n_users=None,
        power_dbm=None,
        n_channels=channels,
        n_seeds=seeds,
        n_steps=steps,
        profile=profile,
        seed=seed,
        output=output,
        figures=figures,
        as_json=json,
    )
    command(asked, model_channels)
