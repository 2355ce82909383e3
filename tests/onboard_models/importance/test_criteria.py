import numpy as np
import pytest
import torch
from scipy import stats

from onboard_models.importance.attribution import integrated_gradients, passages, relevances
from onboard_models.importance.bit_model import expected_changes, flip_steps
from onboard_models.importance.criteria import CRITERIA, Examined, score
from onboard_models.importance.gradients import block_traces, hessian_traces, squared_gradients
from onboard_models.importance.layers import layers_of
from onboard_models.importance.perturbations import (
    LARGEST_DIVERGENCE,
    PERTURBATIONS,
    divergence,
    divergences,
    in_three_bits,
    n_swapped,
    noisy,
    pruned,
    with_swapped_bits,
    with_swapped_values,
)
from onboard_models.importance.torch_network import TorchNetwork
from onboard_models.injection import Injector
from onboard_models.tensor_flips import flips_in
from tests.onboard_models.importance.linear_network import linear_network, softmax
from tests.onboard_models.small_graphs import images, plain_cnn

ROUNDING = 1e-5  # float32


@pytest.fixture
def linear():
    model, weights = linear_network()
    rng = np.random.default_rng(5)
    x, y = rng.uniform(-0.9, 0.9, (12, 4)).astype(np.float32), rng.integers(0, 3, 12)
    return model, weights, x, y


def examined_of(model, x, y, seed=0):
    network = TorchNetwork(model, x[:2])
    return Examined(network=network, layers=layers_of(model), x=torch.from_numpy(x), y=torch.from_numpy(y), seed=seed)


def test_fisher_and_taylor_of_a_logistic_regression(linear):
    model, w, x, y = linear
    hidden = x @ w["first.weight"]
    error = softmax(hidden @ w["head.weight"] + w["head.bias"]) - np.eye(3)[y]
    behind = error @ w["head.weight"].T
    fisher = [
        np.mean((x**2).sum(1) * (behind**2).sum(1)),
        np.mean((error**2).sum(1) * ((hidden**2).sum(1) + 1.0)),
    ]
    head = np.einsum("ni,nk,ik->nik", hidden, error, w["head.weight"])
    taylor = [
        np.mean((np.einsum("ni,nk,ik->nik", x, behind, w["first.weight"]) ** 2).sum((1, 2))),
        np.mean((head**2).sum((1, 2)) + ((error * w["head.bias"]) ** 2).sum(1)),
    ]
    got = squared_gradients(TorchNetwork(model, x), layers_of(model), torch.from_numpy(x), torch.from_numpy(y))
    np.testing.assert_allclose(got, [taylor, fisher], rtol=ROUNDING)


def test_the_trace_of_a_diagonal_quadratic_is_exact_with_one_probe():
    diagonal = torch.tensor([1.0, -2.0, 5.0, 0.5])
    w, unused = torch.ones(4, requires_grad=True), torch.ones(2, requires_grad=True)
    got = block_traces(
        lambda: 0.5 * (diagonal * w**2).sum(),
        {"w": w, "unused": unused},
        n_probes=1,
        generator=torch.Generator().manual_seed(3),
    )
    assert got == {"w": pytest.approx(4.5), "unused": 0.0}


def test_the_trace_of_a_full_quadratic_is_met_within_its_error():
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(6, 6))
    matrix += matrix.T
    parameters = {name: torch.zeros(3, dtype=torch.float64, requires_grad=True) for name in "ab"}
    n_probes = 2000

    def loss():
        w = torch.cat(list(parameters.values()))
        return 0.5 * w @ torch.from_numpy(matrix) @ w

    got = block_traces(loss, parameters, n_probes=n_probes, generator=torch.Generator().manual_seed(1))
    for name, own in zip("ab", (slice(0, 3), slice(3, 6)), strict=True):
        block = matrix[own, own]
        inside = 2.0 * (np.sum(block**2) - np.sum(np.diag(block) ** 2))
        between = np.sum(matrix[own] ** 2) - np.sum(block**2)
        assert abs(got[name] - np.trace(block)) < 4.0 * np.sqrt((inside + between) / n_probes)


