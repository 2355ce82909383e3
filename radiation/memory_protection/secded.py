"""The (72,64) code that corrects one wrong bit of a word and detects two: SECDED."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from math import comb
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from radiation.memory_protection.codes import Code, Pattern, by_weight
from radiation.memory_protection.outcomes import OUTCOMES, Outcome

N_CHECK = 8
N_DATA = 64
N_BITS = N_DATA + N_CHECK


@cache
def parity_check_columns() -> tuple[int, ...]:
    """Return the 72 columns of the parity-check matrix, row i as bit i: data bits 0 to 63, then check bits 0 to 7.

    Notes
    -----
    Hsiao, "A class of optimal minimum odd-weight-column SEC-DED codes", IBM J. Res. Dev. 14 (1970): columns are
    different and odd in weight, so two flips never look like one. All 56 columns of weight 3 and 8 of weight 5; these
    are the rotations of one, so every row has 26 ones in the data, the least and most even that is possible. Makers
    choose other columns of weight 5 and another order, which changes which triple errors are mis-corrected, and
    hardly how many.
    """
    weight_3 = [sum(1 << row for row in rows) for rows in combinations(range(N_CHECK), 3)]
    weight_5 = [sum(1 << (start + step) % N_CHECK for step in range(5)) for start in range(N_CHECK)]
    return (*weight_3, *weight_5, *(1 << row for row in range(N_CHECK)))


@cache
def _rows() -> tuple[int, ...]:
    """Return the rows of the parity-check matrix over the data bits, as masks."""
    columns = parity_check_columns()[:N_DATA]
    return tuple(sum((column >> row & 1) << bit for bit, column in enumerate(columns)) for row in range(N_CHECK))


@cache
def _decoding() -> tuple[NDArray[np.int8], Pattern]:
    """Return, by syndrome, the outcome if the pattern is what it looks like, and the bits that the decoder inverts."""
    outcome = np.full(1 << N_CHECK, Outcome.DETECTED, dtype=np.int8)
    inverted = np.zeros((1 << N_CHECK, 2), dtype=np.uint64)
    outcome[0] = Outcome.CLEAN
    for bit, column in enumerate(parity_check_columns()):
        outcome[column] = Outcome.CORRECTED
        inverted[column, bit // N_DATA] = np.uint64(1 << bit % N_DATA)
    outcome.setflags(write=False)
    inverted.setflags(write=False)
    return outcome, inverted


def syndrome(pattern: Pattern) -> NDArray[np.uint8]:
    """Return the syndrome (n,) of patterns of data bits and check bits (n, 2)."""
    found = pattern[:, 1].astype(np.uint8)
    for row, mask in enumerate(_rows()):
        found ^= (np.bitwise_count(pattern[:, 0] & np.uint64(mask)) & np.uint8(1)) << np.uint8(row)
    return found


@cache
def codewords_by_weight() -> tuple[int, ...]:
    """Return how many of the 2**64 codewords have each weight from 0 to 72.

    Notes
    -----
    MacWilliams identity: the 256 words that the rows of the parity-check matrix span have their weights counted one by
    one, and Krawtchouk polynomials carry them over to the code. MacWilliams and Sloane, 1977, chapter 5.
    """
    spanned = [0] * (N_BITS + 1)
    for combination in range(1 << N_CHECK):
        data = 0
        for row, mask in enumerate(_rows()):
            data ^= mask if combination >> row & 1 else 0
        spanned[data.bit_count() + combination.bit_count()] += 1
    return tuple(
        sum(n_words * _krawtchouk(weight, spanned_weight) for spanned_weight, n_words in enumerate(spanned) if n_words)
        >> N_CHECK
        for weight in range(N_BITS + 1)
    )


def _krawtchouk(weight: int, x: int) -> int:
    return sum((-1) ** j * comb(x, j) * comb(N_BITS - x, weight - j) for j in range(weight + 1))


@cache
def patterns_by_weight() -> NDArray[np.float64]:
    """Return how many patterns of each weight have each outcome, (5, 73) in the order of `OUTCOMES`."""
    codewords = (*codewords_by_weight(), 0)
    counts = np.zeros((len(OUTCOMES), N_BITS + 1))
    for weight in range(N_BITS + 1):
        # patterns one bit away from a codeword are "corrected" to it; at weight 1 and only there it is the right one
        nearby = codewords[weight - 1] * (N_BITS - weight + 1) if weight else 0
        nearby += codewords[weight + 1] * (weight + 1)
        counts[Outcome.CORRECTED if weight == 1 else Outcome.MISCORRECTED, weight] = nearby
        counts[Outcome.SILENT if weight else Outcome.CLEAN, weight] = codewords[weight]
        counts[Outcome.DETECTED, weight] = comb(N_BITS, weight) - nearby - codewords[weight]
    counts.setflags(write=False)
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class SECDED(Code):
    """Eight check bits per 64 bits of data: one flip is corrected, two are detected, and the code decides on more.

    Of three flips some look like one (mis-corrected, and written back so by scrubbing), the others are detected; of
    four or more in even number few look like none (silent). Check bits are stored in memory and flip as data do.
    """

    name: ClassVar[str] = "secded"
    check_bits: ClassVar[int] = N_CHECK
    word_bits: int = field(default=N_DATA, init=False)

    def read(self, pattern: Pattern) -> tuple[NDArray[np.int8], NDArray[np.uint64]]:
        """Return outcomes and wrong bits, as in `Code`."""
        looks_like, inverted = _decoding()
        found = syndrome(pattern)
        delivered = pattern ^ inverted[found]
        is_wrong = (delivered != 0).any(axis=1)
        outcome = looks_like[found]
        outcome = np.where((outcome == Outcome.CORRECTED) & is_wrong, np.int8(Outcome.MISCORRECTED), outcome)
        outcome = np.where((outcome == Outcome.CLEAN) & is_wrong, np.int8(Outcome.SILENT), outcome)
        return outcome, delivered[:, 0]

    def rewritten(self, pattern: Pattern) -> Pattern:
        """Return what a scrub leaves, as in `Code`."""
        rewritten: Pattern = pattern ^ _decoding()[1][syndrome(pattern)]
        return rewritten

    def probabilities(self, flip_probability: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each outcome, as in `Code`."""
        return by_weight(patterns_by_weight(), flip_probability)
