"""Options that commands of `sunwise beam` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PresetOption = Annotated[
    str,
    typer.Option(
        "--preset", metavar="NAME", help="an2023, jsac2023, holographic2bit, satellite-ka, station-ka or satellite-s."
    ),
]
LayersOption = Annotated[int | None, typer.Option("--layers", metavar="L", min=1, help="Default: the preset's.")]
AtomsOption = Annotated[
    int | None, typer.Option("--atoms", metavar="N", min=1, help="Per layer, a square number; default: the preset's.")
]
UsersOption = Annotated[
    int | None, typer.Option("--users", metavar="K", min=1, help="An antenna each; default: the preset's.")
]
PowerOption = Annotated[
    float | None,
    typer.Option(
        "--power-dbm", metavar="P", help="Effective: with 5 dBi of the antennas in an2023; default: the preset's."
    ),
]
ChannelsOption = Annotated[int, typer.Option("--channels", metavar="N", min=1, help="Drawn at random.")]
LossOption = Annotated[
    float | None,
    typer.Option("--insertion-loss-db", metavar="DB", min=0, help="Per layer; default: the preset's."),
]
SeedOption = Annotated[
    int, typer.Option("--seed", metavar="S", min=0, help="Of channels, starts, weights and hardware.")
]
FiguresOption = Annotated[Path | None, typer.Option("--figures", metavar="DIR", help="Draw there, with data as CSV.")]
