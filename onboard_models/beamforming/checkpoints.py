"""Checkpoints of a training: tensors in safetensors, how far it has come in JSON; written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors.torch import load, save
from torch import Tensor, nn, optim

_NAME = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a training has come, and of what.

    Parameters
    ----------
    settings : str
        Everything that decides the result, as text.
    n_steps_done : int
    cpu_s : float
        Spent so far. Told in the JSON file alone, so that equal trainings write equal tensors.
    """

    settings: str
    n_steps_done: int
    cpu_s: float


def write_checkpoint(folder: Path, tensors: Mapping[str, Tensor], progress: Progress) -> None:
    """Write tensors and progress; what stood there before is replaced at the last moment.

    The header of the tensors holds settings and steps, so that a kill between the two files does no harm.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told = {"settings": progress.settings, "n_steps_done": progress.n_steps_done}
    # one entry, for their order would be random; a copy each, for tensors must not share memory
    copies = {name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()}
    data = save(copies, metadata={"progress": json.dumps(told)})
    replace_file(folder / _NAME, data)
    replace_file(folder / "checkpoint.json", json.dumps(asdict(progress), indent=1, sort_keys=True).encode() + b"\n")


def read_checkpoint(folder: Path, settings: str) -> tuple[dict[str, Tensor], Progress] | None:
    """Return what a training with the same settings left behind, None if there is nothing."""
    path = folder / _NAME
    if not path.is_file():
        return None
    data = path.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    told = json.loads(header["__metadata__"]["progress"])
    if told["settings"] != settings:
        return None
    n_done = told["n_steps_done"]
    return load(data), Progress(settings=settings, n_steps_done=n_done, cpu_s=_cpu_s(folder / "checkpoint.json"))


def module_tensors(name: str, module: nn.Module, optimiser: optim.Optimizer) -> dict[str, Tensor]:
    """Return the tensors of a module and of its optimiser under names that begin with `name`."""
    tensors = {f"{name}.state.{key}": tensor for key, tensor in module.state_dict().items()}
    for i, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"{name}.optimiser.{i}.{key}": tensor for key, tensor in moments.items()}
    return tensors


def load_module_(name: str, module: nn.Module, optimiser: optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Load what `module_tensors` returned."""
    module.load_state_dict(_under(tensors, f"{name}.state."))
    moments: dict[int, dict[str, Tensor]] = {}
    for key, tensor in _under(tensors, f"{name}.optimiser.").items():
        number, moment = key.split(".", 1)
        moments.setdefault(int(number), {})[moment] = tensor
    optimiser.load_state_dict(optimiser.state_dict() | {"state": moments})


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _cpu_s(path: Path) -> float:
    return float(json.loads(path.read_bytes())["cpu_s"]) if path.is_file() else 0.0


def replace_file(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there, so that a kill leaves the old one or the new one."""
    temporary = path.with_suffix(path.suffix + ".tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
