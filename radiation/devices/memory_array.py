"""Where the bits of a memory lie: words, interleaved in the rows of physical arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

WIDEST_WORD_BITS: Final = 64
WIDEST_ROW_BITS: Final = 1_024
"""Widest row that is chosen where none is given; an engineering value."""
BIT_LINE_SHARE_PLANAR: Final = 0.6
"""Engineering value for the share of a cluster's steps that go along the bit line."""
BIT_LINE_SHARE_FINFET: Final = 0.8
"""The same for FinFETs, whose clusters are elongated along the bit line (Sakamoto et al. 2025)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryArray:
    """Geometry of a memory: arrays of cells, cut into rows, whose words are interleaved.

    A row holds groups of `interleaving` words. In a group, neighbouring columns belong to different words: column `c`
    of a group is bit `c // interleaving` of word `c % interleaving`. Words are numbered along the rows, rows one after
    the other through all arrays. A cluster of flips does not reach from one array into the next.

    Attributes
    ----------
    n_bits : cells in all; a whole number of rows
    word_bits : cells of a word, 1 to 64
    interleaving : words that share a group of columns; 1 is none
    words_per_row : a multiple of `interleaving`
    rows_per_array : rows of a full array; the last array has what is left
    bit_line_share : probability that a cluster grows by a row, along the bit line, and not by a column
    """

    n_bits: int
    word_bits: int
    interleaving: int
    words_per_row: int
    rows_per_array: int = 512
    bit_line_share: float = BIT_LINE_SHARE_PLANAR

    def __post_init__(self) -> None:
        if not 1 <= self.word_bits <= WIDEST_WORD_BITS:
            raise ValueError(f"word_bits = {self.word_bits}: give 1 to {WIDEST_WORD_BITS}")
        for name in ("interleaving", "words_per_row", "rows_per_array", "n_bits"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: give at least 1")
        if self.words_per_row % self.interleaving:
            raise ValueError(
                f"words_per_row = {self.words_per_row}: give a multiple of interleaving = {self.interleaving}"
            )
        if self.n_bits % self.n_columns:
            nearest = _next_multiple(self.n_bits, self.n_columns)
            raise ValueError(
                f"n_bits = {self.n_bits}: give a multiple of {self.n_columns}, the bits of a row of "
                f"{self.words_per_row} words, such as {nearest}"
            )
        if not 0.0 <= self.bit_line_share <= 1.0:
            raise ValueError(f"bit_line_share = {self.bit_line_share}: give a share from 0 to 1")

    @property
    def n_words(self) -> int:
        """Words in all."""
        return self.n_bits // self.word_bits

    @property
    def n_columns(self) -> int:
        """Cells of a row."""
        return self.words_per_row * self.word_bits

    @property
    def n_rows(self) -> int:
        """Rows in all arrays."""
        return self.n_bits // self.n_columns

    @property
    def n_arrays(self) -> int:
        """Arrays, the last of which may be lower than the others."""
        return -(-self.n_rows // self.rows_per_array)

    def array_heights(self) -> tuple[tuple[int, int], ...]:
        """Return pairs of rows in an array and the number of such arrays."""
        n_full, rest = divmod(self.n_rows, self.rows_per_array)
        return tuple((rows, count) for rows, count in ((self.rows_per_array, n_full), (rest, 1)) if rows and count)

    def logical(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the word, and the bit in it, of physical cells.

        Parameters
        ----------
        row : (...), int64, 0 to `n_rows` - 1
        column : (...), int64, 0 to `n_columns` - 1

        Returns
        -------
        word, bit : (...), int64
        """
        group, within = np.divmod(column, self.interleaving * self.word_bits)
        bit, place = np.divmod(within, self.interleaving)
        return row * self.words_per_row + group * self.interleaving + place, bit

    def physical(self, word: NDArray[np.int64], bit: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the row and the column of bits of words; the inverse of `logical`."""
        row, within = np.divmod(word, self.words_per_row)
        group, place = np.divmod(within, self.interleaving)
        return row, (group * self.word_bits + bit) * self.interleaving + place


def memory_array(
    *,
    n_bits: int,
    word_bits: int = 32,
    interleaving: int = 4,
    words_per_row: int | None = None,
    rows_per_array: int = 512,
    bit_line_share: float = BIT_LINE_SHARE_PLANAR,
) -> MemoryArray:
    """Return a geometry, with the widest row of at most 1,024 bits that fits where none is given.

    Raises
    ------
    ValueError
        If `n_bits` is not a whole number of interleaved words, or an argument is outside its range.
    """
    if words_per_row is None:
        words_per_row = _words_per_row(n_bits, word_bits, interleaving)
    return MemoryArray(
        n_bits=n_bits,
        word_bits=word_bits,
        interleaving=interleaving,
        words_per_row=words_per_row,
        rows_per_array=rows_per_array,
        bit_line_share=bit_line_share,
    )


def _words_per_row(n_bits: int, word_bits: int, interleaving: int) -> int:
    group_bits = max(1, word_bits) * max(1, interleaving)
    n_groups, rest = divmod(n_bits, group_bits)
    if rest or n_groups < 1:
        nearest = _next_multiple(n_bits, group_bits)
        raise ValueError(
            f"n_bits = {n_bits}: give a multiple of {group_bits}, the bits of {interleaving} interleaved words of "
            f"{word_bits} bits, such as {nearest}"
        )
    most = max(1, WIDEST_ROW_BITS // group_bits)
    return interleaving * next(groups for groups in range(most, 0, -1) if n_groups % groups == 0)


def _next_multiple(value: int, step: int) -> int:
    return max(1, -(-value // step)) * step
