"""Where the words of a code, their copies and their check bits lie in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiation.memory_protection.codes import Code

UNIT_BITS = 64
"""Memory is seen as units of 64 bits; bit 0 of a unit is bit 0 of its first byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Memory that holds `data_bytes` of data under a code, in regions one behind the other.

    First the data, then (triple modular redundancy) the second and third copy, or the check bits of all words, packed
    in order of the words; the last region is filled up to a whole unit. This is what memory controllers with in-line
    error correction do, and where the check bits lie in chips of their own, those chips are the last region. Upsets are
    sampled over all of it (`stored_bytes`), so check bits and copies are hit as data are, each by itself.

    Raises
    ------
    ValueError
        If `data_bytes` is not a positive multiple of 8.
    """

    code: Code
    data_bytes: int

    def __post_init__(self) -> None:
        if self.data_bytes <= 0 or self.data_bytes % 8:
            raise ValueError(f"data_bytes is {self.data_bytes}; it must be a positive multiple of 8")

    @property
    def n_words(self) -> int:
        """Words of the code, each of `code.word_bits` bits of data."""
        return self.data_bytes * 8 // self.code.word_bits

    @property
    def n_units(self) -> int:
        """Units of 64 bits, redundancy included."""
        return self._data_units * self.code.n_copies + -(-self.n_words * self.code.check_bits // UNIT_BITS)

    @property
    def stored_bytes(self) -> int:
        """Bytes of memory, redundancy included: the size of the device for which upsets are sampled."""
        return self.n_units * UNIT_BITS // 8

    @property
    def overhead(self) -> float:
        """Memory for redundancy as a share of the data."""
        return self.stored_bytes / self.data_bytes - 1.0

    @property
    def _data_units(self) -> int:
        return self.data_bytes * 8 // UNIT_BITS

    def locate(
        self, word: NDArray[np.int64], mask: NDArray[np.uint64], memory_word_bits: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
        """Translate flips in words of the memory device to flips in words of the code.

        Parameters
        ----------
        word : (n,) int64, index of a word of the device in `stored_bytes` of memory
        mask : (n,) uint64, bits of it that flipped
        memory_word_bits : int, width of these words: 8, 16, 32 or 64

        Returns
        -------
        row : (m,) int64, which of the n flips; one that touches several words of the code comes several times
        code_word : (m,) int64
        part : (m,) int64, column of a pattern: a copy of the data, or the check bits
        flipped : (m,) uint64, bits of that part

        Raises
        ------
        ValueError
            If the width is another, a mask is wider, or a word lies outside the memory.
        """
        unit, flipped = _in_units(word, mask, memory_word_bits)
        outside = np.flatnonzero((unit < 0) | (unit >= self.n_units))
        if len(outside):
            raise ValueError(
                f"word {int(word[outside[0]])} of {memory_word_bits} bits lies outside a memory of {self.stored_bytes} "
                "bytes; sample upsets for stored_bytes, redundancy included"
            )
        region, offset = np.divmod(unit, self._data_units)
        is_check = region >= self.code.n_copies
        data_row, data_word, data_bits = _split(offset, flipped, ~is_check, self.code.word_bits)
        part = region[data_row]
        if not is_check.any():
            return data_row, data_word, part, data_bits
        check_unit = unit - self._data_units * self.code.n_copies
        check_row, check_word, check_bits = _split(check_unit, flipped, is_check, self.code.check_bits)
        # bits that fill up the last unit belong to no word
        is_used = check_word < self.n_words
        check_row, check_word, check_bits = check_row[is_used], check_word[is_used], check_bits[is_used]
        return (
            np.concatenate([data_row, check_row]),
            np.concatenate([data_word, check_word]),
            np.concatenate([part, np.full(len(check_row), self.code.n_copies)]),
            np.concatenate([data_bits, check_bits]),
        )


def _in_units(
    word: NDArray[np.int64], mask: NDArray[np.uint64], memory_word_bits: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    if memory_word_bits not in (8, 16, 32, 64):
        raise ValueError(
            f"memory_word_bits is {memory_word_bits}; protected memory has words of 8, 16, 32 or 64 bits "
            "(check bits have a region of their own)"
        )
    per_unit = UNIT_BITS // memory_word_bits
    if per_unit > 1 and len(mask) and int(mask.max()) >> memory_word_bits:
        raise ValueError(f"mask {int(mask.max()):#x} has bits beyond memory_word_bits = {memory_word_bits}")
    unit, place = np.divmod(word, per_unit)
    return unit, mask << (place * memory_word_bits).astype(np.uint64)


def _split(
    unit: NDArray[np.int64], flipped: NDArray[np.uint64], is_chosen: NDArray[np.bool_], field_bits: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
    """Cut the chosen units into fields; return row, index of the field and its flipped bits where it has any."""
    chosen = np.flatnonzero(is_chosen)
    n_fields = UNIT_BITS // field_bits
    shift = np.arange(n_fields, dtype=np.uint64) * np.uint64(field_bits % UNIT_BITS)
    fields = (flipped[chosen, None] >> shift) & np.uint64((1 << field_bits) - 1)
    row, place = np.nonzero(fields)
    return chosen[row], unit[chosen[row]] * n_fields + place, fields[row, place]
