"""Address mappings of the RedNet emulator, against the published tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiation.upsets.rednet_emulator import MAPPINGS, MemoryImage

by_mapping = pytest.mark.parametrize("name", MAPPINGS)


@by_mapping
@given(share=st.floats(0.0, 1.0, exclude_max=True))
def test_every_address_comes_back_from_its_place(name, share):
    mapping = MAPPINGS[name]
    address = np.array([int(share * mapping.capacity_bytes)])
    place = mapping.place(address)
    assert mapping.address(place) == address
    assert 0 <= place.row < mapping.n_rows
    assert 0 <= place.column < mapping.n_columns


@by_mapping
def test_places_of_a_block_are_all_different(name):
    # 512 KiB hold every column, channel and bank of a row, so nothing in them may coincide
    mapping = MAPPINGS[name]
    place = mapping.place(np.arange(0, 2 * mapping.unit_bytes << 14, mapping.unit_bytes))
    fields = np.stack([place.row, place.column, place.bank, place.bank_group, place.channel], axis=1)
    assert len(np.unique(fields, axis=0)) == 2 << 14
    assert (place.byte_lane == 0).all()


@pytest.mark.parametrize(("name", "gib"), [("S1", 8), ("S2", 8), ("S3", 8), ("orin-lpddr5", 64)])
def test_capacity(name, gib):
    assert MAPPINGS[name].capacity_bytes == gib * 2**30


@pytest.mark.parametrize(
    ("name", "address", "expected"),
    [
        # unit bits worked out by hand from the published table: column 0-9, channel 10, bank 11-13, row 14 up
        ("S1", 16 * (5 << 14 | 6 << 11 | 1 << 10 | 1023) + 3, (1, 0, 6, 5, 1023, 3)),
        ("S2", 16 * (5 << 14 | 0b110 << 11 | 1 << 10 | 0b0000010000) + 3, (1, 0, 0b111, 5, 0b010000, 3)),
        ("S3", 16 * (5 << 14 | 6 << 11 | 1 << 10 | 0b10000), (0, 0, 6, 5, 16, 0)),
        ("orin-lpddr5", 32 * (5 << 14 | 3 << 12 | 2 << 10 | 7) + 31, (0, 2, 3, 5, 7, 31)),
    ],
)
def test_fields_by_hand(name, address, expected):
    place = MAPPINGS[name].place(np.array([address]))
    fields = (place.channel, place.bank_group, place.bank, place.row, place.column, place.byte_lane)
    assert tuple(int(field[0]) for field in fields) == expected


@pytest.mark.parametrize(
    ("name", "column_bytes", "row_bytes"),
    [("S1", 16, 256 * 1024), ("S3", 16, 256 * 1024), ("S2", 16, 256 * 1024), ("orin-lpddr5", 32, 512 * 1024)],
)
def test_neighbours_are_as_far_apart_as_published(name, column_bytes, row_bytes):
    held = MemoryImage(mapping=MAPPINGS[name], n_bytes=2**26)
    address = np.arange(0, 128, 16)
    place = held.place(address)
    assert (held.address(place, place.row + 1, place.column) - address == row_bytes).all()
    assert (held.address(place, place.row, place.column + 1) - address == column_bytes).all()


@pytest.mark.parametrize(("name", "field"), [("S2", "bank"), ("S3", "channel")])
def test_hashed_field_changes_each_256_bytes(name, field):
    value = getattr(MAPPINGS[name].place(np.arange(0, 2048, 16)), field)
    changes = np.flatnonzero(np.diff(value)) + 1
    assert changes.tolist() == list(range(16, 128, 16))
