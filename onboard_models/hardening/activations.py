"""Where a network has activations that nothing bounds, and how large they get on clean images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray

from onboard_models.model_tensors import tensor_values, with_constants_as_initialisers
from onboard_models.runtime import Optimisation, open_session

LOG: Final = "log"
RELU: Final = "relu"
_BATCH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """One activation: a rectifier, or the natural logarithm of one plus a rectifier.

    Attributes
    ----------
    kind : "relu" or "log"
    given : tensor that it is computed from
    rectified : tensor behind the rectifier
    output : tensor that follows; `rectified` where there is no logarithm
    """

    kind: str
    given: str
    rectified: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationRange:
    """What the rectified values of one activation reach on clean images."""

    largest: float
    quantile_99: float


def activations_of(model: onnx.ModelProto) -> tuple[Activation, ...]:
    """Return the activations of a network in the order of its graph; networks in integers have none."""
    model = with_constants_as_initialisers(model)
    values = tensor_values(model)
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in model.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    return tuple(
        Activation(
            kind=RELU if (log := _log_behind(node.output[0], readers, values)) is None else LOG,
            given=node.input[0],
            rectified=node.output[0],
            output=node.output[0] if log is None else log,
        )
        for node in model.graph.node
        if node.op_type == "Relu"
    )


def _log_behind(
    rectified: str, readers: Mapping[str, list[onnx.NodeProto]], values: Mapping[str, NDArray[np.generic]]
) -> str | None:
    """Return the tensor that is ln(1 + rectified), None if the rectified values are used as they are."""
    add, log = None, None
    if len(following := readers.get(rectified, [])) == 1 and following[0].op_type == "Add":
        add = following[0]
    if add is not None and len(following := readers.get(add.output[0], [])) == 1 and following[0].op_type == "Log":
        log = following[0]
    return log.output[0] if add is not None and log is not None and _adds_one(add, values) else None


def _adds_one(node: onnx.NodeProto, values: Mapping[str, NDArray[np.generic]]) -> bool:
    return any(name in values and values[name].size == 1 and values[name].item() == 1.0 for name in node.input)


def activation_ranges(model: onnx.ModelProto, x: NDArray[np.float32]) -> dict[str, ActivationRange]:
    """Return, by the name of the rectified tensor, what activations reach on images (n, ...).

    The quantile is the largest over batches of images of each batch's own, so that memory stays small.
    """
    names = [activation.rectified for activation in activations_of(model)]
    if not names:
        return {}
    shown = with_constants_as_initialisers(model)
    del shown.graph.output[:]
    shown.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = open_session(shown.SerializeToString(), optimisation=Optimisation.BASIC)
    reached = np.zeros((2, len(names)))
    given = session.get_inputs()[0].name
    for first in range(0, len(x), _BATCH):
        found = session.run(names, {given: x[first : first + _BATCH]})
        batch = [(float(values.max()), float(np.quantile(values, 0.99))) for values in found]
        reached = np.maximum(reached, np.transpose(batch))
    return {
        name: ActivationRange(largest=float(largest), quantile_99=float(quantile))
        for name, largest, quantile in zip(names, *reached, strict=True)
    }
