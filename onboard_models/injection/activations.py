"""Flips in tensors that a model computes: it is split there, the tensor is changed, and the rest is run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.injection.graph_cuts import ModelGraph
from onboard_models.injection.suffixes import StackedTrials, Suffixes
from onboard_models.injection.trial_outputs import TrialOutputs, repeated
from onboard_models.runtime import RUN_ERRORS, Optimisation
from onboard_models.tensor_flips import TensorFlips, flip_bits_


class ActivationInjector:
    """A model with one input, under flipped bits of what it computes on the way.

    Where the runtime fuses operators, a tensor between them never lies in memory on its own; splitting makes it do so,
    and the model is otherwise the same.

    Parameters
    ----------
    model : an ONNX model, or its bytes; check foreign ones with `onboard_models.vetting` first
    optimisation, n_threads : as of `open_session`
    n_stacked : trials that share a run

    Attributes
    ----------
    tensors : names of the tensors that can be flipped, in the order in which they are computed, the input first
    """

    def __init__(
        self,
        model: onnx.ModelProto | bytes,
        *,
        optimisation: Optimisation = Optimisation.ALL,
        n_threads: int = 1,
        n_stacked: int = 2,
    ) -> None:
        graph = ModelGraph(onnx.ModelProto.FromString(model) if isinstance(model, bytes) else model)
        self._graph = graph
        self._suffixes = Suffixes(graph, optimisation=optimisation, n_threads=n_threads)
        self._n_stacked = n_stacked
        computed = (name for i in graph.downstream(graph.input) for name in graph.nodes[i].output if name)
        self.tensors = tuple(name for name in (graph.input, *computed) if graph.outputs_after(name))

    def values(self, tensor: str, x: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return a tensor as it is computed without flips: elements of flips count in its shape.

        Raises
        ------
        ValueError
            If the model computes no such tensor.
        """
        self._check(tensor)
        return self._suffixes.computed((tensor,), x)[tensor]

    def run(self, x: NDArray[np.generic], trials: Sequence[TensorFlips]) -> TrialOutputs:
        """Return all outputs under the flips of each trial; no trial sees those of another.

        Parameters
        ----------
        x : (n, ...) input
        trials : each with flips in one tensor of `tensors`; elements count in its shape for the whole of `x`

        Raises
        ------
        ValueError
            If the flips of a trial lie in several tensors or in none that is computed.
        """
        results = repeated(self._suffixes.computed(self._graph.outputs, x), len(trials))
        by_tensor: dict[str, list[int]] = {}
        for i, flips in enumerate(trials):
            names = {flips.tensors[j] for j in np.unique(flips.tensor)}
            if len(names) > 1:
                raise ValueError(f"trials: number {i} hits {sorted(names)}; give flips in one tensor")
            for name in names:
                self._check(name)
                by_tensor.setdefault(name, []).append(i)
        for tensor, numbers in by_tensor.items():
            stack = StackedTrials(self._suffixes, tensor, x, n_slots=self._n_stacked)
            for first in range(0, len(numbers), stack.n_slots):
                _run_(stack, numbers[first : first + stack.n_slots], trials, results)
        return results

    def _check(self, tensor: str) -> None:
        if tensor not in self.tensors:
            raise ValueError(
                f"tensor = {tensor!r}: not computed on the way to an output; there are "
                f"{', '.join(self.tensors[:20])}, ..."
            )


def _run_(stack: StackedTrials, numbers: list[int], trials: Sequence[TensorFlips], results: TrialOutputs) -> None:
    for i, slot in zip(numbers, stack.slots, strict=False):
        faulty = stack.golden.copy()
        for _, element, mask in trials[i].masks():
            flip_bits_(faulty, element, mask)
        slot[...] = faulty
    try:
        for i, found in zip(numbers, stack.run(), strict=False):
            results.put_(i, found)
    except RUN_ERRORS:
        for i in numbers:
            results.fail_(i)
