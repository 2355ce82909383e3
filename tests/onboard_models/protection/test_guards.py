"""Every guard of memory: what it undoes, what it stores, and that a hit on its own data does no harm."""

import numpy as np
import pytest

from onboard_models.memory_image import Content, RegionKind, image_of
from onboard_models.protection.checksums import ChecksumReload
from onboard_models.protection.codes import CheckBytes, ParityZero
from onboard_models.protection.copies import Copies
from onboard_models.protection.embedded_code import EmbeddedSecded
from onboard_models.protection.guards import SMALL
from onboard_models.protection.ranges import RangeCheck

CORRECTING = (Copies(), CheckBytes(), ChecksumReload(), EmbeddedSecded())
ZEROING = (RangeCheck(), ParityZero())


def small_image(*, n_weights=40, n_biases=7, dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=n_weights).astype(dtype)
    biases = rng.normal(size=n_biases).astype(dtype)
    return image_of(
        [
            Content(name="conv.weight", layer="conv", kind=RegionKind.WEIGHT, values=weights),
            Content(name="conv.bias", layer="conv", kind=RegionKind.BIAS, values=biases),
            Content(name="scale", layer="conv", kind=RegionKind.SCALE, values=np.array([0.1], np.float32)),
        ]
    )


def flipped(content, bits):
    changed = content.copy()
    np.bitwise_xor.at(changed, np.asarray(bits) // 8, (1 << np.asarray(bits) % 8).astype(np.uint8))
    return changed


def bits_of(image, name):
    region = image.region(name)
    return range(8 * region.first_byte, 8 * (region.first_byte + region.n_bytes))


@pytest.mark.parametrize("guard", (*CORRECTING, *ZEROING), ids=lambda guard: guard.name)
def test_clean_memory_stays_as_it_is_and_gives_no_alarm(guard):
    image, repair = guard.attached(small_image())
    content = image.content.copy()
    assert not repair.repair_(content)
    assert np.array_equal(content, image.content)


@pytest.mark.parametrize("guard", CORRECTING, ids=lambda guard: guard.name)
def test_every_single_flip_of_a_weight_is_undone(guard):
    image, repair = guard.attached(small_image())
    for bit in (*bits_of(image, "conv.weight"), *bits_of(image, "conv.bias")):
        content = flipped(image.content, [bit])
        assert not repair.repair_(content)
        assert np.array_equal(content, image.content), bit


@pytest.mark.parametrize("guard", (*CORRECTING, *ZEROING), ids=lambda guard: guard.name)
def test_no_single_flip_of_what_a_guard_stores_costs_more_than_a_few_words(guard):
    plain = small_image()
    image, repair = guard.attached(plain)
    stored = [region for region in image.regions if region.name.startswith(guard.name)]
    assert stored, "the guard stores nothing that could be hit"
    for region in stored:
        for bit in bits_of(image, region.name):
            content = flipped(image.content, [bit])
            repair.repair_(content)
            after, before = (held[: plain.n_bytes].view("<u8") for held in (content, image.content))
            n_changed = np.count_nonzero(after != before)
            # a wrong parity bit costs the word that it guards; a wrong range at most the 4 elements that it may cut off
            assert n_changed <= (4 if isinstance(guard, RangeCheck) else 1), (region.name, bit)


def test_what_fails_its_parity_becomes_zero():
    image, repair = ParityZero().attached(small_image())
    word = image.region("conv.weight").first_byte * 8 + 32 * 5
    content = flipped(image.content, [word + 30])
    repair.repair_(content)
    weights = image.values("conv.weight", content)
    assert weights[5] == 0
    assert np.array_equal(np.delete(weights, 5), np.delete(image.values("conv.weight"), 5))


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e30, -50.0])
def test_what_leaves_the_range_of_its_tensor_becomes_zero(value):
    image, repair = RangeCheck().attached(small_image())
    content = image.content.copy()
    image.values("conv.weight", content)[3] = value
    repair.repair_(content)
    assert image.values("conv.weight", content)[3] == 0


def test_a_tensor_is_left_alone_when_its_stored_range_was_hit():
    image, repair = RangeCheck().attached(small_image(n_weights=400))
    content = image.content.copy()
    image.values("range-check:float32", content)[0] = np.nan
    repair.repair_(content)
    assert np.array_equal(image.values("conv.weight", content), image.values("conv.weight"))


