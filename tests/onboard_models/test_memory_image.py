import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from onboard_models.memory_image import Content, RegionKind, image_of
from onboard_models.model_tensors import memory_image_of, model_holding, tensor_values, with_constants_as_initialisers
from onboard_models.tensor_flips import TensorFlips, flip_bits_, flips_in
from radiation.upsets.rednet_emulator import MAPPINGS, MemoryImage, RedNetEmulator
from tests.onboard_models.small_graphs import FLOAT, finished, plain_cnn


def mixed_image():
    """Return an image with elements of 1, 2, 4 and 8 bytes and gaps of several sizes."""
    rng = np.random.default_rng(3)
    arrays = {
        "int8": rng.integers(-128, 127, (3, 5)).astype(np.int8),
        "half": rng.normal(size=7).astype(np.float16),
        "single": rng.normal(size=(2, 3, 4)).astype(np.float32),
        "long": rng.integers(-9, 9, 8),
        "scalar": np.float32(0.5).reshape(()),
    }
    return image_of(
        [Content(name=name, layer=name, kind=RegionKind.WEIGHT, values=value) for name, value in arrays.items()]
    )


IMAGE = mixed_image()
BITS = st.lists(st.integers(0, IMAGE.n_bits - 1), max_size=40)


def test_tensors_lie_at_aligned_addresses_in_order_and_gaps_fill_the_rest():
    ends = 0
    for region in IMAGE.regions:
        assert region.first_byte == ends
        assert region.first_byte % 64 == 0 or region.kind is RegionKind.UNUSED
        ends += region.n_bytes
    assert ends == IMAGE.n_bytes == 64 * 6
    assert [r.name for r in IMAGE.regions if r.kind is not RegionKind.UNUSED] == [
        "int8",
        "half",
        "single",
        "long",
        "scalar",
    ]


def test_every_bit_maps_to_exactly_one_place_and_back():
    address = np.arange(IMAGE.n_bits)
    flips = IMAGE.flips_at(address)
    np.testing.assert_array_equal(IMAGE.bit_addresses(flips), address)
    places = set(zip(flips.tensor.tolist(), flips.element.tolist(), flips.bit.tolist(), strict=True))
    assert len(places) == IMAGE.n_bits
    expected = {
        (i, element, bit)
        for i, region in enumerate(IMAGE.regions)
        for element in range(int(np.prod(region.shape)))
        for bit in range(8 * region.dtype.itemsize)
    }
    assert places == expected


@given(BITS)
def test_flipping_in_bytes_is_flipping_in_tensors_and_twice_is_identity(bits):
    address = np.array(bits, dtype=np.int64)
    flips = IMAGE.flips_at(address)
    content = IMAGE.flipped(flips)
    tensors = {name: IMAGE.values(name).copy() for name in IMAGE.names}
    for _ in range(2):
        for name, element, mask in flips.masks():
            flip_bits_(tensors[name], element, mask)
        for name in IMAGE.names:
            assert tensors[name].tobytes() == IMAGE.values(name, content).tobytes()
        content = IMAGE.content
    odd = {bit for bit in bits if bits.count(bit) % 2}
    hamming = np.bitwise_count(IMAGE.flipped(flips) ^ IMAGE.content).sum()
    assert hamming == len(odd) == len(flips.without_repeats())


@given(BITS, st.sampled_from([8, 16, 32, 64]))
def test_words_and_masks_of_any_width_name_the_same_bits(bits, word_bits):
    address = np.unique(np.array(bits, dtype=np.int64))
    word, bit = np.divmod(address, word_bits)
    words = np.unique(word)
    mask = np.array([sum(1 << int(b) for b in bit[word == w]) for w in words], dtype=np.uint64)
    found = IMAGE.bit_addresses(IMAGE.flips_of(words, mask, word_bits=word_bits))
    np.testing.assert_array_equal(np.sort(found), address)


def test_what_hits_memory_outside_the_image_hits_no_tensor():
    word = np.array([0, 1, 2, 48, 49])
    mask = np.full(5, 1, dtype=np.uint64)
    found = IMAGE.flips_of(word, mask, first_byte=8)
    np.testing.assert_array_equal(IMAGE.bit_addresses(found), np.array([0, 64, 47 * 64]))


def test_bit_0_is_the_lowest_of_the_elements_own_type():
    content = IMAGE.flipped(flips_in("single", [5], [31]))
    assert IMAGE.values("single", content).reshape(-1)[5] == -IMAGE.values("single").reshape(-1)[5]
    content = IMAGE.flipped(flips_in("long", [2], [0]))
    assert abs(IMAGE.values("long", content)[2] - IMAGE.values("long")[2]) == 1


def test_random_flips_are_uniform_over_bits_used_or_not():
    rng = np.random.default_rng(5)
    counts = np.zeros(IMAGE.n_bits)
    n_draws, n_flips = 2_000, 100
    for _ in range(n_draws):
        address = IMAGE.bit_addresses(IMAGE.random_flips(n_flips, rng))
        assert np.unique(address).size == n_flips
        counts[address] += 1
    expected = n_draws * n_flips / IMAGE.n_bits
    spread = np.sqrt(expected * (1 - n_flips / IMAGE.n_bits))
    chi2 = np.sum(((counts - expected) / spread) ** 2)
    assert abs(chi2 - IMAGE.n_bits) < 5 * np.sqrt(2 * IMAGE.n_bits)  # five standard errors of chi-square


