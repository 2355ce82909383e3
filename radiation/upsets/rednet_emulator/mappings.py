"""From byte addresses to places in a DRAM and back: the mappings of the RedNet emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FieldBits = tuple[tuple[int, ...], ...]
"""For each bit of a field, lowest first, the bits of the unit number whose exclusive or it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DramPlace:
    """Places of bytes in a DRAM; every attribute is (...) int64."""

    channel: NDArray[np.int64]
    bank_group: NDArray[np.int64]
    bank: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    byte_lane: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressMapping:
    """How a memory controller spreads addresses over a DRAM.

    An address counts units of `unit_bytes` bytes, one column of one row; its lowest bits are the byte lane in the unit.
    In a field bit that is the exclusive or of several bits of the unit number, the last of them belongs to no other
    field, and the others are each a field bit by themselves.

    Attributes
    ----------
    name : as users give it
    unit_bytes : a power of two
    column, row, channel, bank_group, bank : of which bits of the unit number each field is made
    """

    name: str
    unit_bytes: int
    column: FieldBits
    row: FieldBits
    channel: FieldBits = ()
    bank_group: FieldBits = ()
    bank: FieldBits = ()

    @property
    def n_rows(self) -> int:
        """Rows of a bank."""
        return 1 << len(self.row)

    @property
    def n_columns(self) -> int:
        """Columns, each of one unit, of a row."""
        return 1 << len(self.column)

    @property
    def capacity_bytes(self) -> int:
        """Bytes that the mapping can address."""
        fields = (self.column, self.row, self.channel, self.bank_group, self.bank)
        return self.unit_bytes << sum(len(field) for field in fields)

    def place(self, address: NDArray[np.int64]) -> DramPlace:
        """Return where bytes lie, from their addresses (...) below `capacity_bytes`."""
        unit, lane = np.divmod(address, self.unit_bytes)
        return DramPlace(
            channel=_field(unit, self.channel),
            bank_group=_field(unit, self.bank_group),
            bank=_field(unit, self.bank),
            row=_field(unit, self.row),
            column=_field(unit, self.column),
            byte_lane=lane,
        )

    def address(self, place: DramPlace) -> NDArray[np.int64]:
        """Return the addresses of places; the inverse of `place`."""
        bits = [
            (unit_bits, value >> i & 1)
            for field, value in (
                (self.column, place.column),
                (self.row, place.row),
                (self.channel, place.channel),
                (self.bank_group, place.bank_group),
                (self.bank, place.bank),
            )
            for i, unit_bits in enumerate(field)
        ]
        unit = np.zeros_like(place.row)
        # a hashed bit needs those that it is mixed with
        for unit_bits, value in sorted(bits, key=lambda bit: len(bit[0])):
            *mixed, own = unit_bits
            for other in mixed:
                value = value ^ (unit >> other & 1)
            unit = unit | value << own
        address: NDArray[np.int64] = unit * self.unit_bytes + place.byte_lane
        return address


def _field(unit: NDArray[np.int64], bits: FieldBits) -> NDArray[np.int64]:
    value = np.zeros_like(unit)
    for i, unit_bits in enumerate(bits):
        for bit in unit_bits:
            value ^= (unit >> bit & 1) << i
    return value


def _plain(first: int, last: int) -> FieldBits:
    return tuple((bit,) for bit in range(first, last + 1))


S1: Final = AddressMapping(
    name="S1", unit_bytes=16, column=_plain(0, 9), channel=_plain(10, 10), bank=_plain(11, 13), row=_plain(14, 28)
)
"""LPDDR4 of a Jetson Xavier NX, the emulator's default: column neighbours 16 B, row neighbours 256 KiB apart."""

S2: Final = AddressMapping(
    name="S2",
    unit_bytes=16,
    column=_plain(0, 9),
    channel=_plain(10, 10),
    bank=((4, 11), (5, 12), (6, 13)),
    row=_plain(14, 28),
)
"""LPDDR4 with banks hashed by the column: consecutive addresses change bank every 256 B."""

S3: Final = AddressMapping(
    name="S3", unit_bytes=16, column=_plain(0, 9), channel=((4, 10),), bank=_plain(11, 13), row=_plain(14, 28)
)
"""LPDDR4 with the channel hashed by the column: consecutive addresses change channel every 256 B."""

ORIN: Final = AddressMapping(
    name="orin-lpddr5",
    unit_bytes=32,
    column=_plain(0, 9),
    bank_group=_plain(10, 11),
    bank=_plain(12, 13),
    row=_plain(14, 30),
)
"""LPDDR5 of a Jetson Orin: column neighbours 32 B, row neighbours 512 KiB apart."""

MAPPINGS: Final = {mapping.name: mapping for mapping in (S1, S2, S3, ORIN)}
"""Mappings by the names that users give."""
