"""What one faulty weight does to the output of its operator: one channel changes, by a multiple of one input.

With w' for w, a convolution's output channel `o` changes by `(w' - w) x`, where x is the input channel that the weight
reads, shifted by its tap; a matrix product's column `j` changes by `(w' - w)` times its input's column `i`. That needs
no convolution, and holds for all strides, paddings, dilations and groups.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx

from onboard_models.injection.graph_cuts import ModelGraph

_ALL: Final = slice(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an element acts on, and by which part of the operator's input.

    Attributes
    ----------
    place : index of the part of the output that changes; all rows of the batch are in it
    target : index inside that part of what the input adds to
    source : index of the part of the operator's input that is added in multiples; None adds the multiple itself
    """

    place: Any
    target: Any = ...
    source: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyTensor:
    """A tensor whose elements each act on the output of one operator in proportion.

    Attributes
    ----------
    output, source : names of the operator's output, and of the input that its elements multiply (None for a bias)
    effect : from an element's flat index and the shapes of source and output to what it acts on
    factor : what the product is multiplied by besides (alpha and beta of Gemm)
    """

    output: str
    source: str | None
    effect: Callable[[int, tuple[int, ...], tuple[int, ...]], Effect]
    factor: float = 1.0


def faulty_tensors(graph: ModelGraph) -> dict[str, FaultyTensor]:
    """Return all float32 tensors of a model whose single faults are such multiples."""
    found: dict[str, FaultyTensor] = {}
    after_input = set(graph.downstream(graph.input))
    for name, values in graph.values.items():
        readers = graph.readers.get(name, [])
        if values.dtype != np.float32 or len(readers) != 1 or readers[0] not in after_input or name in graph.outputs:
            continue
        node = graph.nodes[readers[0]]
        place = list(node.input).index(name)
        make = _MAKERS.get(node.op_type)
        if make is None or node.domain not in ("", "ai.onnx") or list(node.input).count(name) > 1:
            continue
        tensor = make(node, place, values.shape)
        if tensor is not None:
            found[name] = tensor
    return found


def _conv(node: onnx.NodeProto, place: int, shape: tuple[int, ...]) -> FaultyTensor | None:
    if place == 2:
        return FaultyTensor(output=node.output[0], source=None, effect=lambda o, _, __: Effect(place=(_ALL, o)))
    if place != 1:
        return None
    options = _attributes(node)
    n_axes = len(shape) - 2
    strides = tuple(options.get("strides", [1] * n_axes))
    dilations = tuple(options.get("dilations", [1] * n_axes))
    n_out_of_group = shape[0] // options.get("group", 1)

    def effect(element: int, source: tuple[int, ...], output: tuple[int, ...]) -> Effect:
        o, c, *taps = (int(i) for i in np.unravel_index(element, shape))
        pads = _pads_before(options, shape, source, output)
        spans = [
            _span(tap * dilation - pad, stride, n_in, n_out)
            for tap, dilation, pad, stride, n_in, n_out in zip(
                taps, dilations, pads, strides, source[2:], output[2:], strict=True
            )
        ]
        channel = o // n_out_of_group * shape[1] + c
        return Effect(
            place=(_ALL, o),
            target=(_ALL, *(into for into, _ in spans)),
            source=(_ALL, channel, *(out_of for _, out_of in spans)),
        )

    return FaultyTensor(output=node.output[0], source=node.input[0], effect=effect)


def _pads_before(
    options: dict[str, Any], shape: tuple[int, ...], source: tuple[int, ...], output: tuple[int, ...]
) -> list[int]:
    """Return the padding before each axis of a convolution."""
    n_axes = len(shape) - 2
    auto = options.get("auto_pad", b"NOTSET").decode()
    if auto in ("NOTSET", "VALID"):
        return list(options.get("pads", [0] * n_axes))[:n_axes]
    strides, dilations = options.get("strides", [1] * n_axes), options.get("dilations", [1] * n_axes)
    totals = [
        max((n_out - 1) * stride + (taps - 1) * dilation + 1 - n_in, 0)
        for n_out, stride, taps, dilation, n_in in zip(
            output[2:], strides, shape[2:], dilations, source[2:], strict=True
        )
    ]
    return [total - total // 2 if auto == "SAME_LOWER" else total // 2 for total in totals]


def _span(offset: int, stride: int, n_in: int, n_out: int) -> tuple[slice, slice]:
    """Return the outputs `i` of `0 <= i stride + offset < n_in`, and those inputs."""
    first = max(0, -(offset // stride))
    end = max(min(n_out, (n_in - 1 - offset) // stride + 1), first)
    start = first * stride + offset
    return slice(first, end), slice(start, start + (end - first) * stride if end > first else start, stride)


def _gemm(node: onnx.NodeProto, place: int, shape: tuple[int, ...]) -> FaultyTensor | None:
    options = _attributes(node)
    n_columns = shape[-1] if shape else 0
    if place == 2 and int(np.prod(shape)) == n_columns:
        return FaultyTensor(
            output=node.output[0],
            source=None,
            effect=lambda j, _, __: Effect(place=(_ALL, j if n_columns > 1 else _ALL)),
            factor=options.get("beta", 1.0),
        )
    if place != 1 or options.get("transA", 0):
        return None
    is_transposed = bool(options.get("transB", 0))

    def effect(element: int, _: tuple[int, ...], __: tuple[int, ...]) -> Effect:
        row, column = divmod(element, n_columns)
        i, j = (column, row) if is_transposed else (row, column)
        return Effect(place=(_ALL, j), source=(_ALL, i))

    return FaultyTensor(output=node.output[0], source=node.input[0], effect=effect, factor=options.get("alpha", 1.0))


def _matmul(node: onnx.NodeProto, place: int, shape: tuple[int, ...]) -> FaultyTensor | None:
    if place != 1 or len(shape) != 2:
        return None

    def effect(element: int, _: tuple[int, ...], __: tuple[int, ...]) -> Effect:
        i, j = divmod(element, shape[1])
        return Effect(place=(..., j), source=(..., i))

    return FaultyTensor(output=node.output[0], source=node.input[0], effect=effect)


def _add(node: onnx.NodeProto, _: int, shape: tuple[int, ...]) -> FaultyTensor | None:
    def effect(element: int, _: tuple[int, ...], output: tuple[int, ...]) -> Effect:
        at = np.unravel_index(element, shape) if shape else ()
        sizes = zip(shape, output[len(output) - len(shape) :], strict=True)
        index = [
            _ALL if size == 1 and n > 1 else slice(int(i), int(i) + 1) for i, (size, n) in zip(at, sizes, strict=True)
        ]
        return Effect(place=(..., *index))

    return FaultyTensor(output=node.output[0], source=None, effect=effect)


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


_MAKERS: Final = {"Add": _add, "Conv": _conv, "Gemm": _gemm, "MatMul": _matmul}
