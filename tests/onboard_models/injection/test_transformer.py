"""Flips in a vision transformer: matrix products, layer norms and positions, as rebuilt sessions have them."""

from dataclasses import replace

import numpy as np
import pytest

from onboard_models.injection import Injector
from onboard_models.zoo.architectures import TransformerShape
from onboard_models.zoo.export import export_network
from onboard_models.zoo.networks import initialise_
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
