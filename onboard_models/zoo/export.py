"""A trained network as one ONNX file: batch norm folded in, weights under readable names, stages named.

The input is `x` float32 (n, 1, 32, 32), the last output is `logits`. With early exits `exit1` and `exit2` come before
it. The features behind the first stages are tensors `stage1` and `stage2`, where the graph can be cut.
"""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from onboard_models.datasets.sar_patches import PREPROCESSING, SIZE_PX, SPLITS
from onboard_models.datasets.tasks import class_names
from onboard_models.zoo.graph_builder import GraphBuilder
from onboard_models.zoo.networks import (
    AttentionBlock,
    CellHead,
    ChainBlock,
    ConvolutionalNetwork,
    LogActivation,
    NormalisedConvolution,
    PooledHead,
    ResidualBlock,
    VisionTransformer,
    folded,
)
from onboard_models.zoo.recipes import Recipe

EXPORT_TOLERANCE: Final = 1e-4
"""Largest difference of a logit between torch and ONNX Runtime: float32 rounding through ten layers is 1e-6 to 1e-5."""


class ExportError(ValueError):
    """The file would not compute what the network does."""


def export_network(network: nn.Module, recipe: Recipe, *, seed: int, probe: np.ndarray[Any, Any]) -> onnx.ModelProto:
    """Return the ONNX model of a trained network.

    Parameters
    ----------
    network : torch.nn.Module
        Trained by `recipe`.
    recipe : Recipe
        Told in the metadata.
    seed : int
        Of the training.
    probe : (n, 1, 32, 32) float32
        Images on which torch and ONNX Runtime must agree.

    Raises
    ------
    ExportError
        If a logit differs by more than `EXPORT_TOLERANCE`.
    """
    network = folded(network)
    builder = GraphBuilder()
    write = _write_convolutional if isinstance(network, ConvolutionalNetwork) else _write_transformer
    outputs = write(builder, network)
    n_answers = len(class_names(recipe.task))
    model = builder.model(
        dict.fromkeys(outputs, n_answers), input_shape=(1, SIZE_PX, SIZE_PX), metadata=_metadata(recipe, seed)
    )
    difference = largest_difference(network, model, probe)
    if not difference <= EXPORT_TOLERANCE:
        raise ExportError(f"{recipe.name}: logits of torch and ONNX Runtime differ by {difference:.2g}")
    return model