def test_hessian_traces_of_a_logistic_regression(linear):
    model, w, x, y = linear
    hidden = x @ w["first.weight"]
    p = softmax(hidden @ w["head.weight"] + w["head.bias"])
    curvature = np.einsum("nk,kl->nkl", p, np.eye(3)) - np.einsum("nk,nl->nkl", p, p)
    through = np.einsum("ik,nkl,il->n", w["head.weight"], curvature, w["head.weight"])
    expected = np.array(
        [
            np.mean((x**2).sum(1) * through),
            np.mean(np.trace(curvature, axis1=1, axis2=2) * ((hidden**2).sum(1) + 1.0)),
        ]
    )
    network, layers = TorchNetwork(model, x), layers_of(model)
    got = np.array(
        [
            hessian_traces(
                network,
                layers,
                torch.from_numpy(x),
                torch.from_numpy(y),
                generator=torch.Generator().manual_seed(seed),
            )
            for seed in range(30)
        ]
    )
    error = got.std(axis=0, ddof=1) / np.sqrt(len(got))
    assert np.all(np.abs(got.mean(axis=0) - expected) < 4.0 * error)
    assert np.all(error < 0.2 * expected)  # else the line above says little


def test_integrated_gradients_are_complete():
    model = plain_cnn(channels=(6, 8))
    x = torch.from_numpy(images(3, 12))
    network = TorchNetwork(model, x.numpy())
    for layer in layers_of(model):
        attribution = integrated_gradients(network, layer, x, n_steps=400)
        winner = network.logits(x).argmax(dim=1, keepdim=True)
        without = network.tensors(x, factor={layer.output: 0.0})["logits"].gather(1, winner)
        owed = (network.logits(x).gather(1, winner) - without).reshape(-1)
        # a path crosses rectifiers at some 400 places, each of which one step of 400 tells by at most its own share
        np.testing.assert_allclose(
            attribution.reshape(3, -1).sum(dim=1).detach(), owed.detach(), atol=0.01 * float(owed.detach().abs().max())
        )


def test_relevance_of_a_positive_network_without_biases_is_the_logit():
    weights = linear_network()[1]
    weights["head.bias"][:] = 0.0
    model, w = linear_network(weights={name: value.astype(np.float32) for name, value in weights.items()})
    x = np.random.default_rng(1).uniform(0.1, 1.0, (5, 4)).astype(np.float32)
    found = relevances(TorchNetwork(model, x), layers_of(model), torch.from_numpy(x))
    winning = (x @ w["first.weight"] @ w["head.weight"]).max(axis=1).mean()
    np.testing.assert_allclose(found, [winning, winning], rtol=ROUNDING)


def test_passages_tell_inputs_and_reach():
    model = plain_cnn(channels=(4, 4))
    x = images(3, 12)
    first, second, head = passages(TorchNetwork(model, x), layers_of(model), torch.from_numpy(x))
    assert (first.input_mean, first.input_max) == pytest.approx((np.abs(x).mean(), np.abs(x).max()))
    assert [passage.fan_out for passage in (first, second, head)] == [144, 36, 1]  # stride 2 in the second


def test_perturbations_change_what_they_say():
    rng = np.random.default_rng(0)
    values = rng.normal(size=3000).astype(np.float32)
    noise = noisy(values, rng) - values
    assert noise.std() == pytest.approx(0.2 * values.std(), rel=4.0 / np.sqrt(2 * 3000))  # 4 standard errors
    coarse = in_three_bits(values, rng)
    assert len(np.unique(coarse)) <= 7
    assert np.abs(coarse - values).max() <= np.abs(values).max() / 6 * (1 + ROUNDING)
    kept = pruned(values, rng)
    assert np.count_nonzero(kept) == 1500
    assert np.abs(values[kept == 0]).max() <= np.abs(kept[kept != 0]).min()
    swapped = with_swapped_values(values, rng)
    assert np.count_nonzero(swapped != values) == n_swapped(3000) == 30
    np.testing.assert_array_equal(np.sort(swapped), np.sort(values))
    words, bits = values.view(np.uint32), with_swapped_bits(values, rng).view(np.uint32)
    np.testing.assert_array_equal(np.bitwise_count(words), np.bitwise_count(bits))
    assert set(np.bitwise_count(words ^ bits)) == {0, 2}
    assert 0 < np.count_nonzero(words ^ bits) <= 30
    np.testing.assert_array_equal(in_three_bits(np.zeros(3, np.float32), rng), 0.0)
    np.testing.assert_array_equal(with_swapped_values(np.ones(1, np.float32), rng), 1.0)


