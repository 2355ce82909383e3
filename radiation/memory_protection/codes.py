"""How a word is stored with redundancy, and what a reader makes of a word whose stored bits have flipped."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import comb
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from radiation.memory_protection.outcomes import OUTCOMES, Outcome

Pattern = NDArray[np.uint64]
"""(n, n_parts): flipped bits of n stored words, one column per copy of the data, then one for the check bits."""


class Code(ABC):
    """How a word is stored; all decisions follow from the flipped bits alone, as every code here is linear.

    A subclass says how many bits a word has (`word_bits`: 8, 16, 32 or 64), how many copies of it are stored
    (`n_copies`) and how many check bits (`check_bits`: 0, 1 or 8), and what reading and rewriting do.
    """

    name: ClassVar[str]
    word_bits: int
    n_copies: ClassVar[int] = 1
    check_bits: ClassVar[int] = 0

    @property
    def n_parts(self) -> int:
        """Columns of a pattern."""
        return self.n_copies + (self.check_bits > 0)

    @property
    def stored_bits(self) -> int:
        """Bits in memory per word of data."""
        return self.n_copies * self.word_bits + self.check_bits

    @abstractmethod
    def read(self, pattern: Pattern) -> tuple[NDArray[np.int8], NDArray[np.uint64]]:
        """Return the `Outcome` (n,) and the wrong bits of the data that a reader gets (n,)."""

    def rewritten(self, pattern: Pattern) -> Pattern:
        """Return the pattern after the word has been read, corrected as far as the code can, and written back."""
        return pattern

    @abstractmethod
    def probabilities(self, flip_probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each outcome if every stored bit is wrong with this probability, independently.

        Parameters
        ----------
        flip_probability : (...) float64, 0 to 0.5

        Returns
        -------
        (..., 5) float64, in the order of `OUTCOMES`
        """


def by_weight(patterns: NDArray[np.float64], flip_probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probability of each outcome from the number of patterns (5, n_bits + 1) that have it, by weight."""
    flip = np.asarray(flip_probability, dtype=np.float64)[..., None]
    weight = np.arange(patterns.shape[1])
    chance: NDArray[np.float64] = (flip**weight * (1.0 - flip) ** weight[::-1]) @ patterns.T
    return chance


def _is_hit(pattern: Pattern) -> NDArray[np.bool_]:
    hit: NDArray[np.bool_] = (pattern != 0).any(axis=1)
    return hit


def _check_word_bits(word_bits: int) -> None:
    if word_bits not in (8, 16, 32, 64):
        raise ValueError(f"word_bits is {word_bits}; a protected word has 8, 16, 32 or 64 bits of data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unprotected(Code):
    """Data alone: every flip is silent."""

    name: ClassVar[str] = "none"
    word_bits: int = 64

    def __post_init__(self) -> None:
        _check_word_bits(self.word_bits)

    def read(self, pattern: Pattern) -> tuple[NDArray[np.int8], NDArray[np.uint64]]:
        """Return outcomes and wrong bits, as in `Code`."""
        return np.where(_is_hit(pattern), Outcome.SILENT, Outcome.CLEAN).astype(np.int8), pattern[:, 0]

    def probabilities(self, flip_probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each outcome, as in `Code`."""
        patterns = np.zeros((len(OUTCOMES), self.word_bits + 1))
        patterns[Outcome.SILENT] = [comb(self.word_bits, weight) for weight in range(self.word_bits + 1)]
        patterns[:, 0] = np.eye(len(OUTCOMES))[Outcome.CLEAN]
        return by_weight(patterns, flip_probability)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity(Code):
    """One check bit per word: an odd number of flips is detected, an even number is silent; nothing is corrected."""

    name: ClassVar[str] = "parity"
    check_bits: ClassVar[int] = 1
    word_bits: int = 64

    def __post_init__(self) -> None:
        _check_word_bits(self.word_bits)

    def read(self, pattern: Pattern) -> tuple[NDArray[np.int8], NDArray[np.uint64]]:
        """Return outcomes and wrong bits, as in `Code`."""
        is_odd = np.bitwise_count(pattern).sum(axis=1, dtype=np.int64) % 2 == 1
        even = np.where(_is_hit(pattern), Outcome.SILENT, Outcome.CLEAN)
        return np.where(is_odd, Outcome.DETECTED, even).astype(np.int8), pattern[:, 0]

    def probabilities(self, flip_probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each outcome, as in `Code`."""
        n_bits = self.stored_bits
        patterns = np.zeros((len(OUTCOMES), n_bits + 1))
        of_weight = np.array([comb(n_bits, weight) for weight in range(n_bits + 1)], dtype=np.float64)
        patterns[Outcome.DETECTED, 1::2] = of_weight[1::2]
        patterns[Outcome.SILENT, 2::2] = of_weight[2::2]
        patterns[Outcome.CLEAN, 0] = 1.0
        return by_weight(patterns, flip_probability)


@dataclass(frozen=True, slots=True, kw_only=True)
class TripleModularRedundancy(Code):
    """Three copies and a vote per bit; a bit that is wrong in two copies outvotes the right one.

    The voter is taken to report any disagreement, so a wrong vote is `MISCORRECTED`, and `SILENT` is only what all
    three copies agree upon.
    """

    name: ClassVar[str] = "tmr"
    n_copies: ClassVar[int] = 3
    word_bits: int = 64

    def __post_init__(self) -> None:
        _check_word_bits(self.word_bits)

    def read(self, pattern: Pattern) -> tuple[NDArray[np.int8], NDArray[np.uint64]]:
        """Return outcomes and wrong bits, as in `Code`."""
        wrong = _vote(pattern)
        agree = (pattern[:, 0] == pattern[:, 1]) & (pattern[:, 1] == pattern[:, 2])
        outcome = np.where(agree, Outcome.SILENT, np.where(wrong != 0, Outcome.MISCORRECTED, Outcome.CORRECTED))
        return np.where(_is_hit(pattern), outcome, Outcome.CLEAN).astype(np.int8), wrong

    def rewritten(self, pattern: Pattern) -> Pattern:
        """Return what a scrub leaves, as in `Code`."""
        return np.repeat(_vote(pattern)[:, None], 3, axis=1)

    def probabilities(self, flip_probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each outcome, as in `Code`."""
        flip = np.asarray(flip_probability, dtype=np.float64)
        outvoted = flip**2 * (3.0 - 2.0 * flip)
        log_clean = 3 * self.word_bits * np.log1p(-flip)
        log_voted = self.word_bits * np.log1p(-outvoted)
        # sums of small numbers rather than differences of numbers near one
        silent = np.exp(log_clean) * np.expm1(self.word_bits * np.log1p((flip / (1.0 - flip)) ** 3))
        chance: NDArray[np.float64] = np.zeros((*flip.shape, len(OUTCOMES)))
        chance[..., Outcome.CLEAN] = np.exp(log_clean)
        chance[..., Outcome.CORRECTED] = np.expm1(log_voted) - np.expm1(log_clean)
        chance[..., Outcome.MISCORRECTED] = np.maximum(-np.expm1(log_voted) - silent, 0.0)
        chance[..., Outcome.SILENT] = silent
        return chance


def _vote(pattern: Pattern) -> NDArray[np.uint64]:
    first, second, third = pattern.T
    majority: NDArray[np.uint64] = (first & second) | (second & third) | (first & third)
    return majority
