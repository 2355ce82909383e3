"""Flipped bits of the tensors of a model."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

UNSIGNED: Final[dict[int, np.dtype[np.unsignedinteger[Any]]]] = {
    1: np.dtype(np.uint8),
    2: np.dtype(np.uint16),
    4: np.dtype(np.uint32),
    8: np.dtype(np.uint64),
}
"""Unsigned integers by size in bytes, through which bits of any element are flipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorFlips:
    """Bits that flipped, each in an element of a tensor; a bit that is listed twice flips back.

    Attributes
    ----------
    tensors : names that `tensor` counts; it may hold more than were hit
    tensor : (n_flips,) int32, index into `tensors`
    element : (n_flips,) int64, flat index in row-major order
    bit : (n_flips,) int8, 0 is the lowest bit of the element's own type
    """

    tensors: tuple[str, ...]
    tensor: NDArray[np.int32]
    element: NDArray[np.int64]
    bit: NDArray[np.int8]

    def __post_init__(self) -> None:
        if not self.tensor.shape == self.element.shape == self.bit.shape == (self.tensor.size,):
            raise ValueError(
                f"tensor, element and bit have shapes {self.tensor.shape}, {self.element.shape}, {self.bit.shape}: "
                "give three flat arrays of one length"
            )

    def __len__(self) -> int:
        return int(self.tensor.size)

    def of(self, names: Collection[str]) -> TensorFlips:
        """Return the flips in some tensors."""
        is_wanted = np.array([name in names for name in self.tensors], dtype=np.bool_)
        return self._selected(is_wanted[self.tensor])

    def one_by_one(self) -> list[TensorFlips]:
        """Return each flip alone, for trials of single upsets."""
        return [self._selected(np.array([i])) for i in range(len(self))]

    def without_repeats(self) -> TensorFlips:
        """Return each bit once that is listed an odd number of times, in order of tensor, element and bit."""
        if len(self) < 2:
            return self
        order = np.lexsort((self.bit, self.element, self.tensor))
        ordered = self._selected(order)
        is_first = np.ones(len(self), dtype=np.bool_)
        is_first[1:] = (
            (ordered.tensor[1:] != ordered.tensor[:-1])
            | (ordered.element[1:] != ordered.element[:-1])
            | (ordered.bit[1:] != ordered.bit[:-1])
        )
        first = np.flatnonzero(is_first)
        return ordered._selected(first[np.diff(first, append=len(self)) % 2 == 1])

    def masks(self) -> Iterator[tuple[str, NDArray[np.int64], NDArray[np.uint64]]]:
        """Give, for each tensor that was hit, its name, the elements that changed and the bits that did, as masks.

        Elements are different from one another, masks are not zero.
        """
        once = self.without_repeats()
        for i_tensor in np.unique(once.tensor):
            chosen = once.tensor == i_tensor
            element, first = np.unique(once.element[chosen], return_index=True)
            mask = np.bitwise_or.reduceat(np.left_shift(np.uint64(1), once.bit[chosen].astype(np.uint64)), first)
            yield self.tensors[i_tensor], element, mask

    def _selected(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> TensorFlips:
        return TensorFlips(
            tensors=self.tensors, tensor=self.tensor[chosen], element=self.element[chosen], bit=self.bit[chosen]
        )


def flips_in(
    tensor: str, element: Sequence[int] | NDArray[np.int64], bit: Sequence[int] | NDArray[np.int8]
) -> TensorFlips:
    """Return flips in one tensor."""
    elements = np.asarray(element, dtype=np.int64)
    return TensorFlips(
        tensors=(tensor,),
        tensor=np.zeros(len(elements), np.int32),
        element=elements,
        bit=np.asarray(bit, dtype=np.int8),
    )


def flip_bits_(values: NDArray[np.generic], element: NDArray[np.int64], mask: NDArray[np.uint64]) -> None:
    """Flip bits of an array in place; doing it twice restores the array.

    Parameters
    ----------
    values : contiguous array of elements of 1, 2, 4 or 8 bytes
    element : (n,) int64, flat indices, different from one another
    mask : (n,) uint64, bits of each

    Raises
    ------
    ValueError
        If an element or a bit lies outside the array, or the array is not contiguous.
    """
    unsigned = UNSIGNED[values.dtype.itemsize]
    if not values.flags.c_contiguous:
        raise ValueError("values is not contiguous in row-major order: give np.ascontiguousarray(values)")
    if element.size and not 0 <= element.min() <= element.max() < values.size:
        raise ValueError(f"element reaches from {element.min()} to {element.max()}: give 0 to {values.size - 1}")
    if mask.size and int(mask.max()) > np.iinfo(unsigned).max:
        raise ValueError(
            f"mask = {int(mask.max()):#x}: elements of type {values.dtype} have {8 * unsigned.itemsize} bits"
        )
    values.reshape(-1).view(unsigned)[element] ^= mask.astype(unsigned)
