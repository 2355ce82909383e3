"""The eight symmetries of a square patch: scenes lie in any direction, so each turns a patch into a likely one."""

from __future__ import annotations

import torch
from torch import Tensor

N_SYMMETRIES = 8


def turned(x: Tensor, symmetry: int) -> Tensor:
    """Return images (..., size, size) flipped and transposed; `symmetry` 0 to 7, 0 leaves them as they are."""
    if symmetry & 1:
        x = x.flip(-1)
    if symmetry & 2:
        x = x.flip(-2)
    return x.transpose(-1, -2) if symmetry & 4 else x


def turned_answers(y: Tensor, symmetry: int, task: str) -> Tensor:
    """Return the answers to turned images: classes stay, cells move along."""
    if task != "detection":
        return y
    n_cells = 4
    old_cell_at = turned(torch.arange(n_cells**2).reshape(n_cells, n_cells), symmetry).flatten()
    new_cell = torch.empty_like(old_cell_at)
    new_cell[old_cell_at] = torch.arange(n_cells**2)
    return torch.where(y == 0, y, 1 + new_cell[(y - 1).clamp(min=0)])
