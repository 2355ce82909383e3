"""Sessions of ONNX Runtime on one CPU, and running them in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    EPFail,
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NotImplemented,
    RuntimeException,
)

RUN_ERRORS: Final = (EPFail, Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NotImplemented, RuntimeException)
"""What ONNX Runtime raises when it cannot load or run a model."""
_FATAL: Final = 4


class Optimisation(Enum):
    """How far ONNX Runtime rewrites a graph before it runs."""

    NONE = "none"
    BASIC = "basic"
    EXTENDED = "extended"
    ALL = "all"


_LEVELS: Final = {
    Optimisation.NONE: ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
    Optimisation.BASIC: ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    Optimisation.EXTENDED: ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    Optimisation.ALL: ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}


def open_session(
    model_bytes: bytes,
    *,
    optimisation: Optimisation = Optimisation.ALL,
    n_threads: int = 1,
    shared: Mapping[str, ort.OrtValue] | None = None,
    optimised_path: Path | None = None,
) -> ort.InferenceSession:
    """Return a session on the CPU.

    Parameters
    ----------
    model_bytes : an ONNX model
    optimisation : how far the graph is rewritten
    n_threads : threads inside an operator
    shared : values that stand for initialisers of the same name and stay in the caller's memory; they are then read
        anew at every run, because packing them once is turned off
    optimised_path : file that the rewritten graph is saved to; in it, equal constants stay apart, while the runtime
        otherwise makes them one

    Raises
    ------
    Exception
        One of `RUN_ERRORS`, if ONNX Runtime cannot load the model.
    """
    options = ort.SessionOptions()
    options.graph_optimization_level = _LEVELS[optimisation]
    options.intra_op_num_threads = n_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    if optimised_path is not None:
        options.optimized_model_filepath = str(optimised_path)
    left_out = None if optimised_path is None else ["ConstantSharing"]
    if shared is not None:
        options.add_session_config_entry("session.disable_prepacking", "1")
        for name, value in shared.items():
            options.add_initializer(name, value)
    return ort.InferenceSession(model_bytes, options, providers=["CPUExecutionProvider"], disabled_optimizers=left_out)


def run_in_batches(
    session: ort.InferenceSession, x: NDArray[np.generic], *, batch: int = 256
) -> dict[str, NDArray[np.generic]]:
    """Return all outputs of a model with one input, computed some rows at a time.

    Parameters
    ----------
    session : a session whose first input takes `x` and whose outputs have one row per row of `x`
    x : (n, ...) of the model's own input type
    batch : rows that are run at once

    Raises
    ------
    ValueError
        If `x` has no rows or `batch` is below 1.
    """
    if len(x) == 0 or batch < 1:
        raise ValueError(f"x has {len(x)} rows and batch = {batch}: give at least one of each")
    given = session.get_inputs()[0].name
    names = [output.name for output in session.get_outputs()]
    parts = [session.run(names, {given: x[first : first + batch]}) for first in range(0, len(x), batch)]
    return {name: np.concatenate([part[i] for part in parts]) for i, name in enumerate(names)}


def primary_output(outputs: Sequence[str]) -> str:
    """Return the output that answers: the one called `logits`, else the last."""
    return "logits" if "logits" in outputs else outputs[-1]
