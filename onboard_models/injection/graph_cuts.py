"""Cutting the graph of a model at tensors: what computes them, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.model_tensors import tensor_values, with_constants_as_initialisers

CHANGE: Final = "sunwise.change"
COLUMN: Final = "sunwise.column"
GOLDEN: Final = "sunwise.golden"
_THROUGH: Final = "sunwise.through"


class ModelGraph:
    """A model, and who makes and reads each of its tensors; constants are initialisers.

    Raises
    ------
    ValueError
        If the model has other than one input.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = with_constants_as_initialisers(model)
        if len(self.model.graph.input) != 1:
            names = [info.name for info in self.model.graph.input]
            raise ValueError(f"model: has the inputs {names}; give a model with one input")
        self.nodes = list(self.model.graph.node)
        self.input = self.model.graph.input[0].name
        self.outputs = tuple(info.name for info in self.model.graph.output)
        self.producer = {name: i for i, node in enumerate(self.nodes) for name in node.output if name}
        self.readers: dict[str, list[int]] = {}
        for i, node in enumerate(self.nodes):
            for name in dict.fromkeys(_reads(node)):
                self.readers.setdefault(name, []).append(i)

    @cached_property
    def values(self) -> dict[str, NDArray[np.generic]]:
        """Initialisers by name."""
        return tensor_values(self.model)

    def downstream(self, tensor: str) -> list[int]:
        """Return the nodes that depend on a tensor, in the order of the graph."""
        reached: set[int] = set()
        waiting = [tensor]
        while waiting:
            for i in self.readers.get(waiting.pop(), []):
                if i not in reached:
                    reached.add(i)
                    waiting.extend(self.nodes[i].output)
        return sorted(reached)

    def upstream(self, tensors: Iterable[str]) -> list[int]:
        """Return the nodes that compute tensors, in the order of the graph."""
        reached: set[int] = set()
        waiting = list(tensors)
        while waiting:
            i = self.producer.get(waiting.pop())
            if i is not None and i not in reached:
                reached.add(i)
                waiting.extend(_reads(self.nodes[i]))
        return sorted(reached)

    def boundary(self, tensor: str) -> tuple[str, ...]:
        """Return what must be known beside a tensor to compute all that depends on it."""
        nodes = self.downstream(tensor)
        made = {name for i in nodes for name in self.nodes[i].output} | {tensor}
        read = dict.fromkeys(name for i in nodes for name in _reads(self.nodes[i]))
        return tuple(name for name in read if name not in made and name not in self._held)

    def outputs_after(self, tensor: str) -> tuple[str, ...]:
        """Return the outputs of the model that depend on a tensor."""
        made = {name for i in self.downstream(tensor) for name in self.nodes[i].output} | {tensor}
        return tuple(name for name in self.outputs if name in made)

    def prefix(self, tensors: Iterable[str]) -> bytes:
        """Return the model that computes tensors from the model's input."""
        tensors = tuple(tensors)
        outputs = [onnx.ValueInfoProto(name=name) for name in tensors]
        return self._part(self.upstream(tensors), [self.model.graph.input[0]], outputs)

    def suffix(self, given: Mapping[str, NDArray[np.generic]], tensor: str) -> bytes:
        """Return the model that computes the outputs after `tensor` from it and its boundary.

        Parameters
        ----------
        given : the tensor and its boundary as computed once; types and all sizes but the first are taken from there
        tensor : a key of `given`
        """
        inputs = [
            onnx.helper.make_tensor_value_info(
                name, onnx.helper.np_dtype_to_tensor_dtype(value.dtype), shape_for_any_batch(value)
            )
            for name, value in given.items()
        ]
        after = self.outputs_after(tensor)
        return self._part(self.downstream(tensor), inputs, [onnx.ValueInfoProto(name=name) for name in after])

    def suffix_through(self, i_convolution: int, given: Mapping[str, NDArray[np.generic]]) -> bytes:
        """Return the model behind a convolution of which one input channel has changed.

        Its inputs are `CHANGE`, the change of that channel (rows, 1, ...), and `COLUMN`, the weights that read it
        (n_out, 1, ...), whose convolution is added to the output without faults; that output and its boundary are the
        further inputs.

        Parameters
        ----------
        i_convolution : number of the node
        given : the output without faults and its boundary, `CHANGE` and `COLUMN`, as computed once
        """
        node = self.nodes[i_convolution]
        output = node.output[0]
        through = onnx.NodeProto()
        through.CopyFrom(node)
        through.input[:] = [CHANGE, COLUMN]
        through.output[:] = [_THROUGH]
        added = onnx.helper.make_node("Add", [_THROUGH, GOLDEN], [output])
        inputs = [
            onnx.helper.make_tensor_value_info(
                GOLDEN if name == output else name,
                onnx.helper.np_dtype_to_tensor_dtype(value.dtype),
                list(value.shape) if name == COLUMN else shape_for_any_batch(value),
            )
            for name, value in given.items()
        ]
        outputs = [onnx.ValueInfoProto(name=name) for name in self.outputs_after(output)]
        return self._part(self.downstream(output), inputs, outputs, first=[through, added])

    @cached_property
    def _held(self) -> frozenset[str]:
        return frozenset(tensor.name for tensor in self.model.graph.initializer)

    def _part(
        self,
        nodes: list[int],
        inputs: list[onnx.ValueInfoProto],
        outputs: list[onnx.ValueInfoProto],
        first: Sequence[onnx.NodeProto] = (),
    ) -> bytes:
        chosen = [*first, *(self.nodes[i] for i in nodes)]
        read = {name for node in chosen for name in _reads(node)}
        held = [tensor for tensor in self.model.graph.initializer if tensor.name in read]
        graph = onnx.helper.make_graph(chosen, "part", inputs, outputs, held)
        part = onnx.helper.make_model(graph, opset_imports=self.model.opset_import, ir_version=self.model.ir_version)
        return bytes(part.SerializeToString())


def _reads(node: onnx.NodeProto) -> Iterator[str]:
    """Give the tensors that a node reads, those that its subgraphs take from outside included."""
    yield from (name for name in node.input if name)
    for attribute in node.attribute:
        for graph in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
            own = {name for inner in graph.node for name in inner.output}
            own |= {tensor.name for tensor in graph.initializer} | {info.name for info in graph.input}
            read = (name for inner in graph.node for name in _reads(inner))
            yield from (name for name in (*read, *(info.name for info in graph.output)) if name not in own)


def shape_for_any_batch(value: NDArray[np.generic]) -> tuple[int | str, ...]:
    """Return the shape with the first size left open if the tensor may lie in rows of the batch.

    Wide integers are shapes and indices, which a batch of another size changes in ways that cannot be told.
    """
    is_activation = value.dtype.kind == "f" or value.dtype in (np.uint8, np.int8)
    return ("rows", *value.shape[1:]) if value.ndim and is_activation else value.shape
