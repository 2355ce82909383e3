from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from scipy.stats import spearmanr
from torch import nn

from onboard_models.datasets.sar_patches import SIZE_PX
from onboard_models.datasets.tasks import CELL_PX, N_CELLS, class_names, labelled_patches
from onboard_models.runtime import open_session, run_in_batches
from onboard_models.zoo.export import EXPORT_TOLERANCE, ExportError, export_network
from onboard_models.zoo.networks import folded, initialise_
from onboard_models.zoo.quantisation import quantised
from onboard_models.zoo.recipes import RECIPES, find_recipe
from onboard_models.zoo.symmetries import N_SYMMETRIES, turned, turned_answers
from onboard_models.zoo.training import build_network, joint_loss, rate_factor


def _drawn(name: str) -> nn.Module:
    """Return a network with random weights and batch-norm statistics far from those it is born with."""
    recipe = RECIPES[name]
    network = build_network(recipe, len(class_names(recipe.task)))
    initialise_(network, 1)
    generator = torch.Generator().manual_seed(2)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0.0, 0.3, generator=generator)
            module.running_var.uniform_(0.5, 2.0, generator=generator)
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=generator)
            nn.init.normal_(module.bias, 0.0, 0.3, generator=generator)
    return network.eval()


@pytest.fixture(scope="module")
def x():
    return labelled_patches("triage", "validation", 40).x


@pytest.mark.parametrize("name", RECIPES)
def test_onnx_computes_what_torch_does(name, x):
    network = _drawn(name)
    model = export_network(network, RECIPES[name], seed=0, probe=x)
    got = run_in_batches(open_session(model.SerializeToString()), x, batch=7)  # any batch size
    with torch.inference_mode():
        expected = network(torch.from_numpy(x))  # batch norm not folded
    assert list(got) == (["exit1", "exit2", "logits"] if RECIPES[name].has_exits else ["logits"])
    for logits, reference in zip(got.values(), expected, strict=True):
        assert np.abs(logits - reference.numpy()).max() <= EXPORT_TOLERANCE
        # logits differ from image to image by more than that, or equality says little
        assert logits.std(axis=0).min() > 2.0 * EXPORT_TOLERANCE


def test_an_export_that_differs_is_an_error(x, monkeypatch):
    network = _drawn("small-pyramid")
    monkeypatch.setattr("onboard_models.zoo.export._array", lambda tensor: 1.01 * tensor.detach().numpy())
    with pytest.raises(ExportError, match="small-pyramid"):
        export_network(network, RECIPES["small-pyramid"], seed=0, probe=x)


@pytest.mark.parametrize("name", RECIPES)
def test_sizes_and_names(name, x):
    network = folded(_drawn(name))
    n_parameters = sum(parameter.numel() for parameter in network.parameters())
    low, high = (18_000, 40_000) if name.startswith("small-") else (55_000, 150_000)
    assert low < n_parameters < high
    model = export_network(network, RECIPES[name], seed=0, probe=x)
    names = {tensor.name for tensor in model.graph.initializer}
    assert {"cnn": "stage1.block1.plain.weight", "vit": "block1.query.weight"}.get(name, "logits.weight") in names | {
        "logits.weight"
    }
    assert all(tensor.data_location == onnx.TensorProto.DEFAULT for tensor in model.graph.initializer)


@pytest.mark.parametrize("name", ["cnn", "residual", "depthwise"])
def test_exits_stand_at_a_tenth_and_two_fifths_of_the_work(name):
    network = _drawn(name)
    work: list[int] = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(lambda m, _, out: work.append(m.weight.numel() * out.shape[2] * out.shape[3]))
    x, shares = torch.zeros(1, 1, SIZE_PX, SIZE_PX), []
    for stage in network.stages:
        x = stage(x)
        shares.append(sum(work))
    early, middle = shares[0] / shares[-1], shares[1] / shares[-1]
    assert 0.08 < early < 0.15 and 0.33 < middle < 0.5


def test_sizes_of_layers_do_not_follow_from_depth_in_small_networks():
    def rank_correlation(name):
        model = folded(_drawn(name))
        sizes = [m.weight.numel() for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
        return spearmanr(sizes, np.arange(len(sizes))).statistic

    small = [name for name in RECIPES if name.startswith("small-")]
    correlations = {name: rank_correlation(name) for name in small}
    assert len(small) >= 6
    assert correlations["small-reversed-pyramid"] < -0.4 and correlations["small-pyramid"] > 0.4
    assert max(abs(value) for value in correlations.values()) <= 0.5  # depth explains at most a quarter of the ranks


def test_int8_answers_like_float32_on_random_weights(x):
    model = export_network(_drawn("cnn"), RECIPES["cnn"], seed=0, probe=x)
    before = model.SerializeToString(deterministic=True)
    eight_bits = quantised(model, x, per_channel=False)
    assert model.SerializeToString(deterministic=True) == before  # the model handed over is left as it was
    exact = run_in_batches(open_session(before), x)["logits"]
    rounded = run_in_batches(open_session(eight_bits.SerializeToString()), x)["logits"]
    # seven layers, each rounding to 1/255 of its range: a few percent of the logits' own spread
    assert 0.0 < np.abs(rounded - exact).mean() < 0.1 * exact.std()


@pytest.mark.parametrize("symmetry", range(N_SYMMETRIES))
def test_cells_move_along_with_turned_images(symmetry):
    cells = torch.arange(N_CELLS**2)
    image = torch.zeros(len(cells), SIZE_PX, SIZE_PX)
    image[cells, cells // N_CELLS * CELL_PX + 2, cells % N_CELLS * CELL_PX + 5] = 1.0
    bright = turned(image, symmetry).flatten(1).argmax(dim=1)
    expected = 1 + bright // SIZE_PX // CELL_PX * N_CELLS + bright % SIZE_PX // CELL_PX
    assert torch.equal(turned_answers(cells + 1, symmetry, "detection"), expected)
    nowhere = torch.zeros(3, dtype=torch.int64)
    assert torch.equal(turned_answers(nowhere, symmetry, "detection"), nowhere)
    assert torch.equal(turned_answers(cells, symmetry, "triage"), cells)


def test_symmetries_are_eight_different_ones():
    image = torch.arange(9.0).reshape(3, 3)
    assert len({tuple(turned(image, s).flatten().tolist()) for s in range(N_SYMMETRIES)}) == 8


def test_joint_loss_weighs_exits():
    y = torch.tensor([0])
    sure, even = torch.tensor([[50.0, 0.0]]), torch.tensor([[0.0, 0.0]])
    one = float(np.log(2.0))  # cross-entropy of even odds
    for logits, weight in (
        ([even, sure, sure], 0.3),
        ([sure, even, sure], 0.5),
        ([sure, sure, even], 1.0),
        ([even], 1),
    ):
        assert float(joint_loss(logits, y)) == pytest.approx(weight * one)


def test_learning_rate_rises_and_falls():
    shares = np.linspace(0.0, 1.0, 101)
    factors = [rate_factor(share) for share in shares]
    assert factors[0] == pytest.approx(0.05) and factors[20] == pytest.approx(1.0) and factors[-1] == pytest.approx(0.0)
    assert np.all(np.diff(factors[:21]) > 0) and np.all(np.diff(factors[20:]) < 0)


def test_unknown_recipes_get_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'residual'"):
        find_recipe("residul")
