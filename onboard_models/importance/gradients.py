"""What gradients say of layers: Taylor, Fisher, Hessian trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from onboard_models.importance.layers import Layer
from onboard_models.importance.torch_network import TorchNetwork

N_PROBES: Final = 64
"""Random directions of a Hessian trace."""


def squared_gradients(
    network: TorchNetwork, layers: Sequence[Layer], x: Tensor, y: Tensor
) -> tuple[list[float], list[float]]:
    """Return, by layer, sums over its parameters of (g w)^2 and of g^2, means over images.

    Parameters
    ----------
    x, y : (n, ...) images and (n,) labels

    Notes
    -----
    g is the gradient of the cross-entropy of one image. The first is the first-order Taylor importance of Molchanov et
    al. (2019, equation 8) with batches of one; the second the diagonal of the empirical Fisher information.
    """
    taylor, fisher = [0.0] * len(layers), [0.0] * len(layers)
    for gradient in gradients_by_image(network, layers, x, y):
        for i, layer in enumerate(layers):
            for name in layer.tensors:
                squared = gradient[name] ** 2
                fisher[i] += float(squared.sum()) / len(x)
                taylor[i] += float((squared * network.parameters[name].detach() ** 2).sum()) / len(x)
    return taylor, fisher


def gradients_by_image(
    network: TorchNetwork, layers: Sequence[Layer], x: Tensor, y: Tensor
) -> Iterator[dict[str, Tensor]]:
    """Give, image by image, the gradient of the cross-entropy by the parameters of layers."""
    names = [name for layer in layers for name in layer.tensors]
    parameters = [network.parameters[name] for name in names]
    for i in range(len(x)):
        loss = cross_entropy(network.logits(x[i : i + 1]), y[i : i + 1])
        found = torch.autograd.grad(loss, parameters, allow_unused=True, materialize_grads=True)
        yield dict(zip(names, found, strict=True))


def hessian_traces(
    network: TorchNetwork, layers: Sequence[Layer], x: Tensor, y: Tensor, *, generator: torch.Generator
) -> list[float]:
    """Return, by layer, the trace of its block of the Hessian of the mean cross-entropy.

    As in HAWQ (Dong et al. 2020), by Hutchinson's estimate; see `block_traces`.
    """
    names = [name for layer in layers for name in layer.tensors]
    traces = block_traces(
        lambda: cross_entropy(network.logits(x), y),
        {name: network.parameters[name] for name in names},
        n_probes=N_PROBES,
        generator=generator,
    )
    return [sum(traces[name] for name in layer.tensors) for layer in layers]


def block_traces(
    loss: Callable[[], Tensor], parameters: Mapping[str, Tensor], *, n_probes: int, generator: torch.Generator
) -> dict[str, float]:
    """Return, for each parameter tensor, an estimate of the trace of its block of the Hessian of a loss.

    Notes
    -----
    mean over probes of v_l . (H v)_l with elements of v that are +1 or -1 at random (Hutchinson 1990). One v for all
    blocks: terms between blocks have mean zero, so that all traces take one product each probe.
    """
    gradients = torch.autograd.grad(
        loss(), list(parameters.values()), create_graph=True, allow_unused=True, materialize_grads=True
    )
    traces = dict.fromkeys(parameters, 0.0)
    for _ in range(n_probes):
        probes = [
            torch.randint(0, 2, tuple(value.shape), generator=generator).to(value.dtype) * 2 - 1
            for value in parameters.values()
        ]
        along = torch.stack([(g * v).sum() for g, v in zip(gradients, probes, strict=True)]).sum()
        products = torch.autograd.grad(
            along, list(parameters.values()), retain_graph=True, allow_unused=True, materialize_grads=True
        )
        for name, probe, product in zip(parameters, probes, products, strict=True):
            traces[name] += float((probe * product).sum()) / n_probes
    return traces