def largest_difference(network: nn.Module, model: onnx.ModelProto, probe: np.ndarray[Any, Any]) -> float:
    """Return the largest difference of any logit of any exit between torch and ONNX Runtime on images."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    with torch.inference_mode():
        expected = [logits.numpy() for logits in network(torch.from_numpy(probe))]
    got = session.run(None, {"x": probe})
    return max(float(np.max(np.abs(a - b))) for a, b in zip(expected, got, strict=True))


def _metadata(recipe: Recipe, seed: int) -> dict[str, str]:
    """Return what the file tells about itself."""
    return {
        "name": recipe.name,
        "description": recipe.description,
        "task": recipe.task,
        "class_names": json.dumps(class_names(recipe.task)),
        "preprocessing": PREPROCESSING,
        "activation": recipe.activation,
        "exits": json.dumps(["exit1", "exit2", "logits"] if recipe.has_exits else ["logits"]),
        "stages": json.dumps(["stage1", "stage2"] if recipe.has_exits else []),
        "split_seeds": json.dumps({name: split.seed for name, split in SPLITS.items()}),
        "training_command": f"sunwise train-model {recipe.name} --seed {seed} --output models",
    }


def _write_convolutional(builder: GraphBuilder, network: nn.Module) -> list[str]:
    """Write stages, exits and head; return the names of the outputs in order."""
    assert isinstance(network, ConvolutionalNetwork)
    x, outputs = "x", []
    for i, stage in enumerate(network.stages, start=1):
        blocks = list(stage.named_children())
        for name, block in blocks:
            is_last = name == blocks[-1][0]
            x = _write_block(builder, block, x, f"stage{i}.{name}", f"stage{i}" if is_last else f"stage{i}.{name}.out")
        if network.exits is not None and i <= len(network.exits):
            outputs.append(_write_pooled_head(builder, network.exits[i - 1], x, f"exit{i}"))
    head = _write_cell_head if isinstance(network.head, CellHead) else _write_pooled_head
    return [*outputs, head(builder, network.head, x, "logits")]


def _write_block(builder: GraphBuilder, block: nn.Module, x: str, path: str, output: str) -> str:
    """Write one block; its activation is called `output`."""
    if isinstance(block, ChainBlock):
        layers = ["depthwise", "pointwise"] if block.is_separable else ["plain"]
        for layer in layers:
            y = _write_convolution(builder, getattr(block, layer), x, f"{path}.{layer}")
            x = _write_activation(builder, block.activation, y, output if layer == layers[-1] else f"{y}.active")
        return x
    assert isinstance(block, ResidualBlock)
    y = x
    for i, convolution in enumerate(block.convolutions, start=1):
        if i > 1:
            y = _write_activation(builder, block.activation, y, f"{y}.active")
        y = _write_convolution(builder, convolution, y, f"{path}.conv{i}")
    shortcut = x
    if isinstance(block.shortcut, NormalisedConvolution):
        shortcut = _write_convolution(builder, block.shortcut, x, f"{path}.shortcut")
    return _write_activation(builder, block.activation, builder.node("Add", [y, shortcut], f"{path}.sum"), output)


def _write_convolution(builder: GraphBuilder, module: nn.Module, x: str, path: str) -> str:
    """Write a convolution with its bias."""
    conv = module.conv if isinstance(module, NormalisedConvolution) else module
    assert isinstance(conv, nn.Conv2d) and conv.bias is not None
    inputs = [
        x,
        builder.weight(f"{path}.weight", _array(conv.weight)),
        builder.weight(f"{path}.bias", _array(conv.bias)),
    ]
    kernel, stride, padding = list(conv.kernel_size), list(conv.stride), [int(p) for p in conv.padding]
    return builder.node("Conv", inputs, path, kernel_shape=kernel, strides=stride, pads=padding * 2, group=conv.groups)


def _write_activation(builder: GraphBuilder, module: nn.Module, x: str, output: str) -> str:
    """Write the rectifier, and ln(1 + x) behind it where the network has it."""
    if not isinstance(module, LogActivation):
        return builder.node("Relu", [x], output)
    rectified = builder.node("Relu", [x], f"{output}.rectified")
    shifted = builder.node(
        "Add", [rectified, builder.weight("log.one", np.array([1.0], dtype=np.float32))], f"{output}.shifted"
    )
    return builder.node("Log", [shifted], output)


def _write_pooled_head(builder: GraphBuilder, head: nn.Module, x: str, output: str) -> str:
    """Write mean and maximum of each channel and the linear layer on them."""
    assert isinstance(head, PooledHead)
    mean, largest = (
        builder.node("GlobalAveragePool", [x], f"{output}.mean"),
        builder.node("GlobalMaxPool", [x], f"{output}.max"),
    )
    both = builder.node("Concat", [mean, largest], f"{output}.both", axis=1)
    return _write_linear(builder, head.linear, builder.node("Flatten", [both], f"{output}.pooled"), output)


def _write_cell_head(builder: GraphBuilder, head: nn.Module, x: str, output: str) -> str:
    """Write the logit of "nowhere" and those of the cells."""
    assert isinstance(head, CellHead)
    nowhere = _write_pooled_head(builder, head.nowhere, x, "nowhere")
    cells = builder.node("Flatten", [_write_convolution(builder, head.cells, x, "cells")], "cells.flat")
    return builder.node("Concat", [nowhere, cells], output, axis=1)


def _write_linear(builder: GraphBuilder, linear: nn.Linear, x: str, output: str) -> str:
    """Write a linear layer."""
    return builder.linear(x, output, weight=_array(linear.weight).T, bias=_array(linear.bias))


def _write_transformer(builder: GraphBuilder, network: nn.Module) -> list[str]:
    """Write embedding, attention blocks and head; return the name of the output."""
    assert isinstance(network, VisionTransformer)
    _, n_tokens, width = network.position.shape
    embedded = _write_convolution(builder, network.embed, "x", "embed")
    flat = builder.node("Reshape", [embedded, _shape(builder, 0, width, n_tokens)], "embed.flat")
    rows = builder.node("Transpose", [flat], "embed.rows", perm=[0, 2, 1])
    tokens = builder.node("Add", [rows, builder.weight("position.weight", _array(network.position))], "tokens0")
    for i, block in enumerate(network.blocks, start=1):
        assert isinstance(block, AttentionBlock)
        tokens = _write_attention_block(builder, block, tokens, f"block{i}")
    normed = _write_norm(builder, network.norm, tokens, "norm")
    mean = builder.node(
        "ReduceMean", [normed, builder.weight("mean.axes", np.array([1], dtype=np.int64))], "mean", keepdims=0
    )
    return [_write_linear(builder, network.head, mean, "logits")]


def _write_attention_block(builder: GraphBuilder, block: AttentionBlock, tokens: str, path: str) -> str:
    """Write self-attention and the two linear layers, each beside its shortcut."""
    normed = _write_norm(builder, block.norm1, tokens, f"{path}.norm1")
    width = block.project.in_features
    split = _shape(builder, 0, -1, block.n_heads, width // block.n_heads)
    heads = {}
    for name, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
        layer = _write_linear(builder, getattr(block, name), normed, f"{path}.{name}")
        apart = builder.node("Reshape", [layer, split], f"{path}.{name}.apart")
        heads[name] = builder.node("Transpose", [apart], f"{path}.{name}.heads", perm=order)
    scores = builder.node("MatMul", [heads["query"], heads["key"]], f"{path}.scores")
    scale = builder.weight("attention.scale", np.array([(width // block.n_heads) ** -0.5], dtype=np.float32))
    share = builder.node("Softmax", [builder.node("Mul", [scores, scale], f"{path}.scaled")], f"{path}.share", axis=-1)
    gathered = builder.node("MatMul", [share, heads["value"]], f"{path}.gathered")
    together = builder.node("Transpose", [gathered], f"{path}.together", perm=[0, 2, 1, 3])
    merged = builder.node("Reshape", [together, _shape(builder, 0, -1, width)], f"{path}.merged")
    tokens = builder.node(
        "Add", [tokens, _write_linear(builder, block.project, merged, f"{path}.project")], f"{path}.middle"
    )
    normed = _write_norm(builder, block.norm2, tokens, f"{path}.norm2")
    hidden = builder.node("Relu", [_write_linear(builder, block.expand, normed, f"{path}.expand")], f"{path}.hidden")
    return builder.node("Add", [tokens, _write_linear(builder, block.contract, hidden, f"{path}.contract")], path)


def _write_norm(builder: GraphBuilder, norm: nn.LayerNorm, x: str, path: str) -> str:
    """Write a layer norm over the last axis."""
    scale, bias = (
        builder.weight(f"{path}.weight", _array(norm.weight)),
        builder.weight(f"{path}.bias", _array(norm.bias)),
    )
    return builder.node("LayerNormalization", [x, scale, bias], path, axis=-1, epsilon=norm.eps)


def _shape(builder: GraphBuilder, *shape: int) -> str:
    """Return the name of a shape constant; 0 keeps an axis, -1 is what remains."""
    return builder.weight("shape." + "x".join(map(str, shape)), np.array(shape, dtype=np.int64))


def _array(tensor: Tensor) -> np.ndarray[Any, Any]:
    """Return a parameter as an array."""
    array: np.ndarray[Any, Any] = tensor.detach().numpy()
    return array
