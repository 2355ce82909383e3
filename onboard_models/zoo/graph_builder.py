"""Writes an ONNX graph node by node, so that every tensor has a name that a person can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET: Final = 18
IR_VERSION: Final = 10  # the newest that onnxruntime 1.23, the last for some boards, reads


class GraphBuilder:
    """Collects nodes and weights; a tensor is named by whoever makes it, and its name is how others refer to it."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: dict[str, onnx.TensorProto] = {}

    def weight(self, name: str, values: np.ndarray[Any, Any]) -> str:
        """Add an initialiser, unless it is there already, and return its name."""
        if name not in self._weights:
            self._weights[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add a node with one output and return that output's name."""
        self._nodes.append(
            helper.make_node(operator, list(inputs), [output], name=f"{output}:{operator}", **attributes)
        )
        return output

    def linear(self, x: str, output: str, *, weight: np.ndarray[Any, Any], bias: np.ndarray[Any, Any]) -> str:
        """Add x @ weight + bias, weight (inputs, outputs)."""
        product = self.node("MatMul", [x, self.weight(f"{output}.weight", weight)], f"{output}.product")
        return self.node("Add", [product, self.weight(f"{output}.bias", bias)], output)

    def model(
        self, outputs: Mapping[str, int], *, input_shape: tuple[int, ...], metadata: Mapping[str, str]
    ) -> onnx.ModelProto:
        """Return the checked model.

        Parameters
        ----------
        outputs : mapping
            Name and number of columns of each output (n, columns).
        input_shape : tuple of int
            Of one image; the input `x` is float32 (n, *input_shape).
        metadata : mapping
            Goes to `metadata_props`.
        """
        inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *input_shape])]
        told = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", n]) for name, n in outputs.items()]
        graph = helper.make_graph(self._nodes, "network", inputs, told, list(self._weights.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        model.producer_name = "sunwise"
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model, full_check=True)
        return model
