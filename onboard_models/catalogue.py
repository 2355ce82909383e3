"""The networks that Sunwise ships: what each is, how right it is, and its bytes, checked against their hash."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from onboard_models.datasets.labelled_images import LabelledImages
from onboard_models.vetting import ModelRefusedError

DATA_FOLDER: Final = Path(__file__).parent / "data"
CATALOGUE_FILE: Final = "catalogue.json"


@dataclass(frozen=True, kw_only=True)
class ShippedModel:
    """One network of a catalogue."""

    folder: Path
    name: str
    file: str
    description: str
    task: str  # "triage" or "detection"
    dtype: str  # "float32" or "int8"
    activation: str  # "relu" or "log"
    outputs: tuple[str, ...]  # early exits first, "logits" last
    n_parameters: int
    n_bytes: int
    sha256: str
    accuracy: float  # of the last output, on the first n_test_patches patches of the test split
    exit_accuracies: tuple[float, ...]  # of each output
    shift_accuracy: float  # on as many patches with other clutter than it was trained on
    n_test_patches: int
    training_command: str
    seed: int
    epochs: int
    details: Mapping[str, float]  # further measures of the task, such as the share of ships found

    @property
    def path(self) -> Path:
        """Return where the ONNX file lies."""
        return self.folder / self.file

    @cached_property
    def model_bytes(self) -> bytes:
        """Return the content of the ONNX file.

        Raises
        ------
        ModelRefusedError
            If the file is missing or is not the one whose accuracy is told.
        """
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise ModelRefusedError(f"{self.path}: {error.strerror}; install Sunwise anew") from error
        if (found := hashlib.sha256(content).hexdigest()) != self.sha256:
            raise ModelRefusedError(
                f"{self.path}: SHA-256 is {found}, the catalogue says {self.sha256}; install Sunwise anew, "
                f"or train it: {self.training_command}"
            )
        return content

    def images(self, split: str, n: int) -> LabelledImages:
        """Return the first `n` images of the task of this network from "train", "validation", "test" or "shift"."""
        from onboard_models.datasets.tasks import labelled_patches  # needs scipy, which boards do not have

        return labelled_patches(self.task, split, n)

    def row(self) -> dict[str, Any]:
        """Return all but the folder, as JSON knows it."""
        names = [field.name for field in fields(self) if field.name != "folder"]
        return {name: _as_json(getattr(self, name)) for name in names}


def read_catalogue(folder: Path = DATA_FOLDER) -> tuple[ShippedModel, ...]:
    """Return the networks of a folder, the plain network in float32 first.

    Raises
    ------
    ModelRefusedError
        If the folder's catalogue cannot be read or lacks a key.
    """
    path = folder / CATALOGUE_FILE
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["models"]
        return tuple(_model_of(row, folder) for row in rows)
    except OSError as error:
        raise ModelRefusedError(f"{path}: {error.strerror}; give a folder that sunwise train-model wrote") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ModelRefusedError(f"{path}: no catalogue of networks ({error})") from error


def model_names(folder: Path = DATA_FOLDER) -> tuple[str, ...]:
    """Return the names of all networks of a folder."""
    return tuple(model.name for model in read_catalogue(folder))


def find_model(name: str, folder: Path = DATA_FOLDER) -> ShippedModel:
    """Return a network by its name.

    Raises
    ------
    ValueError
        If there is none of that name; the message gives the nearest.
    """
    models = {model.name: model for model in read_catalogue(folder)}
    if name not in models:
        near = difflib.get_close_matches(name, models, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`sunwise models` lists them"
        raise ValueError(f"model = {name!r}: no network of that name; {hint}")
    return models[name]


def write_catalogue(models: tuple[ShippedModel, ...], folder: Path) -> None:
    """Write the catalogue of a folder."""
    text = json.dumps({"models": [model.row() for model in models]}, indent=1, allow_nan=False)
    (folder / CATALOGUE_FILE).write_text(text + "\n", encoding="utf-8")


def _model_of(row: Mapping[str, Any], folder: Path) -> ShippedModel:
    """Return the record of one row."""
    sequences = {name: tuple(row[name]) for name in ("outputs", "exit_accuracies")}
    return ShippedModel(**{**row, **sequences}, folder=folder)


def _as_json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
