"""What passes through layers: activations, and how much of the answer is owed to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from onboard_models.importance.layers import Layer
from onboard_models.importance.torch_network import TorchNetwork

N_STEPS: Final = 8
"""Of the integral along the path, by the midpoint rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What passes through one layer.

    Attributes
    ----------
    input_mean : mean of the magnitude of what it reads
    input_max : largest magnitude of what it reads
    fan_out : elements of its output per image and channel: those that one weight reaches
    """

    input_mean: float
    input_max: float
    fan_out: float


def passages(network: TorchNetwork, layers: Sequence[Layer], x: Tensor) -> list[Passage]:
    """Return what passes through layers on some images."""
    with torch.no_grad():
        known = network.tensors(x)
    return [_passage(layer, known, len(x)) for layer in layers]


def _passage(layer: Layer, known: dict[str, Tensor], n: int) -> Passage:
    source, output = known[layer.source].abs(), known[layer.output]
    n_channels = output.shape[1] if output.ndim > 3 else output.shape[-1]
    return Passage(
        input_mean=float(source.mean()),
        input_max=float(source.max()),
        fan_out=output.numel() / n / n_channels,
    )


def relevances(network: TorchNetwork, layers: Sequence[Layer], x: Tensor) -> list[float]:
    """Return, by layer, the sum over its outputs of |y dF/dy|, F the logit that wins; means over images.

    Notes
    -----
    In networks of rectifiers without biases y dF/dy is the relevance of layer-wise relevance propagation with the rule
    LRP-0 (Ancona et al. 2018, proposition 1), and sums to F in every layer that all paths pass through.
    """
    known = network.tensors(x)
    winner = known[network.output].max(dim=1).values.sum()
    outputs = [known[layer.output] for layer in layers]
    found = torch.autograd.grad(winner, outputs, allow_unused=True, materialize_grads=True)
    return [float((y.detach() * g).abs().sum()) / len(x) for y, g in zip(outputs, found, strict=True)]


def integrated_gradients(network: TorchNetwork, layer: Layer, x: Tensor, *, n_steps: int = N_STEPS) -> Tensor:
    """Return the attribution of the logit that wins to each output of a layer, (n, ...).

    Notes
    -----
    y times the mean of dF/dy along the path from 0 to y (Sundararajan et al. 2017, equation 1, from the layer on). It
    sums to F(y) - F(0), up to the error of the midpoint rule.
    """
    with torch.no_grad():
        known = network.tensors(x)
        winner = known[network.output].argmax(dim=1, keepdim=True)
        y = known[layer.output]
    total = torch.zeros_like(y)
    for step in range(n_steps):
        along = (step + 0.5) / n_steps
        scaled = network.tensors(x, factor={layer.output: along})
        reached = scaled[network.output].gather(1, winner).sum()
        place = scaled[layer.output]
        (gradient,) = torch.autograd.grad(reached, [place], allow_unused=True, materialize_grads=True)
        total += gradient / n_steps
    return y * total
