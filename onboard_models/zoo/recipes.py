"""What each shipped network is and how it was trained."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

from onboard_models.zoo.architectures import (
    CNN,
    DEPTHWISE,
    DETECTOR,
    RESIDUAL,
    SMALL,
    VISION_TRANSFORMER,
    ConvolutionalShape,
    TransformerShape,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One network: shape, task and training."""

    name: str
    description: str
    shape: ConvolutionalShape | TransformerShape
    task: str = "triage"  # or "detection"
    activation: str = "relu"
    has_exits: bool = False
    start_from: str | None = None  # weights of this one are where training begins
    n_patches: int = 20_000
    epochs: int = 15
    learning_rate: float = 4e-3
    int8: str = ""  # "per-tensor" or "per-channel" weight scales, "" if it is not shipped in eight bits


def _family(
    name: str, shape: ConvolutionalShape, description: str, *, int8: str, epochs: tuple[int, int, int]
) -> tuple[Recipe, ...]:
    """Return a network, the same with two early exits, and that one with the logarithm of RedNet."""
    exits, rednet = f"{name}-exits", f"{name}-rednet"
    return (
        Recipe(name=name, description=description, shape=shape, int8=int8, epochs=epochs[0]),
        Recipe(
            name=exits,
            description=f"{description}; two exits",
            shape=shape,
            has_exits=True,
            start_from=name,
            epochs=epochs[1],
            learning_rate=2e-3,
            int8=int8,
        ),
        Recipe(
            name=rednet,
            description=f"{description}; two exits, ln(1 + x)",
            shape=shape,
            activation="log",
            has_exits=True,
            start_from=exits,
            epochs=epochs[2],
            learning_rate=3e-3,
        ),
    )


_ALL: Final = (
    *_family("cnn", CNN, "seven plain convolutions", int8="per-tensor", epochs=(12, 6, 8)),
    *_family("residual", RESIDUAL, "residual blocks, nine convolutions", int8="per-tensor", epochs=(12, 6, 8)),
    *_family("depthwise", DEPTHWISE, "depthwise-separable, six pairs", int8="per-channel", epochs=(12, 6, 8)),
    Recipe(
        name="vit",
        description="vision transformer, 64 tokens, three blocks",
        shape=VISION_TRANSFORMER,
        epochs=20,
        learning_rate=2e-3,
        int8="per-tensor",
    ),
    Recipe(
        name="ship-detector",
        description="which of 16 cells holds a ship, or none",
        shape=DETECTOR,
        task="detection",
        epochs=12,
        int8="per-tensor",
    ),
    *(
        Recipe(name=name, description="for studies of which layers matter", shape=shape, epochs=10)
        for name, shape in SMALL.items()
    ),
)
RECIPES: Final = {recipe.name: recipe for recipe in _ALL}


def find_recipe(name: str) -> Recipe:
    """Return the recipe of a network.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name not in RECIPES:
        near = difflib.get_close_matches(name, RECIPES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"give one of {', '.join(RECIPES)}"
        raise ValueError(f"network = {name!r}: no such recipe; {hint}")
    return RECIPES[name]
