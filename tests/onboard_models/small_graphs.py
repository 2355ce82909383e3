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


def network_of_all_layers(*, seed=0):
    """Return a network with every kind of layer whose single faults are multiples of an input, and some others.

    Convolutions with groups, strides, dilations, uneven and automatic padding, one per channel; a residual sum, batch
    norm, bounded and other activations, matrix products with and without transposition and factors, biases of several
    shapes, and a second output half way. Input x (n, 3, 11, 9).
    """
    rng = np.random.default_rng(seed)
    weights = {}

    def normal(name, *shape, scale=None):
        fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else 10
        weights[name] = (rng.normal(size=shape) * (scale or 1.4 / np.sqrt(fan_in))).astype(np.float32)
        return name

    def conv(name, at, n_out, n_in, kernel, **options):
        inputs = [at, normal(f"{name}.weight", n_out, n_in, *kernel), normal(f"{name}.bias", n_out)]
        return helper.make_node("Conv", inputs, [name], **options)

    weights |= {
        "lowest": np.float32(0).reshape(()),
        "highest": np.float32(6).reshape(()),
        "tokens_shape": np.array([0, 8, -1]),
        "statistics.variance": rng.uniform(0.5, 1.5, 8).astype(np.float32),
    }
    node = helper.make_node
    nodes = [
        conv("first", "x", 8, 3, (3, 3), pads=[1, 0, 2, 1], strides=[2, 1]),
        node("Relu", ["first"], ["first_act"]),
        conv("per_channel", "first_act", 8, 1, (2, 2), group=8, auto_pad="SAME_UPPER"),
        node("Clip", ["per_channel", "lowest", "highest"], ["per_channel_act"]),
        conv("grouped", "per_channel_act", 8, 4, (3, 2), group=2, dilations=[2, 1], pads=[2, 0, 2, 1]),
        node(
            "BatchNormalization",
            ["grouped", normal("scale", 8), normal("shift", 8), normal("mean", 8), "statistics.variance"],
            ["normed"],
        ),
        node("Add", ["normed", "first_act"], ["residual"]),
        node("Relu", ["residual"], ["residual_act"]),
        conv("lower", "residual_act", 8, 8, (2, 2), auto_pad="SAME_LOWER", strides=[2, 2]),
        node("Sigmoid", ["lower"], ["lower_act"]),
        node("GlobalAveragePool", ["residual_act"], ["early_pooled"]),
        node("Flatten", ["early_pooled"], ["early_features"]),
        node(
            "Gemm", ["early_features", normal("exit1.weight", 8, 4), normal("exit1.bias", 1, 4)], ["exit1"], alpha=0.7
        ),
        node("Reshape", ["lower_act", "tokens_shape"], ["channels_first"]),
        node("Transpose", ["channels_first"], ["tokens"], perm=[0, 2, 1]),
        node("MatMul", ["tokens", normal("mix.weight", 8, 12, scale=0.4)], ["mix"]),
        node("Add", ["mix", normal("mix.bias", 12)], ["mixed"]),
        node("Erf", ["mixed"], ["mixed_act"]),
        node("Add", [normal("position", 1, 12, 12), "mixed_act"], ["placed"]),
        node("LayerNormalization", ["placed", normal("norm.weight", 12), normal("norm.bias", 12)], ["standard"]),
        node("ReduceMean", ["standard", "axes"], ["features"], keepdims=0),
        node(
            "Gemm", ["features", normal("head.weight", 4, 12), normal("head.bias", 4)], ["logits"], transB=1, beta=0.5
        ),
    ]
    weights["axes"] = np.array([1])
    return finished(
        nodes,
        weights,
        inputs=[("x", TensorProto.FLOAT, ["n", 3, 11, 9])],
        outputs=[("exit1", TensorProto.FLOAT, ["n", 4]), ("logits", TensorProto.FLOAT, ["n", 4])],
    )
