"""An image of data in a DRAM: which of its bytes lies where, and which of them may be hit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radiation.upsets.rednet_emulator.mappings import AddressMapping, DramPlace

PAGE_BYTES: Final = 4096
OUTSIDE: Final = -1
"""Address of a place that is not in the image, or not in the region that may be hit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryImage:
    """Data that lie in a DRAM from its address 0 on.

    Attributes
    ----------
    mapping : AddressMapping
    n_bytes : size of the image
    physical_page : (n_pages,) int64, a permutation: where each page of 4 KiB of the image lies; None for in order
    first_byte, end_byte : region of the image that may be hit, `first_byte <= address < end_byte`; None is its end. The
        original spares the first 300 B and the last 500,000 B of an engine file, where flips stop it from being loaded.

    Raises
    ------
    ValueError
        If the image does not fit into the DRAM, or the region or the pages do not fit the image.
    """

    mapping: AddressMapping
    n_bytes: int
    physical_page: NDArray[np.int64] | None = None
    first_byte: int = 0
    end_byte: int | None = None
    _image_page: NDArray[np.int64] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        if not 0 < self.n_bytes <= self.mapping.capacity_bytes:
            raise ValueError(
                f"n_bytes = {self.n_bytes}: give 1 to {self.mapping.capacity_bytes}, the size of {self.mapping.name}"
            )
        if not 0 <= self.first_byte < self.region_end <= self.n_bytes:
            raise ValueError(
                f"first_byte = {self.first_byte} and end_byte = {self.end_byte}: give a region that is not empty "
                f"inside the image of {self.n_bytes} bytes"
            )
        pages = self.physical_page
        if pages is not None and not np.array_equal(np.sort(pages), np.arange(_n_pages(self.n_bytes))):
            raise ValueError(f"physical_page is no permutation of the {_n_pages(self.n_bytes)} pages of the image")
        if pages is not None:
            object.__setattr__(self, "_image_page", np.argsort(pages))

    @property
    def region_end(self) -> int:
        """One past the last byte that may be hit."""
        return self.n_bytes if self.end_byte is None else self.end_byte

    def place(self, address: NDArray[np.int64]) -> DramPlace:
        """Return where bytes of the image lie."""
        if self.physical_page is not None:
            page, offset = np.divmod(address, PAGE_BYTES)
            address = self.physical_page[page] * PAGE_BYTES + offset
        return self.mapping.place(address)

    def address(self, place: DramPlace, row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return addresses in the image of other rows and columns in the same bank and lane, or `OUTSIDE`."""
        mapping = self.mapping
        in_bank = (row >= 0) & (row < mapping.n_rows) & (column >= 0) & (column < mapping.n_columns)
        address = mapping.address(
            replace(place, row=np.where(in_bank, row, place.row), column=np.where(in_bank, column, place.column))
        )
        if self._image_page is not None:
            page, offset = np.divmod(address, PAGE_BYTES)
            is_held = page < len(self._image_page)
            held = self._image_page[np.where(is_held, page, 0)]
            address = np.where(is_held, held * PAGE_BYTES + offset, OUTSIDE)
        is_hit = in_bank & (address >= self.first_byte) & (address < self.region_end)
        return np.where(is_hit, address, OUTSIDE)


def paged_image(mapping: AddressMapping, n_bytes: int, rng: np.random.Generator) -> MemoryImage:
    """Return an image whose pages of 4 KiB lie in random order."""
    return MemoryImage(mapping=mapping, n_bytes=n_bytes, physical_page=rng.permutation(_n_pages(n_bytes)))


def _n_pages(n_bytes: int) -> int:
    return -(-n_bytes // PAGE_BYTES)
