import numpy as np
import pytest
import torch

from onboard_models.memory_image import RegionKind
from onboard_models.tensor_flips import flips_in
from onboard_models.torch_injection import flipped, memory_image_of_module


def network(dtype=torch.float32):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        layers = [torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.Flatten()]
        module = torch.nn.Sequential(*layers, torch.nn.Linear(4 * 36, 3)).eval()
    return module.to(dtype)


def bytes_of(module):
    return {name: value.contiguous().view(torch.uint8).numpy().copy() for name, value in held(module).items()}


def held(module):
    return {name: value.reshape(-1) for name, value in module.state_dict().items()}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_bits_of_the_image_flip_in_the_module_and_come_back(dtype):
    module = network(dtype)
    image = memory_image_of_module(module)
    before = bytes_of(module)
    flips = image.random_flips(300, np.random.default_rng(2)).of(before.keys())
    content = image.flipped(flips)
    with flipped(module, flips) as faulty:
        during = bytes_of(faulty)
        for name, value in during.items():
            np.testing.assert_array_equal(value, image.values(name, content).reshape(-1).view(np.uint8))
    after = bytes_of(module)
    n_changed = sum(np.bitwise_count(during[name] ^ before[name]).sum() for name in before)
    assert n_changed == len(flips) > 150
    for name in before:
        np.testing.assert_array_equal(after[name], before[name])


def test_the_top_bit_is_the_sign():
    module = network()
    golden = module[0].weight.detach().clone()
    with flipped(module, flips_in("0.weight", [10], [31])):
        assert module[0].weight[1, 0, 0, 1] == -golden[1, 0, 0, 1]
    assert torch.equal(module[0].weight, golden)


def test_elements_count_in_row_major_order_whatever_the_layout():
    plain, other = network(), network().to(memory_format=torch.channels_last)
    other[4].weight = torch.nn.Parameter(other[4].weight.t().contiguous().t())
    x = torch.randn(3, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    for name, size in [("0.weight", 36), ("4.weight", 432)]:
        for element in range(0, size, 7):
            flips = flips_in(name, [element], [29])
            with torch.inference_mode(), flipped(plain, flips), flipped(other, flips):
                torch.testing.assert_close(plain(x), other(x))


def test_an_error_inside_leaves_the_module_whole():
    module = network()
    before = bytes_of(module)
    with pytest.raises(RuntimeError, match="on purpose"), flipped(module, flips_in("4.bias", [0, 1], [3, 30])):
        raise RuntimeError("on purpose")
    for name, value in bytes_of(module).items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize(
    ("flips", "words"),
    [
        (flips_in("4.weight", [432], [0]), "reach"),
        (flips_in("4.weight", [0], [32]), "beyond the 32"),
        (flips_in("absent", [0], [0]), "'absent'"),
    ],
)
def test_what_does_not_fit_flips_nothing(flips, words):
    module = network()
    before = bytes_of(module)
    with pytest.raises(ValueError, match=words), flipped(module, flips):
        pass
    for name, value in bytes_of(module).items():
        np.testing.assert_array_equal(value, before[name])


def test_kinds_and_layers():
    image = memory_image_of_module(network())
    assert image.region("4.bias").kind is RegionKind.BIAS
    assert image.region("0.weight").layer == "0"
    assert image.region("1.num_batches_tracked").kind is RegionKind.METADATA
