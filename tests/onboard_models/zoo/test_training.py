"""Training learns a toy problem, is repeatable, and goes on where it was interrupted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from onboard_models.datasets.labelled_images import LabelledImages
from onboard_models.zoo.recipes import RECIPES
from onboard_models.zoo.training import answers, train_network

RECIPE = replace(RECIPES["small-pyramid"], epochs=3)


def _toy(seed: int, n: int) -> LabelledImages:
    """Bright squares on noise, to be told from dark ones wherever they lie."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0, 0.3, (n, 1, 32, 32)).astype(np.float32)
    y = rng.integers(0, 2, n)
    for image, answer, (row, column) in zip(x, y, rng.integers(4, 20, (n, 2)), strict=True):
        image[0, row : row + 8, column : column + 8] += 1.0 if answer else -1.0
    return LabelledImages(x=x, y=y, class_names=("dark", "bright"), preprocessing="none")


@pytest.fixture(scope="module")
def toy():
    return _toy(1, 512), _toy(2, 200)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _weights(network):
    return {name: tensor.numpy().tobytes() for name, tensor in network.state_dict().items()}


def test_it_learns_repeats_and_goes_on(toy, tmp_path):
    train, validation = toy
    told = []
    network = train_network(RECIPE, train, validation, folder=tmp_path / "a", seed=3, on_epoch=told.append)
    assert np.mean(answers(network, validation.x) == validation.y) > 0.95
    assert [report.epoch for report in told] == [1, 2, 3]
    assert told[-1].loss < told[0].loss

    class Killed(Exception):
        pass

    def kill(report):
        if report.epoch == 2:
            raise Killed

    with pytest.raises(Killed):
        train_network(RECIPE, train, validation, folder=tmp_path / "b", seed=3, on_epoch=kill)
    again = []
    resumed = train_network(RECIPE, train, validation, folder=tmp_path / "b", seed=3, on_epoch=again.append)
    assert [report.epoch for report in again] == [3]
    assert _weights(resumed) == _weights(network)


def test_a_checkpoint_of_another_training_is_not_gone_on_with(toy, tmp_path):
    train, validation = toy
    short = replace(RECIPE, epochs=1)
    first = train_network(short, train, validation, folder=tmp_path, seed=0)
    for recipe, seed in ((short, 1), (replace(short, learning_rate=1e-3), 0)):
        told = []
        other = train_network(recipe, train, validation, folder=tmp_path, seed=seed, on_epoch=told.append)
        assert len(told) == 1
        assert _weights(other) != _weights(first)


def test_exits_are_trained_from_the_weights_of_another(toy, tmp_path):
    train, validation = toy
    plain = replace(RECIPES["depthwise"], epochs=1)
    exits = replace(RECIPES["depthwise-exits"], epochs=1, learning_rate=0.0)
    with pytest.raises(ValueError, match="starts from the weights of depthwise"):
        train_network(exits, train, validation, folder=tmp_path / "depthwise-exits")
    first = train_network(plain, train, validation, folder=tmp_path / "depthwise")
    second = train_network(exits, train, validation, folder=tmp_path / "depthwise-exits")
    before, after = first.state_dict(), second.state_dict()
    trained = [name for name, _ in first.named_parameters()]
    assert all(torch.equal(before[name], after[name]) for name in trained)  # a learning rate of 0 leaves them
    assert len(second(torch.zeros(2, 1, 32, 32))) == 3
