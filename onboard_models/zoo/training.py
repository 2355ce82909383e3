"""Training of one network: AdamW, one rise and fall of the learning rate, every symmetry of the patches."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from onboard_models.datasets.labelled_images import LabelledImages
from onboard_models.datasets.sar_patches import SIZE_PX
from onboard_models.zoo.architectures import TransformerShape
from onboard_models.zoo.checkpoints import Progress, read_checkpoint_, read_weights, write_checkpoint, write_weights
from onboard_models.zoo.networks import ConvolutionalNetwork, VisionTransformer, initialise_
from onboard_models.zoo.recipes import Recipe
from onboard_models.zoo.symmetries import N_SYMMETRIES, turned, turned_answers

EXIT_WEIGHTS = (0.3, 0.5, 1.0)  # of the cross-entropies of exits and head; in the manner of BranchyNet (2016)
BATCH = 64
WEIGHT_DECAY = 0.02
RISE_SHARE = 0.2  # of all steps, in which the learning rate rises from a twentieth


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochReport:
    """What is told after each epoch."""

    epoch: int
    epochs: int
    loss: float
    validation_accuracy: float


def build_network(recipe: Recipe, n_classes: int) -> nn.Module:
    """Return the network of a recipe, weights not yet drawn."""
    if isinstance(recipe.shape, TransformerShape):
        return VisionTransformer(recipe.shape, n_classes=n_classes, size_px=SIZE_PX)
    return ConvolutionalNetwork(
        recipe.shape,
        n_classes=n_classes,
        activation_name=recipe.activation,
        has_exits=recipe.has_exits,
        has_cells=recipe.task == "detection",
    )


def train_network(
    recipe: Recipe,
    train: LabelledImages,
    validation: LabelledImages,
    *,
    folder: Path,
    seed: int = 0,
    on_epoch: Callable[[EpochReport], None] | None = None,
) -> nn.Module:
    """Train a network, going on from a checkpoint in `folder` if a training of the same kind was interrupted.

    Parameters
    ----------
    recipe : Recipe
        The network. If it starts from another one, the weights of that one lie in `folder.parent / start_from`.
    train, validation : LabelledImages
        What it learns from, and what its accuracy is told on while it does.
    folder : Path
        Where checkpoints and, at the end, `weights.safetensors` go.
    seed : int
        Of initial weights, order and symmetries; on one thread the same seed gives the same weights.
    on_epoch : callable
        Is told how it goes after each epoch.

    Returns
    -------
    torch.nn.Module
        In evaluation mode.

    Raises
    ------
    ValueError
        If the weights to start from are missing.
    """
    network = build_network(recipe, len(train.class_names))
    initialise_(network, seed)
    start = _start_weights(recipe, folder)
    network.load_state_dict(start, strict=False)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # the stubs lack this keyword
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=WEIGHT_DECAY)
    progress = Progress(
        recipe=recipe.name, seed=seed, epochs=recipe.epochs, epochs_done=0, settings=_fingerprint(recipe, train, start)
    )
    done = read_checkpoint_(folder, network, optimiser, progress)
    for epoch in range(done, recipe.epochs):
        loss = _train_epoch_(network, optimiser, recipe, train, seed=seed, epoch=epoch)
        now = Progress(
            recipe=recipe.name, seed=seed, epochs=recipe.epochs, epochs_done=epoch + 1, settings=progress.settings
        )
        write_checkpoint(folder, network, optimiser, now)
        accuracy = float(np.mean(answers(network, validation.x) == validation.y))
        if on_epoch is not None:
            on_epoch(EpochReport(epoch=epoch + 1, epochs=recipe.epochs, loss=loss, validation_accuracy=accuracy))
    write_weights(folder / "weights.safetensors", network)
    return network.eval()


def answers(network: nn.Module, x: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the answers (n,) of a network's last head to images (n, 1, 32, 32)."""
    network.eval()
    with torch.inference_mode():
        parts = [network(part)[-1].argmax(dim=1) for part in torch.split(torch.from_numpy(x), 500)]
    chosen: NDArray[np.int64] = torch.cat(parts).numpy()
    return chosen


def _train_epoch_(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    recipe: Recipe,
    train: LabelledImages,
    *,
    seed: int,
    epoch: int,
) -> float:
    """Go once through all images in random order and return the mean loss; each epoch has its own random stream.

    Products are of bfloat16 values and sums in float32, on channels that lie side by side: twice as fast on one core.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(epoch,)))
    order = rng.permutation(len(train.y))
    n_steps = len(order) // BATCH
    network.train()
    total = 0.0
    for step in range(n_steps):
        chosen, symmetry = order[step * BATCH : (step + 1) * BATCH], int(rng.integers(N_SYMMETRIES))
        x = turned(torch.from_numpy(train.x[chosen]), symmetry)
        x = x.contiguous(memory_format=torch.channels_last)
        y = turned_answers(torch.from_numpy(train.y[chosen]), symmetry, recipe.task)
        share = (epoch * n_steps + step) / (recipe.epochs * n_steps)
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * rate_factor(share)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(x)
        loss = joint_loss([each.float() for each in logits], y)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        total += float(loss.detach())
    return total / n_steps


def joint_loss(logits: list[Tensor], y: Tensor) -> Tensor:
    """Return the weighted sum of cross-entropies of all heads; the last has weight 1."""
    weights = EXIT_WEIGHTS[-len(logits) :]
    losses = [weight * cross_entropy(each, y) for weight, each in zip(weights, logits, strict=True)]
    return torch.stack(losses).sum()


def rate_factor(share: float) -> float:
    """Return the learning rate at a share of all steps, in units of its largest: a linear rise, a cosine fall."""
    if share < RISE_SHARE:
        return 0.05 + 0.95 * share / RISE_SHARE
    return 0.5 * (1.0 + math.cos(math.pi * (share - RISE_SHARE) / (1.0 - RISE_SHARE)))


def _start_weights(recipe: Recipe, folder: Path) -> dict[str, Tensor]:
    """Return the weights that a recipe starts from, none if it starts afresh."""
    if recipe.start_from is None:
        return {}
    path = folder.parent / recipe.start_from / "weights.safetensors"
    if not path.is_file():
        raise ValueError(f"{recipe.name} starts from the weights of {recipe.start_from}, which are not in {path}")
    return read_weights(path)


def _fingerprint(recipe: Recipe, train: LabelledImages, start: dict[str, Tensor]) -> str:
    """Return a hash of everything beside seed and length that decides the result."""
    of_recipe = (recipe.shape, recipe.task, recipe.activation, recipe.has_exits, recipe.learning_rate)
    digest = hashlib.sha256(f"{of_recipe} {EXIT_WEIGHTS} {BATCH} {WEIGHT_DECAY} {RISE_SHARE}".encode())
    digest.update(np.ascontiguousarray(train.x).data)
    digest.update(np.ascontiguousarray(train.y).data)
    for name in sorted(start):
        digest.update(name.encode() + start[name].numpy().tobytes())
    return digest.hexdigest()
