"""The shipped file itself in torch, operator by operator, so that gradients are those of what flies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor

from onboard_models.importance.operators import Call, as_tensor, computed
from onboard_models.injection.graph_cuts import ModelGraph
from onboard_models.runtime import open_session, primary_output, run_in_batches

AGREEMENT: Final = 1e-4
"""Largest difference from ONNX Runtime, in units of the largest logit: rounding of float32 in another order."""


class TorchNetwork:
    """A network of one input in torch.

    Parameters
    ----------
    model : ONNX model of float32 operators that `operators.OPERATORS` has, or its bytes
    probe : (n, ...) float32 images on which it must agree with ONNX Runtime

    Attributes
    ----------
    graph : ModelGraph
    output : name of the output that answers
    parameters : float32 tensors of the file by name, leaves that gradients are taken of

    Raises
    ------
    UnsupportedOperatorError
        If the model has another operator.
    ValueError
        If its logits are not those of ONNX Runtime.
    """

    def __init__(self, model: onnx.ModelProto | bytes, probe: NDArray[np.float32]) -> None:
        self.graph = ModelGraph(onnx.ModelProto.FromString(model) if isinstance(model, bytes) else model)
        self.output = primary_output(self.graph.outputs)
        values = self.graph.values
        self.parameters = {
            name: as_tensor(array).requires_grad_() for name, array in values.items() if array.dtype == np.float32
        }
        self._others = {name: as_tensor(array) for name, array in values.items() if name not in self.parameters}
        self._nodes = [self.graph.nodes[i] for i in self.graph.upstream([self.output])]
        self._check(probe)

    def tensors(
        self,
        x: Tensor,
        *,
        parameters: Mapping[str, Tensor] | None = None,
        factor: Mapping[str, float] | None = None,
    ) -> dict[str, Tensor]:
        """Return every tensor on the way to the logits, by name.

        Parameters
        ----------
        x : (n, ...) images
        parameters : that stand for those of the same names
        factor : what some computed tensors are multiplied by before others read them
        """
        known = {**self._others, **self.parameters, **(parameters or {}), self.graph.input: x}
        for node in self._nodes:
            held = self.graph.values
            call = Call(
                node=node,
                inputs=[known[name] if name else None for name in node.input],
                constants={place: held[name] for place, name in enumerate(node.input) if name in held},
            )
            result = computed(call)
            name = node.output[0]
            known[name] = result * factor[name] if factor and name in factor else result
        return known

    def logits(self, x: Tensor, parameters: Mapping[str, Tensor] | None = None) -> Tensor:
        """Return the logits (n, n_classes)."""
        return self.tensors(x, parameters=parameters)[self.output]

    def _check(self, probe: NDArray[np.float32]) -> None:
        """Hold the logits against those of ONNX Runtime."""
        expected = run_in_batches(open_session(self.graph.model.SerializeToString()), probe)[self.output]
        with torch.no_grad():
            got = self.logits(torch.from_numpy(probe)).numpy()
        difference = float(np.max(np.abs(got - expected)))
        if not difference <= AGREEMENT * max(1.0, float(np.max(np.abs(expected)))):
            raise ValueError(
                f"model: logits in torch differ from those of ONNX Runtime by {difference:.2g}; gradients would be "
                "those of another network"
            )
