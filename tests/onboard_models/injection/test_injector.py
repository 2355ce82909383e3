import numpy as np
import pytest

from onboard_models.injection import Injector, Mode, outputs_agree
from onboard_models.tensor_flips import TensorFlips, flips_in
from tests.onboard_models.injection.injected_models import (
    assert_as_rebuilt,
    injector_of,
    inputs,
    model_of,
    rebuilt_outputs,
)
from tests.onboard_models.small_graphs import plain_cnn

EXACT = 0.0
ROUNDING = 2e-6
"""Sixteen roundings of float32: a sum of a few hundred products, added in another order."""
NAMES = ["float32", "float16", "int8", "all-layers"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


def random_trials(injector, n_trials, n_flips, seed):
    rng = np.random.default_rng(seed)
    drawn = (injector.image.random_flips(n_flips, rng).of(injector.tensors) for _ in range(50 * n_trials))
    return [flips for flips in drawn if len(flips)][:n_trials]


def single_trials_everywhere(injector, n_per_tensor, seed):
    """Return trials of one flip, as many in each float or 8-bit tensor, small and large ones alike."""
    rng = np.random.default_rng(seed)
    regions = [injector.image.region(name) for name in sorted(injector.tensors)]
    return [
        flips_in(region.name, [rng.integers(np.prod(region.shape))], [rng.integers(8 * region.dtype.itemsize)])
        for region in regions
        if region.dtype.kind != "i" or region.dtype.itemsize < 8
        for _ in range(n_per_tensor)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_single_flips_equal_rebuilt_sessions(name, folder):
    injector, x = injector_of(name, folder), inputs(name)
    trials = random_trials(injector, 60, 1, seed=4) + single_trials_everywhere(injector, 4, seed=5)
    tolerance = EXACT if name in ("float16",) else ROUNDING
    assert_as_rebuilt(injector.run(x, trials), rebuilt_outputs(model_of(name, folder), x, trials), tolerance=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_500_single_flips_equal_rebuilt_sessions(name, folder):
    injector, x = injector_of(name, folder), inputs(name, n=32)
    trials = [f for f in random_trials(injector, 500, 1, seed=6) if not hits_shapes(injector, f)]
    tolerance = EXACT if name in ("float16",) else ROUNDING
    assert_as_rebuilt(injector.run(x, trials), rebuilt_outputs(model_of(name, folder), x, trials), tolerance=tolerance)


def hits_shapes(injector, flips):
    return any(injector.image.region(flips.tensors[i]).dtype == np.int64 for i in flips.tensor)


@pytest.mark.parametrize("name", NAMES)
def test_many_flips_at_once_equal_rebuilt_sessions_to_the_bit(name, folder):
    injector, x = injector_of(name, folder), inputs(name)
    drawn = [flips for n in (3, 20, 200) for flips in random_trials(injector, 15, n, seed=n)]
    trials = [flips for flips in drawn if len(flips) > 1 and not hits_shapes(injector, flips)]
    assert len(trials) > 30
    assert_as_rebuilt(injector.run(x, trials), rebuilt_outputs(model_of(name, folder), x, trials), tolerance=EXACT)


@pytest.mark.parametrize("name", NAMES)
def test_every_bit_of_one_element_of_each_tensor(name, folder):
    """Infinities, no numbers, subnormals and vanishing weights included."""
    injector, x = injector_of(name, folder), inputs(name, n=2)
    trials = []
    for tensor in sorted(injector.tensors):
        region = injector.image.region(tensor)
        if not (region.dtype.kind == "i" and region.dtype.itemsize == 8):
            trials += [
                flips_in(tensor, [region.n_bytes // region.dtype.itemsize - 1], [bit])
                for bit in range(8 * region.dtype.itemsize)
            ]
    tolerance = EXACT if name in ("float16",) else ROUNDING
    assert_as_rebuilt(injector.run(x, trials), rebuilt_outputs(model_of(name, folder), x, trials), tolerance=tolerance)


def test_weights_that_become_infinite_or_no_number(folder):
    """A weight of one and more whose exponent fills up; only the kernel knows whether it meets the padding."""
    model = plain_cnn()
    weights = np.frombuffer(model.graph.initializer[2].raw_data, np.float32).copy()
    weights[:4] = (1.0, 1.5, -1.0, -1.25)
    model.graph.initializer[2].raw_data = weights.tobytes()
    injector, x = Injector(model), inputs("float32")
    trials = [flips_in(model.graph.initializer[2].name, [i], [30]) for i in range(4)]
    results = injector.run(x, trials)
    assert not np.isfinite(results.outputs["logits"]).all()
    assert_as_rebuilt(results, rebuilt_outputs(model, x, trials), tolerance=EXACT)


def test_fast_modes_serve_what_they_are_for(folder):
    modes = injector_of("float32", folder).modes_of
    assert all(found[0] is Mode.DELTA for found in modes.values())
    assert all(found[0] is Mode.IN_PLACE for found in injector_of("float16", folder).modes_of.values())
    int8 = injector_of("int8", folder)
    in_place = [name for name, found in int8.modes_of.items() if found[0] is Mode.IN_PLACE]
    assert {"conv0.weight_quantized", "conv1.weight_scale", "conv2.bias_quantized"} <= set(in_place)
    assert int8.modes_of["x_zero_point"] == (Mode.REBUILT,)
    mixed = injector_of("all-layers", folder).modes_of
    delta = {name for name, found in mixed.items() if found[0] is Mode.DELTA}
    assert delta >= {"first.weight", "per_channel.weight", "grouped.bias", "lower.weight", "exit1.weight", "exit1.bias"}
    assert delta >= {"mix.weight", "mix.bias", "position", "head.weight", "head.bias"}
    assert mixed["tokens_shape"] == (Mode.REBUILT,)


@pytest.mark.parametrize("n_stacked", [1, 2, 5])
def test_trials_that_share_a_run_do_not_see_one_another(n_stacked):
    injector = Injector(plain_cnn(), n_stacked=n_stacked)
    x = inputs("float32")
    trials = random_trials(injector, 23, 1, seed=9)
    together = injector.run(x, trials).outputs["logits"]
    for i, flips in enumerate(trials):
        alone = {"logits": injector.logits(x, flips)}
        assert outputs_agree(alone, {"logits": together[i]}, tolerance=ROUNDING)


def test_nothing_is_left_behind(folder):
    for name in NAMES:
        injector, x = injector_of(name, folder), inputs(name)
        before = injector.golden(x).copy()
        trials = random_trials(injector, 10, 1, seed=3) + random_trials(injector, 10, 30, seed=3)
        injector.run(x, [f for f in trials if not hits_shapes(injector, f)])
        np.testing.assert_array_equal(injector.golden(x), before)
        no_flips = trials[0].of(())
        np.testing.assert_array_equal(injector.logits(x, no_flips), before)


def test_a_flip_that_is_listed_twice_is_none(folder):
    injector, x = injector_of("float32", folder), inputs("float32")
    twice = flips_in("conv1.weight", [7, 7], [30, 30])
    np.testing.assert_array_equal(injector.logits(x, twice), injector.golden(x))


def test_another_input_is_noticed_even_in_the_same_array(folder):
    injector, x = injector_of("float32", folder), inputs("float32")
    flips = flips_in("conv1.weight", [3], [29])
    first = injector.logits(x, flips)
    x += 1.0
    second = injector.logits(x, flips)
    assert not np.allclose(first, second)
    np.testing.assert_allclose(second, rebuilt_outputs(model_of("float32", folder), x, [flips])[0]["logits"], rtol=1e-5)


def test_flipped_shapes_fail_or_run_within_limits(folder):
    injector, x = injector_of("all-layers", folder), inputs("all-layers")
    trials = [flips_in("tokens_shape", [1], [bit]) for bit in (0, 2, 40)] + [flips_in("axes", [0], [0])]
    results = injector.run(x, trials)
    rebuilt = rebuilt_outputs(model_of("all-layers", folder), x, trials)
    assert [outputs is None for outputs in rebuilt] == [True, True, True, False]
    assert rebuilt[3]["exit1"].shape == injector.golden_outputs(x)["exit1"].shape
    assert rebuilt[3]["logits"].shape != injector.golden(x).shape
    assert results.is_failed.all()
    assert np.isnan(results.outputs["logits"]).all()


def test_flips_outside_the_model_are_an_error(folder):
    injector, x = injector_of("float32", folder), inputs("float32")
    unused = next(name for name in injector.image.names if name not in injector.tensors)
    flips = TensorFlips(
        tensors=("conv0.bias", unused),
        tensor=np.array([0, 1], np.int32),
        element=np.zeros(2, np.int64),
        bit=np.zeros(2, np.int8),
    )
    with pytest.raises(ValueError, match=r"injector\.tensors"):
        injector.run(x, [flips])
    injector.run(x, [flips.of(injector.tensors)])


def test_models_that_cannot_be_served_are_refused():
    model = plain_cnn()
    with pytest.raises(ValueError, match="does not run on"):
        Injector(model).golden(np.zeros((2, 3, 12, 12), np.float32))
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "h"
    with pytest.raises(ValueError, match="probe"):
        Injector(model)
    Injector(model, probe=inputs("float32"))
    model.graph.input.append(model.graph.input[0].__class__(name="other", type=model.graph.input[0].type))
    with pytest.raises(ValueError, match="one input"):
        Injector(model)


def test_a_model_for_one_size_of_batch_is_served():
    model = plain_cnn()
    for info in (model.graph.input[0], model.graph.output[0]):
        info.type.tensor_type.shape.dim[0].dim_value = 3
    injector, x = Injector(model), inputs("float32", n=3)
    trials = random_trials(injector, 12, 1, seed=2)
    assert_as_rebuilt(injector.run(x, trials), rebuilt_outputs(model, x, trials), tolerance=ROUNDING)
