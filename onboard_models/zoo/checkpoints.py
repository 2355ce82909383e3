"""Checkpoints of a training: tensors in safetensors, the rest in JSON; written whole or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

_STATE = "state."
_OPTIMISER = "optimiser."


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a training has come, and what it is a training of."""

    recipe: str
    seed: int
    epochs: int
    epochs_done: int
    settings: str  # fingerprint of everything else that decides the result


def write_checkpoint(folder: Path, network: nn.Module, optimiser: torch.optim.Optimizer, progress: Progress) -> None:
    """Write network, optimiser and progress; what stood there before is replaced at the last moment."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"{_STATE}{name}": tensor.contiguous() for name, tensor in network.state_dict().items()}
    for i, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"{_OPTIMISER}{i}.{name}": tensor.contiguous() for name, tensor in moments.items()}
    data = save(tensors, metadata={"progress": json.dumps(asdict(progress), sort_keys=True)})
    _replace(folder / "checkpoint.safetensors", data)
    _replace(folder / "checkpoint.json", json.dumps(asdict(progress), indent=1, sort_keys=True).encode() + b"\n")


def read_checkpoint_(folder: Path, network: nn.Module, optimiser: torch.optim.Optimizer, expected: Progress) -> int:
    """Load what a training of the same recipe, seed, length and settings left behind.

    Returns
    -------
    int
        Epochs done; 0, and nothing is loaded, if there is no checkpoint or it is of another training.
    """
    path = folder / "checkpoint.safetensors"
    if not path.is_file():
        return 0
    data = path.read_bytes()
    progress = _progress_of(data)
    same = Progress(**{**asdict(expected), "epochs_done": progress.epochs_done})
    if progress != same:
        return 0
    tensors = load(data)
    network.load_state_dict(_under(tensors, _STATE))
    moments: dict[int, dict[str, Tensor]] = {}
    for key, tensor in _under(tensors, _OPTIMISER).items():
        number, name = key.split(".", 1)
        moments.setdefault(int(number), {})[name] = tensor
    optimiser.load_state_dict(optimiser.state_dict() | {"state": moments})
    return progress.epochs_done


def write_weights(path: Path, network: nn.Module) -> None:
    """Write the tensors of a trained network."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, save({name: tensor.contiguous() for name, tensor in network.state_dict().items()}))


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a trained network."""
    return load(path.read_bytes())


def _progress_of(data: bytes) -> Progress:
    """Return the progress that the header of a checkpoint tells, which is one file with its tensors."""
    n_header = int.from_bytes(data[:8], "little")
    return Progress(**json.loads(json.loads(data[8 : 8 + n_header])["__metadata__"]["progress"]))


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _replace(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there, so that a kill leaves the old one or the new one."""
    temporary = path.with_suffix(path.suffix + ".tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
