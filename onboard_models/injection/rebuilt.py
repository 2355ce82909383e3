"""Faults by writing them into the model and loading it anew: slow, exact by definition, the reference for all else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.injection.graph_cuts import ModelGraph
from onboard_models.limited_run import RunEnd, RunLimits, run_limited
from onboard_models.memory_image import RegionKind
from onboard_models.model_tensors import tensor_roles
from onboard_models.runtime import RUN_ERRORS, Optimisation, open_session
from onboard_models.tensor_flips import TensorFlips, flip_bits_


class RebuiltModel:
    """A model that is loaded anew with the flips of each trial.

    A flipped shape or axis can ask for any amount of memory, so trials that hit integer constants of the graph run in a
    child process with limits.

    Parameters
    ----------
    graph : the model
    optimisation, n_threads : as of `open_session`
    limits : for trials that hit shapes, axes and indices
    """

    def __init__(
        self,
        graph: ModelGraph,
        *,
        optimisation: Optimisation = Optimisation.ALL,
        n_threads: int = 1,
        limits: RunLimits | None = None,
    ) -> None:
        self._graph = graph
        self._optimisation, self._n_threads, self._limits = optimisation, n_threads, limits
        self._model = onnx.ModelProto()
        self._model.CopyFrom(graph.model)
        self._tensors = {tensor.name: tensor for tensor in self._model.graph.initializer}
        self._hazardous = {
            name
            for name, (_, kind) in tensor_roles(graph.model).items()
            if kind is RegionKind.METADATA and graph.values[name].dtype.kind != "f"
        }

    def outputs(self, x: NDArray[np.generic], flips: TensorFlips) -> Mapping[str, NDArray[np.generic]] | None:
        """Return the outputs under flips, None if the model cannot be loaded or run with them."""
        content, is_hazardous = self._flipped(flips)
        if is_hazardous:
            done = run_limited(content, {self._graph.input: x}, self._limits)
            return done.outputs if done.end is RunEnd.FINISHED else None
        try:
            session = open_session(content, optimisation=self._optimisation, n_threads=self._n_threads)
            found = session.run(list(self._graph.outputs), {self._graph.input: x})
        except RUN_ERRORS:
            return None
        return dict(zip(self._graph.outputs, found, strict=True))

    def _flipped(self, flips: TensorFlips) -> tuple[bytes, bool]:
        """Return the bytes of the model with flips, and whether they hit what may ask for any amount of memory."""
        golden: dict[str, bytes] = {}
        for name, element, mask in flips.masks():
            golden[name] = self._tensors[name].raw_data
            values = self._graph.values[name].copy()
            flip_bits_(values, element, mask)
            self._tensors[name].raw_data = values.tobytes()
        content = self._model.SerializeToString()
        for name, stored in golden.items():
            self._tensors[name].raw_data = stored
        return content, not self._hazardous.isdisjoint(golden)
