"""The cache of models on one satellite: what was used least recently makes room, what is pinned never does."""

from __future__ import annotations

from math import fsum
from typing import Final

ROUNDING_BITS: Final = 1e-3
"""No model is this small, and no sum of sizes in a cache is off by as much."""


class ModelCache:
    """Models on board in finite room, and room kept for models on their way here.

    A pin keeps a model, be it here already or not; pins of a model are counted. `keep_room` makes room by evicting
    models without a pin, the one whose use is longest ago first.

    Parameters
    ----------
    capacity_bits : float
        Room, positive.

    Attributes
    ----------
    evicted_bits : float
        Size of all that was evicted so far.
    """

    def __init__(self, capacity_bits: float) -> None:
        if not capacity_bits > 0.0:
            raise ValueError(f"capacity_bits = {capacity_bits}: must be positive")
        self.capacity_bits = capacity_bits
        self.evicted_bits = 0.0
        self._stored: dict[str, float] = {}  # in order of use, the latest last
        self._kept: dict[str, float] = {}
        self._n_pins: dict[str, int] = {}

    def __contains__(self, model: str) -> bool:
        """Whether all of a model is on board."""
        return model in self._stored

    @property
    def models(self) -> tuple[str, ...]:
        """Models on board, the one used longest ago first."""
        return tuple(self._stored)

    @property
    def stored_bits(self) -> float:
        """Size of all models on board."""
        return fsum(self._stored.values())

    def is_pinned(self, model: str) -> bool:
        """Whether somebody needs a model."""
        return model in self._n_pins

    def use(self, model: str) -> None:
        """Note that a model is used now; one that is not here is none's use."""
        if model in self._stored:
            self._stored[model] = self._stored.pop(model)

    def pin(self, model: str) -> None:
        """Need a model until `unpin`."""
        self._n_pins[model] = self._n_pins.get(model, 0) + 1

    def unpin(self, model: str) -> None:
        """Take one pin of a model back."""
        n_left = self._n_pins[model] - 1
        if n_left:
            self._n_pins[model] = n_left
        else:
            del self._n_pins[model]

    def could_keep_room(self, size_bits: float) -> bool:
        """Whether there is room for a model, or would be if all were evicted that no pin keeps."""
        held_bits = fsum(size for model, size in self._stored.items() if model in self._n_pins)
        return held_bits + fsum(self._kept.values()) + size_bits <= self.capacity_bits + ROUNDING_BITS

    def keep_room(self, model: str, size_bits: float) -> list[str]:
        """Keep room for a model that is to come, and return what was evicted for it.

        Raises
        ------
        ValueError
            If there is no room even without all that no pin keeps; nothing is evicted then.
        """
        if not self.could_keep_room(size_bits):
            raise ValueError(f"size_bits = {size_bits}: no room for {model!r} in a cache of {self.capacity_bits}")
        left_bits = self.capacity_bits + ROUNDING_BITS - fsum((*self._stored.values(), *self._kept.values()))
        evicted = []
        for other, other_bits in self._stored.items():
            if left_bits >= size_bits:
                break
            if other not in self._n_pins:
                evicted.append(other)
                left_bits += other_bits
        for other in evicted:
            self.evicted_bits += self._stored.pop(other)
        self._kept[model] = size_bits
        return evicted

    def give_room_back(self, model: str) -> None:
        """Keep no room any more for a model that will not come."""
        del self._kept[model]

    def store(self, model: str) -> None:
        """Take a model that has come into the room that was kept for it; it counts as used now."""
        self._stored[model] = self._kept.pop(model)