def test_divergence_is_that_of_kullback_and_leibler():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 6, 5))
    expected = stats.entropy(softmax(a), softmax(b), axis=1).mean()
    assert divergence(torch.from_numpy(a), torch.from_numpy(b)) == pytest.approx(expected, rel=1e-12)
    assert divergence(torch.from_numpy(a), torch.from_numpy(a)) == 0.0
    b[0, 0] = np.nan
    b[1:] = a[1:]
    assert divergence(torch.from_numpy(a), torch.from_numpy(b)) == pytest.approx(LARGEST_DIVERGENCE / 6)


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_probes_leave_the_network_as_it_was(name):
    model = plain_cnn(channels=(4, 4))
    x = images(3, 12)
    network = TorchNetwork(model, x)
    before = {key: value.detach().clone() for key, value in network.parameters.items()}
    found = divergences(network, layers_of(model), torch.from_numpy(x), name, np.random.default_rng(0))
    assert all(value >= 0.0 for value in found) and max(found) > 0.0
    assert all(torch.equal(before[key], value) for key, value in network.parameters.items())


def test_flip_steps_undo_themselves():
    values = np.array([0.75, -3.0, 0.0], np.float32)
    steps = flip_steps(values)
    assert steps.shape == (32, 3)
    assert steps[31].tolist() == [-1.5, 6.0, 0.0]  # the sign
    assert steps[22].tolist() == [-0.25, 1.0, pytest.approx(5.877472e-39)]  # the highest of the mantissa


def test_the_bit_model_is_exact_where_the_network_is_linear(linear):
    model, weights, x, _ = linear
    network, layers = TorchNetwork(model, x), layers_of(model)
    injector = Injector(model, probe=x)
    golden = injector.golden(x).argmax(axis=1)
    predicted = expected_changes(network, layers, torch.from_numpy(x))
    for layer, share in zip(layers, predicted, strict=True):
        trials = [
            flips_in(name, [element], [bit])
            for name in layer.tensors
            for element in range(weights[name].size)
            for bit in range(32)
        ]
        logits = injector.run(x, trials).outputs["logits"]
        assert share == pytest.approx(np.mean(logits.argmax(axis=2) != golden), abs=1e-12)
        assert share > 0.01


def test_scores_are_numbers_and_the_same_for_a_seed():
    model = plain_cnn(channels=(4, 6, 4))
    x, y = images(6, 12), np.arange(6) % 5
    first, again, other = (score(examined_of(model, x, y, seed), list(CRITERIA)) for seed in (0, 0, 1))
    for name, found in first.items():
        assert found.per_parameter.shape == found.total.shape == (4,)
        assert np.isfinite(found.total).all() and (found.total >= 0.0).all(), name
        np.testing.assert_array_equal(found.per_parameter, again[name].per_parameter)
    drawn = [name for name in CRITERIA if not np.array_equal(first[name].total, other[name].total)]
    assert drawn == ["hessian", "noise", "value-swap", "bit-swap", "random"]


def test_totals_are_sums_over_parameters():
    model = plain_cnn(channels=(4, 6))
    x, y = images(6, 12), np.arange(6) % 5
    examined = examined_of(model, x, y)
    found = score(examined, ["mean-weight", "fisher", "parameter-count", "depth"])
    n = examined.n_parameters
    for name in ("mean-weight", "fisher"):
        np.testing.assert_allclose(found[name].total, found[name].per_parameter * n)
    assert found["parameter-count"].total.tolist() == n.tolist()
    assert np.argsort(found["parameter-count"].per_parameter).tolist() == np.argsort(-n).tolist()
    assert found["depth"].total.tolist() == [1, 2, 3]


def test_unknown_criteria_are_told():
    model = plain_cnn(channels=(4,))
    with pytest.raises(ValueError, match="give some of mean-weight"):
        score(examined_of(model, images(2, 12), np.array([0, 1])), ["fischer"])