def test_secded_reports_two_flips_in_a_word_and_leaves_them():
    image, repair = CheckBytes().attached(small_image())
    first = 8 * image.region("conv.weight").first_byte
    content = flipped(image.content, [first + 3, first + 60])
    expected = content.copy()
    assert repair.repair_(content)
    assert np.array_equal(content, expected)


def test_embedded_code_zeroes_the_two_numbers_of_a_word_with_two_flips():
    image, repair = EmbeddedSecded().attached(small_image())
    first = 8 * image.region("conv.weight").first_byte
    content = flipped(image.content, [first + 64 + 3, first + 64 + 60])
    assert not repair.repair_(content)
    weights = image.values("conv.weight", content)
    assert (weights[2:4] == 0).all()
    assert np.array_equal(np.delete(weights, [2, 3]), np.delete(image.values("conv.weight"), [2, 3]))


def test_embedded_code_changes_numbers_by_their_last_bits_alone():
    plain = small_image(n_weights=1001)
    image, _ = EmbeddedSecded().attached(plain)
    before, after = plain.values("conv.weight"), image.values("conv.weight")
    # 4 of 23 bits of the mantissa: 2**4 - 1 steps of 2**-23 at most
    assert np.all(np.abs(after - before) <= 15 * 2.0**-23 * np.abs(before))
    assert image.n_bytes - plain.n_bytes <= 64, "a table for odd tensors alone"


def test_votes_lose_where_two_copies_have_the_same_bit_wrong():
    image, repair = Copies().attached(small_image())
    bit = 8 * image.region("conv.weight").first_byte + 7
    other = 8 * image.region("tmr:copy2").first_byte + 7
    content = flipped(image.content, [bit, other])
    repair.repair_(content)
    assert image.values("conv.weight", content)[0] != image.values("conv.weight")[0]


def test_small_parts_alone_are_held_three_times():
    plain = small_image(n_weights=4000)
    image, repair = Copies(name="triplicate-metadata", kinds=SMALL).attached(plain)
    bits = [*bits_of(image, "scale")[20:30], *bits_of(image, "conv.bias")[:40]]
    content = flipped(image.content, [*bits, bits_of(image, "conv.weight")[9]])
    repair.repair_(content)
    assert np.array_equal(image.values("scale", content), plain.values("scale"))
    assert np.array_equal(image.values("conv.bias", content), plain.values("conv.bias"))
    assert not np.array_equal(image.values("conv.weight", content), plain.values("conv.weight"))


def test_a_reload_undoes_any_number_of_flips():
    image, repair = ChecksumReload(block_bytes=64).attached(small_image())
    rng = np.random.default_rng(0)
    content = flipped(image.content, rng.choice(8 * image.n_bytes, 500, replace=False))
    repair.repair_(content)
    for name in ("conv.weight", "conv.bias", "scale"):
        assert np.array_equal(image.values(name, content), image.values(name))


@pytest.mark.parametrize("guard_type", [RangeCheck, ParityZero, CheckBytes, Copies, ChecksumReload, EmbeddedSecded])
def test_a_guard_of_some_tensors_leaves_others_alone(guard_type):
    image, repair = guard_type(only=frozenset({"conv.bias"})).attached(small_image())
    bit = 8 * image.region("conv.weight").first_byte + 30
    content = flipped(image.content, [bit])
    repair.repair_(content)
    assert image.values("conv.weight", content)[0] != image.values("conv.weight")[0]


@pytest.mark.parametrize(
    ("guard", "share"),
    [(Copies(), 2.0), (CheckBytes(), 1 / 8), (ParityZero(), 1 / 32), (ChecksumReload(), 4 / 4096)],
    ids=lambda value: getattr(value, "name", value),
)
def test_redundancy_takes_the_memory_that_its_definition_says(guard, share):
    plain = small_image(n_weights=64 * 1024, n_biases=64)
    image, _ = guard.attached(plain)
    # alignment of a region to 64 bytes, twice
    assert abs(image.n_bytes - plain.n_bytes - share * plain.n_bytes) <= 128
