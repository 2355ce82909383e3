"""How many multiplications a network does, and hence what each stage costs."""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import shape_inference

from onboard_models.hardening.exits import exits_of
from onboard_models.hardening.rewriting import with_outputs
from onboard_models.model_tensors import tensor_values, weighted_tensor, with_constants_as_initialisers

CALL_MULTIPLICATIONS: Final = 50_000
"""Multiplications that take as long as calling one operator: 1.2 us against 22 ns per thousand, measured with ONNX
Runtime 1.31 on one x86 core; small networks are slowed down by their small operators."""

EXIT_CALLS: Final = 10
"""Operators that decide at one early exit, `If` counted by what it takes."""


def cost_of(model: onnx.ModelProto) -> float:
    """Return what one image costs, in multiplications: those of convolutions and products, and a share per operator.

    Sizes that are open count as 1.
    """
    model = _for_one_image(with_constants_as_initialisers(model))
    infos = {info.name: info.type.tensor_type.shape for info in [*model.graph.value_info, *model.graph.output]}
    values = tensor_values(model)
    total = 0.0
    for node in model.graph.node:
        weights = weighted_tensor(node, values)
        total += CALL_MULTIPLICATIONS
        if weights is None or node.output[0] not in infos:
            continue
        sizes = [max(dim.dim_value, 1) for dim in infos[node.output[0]].dim]
        per_output = values[weights].size / values[weights].shape[0]
        if "MatMul" in node.op_type:
            per_output = values[weights].size / values[weights].shape[-1]
        total += float(np.prod(sizes)) * per_output
    return total


def costs_of_exits(model: onnx.ModelProto, early: tuple[int, ...]) -> list[float]:
    """Return what an image costs that leaves at each of the exits in use, the last one last.

    Parameters
    ----------
    model : with exits as of `exits_of`
    early : places of early exits in use
    """
    exits = exits_of(model)
    outputs = [*(exits.outputs[place] for place in early), exits.outputs[-1]]
    deciding = EXIT_CALLS * CALL_MULTIPLICATIONS
    return [
        cost_of(with_outputs(model, outputs[: i + 1])) + deciding * min(i + 1, len(early)) for i in range(len(outputs))
    ]


def _for_one_image(model: onnx.ModelProto) -> onnx.ModelProto:
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    if len(changed.graph.input[0].type.tensor_type.shape.dim):
        changed.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    for info in changed.graph.output:
        if len(info.type.tensor_type.shape.dim):
            info.type.tensor_type.shape.dim[0].dim_value = 1
    return shape_inference.infer_shapes(changed)
