"""The layers of a network that are compared: what each holds, and which tensors go in and come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx

from onboard_models.injection.graph_cuts import ModelGraph
from onboard_models.memory_image import RegionKind
from onboard_models.model_tensors import tensor_roles
from onboard_models.runtime import primary_output

_PARAMETERS: Final = (RegionKind.WEIGHT, RegionKind.BIAS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Weights and biases that make up one layer.

    Attributes
    ----------
    name : as `Region.layer` of the memory image
    tensors : names of its float32 parameters
    n_parameters : elements of all of them
    source : computed tensor that the first operator of the layer reads
    output : tensor that the last one makes
    """

    name: str
    tensors: tuple[str, ...]
    n_parameters: int
    source: str
    output: str

    @property
    def n_bytes(self) -> int:
        """Bytes of its parameters."""
        return 4 * self.n_parameters

    @property
    def n_bits(self) -> int:
        """Bits of its parameters."""
        return 32 * self.n_parameters


def layers_of(model: onnx.ModelProto | bytes) -> tuple[Layer, ...]:
    """Return the layers of a network in the order in which it computes them.

    Layers that the output that answers does not depend on, such as heads of early exits, are left out.

    Raises
    ------
    ValueError
        If it has fewer than two with float32 parameters: there is nothing to rank.
    """
    graph = ModelGraph(onnx.ModelProto.FromString(model) if isinstance(model, bytes) else model)
    roles, values = tensor_roles(graph.model), graph.values
    members: dict[str, list[str]] = {}
    used = set(graph.upstream([primary_output(graph.outputs)]))
    readers = {name: [i for i in graph.readers.get(name, []) if i in used] for name in values}
    first_reader = {name: found[0] for name, found in readers.items() if found}
    for name in sorted(first_reader, key=lambda held: first_reader[held]):
        layer, kind = roles[name]
        if kind in _PARAMETERS and values[name].dtype == np.float32:
            members.setdefault(layer, []).append(name)
    if len(members) < 2:
        raise ValueError(
            f"model: has {len(members)} layers with float32 parameters; give a float32 network of two or more, "
            "such as cnn instead of cnn-int8"
        )
    return tuple(_layer(graph, name, tensors, first_reader) for name, tensors in members.items())


def _layer(graph: ModelGraph, name: str, tensors: Sequence[str], first_reader: dict[str, int]) -> Layer:
    first, last = first_reader[tensors[0]], max(first_reader[tensor] for tensor in tensors)
    return Layer(
        name=name,
        tensors=tuple(tensors),
        n_parameters=sum(int(graph.values[tensor].size) for tensor in tensors),
        source=next(read for read in graph.nodes[first].input if read and read not in graph.values),
        output=graph.nodes[last].output[0],
    )
