"""Models to inject into, and trials held to rebuilt sessions."""

import io
from functools import cache

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from onboard_models.injection import Injector, outputs_agree
from onboard_models.injection.graph_cuts import ModelGraph
from onboard_models.injection.rebuilt import RebuiltModel
from tests.onboard_models.small_graphs import images, network_of_all_layers, plain_cnn

SHAPES = {"float32": (1, 12, 12), "float16": (1, 12, 12), "int8": (1, 12, 12), "all-layers": (3, 11, 9)}


class _Images(CalibrationDataReader):
    def __init__(self):
        self._batches = iter([{"x": images(16, 12, seed=seed)} for seed in range(3)])

    def get_next(self):
        return next(self._batches, None)


def quantised(model, folder):
    """Return an int8 version in operators that compute with integers."""
    source, target = folder / "float.onnx", folder / "int8.onnx"
    onnx.save(model, source)
    options = {"quant_format": QuantFormat.QOperator, "activation_type": QuantType.QUInt8}
    quantize_static(source, target, _Images(), weight_type=QuantType.QInt8, per_channel=True, **options)
    return onnx.load(target)


@cache
def injector_of(name, folder):
    return Injector(model_of(name, folder))


@cache
def model_of(name, folder):
    if name == "all-layers":
        return network_of_all_layers()
    if name == "int8":
        return quantised(plain_cnn(channels=(8, 16, 16)), folder)
    return plain_cnn(dtype=np.dtype(name))


def inputs(name, n=6, seed=1):
    dtype = np.float16 if name == "float16" else np.float32
    return np.random.default_rng(seed).normal(size=(n, *SHAPES[name])).astype(dtype)


def rebuilt_outputs(model, x, trials):
    """Return outputs of rebuilt sessions, None where they fail."""
    graph = ModelGraph(onnx.load(io.BytesIO(model.SerializeToString())))
    reference = RebuiltModel(graph)
    return [reference.outputs(x, flips) for flips in trials]


def assert_as_rebuilt(results, expected, *, tolerance):
    """Assert that outputs agree, and so does every decision that is not nan."""
    for i, outputs in enumerate(expected):
        assert results.is_failed[i] == (outputs is None)
        if outputs is None:
            continue
        found = {name: value[i] for name, value in results.outputs.items()}
        assert outputs_agree(found, outputs, tolerance=tolerance), i
        for name in outputs:
            is_decided = np.isfinite(outputs[name]).all(axis=1)
            np.testing.assert_array_equal(
                found[name].argmax(axis=1)[is_decided], outputs[name].argmax(axis=1)[is_decided]
            )
