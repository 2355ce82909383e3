"""How many cells one particle flips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LARGEST_CLUSTER: Final = 64
"""Wider clusters are refused: their shape is beyond the walk that draws it."""
SUM_TOLERANCE: Final = 1e-6
"""Tables are published with few digits; what they lack of one is shared out in proportion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiplicityLaw:
    """Probabilities that a particle which upsets at least one cell upsets 1, 2, ... cells.

    Attributes
    ----------
    probabilities : (largest,) of 1, 2, ... cells; they sum to one
    """

    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.probabilities) <= LARGEST_CLUSTER:
            raise ValueError(f"probabilities has {len(self.probabilities)} entries: give 1 to {LARGEST_CLUSTER}")
        if not all(0.0 <= p <= 1.0 for p in self.probabilities):
            raise ValueError(f"probabilities = {self.probabilities}: each lies between 0 and 1")
        if abs(sum(self.probabilities) - 1.0) > 1e-12:
            raise ValueError(f"probabilities = {self.probabilities}: they sum to {sum(self.probabilities)}, not to 1")

    @property
    def largest(self) -> int:
        """Most cells that one particle flips."""
        return len(self.probabilities)

    @property
    def mean(self) -> float:
        """Cells per particle, in the mean."""
        return sum(m * p for m, p in enumerate(self.probabilities, start=1))

    def at_least(self) -> NDArray[np.float64]:
        """Return the probabilities of at least 1, 2, ..., `largest` cells, (largest,)."""
        return np.cumsum(np.array(self.probabilities)[::-1])[::-1]

    def draw(self, rng: np.random.Generator, n_events: int) -> NDArray[np.int64]:
        """Return how many cells each of `n_events` particles flips, (n_events,); one number is drawn for each."""
        cumulative = np.cumsum(self.probabilities)[:-1]
        return 1 + np.searchsorted(cumulative, rng.random(n_events), side="right")


SINGLE_CELLS: Final = MultiplicityLaw(probabilities=(1.0,))
"""The law of particles that flip one cell each."""


def truncated_geometric(*, multi_cell_share: float, growth: float, largest: int) -> MultiplicityLaw:
    """Return the law with a given share of multi-cell events and a geometric tail.

    Parameters
    ----------
    multi_cell_share : float, 0 to 1
        Share of particles that flip two cells or more, f.
    growth : float, 0 up to but not 1
        Ratio of the probabilities of m + 1 and m cells from two cells on, q.
    largest : int, at least 2
        Most cells of one particle, M.

    Raises
    ------
    ValueError
        If an argument is outside its range.

    Notes
    -----
    P(1) = 1 - f; P(m) = f (1 - q) q^(m - 2) / (1 - q^(M - 1)) for 2 <= m <= M: cutting the tail at M keeps the share f.
    """
    if not 0.0 <= multi_cell_share <= 1.0:
        raise ValueError(f"multi_cell_share = {multi_cell_share}: give a share from 0 to 1")
    if not 0.0 <= growth < 1.0:
        raise ValueError(f"growth = {growth}: give a ratio from 0 up to but not 1")
    if not 2 <= largest <= LARGEST_CLUSTER:
        raise ValueError(f"largest = {largest}: give 2 to {LARGEST_CLUSTER} cells")
    weights = [growth ** (m - 2) for m in range(2, largest + 1)]
    return _normalised([1.0 - multi_cell_share, *(multi_cell_share * weight / sum(weights) for weight in weights)])


def tabulated_multiplicity(probabilities: Sequence[float]) -> MultiplicityLaw:
    """Return the law of a measured table of the probabilities of 1, 2, ... cells, which may miss one by 1e-6.

    Raises
    ------
    ValueError
        If the table does not sum to one, is empty or longer than `LARGEST_CLUSTER`, or has an entry outside 0 to 1.
    """
    if abs(sum(probabilities) - 1.0) > SUM_TOLERANCE:
        raise ValueError(f"probabilities = {tuple(probabilities)}: they sum to {sum(probabilities)}, not to 1")
    return _normalised(probabilities)


def _normalised(weights: Sequence[float]) -> MultiplicityLaw:
    total = sum(weights)
    return MultiplicityLaw(probabilities=tuple(weight / total for weight in weights))
