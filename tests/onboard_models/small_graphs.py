"""Small models with random weights, made operator by operator."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def finished(nodes, weights, *, inputs, outputs, opset=18):
    """Return the model of some nodes; `weights` is a dict of arrays, inputs and outputs are (name, type, shape)."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(*info) for info in inputs],
        [helper.make_tensor_value_info(*info) for info in outputs],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)], ir_version=10
    )
    onnx.checker.check_model(model)
    return model


def plain_cnn(*, channels=(8, 16, 16), size=12, seed=0, dtype=np.float32, n_classes=5):
    """Return a chain of Conv and Relu, a mean over the image and a Gemm: input x (n, 1, size, size)."""
    rng = np.random.default_rng(seed)
    nodes, weights, at, n_in = [], {}, "x", 1
    for i, n_out in enumerate(channels):
        weights[f"conv{i}.weight"] = (rng.normal(size=(n_out, n_in, 3, 3)) * np.sqrt(2 / (9 * n_in))).astype(dtype)
        weights[f"conv{i}.bias"] = (0.1 * rng.normal(size=n_out)).astype(dtype)
        stride = 2 if i == 1 else 1
        names = [at, f"conv{i}.weight", f"conv{i}.bias"]
        nodes.append(helper.make_node("Conv", names, [f"sum{i}"], pads=[1] * 4, strides=[stride] * 2))
        nodes.append(helper.make_node("Relu", [f"sum{i}"], [f"act{i}"]))
        at, n_in = f"act{i}", n_out
    nodes.append(helper.make_node("GlobalAveragePool", [at], ["pooled"]))
    nodes.append(helper.make_node("Flatten", ["pooled"], ["features"]))
    weights["head.weight"] = (rng.normal(size=(n_classes, n_in)) / np.sqrt(n_in)).astype(dtype)
    weights["head.bias"] = (0.1 * rng.normal(size=n_classes)).astype(dtype)
    nodes.append(helper.make_node("Gemm", ["features", "head.weight", "head.bias"], ["logits"], transB=1))
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return finished(
        nodes, weights, inputs=[("x", kind, ["n", 1, size, size])], outputs=[("logits", kind, ["n", n_classes])]
    )


def images(n, size, *, seed=1, dtype=np.float32, n_channels=1):
    """Return random images (n, n_channels, size, size)."""
    return np.random.default_rng(seed).normal(size=(n, n_channels, size, size)).astype(dtype)


FLOAT = TensorProto.FLOAT
INT64 = TensorProto.INT64
