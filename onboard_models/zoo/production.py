"""From a name to files: train, export, quantise, measure, enter in the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn

from onboard_models.catalogue import CATALOGUE_FILE, ShippedModel, read_catalogue, write_catalogue
from onboard_models.datasets.labelled_images import LabelledImages
from onboard_models.datasets.tasks import labelled_patches
from onboard_models.runtime import open_session, run_in_batches
from onboard_models.zoo.export import export_network
from onboard_models.zoo.networks import folded
from onboard_models.zoo.quantisation import quantised, with_integer_stages
from onboard_models.zoo.recipes import RECIPES, Recipe, find_recipe
from onboard_models.zoo.training import EpochReport, train_network

N_VALIDATION: Final = 2000
N_TEST: Final = 4000
N_CALIBRATION: Final = 600
N_PROBE: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How far the production of a network, and of those that it starts from, has come."""

    name: str  # of the network that is being trained
    epoch: EpochReport
    share_done: float  # of all epochs of all of them


def train_model(
    name: str,
    output: Path,
    *,
    epochs: int | None = None,
    seed: int = 0,
    n_patches: int | None = None,
    on_epoch: Callable[[Report], None] | None = None,
) -> tuple[ShippedModel, ...]:
    """Train a network and write it to a folder as ONNX, in eight bits too if its recipe says so.

    Parameters
    ----------
    name : str
        Of a recipe. If it starts from the weights of another network, that one is trained first unless its weights
        are in the folder already.
    output : Path
        Gets `NAME.onnx`, `NAME-int8.onnx`, `catalogue.json`, and a folder of checkpoints per network. The same call
        goes on where it was interrupted.
    epochs, n_patches : int, optional
        Instead of the recipe's, positive.
    seed : int
        Of weights, order and symmetries.
    on_epoch : callable, optional
        Is told after each epoch.

    Returns
    -------
    tuple of ShippedModel
        What was written.

    Raises
    ------
    ValueError
        If there is no such recipe, or a number is not positive.
    """
    recipes = [_changed(recipe, epochs, n_patches) for recipe in _chain(name, output)]
    n_epochs = sum(recipe.epochs for recipe in recipes)
    written: tuple[ShippedModel, ...] = ()
    for i, recipe in enumerate(recipes):
        n_before = sum(earlier.epochs for earlier in recipes[:i])

        def tell(report: EpochReport, name: str = recipe.name, n_before: int = n_before) -> None:
            if on_epoch is not None:
                on_epoch(Report(name=name, epoch=report, share_done=(n_before + report.epoch) / n_epochs))

        train = labelled_patches(recipe.task, "train", recipe.n_patches)
        validation = labelled_patches(recipe.task, "validation", N_VALIDATION)
        with _one_thread():
            network = train_network(recipe, train, validation, folder=output / recipe.name, seed=seed, on_epoch=tell)
        written += write_model(network, recipe, output, train=train, seed=seed)
    return written


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let torch use one thread: what several compute depends on their number."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _chain(name: str, output: Path) -> list[Recipe]:
    """Return the recipes to train, those whose weights are still missing first, the named one last."""
    recipes = [find_recipe(name)]
    while (start := recipes[0].start_from) is not None and not (output / start / "weights.safetensors").is_file():
        recipes.insert(0, find_recipe(start))
    return recipes


def _changed(recipe: Recipe, epochs: int | None, n_patches: int | None) -> Recipe:
    """Return the recipe with other numbers of epochs or patches."""
    for what, value in (("epochs", epochs), ("n_patches", n_patches)):
        if value is not None and value < 1:
            raise ValueError(f"{what} = {value}: give a positive number")
    return replace(recipe, epochs=epochs or recipe.epochs, n_patches=n_patches or recipe.n_patches)


