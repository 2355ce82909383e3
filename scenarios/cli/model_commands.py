"""`models` and `train-model`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json_rows, result_console
from scenarios.cli.progress import progress_of

if TYPE_CHECKING:
    from onboard_models.catalogue import ShippedModel
    from onboard_models.zoo.production import Report

_NEEDED_TO_TRAIN = ("torch", "safetensors")


def models(*, as_json: bool) -> None:
    """Print the networks that are shipped."""
    from onboard_models.catalogue import read_catalogue

    _print(read_catalogue(), as_json=as_json)


def train_model(
    name: str, output: Path, *, epochs: int | None, n_patches: int | None, seed: int, as_json: bool
) -> None:
    """Train a network and print what was written."""
    missing = [package for package in _NEEDED_TO_TRAIN if find_spec(package) is None]
    if missing:
        raise CommandError(
            f"training needs {' and '.join(missing)}, which shipped networks do not: pip install sunwise[train]",
            ExitCode.RUN_FAILED,
        )
    from onboard_models.zoo.production import train_model as train

    with progress_of(f"train {name}") as progress:

        def tell(report: Report) -> None:
            epoch = report.epoch
            note(
                f"{report.name}: epoch {epoch.epoch} of {epoch.epochs}, loss {epoch.loss:.3f}, "
                f"validation accuracy {100 * epoch.validation_accuracy:.1f} %"
            )
            progress(report.share_done)

        written = train(name, output, epochs=epochs, seed=seed, n_patches=n_patches, on_epoch=tell)
    for model in written:
        note(f"wrote {model.path}")
    _print(written, as_json=as_json)


def _print(shipped: Sequence[ShippedModel], *, as_json: bool) -> None:
    """Print networks as JSON rows or as a table."""
    if as_json:
        print_json_rows(model.row() for model in shipped)
    else:
        result_console().print(_table(shipped))


def _table(shipped: Sequence[ShippedModel]) -> Table:
    """Return a row per network; accuracies in percent, those of early exits first."""
    table = Table(box=SIMPLE_HEAD)
    table.add_column("model", style="bold", no_wrap=True)
    table.add_column("type")
    for name in ("accuracy [%]", "shifted [%]", "parameters", "kB"):
        table.add_column(name, justify="right")
    table.add_column("SHA-256")
    table.add_column("what")
    for model in shipped:
        accuracies = " ".join(f"{100 * accuracy:.1f}" for accuracy in model.exit_accuracies)
        numbers = (
            accuracies,
            f"{100 * model.shift_accuracy:.1f}",
            f"{model.n_parameters:,}",
            f"{model.n_bytes / 1e3:.0f}",
        )
        table.add_row(model.name, model.dtype, *numbers, model.sha256[:8], model.description)
    return table
