"""Transitions that agents of an ensemble have seen, each agent its own."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Transitions(NamedTuple):
    """Axes (n_agents, n, ...); observations that never change have n = 1."""

    observation: Tensor
    action: Tensor
    reward: Tensor
    next_observation: Tensor


class ReplayBuffer:
    """The latest transitions of each agent.

    Parameters
    ----------
    capacity : int
        Per agent.
    first : Transitions
        Sizes are taken from it, (n_agents, n, ...). Observations are kept once if `is_constant`.
    is_constant : bool
        Observations never change.
    """

    def __init__(self, capacity: int, first: Transitions, *, is_constant: bool) -> None:
        self._capacity, self._is_constant, self.n_seen = capacity, is_constant, 0
        self._kept = Transitions(*(self._room(name, values) for name, values in first._asdict().items()))

    def add_(self, new: Transitions) -> None:
        """Keep transitions, the oldest make room."""
        n_new = new.action.shape[1]
        at = (self.n_seen + torch.arange(n_new)) % self._capacity
        for name, kept, values in zip(Transitions._fields, self._kept, new, strict=True):
            if self._is_single(name):
                kept.copy_(values[:, :1])
            else:
                kept[:, at] = values
        self.n_seen += n_new

    def sample(self, n: int, generator: torch.Generator) -> Transitions:
        """Return n transitions per agent, drawn with replacement; all agents draw the same places."""
        at = torch.randint(min(self.n_seen, self._capacity), (n,), generator=generator)
        return Transitions(
            *(
                kept if self._is_single(name) else kept[:, at]
                for name, kept in zip(Transitions._fields, self._kept, strict=True)
            )
        )

    def tensors(self) -> dict[str, Tensor]:
        """Return what a checkpoint keeps."""
        return {f"replay.{name}": values for name, values in self._kept._asdict().items()}

    def load_(self, tensors: dict[str, Tensor], n_seen: int) -> None:
        """Take back what `tensors` returned."""
        self._kept = Transitions(*(tensors[f"replay.{name}"] for name in Transitions._fields))
        self.n_seen = n_seen

    def _is_single(self, name: str) -> bool:
        return self._is_constant and name.endswith("observation")

    def _room(self, name: str, values: Tensor) -> Tensor:
        n = 1 if self._is_single(name) else self._capacity
        return torch.zeros((values.shape[0], n, *values.shape[2:]))
