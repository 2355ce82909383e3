"""Tensors that an ONNX model holds: reading them, replacing them, and what each is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from onboard_models.memory_image import ALIGNMENT_BYTES, Content, MemoryImage, RegionKind, image_of

WEIGHTED_OPERATORS: Final = frozenset(
    {
        "Conv",
        "ConvInteger",
        "ConvTranspose",
        "Gemm",
        "MatMul",
        "MatMulInteger",
        "QGemm",
        "QLinearConv",
        "QLinearMatMul",
    }
)
"""Operators that make up layers: most of the bits are their weights."""
_SCALE, _ZERO, _WEIGHT, _BIAS = RegionKind.SCALE, RegionKind.ZERO_POINT, RegionKind.WEIGHT, RegionKind.BIAS
_KINDS_BY_PLACE: Final[dict[str, tuple[RegionKind, ...]]] = {
    "BatchNormalization": (_WEIGHT, _WEIGHT, _BIAS, _WEIGHT, _WEIGHT),
    "Clip": (_WEIGHT, RegionKind.THRESHOLD, RegionKind.THRESHOLD),
    "Conv": (_WEIGHT, _WEIGHT, _BIAS),
    "ConvInteger": (_WEIGHT, _WEIGHT, _ZERO, _ZERO),
    "ConvTranspose": (_WEIGHT, _WEIGHT, _BIAS),
    "DequantizeLinear": (_WEIGHT, _SCALE, _ZERO),
    "Gemm": (_WEIGHT, _WEIGHT, _BIAS),
    "InstanceNormalization": (_WEIGHT, _WEIGHT, _BIAS),
    "LayerNormalization": (_WEIGHT, _WEIGHT, _BIAS),
    "MatMulInteger": (_WEIGHT, _WEIGHT, _ZERO, _ZERO),
    "QGemm": (_WEIGHT, _SCALE, _ZERO, _WEIGHT, _SCALE, _ZERO, _BIAS, _SCALE, _ZERO),
    "QLinearConv": (_WEIGHT, _SCALE, _ZERO, _WEIGHT, _SCALE, _ZERO, _SCALE, _ZERO, _BIAS),
    "QLinearMatMul": (_WEIGHT, _SCALE, _ZERO, _WEIGHT, _SCALE, _ZERO, _SCALE, _ZERO),
    "QuantizeLinear": (_WEIGHT, _SCALE, _ZERO),
}
"""Kind of each input by its place, where an operator's definition says so."""
_NAME_ENDINGS: Final = (".weight_quantized", ".weight", "_quantized", "_weight")


