"""Images ready for a network, and the right answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledImages:
    """What a classifier is trained, calibrated or tested on.

    Raises
    ------
    ValueError
        If there are no images, or not as many answers, or an answer has no class.
    """

    x: NDArray[np.float32]  # (n, channels, height, width)
    y: NDArray[np.int64]  # (n,), index into class_names
    class_names: tuple[str, ...]
    preprocessing: str  # how x came from what the sensor gave

    def __post_init__(self) -> None:
        if not len(self.x) == len(self.y) > 0:
            raise ValueError(f"x has {len(self.x)} images and y {len(self.y)} answers: give as many, at least one")
        if self.y.min() < 0 or self.y.max() >= len(self.class_names):
            raise ValueError(
                f"y = {self.y.min()} to {self.y.max()}: give 0 to {len(self.class_names) - 1}, the classes"
            )

    def first(self, n: int) -> LabelledImages:
        """Return the first `n` images, or all if there are fewer."""
        return replace(self, x=self.x[:n], y=self.y[:n])
