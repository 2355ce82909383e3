import numpy as np
import pytest
from onnx import helper

from onboard_models.limited_run import MIB, RunEnd, RunLimits, run_limited
from onboard_models.runtime import open_session
from tests.onboard_models.small_graphs import FLOAT, INT64, finished, images, plain_cnn


def large_on_request():
    """Return a model that makes a tensor of as many float32 as its input says."""
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["large"]),
        helper.make_node("ReduceSum", ["large"], ["y"], keepdims=0),
    ]
    model = finished(nodes, {}, inputs=[("shape", INT64, [1])], outputs=[("y", FLOAT, [])])
    return model.SerializeToString()


def test_a_good_model_gives_what_it_gives_here():
    content = plain_cnn().SerializeToString()
    x = images(3, 12)
    done = run_limited(content, {"x": x})
    assert done.end is RunEnd.FINISHED
    np.testing.assert_array_equal(done.outputs["logits"], open_session(content).run(None, {"x": x})[0])


@pytest.mark.parametrize(("n_mib", "end"), [(100, RunEnd.FINISHED), (1_600, RunEnd.REFUSED)])
def test_memory_is_bounded(n_mib, end):
    limits = RunLimits(memory_bytes=600 * MIB)
    assert run_limited(large_on_request(), {"shape": np.array([n_mib * MIB // 4])}, limits).end is end


def test_what_cannot_be_loaded_is_a_record():
    done = run_limited(b"not a model", {})
    assert done.end is RunEnd.REFUSED
    assert "model" in done.message


def endless():
    """Return a model that loops 2^62 times."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Add", ["a", "a"], ["b"])],
        "body",
        [
            helper.make_tensor_value_info("i", INT64, []),
            helper.make_tensor_value_info("go", 9, []),
            helper.make_tensor_value_info("a", FLOAT, [1]),
        ],
        [helper.make_tensor_value_info("go_on", 9, []), helper.make_tensor_value_info("b", FLOAT, [1])],
    )
    loop = helper.make_node("Loop", ["trips", "", "x"], ["y"], body=body)
    return finished([loop], {"trips": np.array(2**62)}, inputs=[("x", FLOAT, [1])], outputs=[("y", FLOAT, [1])])


@pytest.mark.parametrize("limits", [RunLimits(cpu_s=2), RunLimits(wall_s=2.0)])
def test_time_is_bounded(limits):
    done = run_limited(endless().SerializeToString(), {"x": np.ones(1, np.float32)}, limits)
    assert done.end is RunEnd.TIMEOUT
