"""Single faults without running the faulty layer: its golden output, a multiple of one input, and what follows.

Differs from a rebuilt session by rounding alone: there the faulty product is summed with the others, here it is added
to their sum.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.injection.graph_cuts import ModelGraph
from onboard_models.injection.single_faults import faulty_tensors
from onboard_models.injection.suffixes import StackedTrials, Suffixes
from onboard_models.injection.through_convolution import ThroughConvolution, through_convolution
from onboard_models.injection.trial_outputs import TrialOutputs
from onboard_models.runtime import RUN_ERRORS, Optimisation
from onboard_models.tensor_flips import TensorFlips, flip_bits_

Activation = Callable[[NDArray[np.float32]], NDArray[np.float32]]
_KEPT_BYTES: Final = 512 * 2**20
"""Golden tensors that are kept for the next call, the last used first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """Golden tensors around an operator, and the trials that run behind it."""

    source: NDArray[Any] | None
    golden: NDArray[Any]
    behind: StackedTrials
    activation: Activation | None
    through: ThroughConvolution | None

    @property
    def n_bytes(self) -> int:
        source = 0 if self.source is None else self.source.nbytes
        through = 0 if self.through is None else self.through.n_bytes
        return source + self.golden.nbytes + self.behind.golden.nbytes * (2 + 2 * self.behind.n_slots) + through


class DeltaModel:
    """A model under faults in one weight or bias at a time.

    Attributes
    ----------
    tensors : names of the tensors that may be flipped
    """

    def __init__(
        self,
        graph: ModelGraph,
        *,
        optimisation: Optimisation = Optimisation.ALL,
        n_threads: int = 1,
        n_slots: int = 2,
    ) -> None:
        self._graph = graph
        self._faulty = faulty_tensors(graph)
        self.tensors = frozenset(self._faulty)
        self._suffixes = Suffixes(graph, optimisation=optimisation, n_threads=n_threads)
        self._n_slots = n_slots
        self._layers: OrderedDict[tuple[str, str | None], _Layer] = OrderedDict()
        self._x: NDArray[np.generic] | None = None

    def faulty_value(self, flips: TensorFlips) -> tuple[str, int, np.float32] | None:
        """Return tensor, element and faulty value, None unless one finite element of `tensors` is faulty.

        A weight that is infinite or no number is left to others: whether it meets the zeros of the padding is up to the
        kernel.
        """
        masks = list(flips.masks())
        if len(masks) != 1 or masks[0][0] not in self.tensors or len(masks[0][1]) != 1:
            return None
        name, element, mask = masks[0]
        value = self._graph.values[name].reshape(-1)[element]
        flip_bits_(value, np.zeros(1, dtype=np.int64), mask)
        return (name, int(element[0]), value[0]) if np.isfinite(value[0]) else None

    def prepare(self, x: NDArray[np.generic]) -> None:
        """Forget golden tensors of another input."""
        self._layers.clear()
        self._x = x

    def fill_(self, trials: Iterable[tuple[int, tuple[str, int, np.float32]]], results: TrialOutputs) -> None:
        """Write the outputs of trials over golden ones, for the input last prepared.

        Parameters
        ----------
        trials : index in `results` and what `faulty_value` says
        results : golden in these trials
        """
        by_operator: dict[tuple[str, str | None], list[tuple[int, tuple[str, int, np.float32]]]] = {}
        for trial in trials:
            tensor = self._faulty[trial[1][0]]
            by_operator.setdefault((tensor.output, tensor.source), []).append(trial)
        for key in sorted(by_operator, key=str):
            layer = self._layer(key)
            waiting: list[tuple[int, Any]] = []
            for i_trial, (name, element, value) in by_operator[key]:
                place, faulty = self._faulty_channel(layer, name, element, value)
                golden = layer.behind.golden[place]
                if np.array_equal(faulty, golden):
                    continue
                if layer.through is not None and layer.through.serves(faulty):
                    results.put_or_fail_(i_trial, layer.through.outputs(place[1], faulty - golden))
                    continue
                layer.behind.slots[len(waiting)][place] = faulty
                waiting.append((i_trial, place))
                if len(waiting) == layer.behind.n_slots:
                    _run(layer, waiting, results)
            if waiting:
                _run(layer, waiting, results)

    def _faulty_channel(
        self, layer: _Layer, name: str, element: int, value: np.float32
    ) -> tuple[Any, NDArray[np.float32]]:
        """Return where the tensor at which the model is cut changes, and to what."""
        tensor = self._faulty[name]
        golden_value = self._graph.values[name].reshape(-1)[element]
        source_shape = layer.source.shape if layer.source is not None else ()
        effect = tensor.effect(element, source_shape, layer.golden.shape)
        channel: NDArray[np.float32] = layer.golden[effect.place].copy()
        with np.errstate(over="ignore", invalid="ignore"):
            difference = np.float32((float(value) - float(golden_value)) * tensor.factor)
            channel[effect.target] += difference if layer.source is None else layer.source[effect.source] * difference
            return effect.place, channel if layer.activation is None else layer.activation(channel)

    def _layer(self, key: tuple[str, str | None]) -> _Layer:
        if key in self._layers:
            self._layers.move_to_end(key)
            return self._layers[key]
        output, source = key
        if self._x is None:
            raise ValueError("x: call prepare(x) first")
        tensor, activation = _behind_activation(self._graph, output)
        found = self._suffixes.computed((output,) if source is None else (output, source), self._x)
        layer = _Layer(
            source=None if source is None else found[source],
            golden=found[output],
            behind=StackedTrials(self._suffixes, tensor, self._x, n_slots=self._n_slots),
            activation=activation,
            through=through_convolution(self._suffixes, tensor, self._x),
        )
        self._layers[key] = layer
        while sum(kept.n_bytes for kept in self._layers.values()) > _KEPT_BYTES and len(self._layers) > 1:
            self._layers.popitem(last=False)
        return layer


def _run(layer: _Layer, waiting: list[tuple[int, Any]], results: TrialOutputs) -> None:
    """Run the slots that are filled, write what comes of them, and make the slots golden again."""
    behind = layer.behind
    try:
        found = behind.run()
        for slot, (i_trial, _) in enumerate(waiting):
            results.put_(i_trial, found[slot])
    except RUN_ERRORS:
        for i_trial, _ in waiting:
            results.fail_(i_trial)
    for slot, (_, place) in enumerate(waiting):
        behind.slots[slot][place] = behind.golden[place]
    waiting.clear()


def _behind_activation(graph: ModelGraph, output: str) -> tuple[str, Activation | None]:
    """Return where to cut behind an operator: after the rectifier that alone reads its output, or at once."""
    readers = graph.readers.get(output, [])
    if len(readers) != 1 or output in graph.outputs:
        return output, None
    node = graph.nodes[readers[0]]
    if node.op_type == "Relu" and not node.domain:
        return node.output[0], lambda values: np.maximum(values, np.float32(0))
    if node.op_type == "Clip" and not node.domain and node.input[0] == output and not node.attribute:
        low, high = (_bound(graph, node, place) for place in (1, 2))
        if low is not None and high is not None:
            return node.output[0], lambda values: np.clip(values, low, high)
    return output, None


def _bound(graph: ModelGraph, node: onnx.NodeProto, place: int) -> np.float32 | None:
    """Return a bound of a Clip, infinite if it has none, None if it is computed."""
    name = node.input[place] if len(node.input) > place else ""
    if not name:
        return np.float32(-np.inf if place == 1 else np.inf)
    return np.float32(graph.values[name].item()) if name in graph.values else None
