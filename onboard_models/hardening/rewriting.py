"""Replacing nodes of a graph by others, one operator at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from onboard_models.model_tensors import with_constants_as_initialisers


class Draft:
    """Nodes and initialisers that are being written; names are the caller's, each used once."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.held: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Add an initialiser, unless one of this name is there already, and return its name."""
        if name not in self.held:
            self.held[name] = numpy_helper.from_array(value, name)
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: int) -> str:
        """Add a node with one output and return that output's name."""
        node = helper.make_node(operator, list(inputs), [output], name=f"{output}:{operator}")
        node.attribute.extend(helper.make_attribute(name, value) for name, value in sorted(attributes.items()))
        self.nodes.append(node)
        return output


def with_nodes_replaced(
    model: onnx.ModelProto, written: Callable[[onnx.NodeProto, Draft], bool], *, dropped: frozenset[str] = frozenset()
) -> onnx.ModelProto:
    """Return the model in which some nodes give way to others.

    Parameters
    ----------
    model : onnx.ModelProto
    written : called with each node and a draft; writes what stands in its place and returns True, or returns False to
        keep it
    dropped : outputs of nodes that go without replacement
    """
    changed = with_constants_as_initialisers(model)
    draft = Draft()
    for node in changed.graph.node:
        if not dropped.isdisjoint(node.output):
            continue
        if not written(node, draft):
            draft.nodes.append(node)
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in draft.nodes]
    del changed.graph.node[:]
    changed.graph.node.extend(nodes)
    changed.graph.initializer.extend(draft.held.values())
    return without_unread(changed)


def without_unread(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model without nodes and initialisers that no output needs."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    needed = {info.name for info in model.graph.output}
    nodes = []
    for node in reversed(model.graph.node):
        if not needed.isdisjoint(node.output):
            nodes.append(node)
            needed.update(node.input)
    del changed.graph.node[:]
    changed.graph.node.extend(reversed(nodes))
    del changed.graph.initializer[:]
    changed.graph.initializer.extend(tensor for tensor in model.graph.initializer if tensor.name in needed)
    return changed


def with_outputs(model: onnx.ModelProto, outputs: Sequence[str]) -> onnx.ModelProto:
    """Return a model with some of its outputs alone, and nothing that only the others need."""
    changed = with_constants_as_initialisers(model)
    infos = {info.name: info for info in model.graph.output}
    del changed.graph.output[:]
    changed.graph.output.extend(infos[name] for name in outputs)
    return without_unread(changed)


def metadata_of(model: onnx.ModelProto) -> dict[str, str]:
    """Return what a model tells about itself."""
    return {entry.key: entry.value for entry in model.metadata_props}
