from __future__ import annotations

import numpy as np
import pytest

from radiation.memory_protection import (
    CODES,
    SECDED,
    Layout,
    MemoryProtection,
    Outcome,
    Parity,
    TripleModularRedundancy,
    Unprotected,
    residual_of,
)

EVERY_CODE = [Unprotected(), Parity(), Parity(word_bits=32), Parity(word_bits=8), SECDED(), TripleModularRedundancy()]


def test_overhead_of_each_code():
    overhead = [Layout(code=code, data_bytes=2**20).overhead for code in EVERY_CODE]
    assert overhead == [0.0, 1 / 64, 1 / 32, 1 / 8, 1 / 8, 2.0]


@pytest.mark.parametrize("code", EVERY_CODE, ids=lambda code: f"{code.name}-{code.word_bits}")
@pytest.mark.parametrize("data_bytes", [8, 72, 4096])
def test_every_stored_bit_belongs_to_one_word_and_place(code, data_bytes):
    layout = Layout(code=code, data_bytes=data_bytes)
    n_bits = layout.stored_bytes * 8
    bit = np.arange(n_bits)
    row, word, part, flipped = layout.locate(bit // 64, np.uint64(1) << (bit % 64).astype(np.uint64), 64)
    places = set(zip(word.tolist(), part.tolist(), flipped.tolist(), strict=True))
    assert len(places) == len(row) == layout.n_words * code.stored_bits
    assert 0 <= n_bits - len(row) < 64
    assert set(part.tolist()) == set(range(code.n_parts))
    assert (word >= 0).all()
    assert (word < layout.n_words).all()
    width = np.where(part < code.n_copies, code.word_bits, code.check_bits)
    assert (np.log2(flipped.astype(np.float64)) < width).all()


@pytest.mark.parametrize("memory_word_bits", [8, 16, 32])
@pytest.mark.parametrize("code", EVERY_CODE, ids=lambda code: f"{code.name}-{code.word_bits}")
def test_the_width_of_words_in_the_device_changes_nothing(upset_list, code, memory_word_bits):
    rng = np.random.default_rng(5)
    layout = Layout(code=code, data_bytes=256)
    bits = [np.unique(rng.integers(layout.stored_bytes * 8, size=3)) for _ in range(200)]
    t_s = np.sort(rng.uniform(0, 100, 200))

    def residual(width):
        flips = [[(bit // width, 1 << bit % width) for bit in event.tolist()] for event in bits]
        return residual_of(
            upset_list(t_s, flips),
            MemoryProtection(code=code),
            data_bytes=256,
            memory_word_bits=width,
            end_s=100.0,
        )

    ours, wide = residual(memory_word_bits), residual(64)
    assert len(ours.word) > 0
    for column in ("word", "start_s", "end_s", "outcome", "wrong_mask", "event"):
        assert (getattr(ours, column) == getattr(wide, column)).all()


@pytest.mark.parametrize("bit", range(8))
def test_a_check_bit_can_be_hit_and_is_corrected(upset_list, bit):
    # the check bits of word 5 are byte 5 of the region behind 16 words of data
    upsets = upset_list(np.array([1.0]), [[(16, 1 << (5 * 8 + bit))]])
    left = residual_of(upsets, MemoryProtection(code=SECDED()), data_bytes=128, memory_word_bits=64, end_s=2.0)
    assert left.word.tolist() == [5]
    assert left.outcome.tolist() == [Outcome.CORRECTED]
    assert left.wrong_mask.tolist() == [0]


def test_copies_lie_one_behind_the_other(upset_list):
    protection = MemoryProtection(code=TripleModularRedundancy())
    upsets = upset_list(np.array([1.0, 2.0]), [[(3, 0b11)], [(3 + 2 * 16, 0b10)]])
    left = residual_of(upsets, protection, data_bytes=128, memory_word_bits=64, end_s=3.0)
    assert left.word.tolist() == [3, 3]
    assert left.outcome.tolist() == [Outcome.CORRECTED, Outcome.MISCORRECTED]
    assert left.wrong_mask.tolist() == [0, 0b10]


@pytest.mark.parametrize(
    ("word", "mask", "width", "message"),
    [
        (18, 1, 64, "word 18 of 64 bits lies outside"),
        (-1, 1, 64, "word -1 of 64 bits lies outside"),
        (0, 1 << 32, 32, "bits beyond memory_word_bits = 32"),
        (0, 1, 72, "memory_word_bits is 72"),
    ],
)
def test_flips_outside_the_memory_are_refused(upset_list, word, mask, width, message):
    upsets = upset_list(np.array([1.0]), [[(word, mask)]])
    with pytest.raises(ValueError, match=message):
        residual_of(upsets, MemoryProtection(code=SECDED()), data_bytes=128, memory_word_bits=width, end_s=3.0)


def test_codes_by_name():
    assert {name: code().stored_bits for name, code in CODES.items()} == {
        "none": 64,
        "parity": 65,
        "secded": 72,
        "tmr": 192,
    }


def test_sizes_that_are_no_whole_units_are_refused():
    with pytest.raises(ValueError, match="data_bytes is 100"):
        Layout(code=SECDED(), data_bytes=100)
    with pytest.raises(ValueError, match="word_bits is 12"):
        Parity(word_bits=12)
