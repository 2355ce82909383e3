"""A model as it lies in memory: every tensor at an address, the gaps between them, and which bit is which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.tensor_flips import UNSIGNED, TensorFlips

ALIGNMENT_BYTES: Final = 64
"""A cache line; ONNX Runtime aligns what it allocates to it or to more."""


class RegionKind(Enum):
    """What bytes of the image mean."""

    WEIGHT = "weight"
    BIAS = "bias"
    SCALE = "scale"
    ZERO_POINT = "zero_point"
    THRESHOLD = "threshold"
    CHECKSUM = "checksum"
    METADATA = "metadata"
    """Shapes, axes, indices and other constants of the graph."""
    UNUSED = "unused"
    """Gaps that alignment leaves: they can be hit, to no effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Data that have no address yet.

    Attributes
    ----------
    name : unlike all others of an image
    layer : what tables group it under
    kind : RegionKind
    values : array of elements of 1, 2, 4 or 8 bytes
    """

    name: str
    layer: str
    kind: RegionKind
    values: NDArray[np.generic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Some bytes of the image, `first_byte <= address < first_byte + n_bytes`, that hold one array."""

    name: str
    layer: str
    kind: RegionKind
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    first_byte: int
    n_bytes: int

    @property
    def n_bits(self) -> int:
        """Bits of the region."""
        return 8 * self.n_bytes


