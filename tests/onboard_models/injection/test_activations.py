import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from onboard_models.injection import ActivationInjector, outputs_agree
from onboard_models.runtime import open_session
from onboard_models.tensor_flips import TensorFlips, flip_bits_, flips_in
from tests.onboard_models.injection.injected_models import inputs, model_of

ROUNDING = 2e-6
NAMES = ["float32", "float16", "int8", "all-layers"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


def with_tensor_replaced(model, tensor, value):
    """Return the model in which all that reads a tensor reads a constant instead."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    for node in changed.graph.node:
        for i, name in enumerate(node.input):
            if name == tensor:
                node.input[i] = "replaced"
    if tensor in [output.name for output in changed.graph.output]:
        for node in changed.graph.node:
            node.output[:] = ["ignored" if name == tensor else name for name in node.output]
        changed.graph.node.append(helper.make_node("Identity", ["replaced"], [tensor]))
    changed.graph.initializer.append(numpy_helper.from_array(value, "replaced"))
    return changed


@pytest.mark.parametrize("name", NAMES)
def test_flips_equal_a_model_that_reads_the_faulty_tensor(name, folder):
    model, x = model_of(name, folder), inputs(name, n=4)
    injector = ActivationInjector(model)
    rng = np.random.default_rng(1)
    trials, expected = [], []
    for tensor in injector.tensors:
        golden = injector.values(tensor, x)
        for n_flips in (1, 5):
            element = rng.choice(golden.size, size=min(n_flips, golden.size), replace=False)
            flips = flips_in(tensor, element, rng.integers(8 * golden.dtype.itemsize, size=len(element)))
            faulty = golden.copy()
            for _, at, mask in flips.masks():
                flip_bits_(faulty, at, mask)
            session = open_session(with_tensor_replaced(model, tensor, faulty).SerializeToString())
            names = [output.name for output in session.get_outputs()]
            expected.append(dict(zip(names, session.run(names, {"x": x}), strict=True)))
            trials.append(flips)
    results = injector.run(x, trials)
    golden = injector.run(x, [trials[0].of(())])
    n_changed = 0
    for i, outputs in enumerate(expected):
        found = {name: value[i] for name, value in results.outputs.items()}
        tolerance = 2e-3 if name == "float16" else ROUNDING  # one rounding of float16, where fusion skips one
        assert outputs_agree(found, outputs, tolerance=tolerance), trials[i].tensors
        n_changed += not outputs_agree(found, {key: value[0] for key, value in golden.outputs.items()}, tolerance=0.0)
    assert n_changed > len(trials) / 2


def test_one_tensor_at_a_time(folder):
    injector = ActivationInjector(model_of("float32", folder))
    x = inputs("float32", n=2)
    two = TensorFlips(
        tensors=("act0", "act1"),
        tensor=np.array([0, 1], np.int32),
        element=np.zeros(2, np.int64),
        bit=np.zeros(2, np.int8),
    )
    with pytest.raises(ValueError, match="one tensor"):
        injector.run(x, [two])
    with pytest.raises(ValueError, match="not computed"):
        injector.run(x, [flips_in("conv0.weight", [0], [0])])


def test_flips_before_a_fork_reach_both_outputs(folder):
    model = model_of("all-layers", folder)
    injector, x = ActivationInjector(model), inputs("all-layers", n=3)
    golden = injector.run(x, [flips_in("residual_act", [], [])]).outputs
    faulty = injector.run(x, [flips_in("residual_act", [5], [30]), flips_in("mix", [5], [30])]).outputs
    assert not np.array_equal(faulty["exit1"][0, 0], golden["exit1"][0, 0])
    np.testing.assert_array_equal(faulty["exit1"][0, 1:], golden["exit1"][0, 1:])
    np.testing.assert_array_equal(faulty["exit1"][1], golden["exit1"][0])
    assert not np.array_equal(faulty["logits"][1, 0], golden["logits"][0, 0])
