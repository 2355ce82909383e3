"""How often a flipped bit should change the answer, to first order: no injection, one gradient per class and image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from onboard_models.importance.layers import Layer
from onboard_models.importance.torch_network import TorchNetwork

N_RIVALS: Final = 4
"""Classes that the answer may change to: those of the next largest logits."""


def expected_changes(network: TorchNetwork, layers: Sequence[Layer], x: Tensor) -> list[float]:
    """Return, by layer, the share of flips and images for which the first-order change of the logits is enough.

    Notes
    -----
    Flipping bit b of w gives w'. The margin m_k of the winner c over class k then changes by (w' - w) dm_k/dw, where
    dm_k/dw is activation times what is behind the layer. The answer counts as changed if that takes any margin below
    zero, or w' is no number. A plain mean of |w' - w| would be that of the highest exponent bit alone: 1e38.
    """
    names = [name for layer in layers for name in layer.tensors]
    steps = {name: flip_steps(network.parameters[name].detach().numpy().reshape(-1)) for name in names}
    n_changes = dict.fromkeys(names, 0)
    for i in range(len(x)):
        margins, gradients = _margins(network, names, x[i : i + 1])
        for name in names:
            n_changes[name] += _count(steps[name], margins, gradients[name])
    return [
        sum(n_changes[name] for name in layer.tensors) / (layer.n_parameters * 32 * len(x)) for layer in layers
    ]  # fmt: skip


def flip_steps(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return w' - w for each of the 32 bits and each of `values` (n,), (32, n)."""
    masks = np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))
    flipped = (np.ascontiguousarray(values).view(np.uint32)[None] ^ masks[:, None]).view(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(flipped - values, dtype=np.float32)


def _margins(
    network: TorchNetwork, names: Sequence[str], image: Tensor
) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
    """Return the margins over the nearest rivals, (k,), and their gradients by the parameters, (k, n) each."""
    logits = network.logits(image)[0]
    order = torch.argsort(logits.detach(), descending=True, stable=True)[: N_RIVALS + 1]
    margins = logits[order[0]] - logits[order[1:]]
    parameters = [network.parameters[name] for name in names]
    rows = [
        torch.autograd.grad(margin, parameters, retain_graph=True, allow_unused=True, materialize_grads=True)
        for margin in margins
    ]
    gradients = {name: torch.stack([row[i].reshape(-1) for row in rows]).numpy() for i, name in enumerate(names)}
    return margins.detach().numpy(), gradients


def _count(steps: NDArray[np.float32], margins: NDArray[np.float32], gradients: NDArray[np.float32]) -> int:
    """Return for how many bits and parameters a margin is lost."""
    is_lost = np.isnan(steps) & np.any(gradients != 0.0, axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        for margin, gradient in zip(margins, gradients, strict=True):
            is_lost |= steps * gradient < -margin
    return int(np.count_nonzero(is_lost))
