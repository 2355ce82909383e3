"""What a model file may contain before anything runs it: one file, known operators, bounded sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import onnx
from google.protobuf.message import DecodeError, Message

MIB: Final = 2**20
_STANDARD_DOMAINS: Final = ("", "ai.onnx", "ai.onnx.ml")
_RUNTIME_DOMAIN: Final = "com.microsoft"
_RUNTIME_OPERATORS: Final = frozenset(
    {
        "BiasGelu",
        "DequantizeLinear",
        "FastGelu",
        "FusedConv",
        "FusedGemm",
        "FusedMatMul",
        "Gelu",
        "LayerNormalization",
        "QGemm",
        "QLinearAdd",
        "QLinearAveragePool",
        "QLinearConcat",
        "QLinearConv",
        "QLinearGlobalAveragePool",
        "QLinearLeakyRelu",
        "QLinearMul",
        "QLinearReduceMean",
        "QLinearSigmoid",
        "QLinearSoftmax",
        "QLinearWhere",
        "QuantizeLinear",
        "QuickGelu",
        "SkipLayerNormalization",
    }
)
"""Operators beyond the standard that ONNX Runtime's quantiser and optimiser write; none of them reads files."""


class ModelRefusedError(ValueError):
    """A model file that is not run: the message says what is in it and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLimits:
    """Largest sizes of a model that is run.

    Attributes
    ----------
    file_bytes : size of the file
    tensor_bytes : size of any one tensor, stored or computed, as far as shapes tell it; unknown dimensions count as 1
    n_nodes : operators, those of subgraphs included
    """

    file_bytes: int = 512 * MIB
    tensor_bytes: int = 256 * MIB
    n_nodes: int = 50_000


def load_model_bytes(path: Path | str, limits: ModelLimits | None = None) -> bytes:
    """Return the content of a model file that passes `vet_model`.

    Raises
    ------
    ModelRefusedError
        If the file cannot be read, is too large, or does not pass.
    """
    limits = limits or ModelLimits()
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(limits.file_bytes + 1)
    except OSError as error:
        raise ModelRefusedError(f"{path}: cannot be read ({error.strerror}); give the path of an .onnx file") from error
    vet_model(content, limits, name=str(path))
    return content


def vet_model(model_bytes: bytes, limits: ModelLimits | None = None, *, name: str = "model") -> onnx.ModelProto:
    """Return the model that the bytes hold.

    Parameters
    ----------
    model_bytes : content of one .onnx file
    limits : ModelLimits, by default those of the class
    name : what messages call the model

    Raises
    ------
    ModelRefusedError
        If the bytes are no valid ONNX model, tensors lie in other files, an operator is neither standard nor one of
        ONNX Runtime's quantised and fused ones, or the file, a tensor or the number of operators is too large.
    """
    limits = limits or ModelLimits()
    if len(model_bytes) > limits.file_bytes:
        raise ModelRefusedError(f"{name}: more than {limits.file_bytes} bytes; raise the limit file_bytes or shrink it")
    try:
        model: onnx.ModelProto = onnx.ModelProto.FromString(model_bytes)
    except DecodeError as error:
        raise ModelRefusedError(f"{name}: no ONNX model ({error}); give the bytes of one .onnx file") from error
    _check_messages(model, limits, name)
    try:
        onnx.checker.check_model(model)
        _check_computed_sizes(model, limits, name)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ModelRefusedError(f"{name}: no valid ONNX model: {error}") from error
    return model


def _check_messages(model: onnx.ModelProto, limits: ModelLimits, name: str) -> None:
    n_nodes = 0
    if model.functions:
        raise ModelRefusedError(f"{name}: has functions of its own; export it with them inlined (onnx.inliner)")
    for message in _messages(model):
        if isinstance(message, onnx.NodeProto):
            n_nodes += 1
            _check_operator(message, name)
        elif isinstance(message, onnx.TensorProto):
            _check_tensor(message, limits, name)
    if n_nodes > limits.n_nodes:
        raise ModelRefusedError(f"{name}: {n_nodes} operators; at most {limits.n_nodes} (limit n_nodes)")


def _messages(root: Message) -> Iterator[Message]:
    """Give a message and all that it holds, wherever they are: subgraphs, attributes, sparse tensors."""
    stack: list[Any] = [root]
    while stack:
        message = stack.pop()
        yield message
        for field, value in message.ListFields():
            if field.type == field.TYPE_MESSAGE:
                stack.extend([value] if isinstance(value, Message) else value)


def _check_operator(node: onnx.NodeProto, name: str) -> None:
    if node.domain in _STANDARD_DOMAINS:
        return
    if node.domain != _RUNTIME_DOMAIN or node.op_type not in _RUNTIME_OPERATORS:
        raise ModelRefusedError(
            f"{name}: operator {node.op_type!r} of domain {node.domain!r}; only standard ONNX operators and the "
            "quantised and fused ones of com.microsoft are run; export the model with those"
        )


def _check_tensor(tensor: onnx.TensorProto, limits: ModelLimits, name: str) -> None:
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise ModelRefusedError(
            f"{name}: tensor {tensor.name!r} lies in another file; save the model as one file "
            "(onnx.save(model, path, save_as_external_data=False))"
        )
    if any(n < 0 for n in tensor.dims):
        raise ModelRefusedError(f"{name}: tensor {tensor.name!r} has shape {list(tensor.dims)}")
    _check_size(tensor.name, tensor.data_type, list(tensor.dims), limits, name)


def _check_computed_sizes(model: onnx.ModelProto, limits: ModelLimits, name: str) -> None:
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    for info in (*inferred.graph.input, *inferred.graph.value_info, *inferred.graph.output):
        tensor = info.type.tensor_type
        shape = [max(dim.dim_value, 1) for dim in tensor.shape.dim]
        _check_size(info.name, tensor.elem_type, shape, limits, name)


def _check_size(tensor: str, data_type: int, shape: list[int], limits: ModelLimits, name: str) -> None:
    n_bytes = math.prod(shape) * _element_bytes(data_type)
    if n_bytes > limits.tensor_bytes:
        raise ModelRefusedError(
            f"{name}: tensor {tensor!r} of shape {shape} takes {n_bytes} bytes; at most {limits.tensor_bytes} "
            "(limit tensor_bytes)"
        )


def _element_bytes(data_type: int) -> int:
    if data_type in (onnx.TensorProto.UNDEFINED, onnx.TensorProto.STRING):
        return 1
    return int(onnx.helper.tensor_dtype_to_np_dtype(data_type).itemsize)
