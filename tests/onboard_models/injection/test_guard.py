import numpy as np
import onnxruntime as ort
import pytest

import onboard_models.injection.shared_memory as shared_memory
from onboard_models.injection import InjectionGuardError, Injector, Mode, outputs_agree
from onboard_models.injection.graph_cuts import ModelGraph
from onboard_models.injection.guard import check_injection
from onboard_models.injection.rebuilt import RebuiltModel
from onboard_models.model_tensors import tensor_values
from onboard_models.runtime import Optimisation
from tests.onboard_models.injection.injected_models import inputs
from tests.onboard_models.small_graphs import plain_cnn

X = inputs("float32", n=2)


def check(model, injected):
    graph = ModelGraph(model)
    reference = RebuiltModel(graph)
    return check_injection(
        graph.values,
        lambda flips: injected(reference, flips),
        lambda flips: reference.outputs(X, flips),
        lambda _: True,
    )


def test_an_injector_that_is_ignored_fails_in_every_tensor():
    report = check(plain_cnn(), lambda reference, flips: reference.outputs(X, flips.of(())))
    assert set(report.failed) == set(tensor_values(plain_cnn()))
    assert report.proved == report.silent == ()


@pytest.mark.parametrize("ignored", ["conv0.weight", "conv2.bias", "head.weight"])
def test_an_injector_that_misses_one_tensor_fails_there(ignored):
    others = set(tensor_values(plain_cnn())) - {ignored}
    report = check(plain_cnn(), lambda reference, flips: reference.outputs(X, flips.of(others)))
    assert set(report.failed) == {ignored}
    assert set(report.proved) == others


def test_an_injector_that_flips_the_neighbour_fails():
    def next_element(reference, flips):
        size = reference._graph.values[flips.tensors[0]].size if len(flips) else 1
        moved = type(flips)(
            tensors=flips.tensors, tensor=flips.tensor, element=(flips.element + 1) % size, bit=flips.bit
        )
        return reference.outputs(X, moved)

    report = check(plain_cnn(), next_element)
    assert {"conv0.weight", "conv1.weight", "conv2.weight", "head.weight"} <= set(report.failed)


def test_dead_channels_are_no_failure():
    """Half of the channels never fire; a live weight is found beside them. All dead: reported as silent."""
    model = plain_cnn()
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    bias = np.where(np.arange(16) % 2, np.float32(-1e4), np.float32(0))
    tensors["conv1.bias"].raw_data = bias.astype(np.float32).tobytes()
    report = Injector(model).guard_report
    assert {"conv1.weight", "conv2.weight"} <= set(report.proved)
    tensors["conv2.bias"].raw_data = np.full(16, -3e38, np.float32).tobytes()
    tensors["conv2.weight"].raw_data = np.zeros((16, 16, 3, 3), np.float32).tobytes()
    report = Injector(model).guard_report
    assert "conv2.weight" in report.silent
    assert report.failed == {}


def share_without_order(model_bytes, *, shared=None, optimisation=Optimisation.ALL, **options):
    """Open sessions the way that ONNX Runtime silently ignores: packed, at full optimisation, from shared memory."""
    session_options = ort.SessionOptions()
    session_options.log_severity_level = 4
    for name, value in (shared or {}).items():
        session_options.add_initializer(name, value)
    if options.get("optimised_path"):
        session_options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        session_options.optimized_model_filepath = str(options["optimised_path"])
    return ort.InferenceSession(model_bytes, session_options, providers=["CPUExecutionProvider"])


def test_shared_memory_that_the_runtime_copies_is_caught(monkeypatch):
    monkeypatch.setattr(shared_memory, "open_session", share_without_order)
    with pytest.raises(InjectionGuardError, match=r"conv0.weight \(in-place\).*fall_back=True"):
        Injector(plain_cnn())
    injector = Injector(plain_cnn(), fall_back=True)
    assert "conv1.weight (in-place)" in injector.guard_report.failed
    assert injector.modes_of["conv1.weight"] == (Mode.DELTA, Mode.REBUILT)


def test_what_agrees():
    base = {"y": np.array([[1.0, 100.0], [np.nan, np.inf]], np.float32)}
    near = {"y": np.array([[1.0 + 9e-3, 100.0], [np.nan, np.inf]], np.float32)}
    assert outputs_agree(near, base)
    for row, column, value in [(0, 0, 1.02), (0, 1, np.inf), (1, 0, 0.0), (1, 1, -np.inf), (1, 1, np.nan)]:
        other = {"y": base["y"].copy()}
        other["y"][row, column] = value
        assert not outputs_agree(other, base)