def with_constants_as_initialisers(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model that computes the same, whose constant nodes are initialisers, stored as raw bytes.

    The runtime holds both in memory alike, so both can be hit; subgraphs keep theirs.
    """
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    graph = changed.graph
    for tensor in graph.initializer:
        if not tensor.HasField("raw_data") and tensor.data_type != onnx.TensorProto.STRING:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))
    kept = []
    for node in graph.node:
        value = _constant_value(node)
        if value is None:
            kept.append(node)
        else:
            graph.initializer.append(numpy_helper.from_array(value, node.output[0]))
    del graph.node[:]
    graph.node.extend(kept)
    _forget_inputs_with_values(graph)
    return changed


def _constant_value(node: onnx.NodeProto) -> NDArray[np.generic] | None:
    if node.op_type != "Constant" or node.domain:
        return None
    attribute = node.attribute[0]
    value = onnx.helper.get_attribute_value(attribute)
    if attribute.name == "value":
        return numpy_helper.to_array(value)
    if attribute.name in ("value_float", "value_floats"):
        return np.array(value, dtype=np.float32)
    if attribute.name in ("value_int", "value_ints"):
        return np.array(value, dtype=np.int64)
    return None


def _forget_inputs_with_values(graph: onnx.GraphProto) -> None:
    """Make initialisers that old files list among the inputs constant, as every exporter since IR version 4 does."""
    held = {tensor.name for tensor in graph.initializer}
    inputs = [info for info in graph.input if info.name not in held]
    if len(inputs) < len(graph.input):
        del graph.input[:]
        graph.input.extend(inputs)


def tensor_values(model: onnx.ModelProto) -> dict[str, NDArray[np.generic]]:
    """Return the initialisers of a model by name, in file order; texts are left out."""
    return {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in model.graph.initializer
        if tensor.data_type != onnx.TensorProto.STRING
    }


def with_values(model: onnx.ModelProto, values: Mapping[str, NDArray[np.generic]]) -> onnx.ModelProto:
    """Return a model in which some initialisers hold other values of the same type and shape.

    Raises
    ------
    ValueError
        If the model has no such initialiser, or type or shape differ.
    """
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    tensors = {tensor.name: tensor for tensor in changed.graph.initializer}
    for name, value in values.items():
        if name not in tensors:
            raise ValueError(f"values: the model has no initialiser {name!r}")
        replacement = numpy_helper.from_array(np.ascontiguousarray(value).reshape(value.shape), name)
        tensor = tensors[name]
        if replacement.data_type != tensor.data_type or replacement.dims != tensor.dims:
            raise ValueError(
                f"values: {name!r} is {value.dtype} of shape {list(value.shape)}; give type "
                f"{onnx.TensorProto.DataType.Name(tensor.data_type)} and shape {list(tensor.dims)}"
            )
        tensor.CopyFrom(replacement)
    return changed


def memory_image_of(model: onnx.ModelProto, *, alignment_bytes: int = ALIGNMENT_BYTES) -> MemoryImage:
    """Return the image of a model: its initialisers and constants in file order.

    Raises
    ------
    ValueError
        If there are none, or elements are packed (4 bits).
    """
    model = with_constants_as_initialisers(model)
    roles = tensor_roles(model)
    contents = [
        Content(name=name, layer=roles[name][0], kind=roles[name][1], values=values)
        for name, values in tensor_values(model).items()
    ]
    return image_of(contents, alignment_bytes=alignment_bytes)


def model_holding(model: onnx.ModelProto, image: MemoryImage, content: NDArray[np.uint8]) -> onnx.ModelProto:
    """Return the model whose initialisers are what the image's regions of their names hold."""
    model = with_constants_as_initialisers(model)
    names = [name for name, values in tensor_values(model).items() if values.size]
    return with_values(model, {name: image.values(name, content) for name in names})


def tensor_roles(model: onnx.ModelProto) -> dict[str, tuple[str, RegionKind]]:
    """Return the layer and the kind of each initialiser, by the first operator that reads it."""
    values = tensor_values(model)
    producer = {output: node for node in model.graph.node for output in node.output}
    roles: dict[str, tuple[str, RegionKind]] = {}
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name in values and name not in roles:
                roles[name] = (_layer(node, name, values, producer), _kind(node, place, values[name]))
    for name in values:
        roles.setdefault(name, (name, RegionKind.METADATA))
    return roles


def weighted_tensor(node: onnx.NodeProto, values: Mapping[str, NDArray[np.generic]]) -> str | None:
    """Return the name of the weights of an operator that makes up a layer, None for all others."""
    if node.op_type not in WEIGHTED_OPERATORS:
        return None
    kinds = _KINDS_BY_PLACE.get(node.op_type, (_WEIGHT, _WEIGHT))
    held = [name for name, kind in zip(node.input, kinds, strict=False) if kind is _WEIGHT and name in values]
    return held[-1] if held else None


def _layer(
    node: onnx.NodeProto,
    name: str,
    values: Mapping[str, NDArray[np.generic]],
    producer: Mapping[str, onnx.NodeProto],
) -> str:
    weights = weighted_tensor(node, values)
    if weights is None and node.op_type == "Add":
        for source in _sources(node, producer):
            weights = weights or weighted_tensor(source, values)
    if weights is not None:
        name = weights
    for ending in _NAME_ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name if weights is not None else node.name or name


def _sources(node: onnx.NodeProto, producer: Mapping[str, onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
    return (producer[name] for name in node.input if name in producer)


def _kind(node: onnx.NodeProto, place: int, value: NDArray[np.generic]) -> RegionKind:
    kinds = _KINDS_BY_PLACE.get(node.op_type, ())
    is_float = np.issubdtype(value.dtype, np.floating) or value.dtype.kind == "V"
    if place < len(kinds):
        kind = kinds[place]
        return _BIAS if kind is _WEIGHT and value.dtype == np.int32 else kind
    if node.domain == "com.microsoft" and value.size == 1:
        return _SCALE if is_float else _ZERO
    if not is_float and value.dtype not in (np.int8, np.uint8):
        return RegionKind.METADATA
    if node.op_type == "Add":
        return _BIAS
    return RegionKind.METADATA if value.size == 1 else _WEIGHT
