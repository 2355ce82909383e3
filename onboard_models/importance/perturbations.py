"""Changing a layer a little and looking at the answers: noise, three bits, pruning, swapped values, swapped bits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from onboard_models.importance.layers import Layer
from onboard_models.importance.torch_network import TorchNetwork

Perturbation = Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]]

NOISE_SHARE: Final = 0.2
"""Standard deviation of the noise, in units of that of the weights."""
PRUNED_SHARE: Final = 0.5
SWAPPED_SHARE: Final = 0.01
_INT3_LEVELS: Final = 3
"""Of either sign: -3 to 3."""
LARGEST_DIVERGENCE: Final = 87.3
"""-ln of the smallest normal float32: what counts where a logit is infinite or no number."""


def noisy(values: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return values with Gaussian noise."""
    noise = rng.normal(scale=NOISE_SHARE * float(values.std()), size=values.shape)
    return (values + noise).astype(np.float32)


def in_three_bits(values: NDArray[np.float32], _: np.random.Generator) -> NDArray[np.float32]:
    """Return values rounded to the seven of a symmetric grid that reaches to the largest magnitude."""
    step = float(np.abs(values).max()) / _INT3_LEVELS
    return values if step == 0.0 else (np.round(values / step) * step).astype(np.float32)


def pruned(values: NDArray[np.float32], _: np.random.Generator) -> NDArray[np.float32]:
    """Return values, those of smallest magnitude set to zero."""
    changed = values.copy().reshape(-1)
    changed[np.argsort(np.abs(changed), kind="stable")[: int(PRUNED_SHARE * changed.size)]] = 0.0
    return changed.reshape(values.shape)


def with_swapped_values(values: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return values of which some, two at least, changed places."""
    changed = values.copy().reshape(-1)
    chosen = rng.choice(changed.size, min(n_swapped(changed.size), changed.size), replace=False)
    changed[chosen] = changed[np.roll(chosen, 1)]
    return changed.reshape(values.shape)


def with_swapped_bits(values: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return values in some of which two bits changed places."""
    words = values.copy().reshape(-1).view(np.uint32)
    chosen = rng.choice(words.size, min(n_swapped(words.size), words.size), replace=False)
    first, second = rng.permuted(np.tile(np.arange(32, dtype=np.uint32), (chosen.size, 1)), axis=1)[:, :2].T
    differ = (words[chosen] >> first ^ words[chosen] >> second) & np.uint32(1)
    words[chosen] ^= differ << first | differ << second
    return words.view(np.float32).reshape(values.shape)


def n_swapped(n: int) -> int:
    """Return how many of `n` words a swap takes."""
    return max(2, round(SWAPPED_SHARE * n))


PERTURBATIONS: Final[Mapping[str, tuple[Perturbation, int, float]]] = {
    "noise": (noisy, 4, 1.0),
    "int3": (in_three_bits, 1, 1.0),
    "pruning": (pruned, 1, PRUNED_SHARE),
    "value-swap": (with_swapped_values, 8, SWAPPED_SHARE),
    "bit-swap": (with_swapped_bits, 16, SWAPPED_SHARE),
}
"""By name: what is done, how often it is drawn, and the share of the words that change."""


def divergences(
    network: TorchNetwork, layers: Sequence[Layer], x: Tensor, name: str, rng: np.random.Generator
) -> list[float]:
    """Return, by layer, the mean divergence of the answers when all its tensors are perturbed at once."""
    perturb, n_draws, _ = PERTURBATIONS[name]
    with torch.no_grad():
        reference = network.logits(x)
        return [
            float(
                np.mean(
                    [divergence(reference, network.logits(x, _perturbed(network, layer, perturb, rng)))
                     for _ in range(n_draws)]
                )
            )
            for layer in layers
        ]  # fmt: skip


def _perturbed(
    network: TorchNetwork, layer: Layer, perturb: Perturbation, rng: np.random.Generator
) -> dict[str, Tensor]:
    """Return the tensors of a layer, perturbed as one array."""
    held = [network.parameters[name].detach().numpy() for name in layer.tensors]
    joined = np.concatenate([values.reshape(-1) for values in held])
    with np.errstate(over="ignore"):
        changed = perturb(joined, rng)
    parts = np.split(changed, np.cumsum([values.size for values in held])[:-1])
    return {
        name: torch.from_numpy(np.ascontiguousarray(part.reshape(values.shape)))
        for name, part, values in zip(layer.tensors, parts, held, strict=True)
    }


def divergence(reference: Tensor, logits: Tensor) -> float:
    """Return the mean over images of the Kullback-Leibler divergence of answers from the reference, in nats.

    Where a logit is infinite or no number, and above it, the divergence counts as `LARGEST_DIVERGENCE`.
    """
    p, q = (torch.log_softmax(each.double(), dim=1) for each in (reference, logits))
    by_image = (p.exp() * (p - q)).sum(dim=1)
    by_image = torch.where(torch.isfinite(by_image), by_image, torch.full_like(by_image, LARGEST_DIVERGENCE))
    return float(by_image.clamp(0.0, LARGEST_DIVERGENCE).mean())
