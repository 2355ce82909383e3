"""ONNX operators in torch: those of convolutional and attention networks, float32."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Call:
    """A node with what it reads.

    Attributes
    ----------
    node : NodeProto
    inputs : tensors, None where an optional input is left out
    constants : values of inputs that the file holds, by place: shapes and axes must be known beforehand
    """

    node: onnx.NodeProto
    inputs: Sequence[Tensor | None]
    constants: Mapping[int, NDArray[Any]]

    def tensor(self, place: int) -> Tensor:
        """Return an input that must be there."""
        found = self.inputs[place]
        assert found is not None, "the checker refuses nodes without it"
        return found

    def optional(self, place: int) -> Tensor | None:
        """Return an input, None if it is left out."""
        return self.inputs[place] if place < len(self.inputs) else None

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or what stands for it where the node does not say."""
        for attribute in self.node.attribute:
            if attribute.name == name:
                return onnx.helper.get_attribute_value(attribute)
        return default

    def integers(self, place: int, name: str) -> list[int] | None:
        """Return integers that are an attribute in old files and an input of constants in newer ones."""
        told = self.attribute(name)
        if told is not None:
            return [int(value) for value in told]
        if place >= len(self.inputs) or self.inputs[place] is None:
            return None
        if place not in self.constants:
            raise UnsupportedOperatorError(
                f"{self.node.op_type} {self.node.name!r} computes its {name} while it runs; export the model with "
                "fixed shapes"
            )
        return [int(value) for value in self.constants[place].reshape(-1)]


class UnsupportedOperatorError(ValueError):
    """A model with an operator, or an option of one, that has no counterpart here."""


def computed(call: Call) -> Tensor:
    """Return the first output of a node.

    Raises
    ------
    UnsupportedOperatorError
        If the operator or an option of it is none of those here.
    """
    operator = OPERATORS.get(call.node.op_type)
    if operator is None or call.node.domain not in ("", "ai.onnx"):
        raise UnsupportedOperatorError(
            f"operator {call.node.op_type!r} of node {call.node.name!r} has no gradient here; give a float32 network "
            f"of {', '.join(sorted(OPERATORS))}"
        )
    return operator(call)


def _conv(call: Call) -> Tensor:
    x, weight = call.tensor(0), call.tensor(1)
    n_axes = weight.ndim - 2
    strides = call.attribute("strides", [1] * n_axes)
    dilations = call.attribute("dilations", [1] * n_axes)
    spans = [(size - 1) * dilation + 1 for size, dilation in zip(weight.shape[2:], dilations, strict=True)]
    x = functional.pad(x, _padding(call, x, spans, strides))
    convolve = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}[n_axes]
    group = int(call.attribute("group", 1))
    return convolve(x, weight, call.optional(2), tuple(strides), 0, tuple(dilations), group)


