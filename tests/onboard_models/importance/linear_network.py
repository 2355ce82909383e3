"""Two matrix products, whose gradients are known by hand."""

import numpy as np
from onnx import TensorProto, helper

from tests.onboard_models.small_graphs import finished


def linear_network(*, n_in=4, n_hidden=3, n_classes=3, seed=0, weights=None):
    """Return logits = (x first) head + bias, and its float64 arrays by name; all weights are above 1/4 and below 1."""
    rng = np.random.default_rng(seed)
    if weights is None:
        shapes = {"first.weight": (n_in, n_hidden), "head.weight": (n_hidden, n_classes), "head.bias": (n_classes,)}
        weights = {name: rng.uniform(0.26, 0.99, shape).astype(np.float32) for name, shape in shapes.items()}
    nodes = [
        helper.make_node("MatMul", ["x", "first.weight"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "head.weight", "head.bias"], ["logits"]),
    ]
    model = finished(
        nodes,
        weights,
        inputs=[("x", TensorProto.FLOAT, ["n", n_in])],
        outputs=[("logits", TensorProto.FLOAT, ["n", n_classes])],
    )
    return model, {name: value.astype(np.float64) for name, value in weights.items()}


def softmax(logits):
    """Return probabilities, (n, n_classes)."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