@dataclass(frozen=True, kw_only=True, eq=False)
class MemoryImage:
    """All bytes of a model in memory; bit error rates are over all of its bits, used or not.

    Words are little endian: bit 0 of word 0 is bit 0 of byte 0.

    Attributes
    ----------
    regions : in order of address, without gap or overlap, from byte 0 to the end
    content : (n_bytes,) uint8, what the memory holds while nothing has flipped; not writable
    alignment_bytes : addresses of tensors are multiples of it
    """

    regions: tuple[Region, ...]
    content: NDArray[np.uint8] = field(repr=False)
    alignment_bytes: int = ALIGNMENT_BYTES

    @property
    def n_bytes(self) -> int:
        """Size of the image, a whole number of words of 64 bits."""
        return int(self.content.size)

    @property
    def n_bits(self) -> int:
        """Bits that can flip."""
        return 8 * self.n_bytes

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the regions."""
        return tuple(region.name for region in self.regions)

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}

    @cached_property
    def _first_byte(self) -> NDArray[np.int64]:
        return np.array([region.first_byte for region in self.regions], dtype=np.int64)

    @cached_property
    def _itemsize(self) -> NDArray[np.int64]:
        return np.array([region.dtype.itemsize for region in self.regions], dtype=np.int64)

    def region(self, name: str) -> Region:
        """Return a region.

        Raises
        ------
        ValueError
            If there is none of this name.
        """
        if name not in self._index:
            raise ValueError(f"name = {name!r}: the image has no such region; it has {', '.join(self.names[:20])}, ...")
        return self.regions[self._index[name]]

    def values(self, name: str, content: NDArray[np.uint8] | None = None) -> NDArray[np.generic]:
        """Return the array of a region as a view of `content`, by default of what the image holds."""
        region = self.region(name)
        stored = (self.content if content is None else content)[region.first_byte : region.first_byte + region.n_bytes]
        return stored.view(region.dtype).reshape(region.shape)

    def flips_at(self, bit_address: NDArray[np.int64]) -> TensorFlips:
        """Return what lies at bits of the image, unused regions included.

        Parameters
        ----------
        bit_address : (n,) int64, 8 times the byte plus the bit of the byte

        Raises
        ------
        ValueError
            If an address lies outside the image.
        """
        if bit_address.size and not 0 <= bit_address.min() <= bit_address.max() < self.n_bits:
            raise ValueError(
                f"bit_address reaches from {bit_address.min()} to {bit_address.max()}: give 0 to {self.n_bits - 1}"
            )
        byte, bit_of_byte = np.divmod(np.asarray(bit_address, dtype=np.int64), 8)
        region = np.searchsorted(self._first_byte, byte, side="right") - 1
        element, byte_of_element = np.divmod(byte - self._first_byte[region], self._itemsize[region])
        return TensorFlips(
            tensors=self.names,
            tensor=region.astype(np.int32),
            element=element,
            bit=(8 * byte_of_element + bit_of_byte).astype(np.int8),
        )

    def bit_addresses(self, flips: TensorFlips) -> NDArray[np.int64]:
        """Return where flipped bits lie, (n_flips,): the inverse of `flips_at`.

        Raises
        ------
        ValueError
            If a tensor that was hit is not in the image.
        """
        for i in np.unique(flips.tensor):
            self.region(flips.tensors[i])
        region = np.array([self._index.get(name, -1) for name in flips.tensors], dtype=np.int64)[flips.tensor]
        byte = self._first_byte[region] + flips.element * self._itemsize[region]
        return 8 * byte + flips.bit.astype(np.int64)

    def flips_of(
        self, word: NDArray[np.int64], mask: NDArray[np.uint64], *, word_bits: int = 64, first_byte: int = 0
    ) -> TensorFlips:
        """Return the flips that upsets of a memory make in the image.

        Parameters
        ----------
        word : (n,) int64, indices of words of the memory
        mask : (n,) uint64, flipped bits of each
        word_bits : 8, 16, 32 or 64
        first_byte : where in the memory the image begins; what is hit outside it is left out

        Raises
        ------
        ValueError
            If `word_bits` is another, a mask is wider, or `first_byte` is negative.
        """
        if word_bits not in (8, 16, 32, 64):
            raise ValueError(f"word_bits = {word_bits}: give 8, 16, 32 or 64")
        if first_byte < 0:
            raise ValueError(f"first_byte = {first_byte}: give 0 or more")
        if mask.size and int(mask.max()) >> word_bits:
            raise ValueError(f"mask = {int(mask.max()):#x}: wider than a word of {word_bits} bits")
        bits = np.unpackbits(mask.astype("<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
        row, bit = np.nonzero(bits)
        address = word[row] * word_bits + bit - 8 * first_byte
        return self.flips_at(address[(address >= 0) & (address < self.n_bits)])

    def random_flips(self, n_flips: int, rng: np.random.Generator) -> TensorFlips:
        """Return flips of `n_flips` different bits, uniform over all bits of the image."""
        if not 0 <= n_flips <= self.n_bits:
            raise ValueError(f"n_flips = {n_flips}: give 0 to {self.n_bits}, the bits of the image")
        return self.flips_at(rng.choice(self.n_bits, size=n_flips, replace=False))

    def flips_at_rate(self, bit_error_rate: float, rng: np.random.Generator) -> TensorFlips:
        """Return flips of bits that each flip with the same probability."""
        if not 0.0 <= bit_error_rate <= 1.0:
            raise ValueError(f"bit_error_rate = {bit_error_rate}: give a probability, 0 to 1")
        return self.random_flips(int(rng.binomial(self.n_bits, bit_error_rate)), rng)

    def flipped(self, flips: TensorFlips) -> NDArray[np.uint8]:
        """Return what the memory holds after some flips, (n_bytes,)."""
        content = self.content.copy()
        byte, bit = np.divmod(self.bit_addresses(flips), 8)
        np.bitwise_xor.at(content, byte, np.left_shift(1, bit).astype(np.uint8))
        return content

    def extended(self, contents: Iterable[Content]) -> MemoryImage:
        """Return the image with more data behind it: copies, thresholds, checksums."""
        mine = [
            Content(name=region.name, layer=region.layer, kind=region.kind, values=self.values(region.name))
            for region in self.regions
            if region.kind is not RegionKind.UNUSED
        ]
        return image_of([*mine, *contents], alignment_bytes=self.alignment_bytes)


def image_of(contents: Sequence[Content], *, alignment_bytes: int = ALIGNMENT_BYTES) -> MemoryImage:
    """Return the image of data that lie one after the other, each at an aligned address.

    Parameters
    ----------
    contents : in order of address; those without elements take no place and are left out
    alignment_bytes : a multiple of 8, so that the image is a whole number of words

    Raises
    ------
    ValueError
        If nothing is left, a name comes twice, or elements have a size that is not 1, 2, 4 or 8 bytes.
    """
    if alignment_bytes < 8 or alignment_bytes % 8:
        raise ValueError(f"alignment_bytes = {alignment_bytes}: give a multiple of 8")
    regions: list[Region] = []
    parts: list[NDArray[np.uint8]] = []
    at = 0
    for content in contents:
        _check(content)
        n_bytes = content.values.nbytes
        if n_bytes == 0:
            continue
        regions.append(_region(content, at))
        gap = -n_bytes % alignment_bytes
        parts += [np.frombuffer(content.values.tobytes(), np.uint8), np.zeros(gap, np.uint8)]
        at += n_bytes + gap
        if gap:
            regions.append(_gap(at - gap, gap))
    names = [region.name for region in regions]
    if not names or len(set(names)) < len(names):
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"contents has {len(names)} regions and repeats {repeated}: give one or more, named apart")
    held = np.concatenate(parts)
    held.flags.writeable = False
    return MemoryImage(regions=tuple(regions), content=held, alignment_bytes=alignment_bytes)


def _check(content: Content) -> None:
    dtype = content.values.dtype
    if dtype.itemsize not in UNSIGNED or dtype.hasobject:
        raise ValueError(f"{content.name!r} holds elements of type {dtype}: give elements of 1, 2, 4 or 8 bytes")


def _region(content: Content, first_byte: int) -> Region:
    return Region(
        name=content.name,
        layer=content.layer,
        kind=content.kind,
        dtype=content.values.dtype,
        shape=content.values.shape,
        first_byte=first_byte,
        n_bytes=content.values.nbytes,
    )


def _gap(first_byte: int, n_bytes: int) -> Region:
    return Region(
        name=f"unused@{first_byte}",
        layer="",
        kind=RegionKind.UNUSED,
        dtype=np.dtype(np.uint8),
        shape=(n_bytes,),
        first_byte=first_byte,
        n_bytes=n_bytes,
    )
