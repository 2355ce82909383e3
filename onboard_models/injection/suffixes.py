"""The part of a model behind a tensor, run on several trials at once, each with its own version of that tensor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from onboard_models.injection.graph_cuts import ModelGraph, shape_for_any_batch
from onboard_models.runtime import RUN_ERRORS, Optimisation, open_session


class Suffixes:
    """Sessions that start at tensors of a model, made when they are first needed.

    Parameters
    ----------
    graph : the model
    optimisation, n_threads : as of `open_session`
    """

    def __init__(self, graph: ModelGraph, *, optimisation: Optimisation, n_threads: int) -> None:
        self.graph = graph
        self._optimisation, self._n_threads = optimisation, n_threads
        self._prefixes: dict[tuple[str, ...], ort.InferenceSession] = {}
        self._sessions: dict[tuple[str, tuple[object, ...]], ort.InferenceSession] = {}

    def computed(self, tensors: tuple[str, ...], x: NDArray[np.generic]) -> dict[str, NDArray[np.generic]]:
        """Return tensors of the model for an input, that input among them if named."""
        made = tuple(name for name in tensors if name != self.graph.input)
        if made and made not in self._prefixes:
            self._prefixes[made] = self._open(self.graph.prefix(made))
        found = self._prefixes[made].run(None, {self.graph.input: x}) if made else []
        return {**dict(zip(made, found, strict=True)), self.graph.input: x}

    def session(self, tensor: str, given: Mapping[str, NDArray[np.generic]]) -> ort.InferenceSession:
        """Return the session from a tensor and its boundary to the outputs behind it."""
        key = (tensor, tuple((name, shape_for_any_batch(value)) for name, value in given.items()))
        if key not in self._sessions:
            self._sessions[key] = self._open(self.graph.suffix(given, tensor))
        return self._sessions[key]

    def session_through(self, i_convolution: int, given: Mapping[str, NDArray[np.generic]]) -> ort.InferenceSession:
        """Return the session behind a convolution of which one input channel has changed."""
        key = (f"through {i_convolution}", tuple((name, shape_for_any_batch(value)) for name, value in given.items()))
        if key not in self._sessions:
            self._sessions[key] = self._open(self.graph.suffix_through(i_convolution, given))
        return self._sessions[key]

    def _open(self, model_bytes: bytes) -> ort.InferenceSession:
        return open_session(model_bytes, optimisation=self._optimisation, n_threads=self._n_threads)


class StackedTrials:
    """A tensor of a model for one input, in several copies along the batch, each free to be changed.

    Attributes
    ----------
    golden : (n, ...) the tensor without faults
    n_slots : trials that run at once; 1 where the tensor or what runs beside it does not lie in rows of the batch
    slots : n_slots views, each shaped as `golden`, to write faulty values to
    """

    def __init__(self, suffixes: Suffixes, tensor: str, x: NDArray[np.generic], *, n_slots: int) -> None:
        graph = suffixes.graph
        self._names = graph.outputs_after(tensor)
        boundary = graph.boundary(tensor)
        once = suffixes.computed((tensor, *boundary), x)
        self.golden = once[tensor]
        self._given, self.n_slots = _stacked(suffixes, once, (tensor, *boundary), x, n_slots)
        stack = self._given[tensor].copy()
        self._given[tensor] = stack
        self.slots = (
            [part.reshape(self.golden.shape) for part in np.split(stack, self.n_slots)] if stack.ndim else [stack]
        )
        self._is_output = tensor in graph.outputs
        self._tensor = tensor
        runs = [name for name in self._names if name != tensor]
        self._runs = runs
        self._session = suffixes.session(tensor, self._given) if runs else None

    def run(self) -> list[dict[str, NDArray[np.generic]]]:
        """Return, slot by slot, the outputs of the model that depend on the tensor.

        Raises
        ------
        Exception
            One of `RUN_ERRORS`.
        """
        found = self._session.run(self._runs, self._given) if self._session is not None else []
        outputs = dict(zip(self._runs, found, strict=True))
        if self._is_output:
            outputs[self._tensor] = self._given[self._tensor]
        parts = {name: np.split(value, self.n_slots) for name, value in outputs.items()}
        return [{name: parts[name][i] for name in parts} for i in range(self.n_slots)]


def _stacked(
    suffixes: Suffixes,
    once: Mapping[str, NDArray[np.generic]],
    names: tuple[str, ...],
    x: NDArray[np.generic],
    n_slots: int,
) -> tuple[dict[str, NDArray[np.generic]], int]:
    """Return tensors for the input repeated, if that repeats the first of them, and the number of repetitions."""
    if n_slots > 1:
        try:
            many = suffixes.computed(names, np.concatenate([x] * n_slots))
        except RUN_ERRORS:  # a model for one size of batch
            many = {}
        expected = np.concatenate([once[names[0]]] * n_slots) if once[names[0]].ndim else None
        if many and expected is not None and np.array_equal(many[names[0]], expected, equal_nan=True):
            return {name: many[name] for name in names}, n_slots
    return {name: once[name] for name in names}, 1
