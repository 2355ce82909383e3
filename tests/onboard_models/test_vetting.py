import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from onboard_models.vetting import ModelLimits, ModelRefusedError, load_model_bytes, vet_model
from tests.onboard_models.small_graphs import FLOAT, INT64, finished, plain_cnn


def bytes_of(model):
    return model.SerializeToString()


def shape_bomb():
    nodes = [helper.make_node("ConstantOfShape", ["shape"], ["y"])]
    return finished(nodes, {"shape": np.array([400_000_000])}, inputs=[], outputs=[("y", FLOAT, ["n"])])


def with_external_tensor(place):
    """Return a model of which one tensor, an initialiser or one inside a subgraph, says that it lies elsewhere."""
    model = plain_cnn()
    tensor = numpy_helper.from_array(np.zeros(3, np.float32), "elsewhere")
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")
    if place == "initialiser":
        model.graph.initializer.append(tensor)
    else:
        constant = helper.make_node("Constant", [], ["inner"])
        constant.attribute.append(helper.make_attribute("value", tensor))
        body = helper.make_graph([constant], "body", [], [helper.make_tensor_value_info("inner", FLOAT, [3])])
        model.graph.node.append(helper.make_node("If", ["condition"], ["branch"], then_branch=body, else_branch=body))
    return model


def with_operator(domain, name):
    model = plain_cnn()
    model.graph.node[1].domain = domain
    model.graph.node[1].op_type = name
    return model


def test_a_plain_model_passes_unchanged(tmp_path):
    content = bytes_of(plain_cnn())
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    assert load_model_bytes(path) == content


def test_operators_of_the_quantiser_pass():
    nodes = [helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")]
    model = finished(nodes, {}, inputs=[("x", FLOAT, ["n", 3])], outputs=[("y", FLOAT, ["n", 3])])
    assert vet_model(bytes_of(model)).graph.node[0].op_type == "Gelu"


@pytest.mark.parametrize("place", ["initialiser", "subgraph"])
def test_tensors_in_other_files_are_refused(place):
    with pytest.raises(ModelRefusedError, match="'elsewhere' lies in another file"):
        vet_model(bytes_of(with_external_tensor(place)))


@pytest.mark.parametrize(
    ("domain", "operator"), [("evil.org", "Relu"), ("com.microsoft", "PyOp"), ("com.microsoft.nchwc", "Conv")]
)
def test_foreign_operators_are_refused(domain, operator):
    with pytest.raises(ModelRefusedError, match=f"operator '{operator}' of domain '{domain}'"):
        vet_model(bytes_of(with_operator(domain, operator)))


def test_functions_of_the_model_are_refused():
    model = plain_cnn()
    body = [helper.make_node("Relu", ["a"], ["b"])]
    model.functions.append(helper.make_function("own", "F", ["a"], ["b"], body, [helper.make_opsetid("", 18)]))
    with pytest.raises(ModelRefusedError, match="functions of its own"):
        vet_model(bytes_of(model))


def test_a_small_file_that_asks_for_a_large_tensor_is_refused():
    content = bytes_of(shape_bomb())
    assert len(content) < 200
    with pytest.raises(ModelRefusedError, match=r"'y' of shape .* takes 1600000000 bytes"):
        vet_model(content)


def test_each_limit_binds():
    content = bytes_of(plain_cnn())
    for limits, words in [
        (ModelLimits(file_bytes=len(content) - 1), "file_bytes"),
        (ModelLimits(n_nodes=8), "n_nodes"),
        (ModelLimits(tensor_bytes=1_000), "tensor_bytes"),
    ]:
        with pytest.raises(ModelRefusedError, match=words):
            vet_model(content, limits)
    vet_model(content, ModelLimits(file_bytes=len(content), n_nodes=9))


def test_a_file_larger_than_the_limit_is_not_read_whole(tmp_path):
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.truncate(2**34)
    with pytest.raises(ModelRefusedError, match="file_bytes"):
        load_model_bytes(path, ModelLimits(file_bytes=1_000))


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(ModelRefusedError, match="no ONNX model"):
        vet_model(b"\x80\x04 not a model")
    with pytest.raises(ModelRefusedError, match="cannot be read"):
        load_model_bytes(tmp_path / "absent.onnx")
    unknown = finished(
        [helper.make_node("Reshape", ["x", "shape"], ["y"])],
        {"shape": np.array([-1])},
        inputs=[("x", FLOAT, ["n", 3])],
        outputs=[("y", FLOAT, ["m"])],
    )
    unknown.graph.node[0].input[0] = "absent"
    with pytest.raises(ModelRefusedError, match="no valid ONNX model"):
        vet_model(bytes_of(unknown))


def test_a_model_without_a_size_that_shapes_tell_passes():
    """What only running shows is left to the limits of a child process."""
    nodes = [helper.make_node("ConstantOfShape", ["shape"], ["y"])]
    vet_model(bytes_of(finished(nodes, {}, inputs=[("shape", INT64, [1])], outputs=[("y", FLOAT, ["n"])])))
