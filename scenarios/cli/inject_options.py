"""Argument and options of `sunwise inject`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="A network of sunwise models, or an .onnx classifier.")
]
DatasetOption = Annotated[
    Path | None,
    typer.Option(
        "--dataset",
        metavar="FILE|DIR",
        help="An .npz with x and y, or a folder per class with preprocessing.json; half calibrates. Default: the "
        "network's own test images.",
    ),
]
DtypeOption = Annotated[
    str | None, typer.Option("--dtype", metavar="float32|int8", help="Which variant of a shipped network.")
]
ImagesOption = Annotated[int, typer.Option("--images", metavar="N", min=1, help="Tested in every trial, at most.")]
ProtectionOption = Annotated[
    str,
    typer.Option(
        "--protection",
        metavar="A,B+C,...",
        help="Names, joined by + to work together, or module:Class; docs/protection.md lists them.",
    ),
]
FlipsOption = Annotated[str, typer.Option("--flips", metavar="N,...", help="Flipped bits in a trial.")]
TrialsOption = Annotated[int, typer.Option("--trials", metavar="N", min=1, help="Of each number of flips.")]
EqualOption = Annotated[
    str,
    typer.Option(
        "--equal", metavar="ber|flips", help="Protections meet an equal bit error rate, or equally many flips."
    ),
]
McuOption = Annotated[
    str,
    typer.Option(
        "--mcu", metavar="none|mixture|N", help="Events of several bits in a DRAM: RedNet's mixture, or of N bits."
    ),
]
SameByteOption = Annotated[
    float, typer.Option("--same-byte", metavar="SHARE", min=0, max=1, help="Of events, in one byte.")
]
MappingOption = Annotated[
    str, typer.Option("--mapping", metavar="NAME", help="Of addresses: S1, S2, S3 or orin-lpddr5.")
]
BitIndexOption = Annotated[
    int | None,
    typer.Option("--bit-index", metavar="0..7", min=0, max=7, help="Of events over several bytes; default: any."),
]
PagedOption = Annotated[bool, typer.Option("--paged", help="Pages of 4 KiB lie in random order.")]
RateOption = Annotated[
    float | None, typer.Option("--rate", metavar="R", help="Upsets per bit and day, to tell days of.")
]
DaysOption = Annotated[
    float | None, typer.Option("--days", metavar="D", help="With a rate: upsets of D days, instead of --flips.")
]
ScenarioOption = Annotated[
    str | None,
    typer.Option("--scenario", metavar="SCENARIO", help="Its upset rate, for --rate, and its processor's power."),
]
UpsetsOption = Annotated[
    Path | None,
    typer.Option(
        "--upsets", metavar="FILE", help="A table of sunwise upsets: a trial per place in a memory, for --flips."
    ),
]
PerLayerOption = Annotated[
    bool, typer.Option("--per-layer", help="Also flip bits one by one, layer by layer and by what they mean.")
]
MarginOption = Annotated[
    float, typer.Option("--margin", metavar="E", min=0.001, max=0.5, help="Of every share with --per-layer.")
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The same seed gives the same flips.")]
WorkersOption = Annotated[int, typer.Option("--workers", metavar="N", min=1, max=1000, help="Processes.")]
OutputOption = Annotated[
    Path, typer.Option("--output", metavar="DIR", help="Where campaign folders are kept and reused.")
]
FiguresOption = Annotated[
    Path | None, typer.Option("--figures", metavar="DIR", help="Draw losses, and harm by layer and bit, there.")
]
