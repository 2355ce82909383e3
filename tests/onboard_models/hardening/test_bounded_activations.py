"""Bounds against their formulas, and that only what is meant to pass does."""

import numpy as np
import pytest
from onnx import helper

from onboard_models.hardening.activations import ActivationRange, activation_ranges, activations_of
from onboard_models.hardening.bounded_activations import Bound, every, threshold_name, with_bounds
from onboard_models.hardening.threshold_search import with_searched_thresholds
from onboard_models.memory_image import RegionKind
from onboard_models.model_tensors import memory_image_of, tensor_values
from onboard_models.runtime import open_session, run_in_batches
from tests.onboard_models.small_graphs import FLOAT, finished, images, plain_cnn

X = np.array([[-5.0, -0.0, 0.5, 2.0, 3.0, 6.0, 8.0, 8.01, 1e30, np.inf, -np.inf, np.nan]], np.float32)
KNEE, TOP = 2.0, 8.0


def one_activation(*, has_logarithm=False):
    nodes = [helper.make_node("Identity", ["x"], ["given"]), helper.make_node("Relu", ["given"], ["rectified"])]
    weights = {"unread": np.ones(1, np.float32)}
    at = "rectified"
    if has_logarithm:
        nodes += [helper.make_node("Add", [at, "one"], ["shifted"]), helper.make_node("Log", ["shifted"], ["log"])]
        weights["one"], at = np.ones(1, np.float32), "log"
    nodes.append(helper.make_node("Identity", [at], ["logits"]))
    shape = ["n", X.shape[1]]
    return finished(nodes, weights, inputs=[("x", FLOAT, shape)], outputs=[("logits", FLOAT, shape)])


def outputs(model, x=X):
    return run_in_batches(open_session(model.SerializeToString()), x)["logits"][0]


def bounded(bound, **options):
    model = one_activation(**options)
    ranges = {"rectified": ActivationRange(largest=TOP, quantile_99=KNEE)}
    return with_bounds(model, {"rectified": bound}, ranges)


def formula(bound, x):
    if bound is Bound.CLAMP:
        return np.minimum(np.maximum(x, 0), TOP)
    inside = np.where(x <= TOP, np.maximum(x, 0), 0).astype(np.float64)
    if bound is Bound.ZERO:
        return inside
    return np.where(inside <= KNEE, inside, KNEE * (1 + np.log(np.maximum(inside, KNEE) / KNEE)))


@pytest.mark.parametrize("bound", Bound)
def test_each_bound_follows_its_formula(bound):
    found = outputs(bounded(bound))
    is_number = ~np.isnan(X[0])
    # single precision through five operators
    assert found[is_number] == pytest.approx(formula(bound, X[0][is_number]), rel=1e-6)


@pytest.mark.parametrize("bound", [Bound.ZERO, Bound.LOGTAIL])
def test_what_is_no_number_becomes_zero(bound):
    assert outputs(bounded(bound))[-1] == 0.0


def test_a_clamp_lets_what_is_no_number_pass():
    """As documented: ONNX Runtime's Clip gives nan for nan."""
    assert np.isnan(outputs(bounded(Bound.CLAMP))[-1])


@pytest.mark.parametrize(("bound", "top"), [(Bound.CLAMP, np.log1p(TOP)), (Bound.ZERO, 0.0)])
def test_a_logarithm_behind_the_rectifier_stays(bound, top):
    model = one_activation(has_logarithm=True)
    assert [site.kind for site in activations_of(model)] == ["log"]
    found = outputs(bounded(bound, has_logarithm=True))
    assert found[:5] == pytest.approx(np.log1p([0, 0, 0.5, 2.0, 3.0]), rel=1e-6)
    assert found[8:10] == pytest.approx([top, top], rel=1e-6)


def test_a_second_logarithm_is_refused():
    with pytest.raises(ValueError, match="logarithm already"):
        bounded(Bound.LOGTAIL, has_logarithm=True)


def test_thresholds_lie_in_the_image():
    model = plain_cnn()
    ranges = activation_ranges(model, images(50, 12))
    clamped = with_bounds(model, every(model, Bound.CLAMP), ranges)
    image = memory_image_of(clamped)
    for site in activations_of(model):
        region = image.region(threshold_name(site.rectified))
        assert region.kind is RegionKind.THRESHOLD
        assert image.values(region.name) == np.float32(ranges[site.rectified].largest)
    assert image.n_bytes > memory_image_of(model).n_bytes


@pytest.mark.parametrize("bound", [Bound.CLAMP, Bound.ZERO])
def test_images_of_the_calibration_keep_their_logits(bound):
    model, x = plain_cnn(), images(120, 12)
    hardened = with_bounds(model, every(model, bound), activation_ranges(model, x))
    before, after = (run_in_batches(open_session(m.SerializeToString()), x)["logits"] for m in (model, hardened))
    # sessions that sum in another order differ in the last digits, and may so exceed the largest value by as much
    assert np.quantile(np.abs(after - before), 0.95) <= 1e-5


def test_ranges_are_those_of_the_activations():
    x = np.linspace(-1, 4, 12, dtype=np.float32)[None]
    ranges = activation_ranges(one_activation(), x)
    assert ranges["rectified"].largest == 4.0
    assert ranges["rectified"].quantile_99 == pytest.approx(np.quantile(np.maximum(x, 0), 0.99))


def test_networks_without_rectifiers_stay_as_they_are():
    nodes = [helper.make_node("Tanh", ["x"], ["logits"])]
    shape = ["n", 3]
    model = finished(nodes, {}, inputs=[("x", FLOAT, shape)], outputs=[("logits", FLOAT, shape)])
    assert activation_ranges(model, np.ones((2, 3), np.float32)) == {}
    assert with_bounds(model, every(model, Bound.ZERO), {}).graph.node[0].op_type == "Tanh"


def test_unknown_activations_are_told():
    with pytest.raises(ValueError, match="rectified"):
        with_bounds(one_activation(), {"elsewhere": Bound.ZERO}, {})


def test_searched_thresholds_repeat_and_lie_within_the_clean_range():
    model, x = plain_cnn(seed=2), images(60, 12)
    y = run_in_batches(open_session(model.SerializeToString()), x)["logits"].argmax(axis=1)
    found = with_searched_thresholds(model, x, y, seed=0)
    again = with_searched_thresholds(model, x, y, seed=0)
    assert found.SerializeToString() == again.SerializeToString()
    ranges = activation_ranges(model, x)
    values = tensor_values(found)
    for name, reached in ranges.items():
        assert 0 < values[threshold_name(name)] <= np.float32(reached.largest) * 1.0001