def write_model(
    network: nn.Module, recipe: Recipe, output: Path, *, train: LabelledImages, seed: int
) -> tuple[ShippedModel, ...]:
    """Write a trained network to a folder as ONNX, measure it, and enter it in the folder's catalogue.

    Parameters
    ----------
    network : torch.nn.Module
        Trained by `recipe`.
    recipe : Recipe
        If it says so, the network is also written in eight bits.
    output : Path
        The folder.
    train : LabelledImages
        Training images: some calibrate the eight bits.
    seed : int
        Of the training.
    """
    model = export_network(network, recipe, seed=seed, probe=train.x[:N_PROBE])
    files = {recipe.name: model}
    if recipe.int8:
        eight_bits = quantised(model, train.x[:N_CALIBRATION], per_channel=recipe.int8 == "per-channel")
        files[f"{recipe.name}-int8"] = with_integer_stages(eight_bits)
    n_parameters = sum(parameter.numel() for parameter in folded(network).parameters())
    written = _measured_files(files, recipe, output, n_parameters=n_parameters, seed=seed)
    _enter(written, output)
    return written


def _measured_files(
    files: dict[str, onnx.ModelProto], recipe: Recipe, output: Path, *, n_parameters: int, seed: int
) -> tuple[ShippedModel, ...]:
    """Write ONNX files and return their records."""
    test, shift = (labelled_patches(recipe.task, split, N_TEST) for split in ("test", "shift"))
    written = []
    for name, model in files.items():
        content = model.SerializeToString(deterministic=True)
        (output / f"{name}.onnx").write_bytes(content)
        answers = {split: _answers(content, images.x) for split, images in (("test", test), ("shift", shift))}
        accuracies = tuple(_share(answer == test.y) for answer in answers["test"].values())
        written.append(
            ShippedModel(
                folder=output,
                name=name,
                file=f"{name}.onnx",
                description=recipe.description + (f"; {recipe.int8} scales" if name != recipe.name else ""),
                task=recipe.task,
                dtype="int8" if name != recipe.name else "float32",
                activation=recipe.activation,
                outputs=tuple(answers["test"]),
                n_parameters=n_parameters,
                n_bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                accuracy=accuracies[-1],
                exit_accuracies=accuracies,
                shift_accuracy=_share(answers["shift"]["logits"] == shift.y),
                n_test_patches=N_TEST,
                training_command=_metadata(model)["training_command"],
                seed=seed,
                epochs=recipe.epochs,
                details=_detection_measures(answers["test"]["logits"], test) if recipe.task == "detection" else {},
            )
        )
    return tuple(written)


def _answers(content: bytes, x: NDArray[np.float32]) -> dict[str, NDArray[np.int64]]:
    """Return the answers of each output, computed as a board would."""
    outputs = run_in_batches(open_session(content), x)
    return {name: np.argmax(logits, axis=1) for name, logits in outputs.items()}


def _detection_measures(answer: NDArray[np.int64], test: LabelledImages) -> dict[str, float]:
    """Return shares: ships found at all, ships found in the right cell, empty patches with a false alarm."""
    has_ship, told = test.y > 0, answer > 0
    return {
        "ships_found": _share(told[has_ship]),
        "ships_in_right_cell": _share((answer == test.y)[has_ship]),
        "false_alarms": _share(told[~has_ship]),
    }


def _share(is_so: NDArray[np.bool_]) -> float:
    return float(np.mean(is_so))


def _metadata(model: onnx.ModelProto) -> dict[str, Any]:
    return {entry.key: entry.value for entry in model.metadata_props}


def _enter(written: tuple[ShippedModel, ...], output: Path) -> None:
    """Put records into the catalogue of a folder, in the order of the recipes."""
    known = read_catalogue(output) if (output / CATALOGUE_FILE).is_file() else ()
    by_name = {model.name: model for model in (*known, *written)}
    order = [name for recipe in RECIPES for name in (recipe, f"{recipe}-int8")]
    write_catalogue(tuple(sorted(by_name.values(), key=lambda model: order.index(model.name))), output)