def _padding(call: Call, x: Tensor, spans: Sequence[int], strides: Sequence[int]) -> list[int]:
    """Return what torch adds around the last axes, the last axis first."""
    n_axes = len(spans)
    automatic = call.attribute("auto_pad", b"NOTSET").decode()
    if automatic in ("NOTSET", "VALID"):
        pads = [int(value) for value in call.attribute("pads", [0] * 2 * n_axes)]
        pairs = list(zip(pads[:n_axes], pads[n_axes:], strict=True))
    else:
        totals = [
            max((math.ceil(n / stride) - 1) * stride + span - n, 0)
            for n, stride, span in zip(x.shape[2:], strides, spans, strict=True)
        ]
        less = [(total // 2, total - total // 2) for total in totals]
        pairs = less if automatic == "SAME_UPPER" else [(after, before) for before, after in less]
    return [value for pair in reversed(pairs) for value in pair]


def _pool(call: Call, *, is_maximum: bool) -> Tensor:
    x = call.tensor(0)
    kernel = [int(size) for size in call.attribute("kernel_shape")]
    strides = [int(size) for size in call.attribute("strides", [1] * len(kernel))]
    padding = _padding(call, x, kernel, strides)
    has_odd_options = call.attribute("ceil_mode", 0) or any(size != 1 for size in call.attribute("dilations", [1]))
    if len(kernel) != 2 or has_odd_options:
        raise UnsupportedOperatorError(
            f"{call.node.op_type} {call.node.name!r}: only over two axes, without ceil_mode and dilations"
        )
    if is_maximum:
        return functional.max_pool2d(functional.pad(x, padding, value=-math.inf), kernel, strides)
    mean = functional.avg_pool2d(functional.pad(x, padding), kernel, strides)
    if call.attribute("count_include_pad", 0) or not any(padding):
        return mean
    share = functional.avg_pool2d(functional.pad(torch.ones_like(x), padding), kernel, strides)
    return mean / share


def _gemm(call: Call) -> Tensor:
    a, b, c = call.tensor(0), call.tensor(1), call.optional(2)
    a = a.T if call.attribute("transA", 0) else a
    b = b.T if call.attribute("transB", 0) else b
    product: Tensor = call.attribute("alpha", 1.0) * (a @ b)
    return product if c is None else product + float(call.attribute("beta", 1.0)) * c


def _batch_norm(call: Call) -> Tensor:
    x, scale, bias, mean, variance = (call.tensor(place) for place in range(5))
    shape = (1, -1, *[1] * (x.ndim - 2))
    factor = scale * torch.rsqrt(variance + call.attribute("epsilon", 1e-5))
    return (x - mean.view(shape)) * factor.view(shape) + bias.view(shape)


def _layer_norm(call: Call) -> Tensor:
    x, scale = call.tensor(0), call.tensor(1)
    axis = int(call.attribute("axis", -1)) % x.ndim
    epsilon = call.attribute("epsilon", 1e-5)
    return functional.layer_norm(x, x.shape[axis:], scale, call.optional(2), epsilon)


def _clip(call: Call) -> Tensor:
    x = call.tensor(0)
    low, high = call.attribute("min"), call.attribute("max")
    if low is None and high is None:
        low, high = call.optional(1), call.optional(2)
    return x if low is None and high is None else torch.clamp(x, low, high)


def _reduce(call: Call, how: Callable[..., Tensor]) -> Tensor:
    x = call.tensor(0)
    axes = call.integers(1, "axes")
    if axes is None and call.attribute("noop_with_empty_axes", 0):
        return x
    return how(x, dim=list(range(x.ndim)) if axes is None else axes, keepdim=bool(call.attribute("keepdims", 1)))


def _flatten(call: Call) -> Tensor:
    x = call.tensor(0)
    axis = int(call.attribute("axis", 1)) % (x.ndim + 1)
    return x.reshape(math.prod(x.shape[:axis]), -1)


def _reshape(call: Call) -> Tensor:
    x, shape = call.tensor(0), call.integers(1, "shape")
    assert shape is not None, "the checker refuses a Reshape without shape"
    keeps = not call.attribute("allowzero", 0)
    return x.reshape([x.shape[i] if size == 0 and keeps else size for i, size in enumerate(shape)])


def _squeeze(call: Call) -> Tensor:
    x, axes = call.tensor(0), call.integers(1, "axes")
    return x.squeeze() if axes is None else x.squeeze(tuple(axes))


def _unsqueeze(call: Call) -> Tensor:
    x, axes = call.tensor(0), call.integers(1, "axes")
    assert axes is not None, "the checker refuses an Unsqueeze without axes"
    n_axes = x.ndim + len(axes)
    for axis in sorted(axis % n_axes for axis in axes):
        x = x.unsqueeze(axis)
    return x


def _transpose(call: Call) -> Tensor:
    x = call.tensor(0)
    return x.permute([int(axis) for axis in call.attribute("perm", range(x.ndim)[::-1])])


def _gelu(call: Call) -> Tensor:
    return functional.gelu(call.tensor(0), approximate=call.attribute("approximate", b"none").decode())


def _softmax(call: Call) -> Tensor:
    return torch.softmax(call.tensor(0), dim=int(call.attribute("axis", -1)))


def _spatial(x: Tensor) -> list[int]:
    return list(range(2, x.ndim))


def _of_one(function: Callable[[Tensor], Tensor]) -> Callable[[Call], Tensor]:
    return lambda call: function(call.tensor(0))


def _of_two(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Call], Tensor]:
    return lambda call: function(call.tensor(0), call.tensor(1))


OPERATORS: Final[Mapping[str, Callable[[Call], Tensor]]] = {
    "Abs": _of_one(torch.abs),
    "Add": _of_two(torch.add),
    "AveragePool": lambda call: _pool(call, is_maximum=False),
    "BatchNormalization": _batch_norm,
    "Clip": _clip,
    "Concat": lambda call: torch.cat(
        [tensor for tensor in call.inputs if tensor is not None], dim=int(call.attribute("axis"))
    ),
    "Conv": _conv,
    "Div": _of_two(torch.div),
    "Dropout": _of_one(lambda x: x),
    "Erf": _of_one(torch.erf),
    "Exp": _of_one(torch.exp),
    "Flatten": _flatten,
    "Gelu": _gelu,
    "Gemm": _gemm,
    "GlobalAveragePool": _of_one(lambda x: x.mean(dim=_spatial(x), keepdim=True)),
    "GlobalMaxPool": _of_one(lambda x: x.amax(dim=_spatial(x), keepdim=True)),
    "HardSwish": _of_one(functional.hardswish),
    "Identity": _of_one(lambda x: x),
    "LayerNormalization": _layer_norm,
    "LeakyRelu": lambda call: functional.leaky_relu(call.tensor(0), call.attribute("alpha", 0.01)),
    "Log": _of_one(torch.log),
    "MatMul": _of_two(torch.matmul),
    "MaxPool": lambda call: _pool(call, is_maximum=True),
    "Mul": _of_two(torch.mul),
    "Neg": _of_one(torch.neg),
    "Pow": _of_two(torch.pow),
    "ReduceMax": lambda call: _reduce(call, torch.amax),
    "ReduceMean": lambda call: _reduce(call, torch.mean),
    "ReduceSum": lambda call: _reduce(call, torch.sum),
    "Relu": _of_one(torch.relu),
    "Reshape": _reshape,
    "Sigmoid": _of_one(torch.sigmoid),
    "Softmax": _softmax,
    "Sqrt": _of_one(torch.sqrt),
    "Squeeze": _squeeze,
    "Sub": _of_two(torch.sub),
    "Tanh": _of_one(torch.tanh),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}


def as_tensor(values: NDArray[Any]) -> Tensor:
    """Return a tensor with memory of its own."""
    return torch.from_numpy(np.array(values))
