"""Running a model that nobody vouches for: in a child process with bounded memory and time.

A graph of 65 bytes can ask for gigabytes, and a flipped shape constant can do the same, so what a model needs is only
known once it runs. The child gets the model and its inputs as files in an empty folder, and its own address space and
processor time are bounded before it opens them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.limited_child import INPUTS, LIMITS, MODEL, NAMES, OUTPUTS, REFUSED_EXIT_CODE

MIB: Final = 2**20
_ENVIRONMENT: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """What a child process may use.

    Attributes
    ----------
    memory_bytes : address space beyond what Python and ONNX Runtime take themselves
    cpu_s : processor time, start of Python included
    wall_s : time until the child is stopped
    output_bytes : size of the results that are read back
    """

    memory_bytes: int = 1024 * MIB
    cpu_s: int = 60
    wall_s: float = 120.0
    output_bytes: int = 256 * MIB


class RunEnd(Enum):
    """How a limited run ended."""

    FINISHED = "finished"
    REFUSED = "refused"
    """The runtime raised an error, want of memory included."""
    TIMEOUT = "timeout"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitedRun:
    """What came of a model in a child process.

    Attributes
    ----------
    end : RunEnd
    outputs : arrays by name, empty unless finished
    message : what the runtime said, empty if it finished
    """

    end: RunEnd
    outputs: dict[str, NDArray[np.generic]]
    message: str = ""


def run_limited(
    model_bytes: bytes, inputs: Mapping[str, NDArray[np.generic]], limits: RunLimits | None = None
) -> LimitedRun:
    """Load and run a model once in a child process.

    Parameters
    ----------
    model_bytes : an ONNX model
    inputs : arrays by name of the model's inputs
    limits : RunLimits, by default those of the class

    Returns
    -------
    LimitedRun
        A model that fails is a record, not an exception.
    """
    limits = limits or RunLimits()
    with tempfile.TemporaryDirectory(prefix="model-") as name:
        folder = Path(name)
        (folder / MODEL).write_bytes(model_bytes)
        np.savez(folder / INPUTS, *inputs.values())
        (folder / LIMITS).write_text(json.dumps(asdict(limits) | {"inputs": list(inputs)}))
        try:
            done = subprocess.run(
                [sys.executable, "-P", str(Path(__file__).with_name("limited_child.py"))],
                cwd=folder,
                env=_ENVIRONMENT,
                capture_output=True,
                timeout=limits.wall_s,
            )
        except subprocess.TimeoutExpired:
            return LimitedRun(end=RunEnd.TIMEOUT, outputs={}, message=f"stopped after {limits.wall_s} s")
        return _end_of(done, folder, limits)


def _end_of(done: subprocess.CompletedProcess[bytes], folder: Path, limits: RunLimits) -> LimitedRun:
    message = done.stderr.decode(errors="replace").strip()[-2_000:]
    if done.returncode == REFUSED_EXIT_CODE:
        return LimitedRun(end=RunEnd.REFUSED, outputs={}, message=message)
    if done.returncode in (-24, -9) and "MemoryError" not in message:  # SIGXCPU, and SIGKILL one second later
        return LimitedRun(end=RunEnd.TIMEOUT, outputs={}, message=f"used more than {limits.cpu_s} s of processor time")
    if done.returncode != 0:
        return LimitedRun(end=RunEnd.CRASHED, outputs={}, message=f"exit code {done.returncode}: {message}")
    if (folder / OUTPUTS).stat().st_size > limits.output_bytes:
        return LimitedRun(end=RunEnd.REFUSED, outputs={}, message=f"outputs exceed {limits.output_bytes} bytes")
    names = json.loads((folder / NAMES).read_text())
    with np.load(folder / OUTPUTS) as stored:
        return LimitedRun(end=RunEnd.FINISHED, outputs=dict(zip(names, stored.values(), strict=True)))