def test_flips_at_a_rate_are_binomial():
    rng = np.random.default_rng(6)
    n = np.array([len(IMAGE.flips_at_rate(0.01, rng)) for _ in range(4_000)])
    mean = 0.01 * IMAGE.n_bits
    assert abs(n.mean() - mean) < 5 * np.sqrt(mean * 0.99 / n.size)
    assert abs(n.var() / (mean * 0.99) - 1) < 5 * np.sqrt(2 / n.size)


def test_flips_of_the_radiation_emulator_keep_their_number_of_bits():
    model = memory_image_of(plain_cnn())
    emulator = RedNetEmulator(image=MemoryImage(mapping=MAPPINGS["S1"], n_bytes=model.n_bytes))
    drawn = emulator.exactly(60, np.random.default_rng(1))
    flips = model.flips_of(drawn.word, drawn.mask)
    assert len(flips.without_repeats()) == 60
    assert np.bitwise_count(model.flipped(flips) ^ model.content).sum() == 60


def test_an_extended_image_keeps_addresses():
    more = IMAGE.extended(
        [Content(name="sum", layer="", kind=RegionKind.CHECKSUM, values=np.arange(3, dtype=np.uint32))]
    )
    assert more.regions[: len(IMAGE.regions)] == IMAGE.regions
    np.testing.assert_array_equal(more.content[: IMAGE.n_bytes], IMAGE.content)
    assert more.region("sum").kind is RegionKind.CHECKSUM


def test_a_model_in_memory_has_layers_and_kinds():
    image = memory_image_of(plain_cnn())
    named = {r.name: (r.layer, r.kind) for r in image.regions}
    assert named["conv1.weight"] == ("conv1", RegionKind.WEIGHT)
    assert named["head.bias"] == ("head", RegionKind.BIAS)


def test_constants_in_the_graph_lie_in_memory_too():
    nodes = [
        helper.make_node("Constant", [], ["shape"], value_ints=[-1, 6]),
        helper.make_node("Constant", [], ["factor"], value=numpy_helper.from_array(np.float32(2))),
        helper.make_node("Reshape", ["x", "shape"], ["flat"]),
        helper.make_node("Mul", ["flat", "factor"], ["y"]),
    ]
    model = finished(nodes, {}, inputs=[("x", FLOAT, ["n", 2, 3])], outputs=[("y", FLOAT, ["n", 6])])
    image = memory_image_of(model)
    assert image.region("shape").kind is RegionKind.METADATA
    assert image.values("shape").tolist() == [-1, 6]
    assert image.values("factor") == 2


def test_the_model_that_an_image_holds_has_its_bits():
    model = plain_cnn(dtype=np.float16)
    image = memory_image_of(model)
    flips = image.random_flips(200, np.random.default_rng(2))
    held = tensor_values(model_holding(model, image, image.flipped(flips)))
    golden = tensor_values(with_constants_as_initialisers(model))
    n_flipped = sum(
        np.bitwise_count(held[name].view(np.uint16) ^ golden[name].view(np.uint16)).sum() for name in golden
    )
    assert n_flipped == len(flips.of(golden.keys()))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: IMAGE.flips_at(np.array([IMAGE.n_bits])), "bit_address"),
        (lambda: IMAGE.flips_of(np.array([0]), np.array([256], dtype=np.uint64), word_bits=8), "wider"),
        (lambda: IMAGE.flips_of(np.array([0]), np.array([1], dtype=np.uint64), word_bits=12), "word_bits"),
        (lambda: IMAGE.region("absent"), "absent"),
        (lambda: IMAGE.bit_addresses(flips_in("absent", [0], [0])), "absent"),
        (lambda: IMAGE.random_flips(-1, np.random.default_rng(0)), "n_flips"),
        (lambda: flip_bits_(np.zeros(2, np.int8), np.array([2]), np.array([1], np.uint64)), "element"),
        (lambda: flip_bits_(np.zeros(2, np.int8), np.array([1]), np.array([256], np.uint64)), "mask"),
        (lambda: flip_bits_(np.zeros((2, 2)).T, np.array([1]), np.array([1], np.uint64)), "contiguous"),
        (lambda: image_of([]), "contents"),
    ],
)
def test_what_does_not_fit_is_told(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_flips_of_other_tensors_are_left_out():
    flips = TensorFlips(
        tensors=("a", "b"),
        tensor=np.array([0, 1, 0], np.int32),
        element=np.arange(3),
        bit=np.zeros(3, np.int8),
    )
    assert flips.of({"a"}).element.tolist() == [0, 2]
    assert [(one.tensor.tolist(), one.element.tolist()) for one in flips.one_by_one()] == [
        ([0], [0]),
        ([1], [1]),
        ([0], [2]),
    ]
