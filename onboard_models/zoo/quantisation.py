"""Networks in eight bits: integer convolutions and products, with int8 weights and uint8 activations."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

QUANTISED_OPERATORS: Final = ("Conv", "MatMul", "Relu")
"""Those of the standard domain; sums, pooling and biases of linear layers stay in float32."""


class _Batches(CalibrationDataReader):  # type: ignore[misc]
    """Hands calibration images over in batches."""

    def __init__(self, x: np.ndarray[Any, Any]) -> None:
        self._batches = iter(np.array_split(x, max(1, len(x) // 100)))

    def get_next(self) -> dict[str, np.ndarray[Any, Any]] | None:
        """Return the next batch by input name, None behind the last."""
        batch = next(self._batches, None)
        return None if batch is None else {"x": batch}


def quantised(model: onnx.ModelProto, calibration: np.ndarray[Any, Any], *, per_channel: bool) -> onnx.ModelProto:
    """Return a network whose convolutions and products run in integers.

    Parameters
    ----------
    model : onnx.ModelProto
        In float32.
    calibration : (n, 1, 32, 32) float32
        Training images; the range of each activation is what they reach.
    per_channel : bool
        Whether each output channel has a weight scale of its own.

    Returns
    -------
    onnx.ModelProto
        QLinearConv and QLinearMatMul: weights int8, symmetric; activations uint8; biases int32; scales float32.
    """
    with tempfile.TemporaryDirectory() as folder, _quiet_root_logger():
        path = Path(folder) / "int8.onnx"
        quantize_static(
            _copy_of(model),
            path,
            _Batches(calibration),
            quant_format=QuantFormat.QOperator,
            op_types_to_quantize=list(QUANTISED_OPERATORS),
            per_channel=per_channel,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"ActivationSymmetric": False, "WeightSymmetric": True},
        )
        result = onnx.load(path)
    result.producer_name = model.producer_name
    del result.metadata_props[:]
    result.metadata_props.extend(model.metadata_props)
    return result


@contextmanager
def _quiet_root_logger() -> Iterator[None]:
    """Keep the quantiser's advice on preprocessing, which does not apply to folded graphs, off the terminal."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)


def _copy_of(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy for the quantiser, which moves the weights of what it is given to a file of its own."""
    copied = onnx.ModelProto()
    copied.CopyFrom(model)
    return copied


def with_integer_stages(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model whose metadata name as stages the integer tensors, if there are, where the graph can be cut."""
    copied = _copy_of(model)
    integer = {node.output[0]: node.input[0] for node in copied.graph.node if node.op_type == "DequantizeLinear"}
    for entry in copied.metadata_props:
        if entry.key == "stages":
            entry.value = json.dumps([integer.get(stage, stage) for stage in json.loads(entry.value)])
    return copied
