"""Flips in a vision transformer: matrix products, layer norms and positions, as rebuilt sessions have them."""

from dataclasses import replace

import numpy as np
import pytest

from onboard_models.injection import Injector, Mode
from onboard_models.tensor_flips import flips_in
from onboard_models.zoo.architectures import TransformerShape
from onboard_models.zoo.export import export_network
from onboard_models.zoo.networks import initialise_
from onboard_models.zoo.quantisation import quantised
from onboard_models.zoo.recipes import RECIPES
from onboard_models.zoo.training import build_network
from tests.onboard_models.injection.injected_models import assert_as_rebuilt, rebuilt_outputs

ROUNDING = 1e-5
"""Two blocks in float32."""
HIT = ("position.weight", "block1.norm1.weight", "block1.norm2.bias", "block1.query.weight", "block2.contract.weight")

KEYS = {"block1.key.bias", "block2.key.bias"}
"""What is added to all keys adds the same to all scores of a query, which softmax does not see."""


@pytest.fixture(scope="module")
def model():
    shape = TransformerShape(token_px=8, width=16, n_heads=2, n_blocks=2, hidden=24)
    recipe = replace(RECIPES["vit"], shape=shape)
    network = build_network(recipe, 5)
    initialise_(network, 0)
    return export_network(network, recipe, seed=0, probe=images(4))


def images(n):
    return np.random.default_rng(3).normal(size=(n, 1, 32, 32)).astype(np.float32)


@pytest.fixture(scope="module")
def in_eight_bits(model):
    return quantised(model, images(40), per_channel=False)


def test_integers_beside_a_fault_may_be_of_a_batch_of_any_size(in_eight_bits):
    """Behind a bias of the queries, keys and values go by in eight bits."""
    injector = Injector(in_eight_bits, probe=images(2))
    x = images(6)
    trials = [flips_in(f"block1.{name}.bias", [3], [27]) for name in ("query", "value")]
    assert all(Mode.DELTA in injector.modes_of[flips.tensors[0]] for flips in trials)
    results = injector.run(x, trials)
    assert_as_rebuilt(results, rebuilt_outputs(in_eight_bits, x, trials), tolerance=ROUNDING)
    assert not results.is_failed.any()


def test_every_product_and_norm_is_hit_as_a_rebuilt_session_is(model):
    injector = Injector(model, probe=images(2))
    assert injector.guard_report.failed == {}
    floats = {name for name in injector.tensors if not name.startswith(("shape.", "mean.axes"))}
    assert set(HIT) < floats
    assert set(injector.guard_report.silent) == KEYS
    assert floats - set(injector.guard_report.proved) - KEYS == {"attention.scale"}  # served by rebuilt sessions
    rng = np.random.default_rng(5)
    x = images(6)
    trials = injector.image.random_flips(60, rng).of(injector.tensors).one_by_one()
    trials += [injector.image.random_flips(20, rng).of(floats) for _ in range(3)]
    results = injector.run(x, trials)
    assert_as_rebuilt(results, rebuilt_outputs(model, x, trials), tolerance=ROUNDING)
    assert (results.outputs["logits"] != injector.golden(x)).any(axis=(1, 2)).mean() > 0.3
