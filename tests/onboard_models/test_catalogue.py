"""Every shipped network is the one that the catalogue describes, and as right as it says."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil

import numpy as np
import onnx
import pytest

from onboard_models.catalogue import DATA_FOLDER, find_model, model_names, read_catalogue
from onboard_models.model_tensors import tensor_values
from onboard_models.runtime import open_session, run_in_batches
from onboard_models.vetting import ModelRefusedError, load_model_bytes

MODELS = read_catalogue()
MIB = 2**20


@functools.cache
def _images(task: str, n: int):
    return next(model for model in MODELS if model.task == task).images("test", n)


def _accuracies(model, n):
    images = _images(model.task, n)
    outputs = run_in_batches(open_session(model.model_bytes), images.x)
    return {name: float(np.mean(np.argmax(logits, axis=1) == images.y)) for name, logits in outputs.items()}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_accuracy_of_each_output_is_as_told(model):
    n = 1000
    found = _accuracies(model, n)
    assert tuple(found) == model.outputs
    assert model.accuracy == model.exit_accuracies[-1]
    for told, accuracy in zip(model.exit_accuracies, found.values(), strict=True):
        assert abs(accuracy - told) < 3 * np.sqrt(told * (1 - told) / n)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_accuracy_on_all_test_patches(model):
    found = _accuracies(model, model.n_test_patches)
    # the same images; another CPU rounds otherwise and may tip a few of 4000
    assert list(found.values()) == pytest.approx(list(model.exit_accuracies), abs=0.003)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_files_pass_vetting_and_tell_about_themselves(model):
    assert load_model_bytes(model.path) == model.model_bytes
    assert hashlib.sha256(model.model_bytes).hexdigest() == model.sha256
    assert len(model.model_bytes) == model.n_bytes
    proto = onnx.load_from_string(model.model_bytes)
    told = {entry.key: entry.value for entry in proto.metadata_props}
    assert told["task"] == model.task and told["activation"] == model.activation
    assert json.loads(told["exits"]) == list(model.outputs)
    tensors = {name for node in proto.graph.node for name in node.output}
    assert set(json.loads(told["stages"])) <= tensors
    assert len(json.loads(told["stages"])) == len(model.outputs) - 1
    assert {entry.domain for entry in proto.opset_import} == {""}
    n_answers = len(json.loads(told["class_names"]))
    assert all(output.type.tensor_type.shape.dim[1].dim_value == n_answers for output in proto.graph.output)


@pytest.mark.parametrize("model", [m for m in MODELS if m.outputs[0] == "exit1"], ids=lambda model: model.name)
def test_networks_with_exits_can_be_cut_at_their_stages(model):
    proto = onnx.load_from_string(model.model_bytes)
    stage = json.loads({e.key: e.value for e in proto.metadata_props}["stages"])[1]
    extractor = onnx.utils.Extractor(onnx.shape_inference.infer_shapes(proto))
    front, back = extractor.extract_model(["x"], [stage]), extractor.extract_model([stage], ["logits"])
    x = _images(model.task, 50).x
    features = open_session(front.SerializeToString()).run(None, {"x": x})[0]
    whole = open_session(model.model_bytes).run(["logits"], {"x": x})[0]
    cut = open_session(back.SerializeToString()).run(None, {stage: features})[0]
    assert np.allclose(cut, whole, atol=1e-4)


@pytest.mark.parametrize("model", [m for m in MODELS if m.dtype == "int8"], ids=lambda model: model.name)
def test_int8_networks_hold_integers_and_compute_with_them(model):
    proto = onnx.load_from_string(model.model_bytes)
    values = tensor_values(proto)
    operators = [node.op_type for node in proto.graph.node]
    assert "Conv" not in operators and "QLinearConv" in operators and "QLinearMatMul" in operators
    for node in proto.graph.node:
        if node.op_type in ("QLinearConv", "QLinearMatMul") and node.input[3] in values:  # attention has no weights
            assert values[node.input[3]].dtype == np.int8
            assert values[node.input[2]].dtype == values[node.input[7]].dtype == np.uint8
            assert not values[node.input[5]].any()  # symmetric weights
        if node.op_type == "QLinearConv":
            assert values[node.input[8]].dtype == np.int32
    n_integers = sum(array.size for array in values.values() if array.dtype == np.int8)
    assert n_integers > 0.93 * model.n_parameters  # biases, norms and positions are no int8
    parent = find_model(model.name.removesuffix("-int8"))
    assert model.n_bytes < 0.4 * parent.n_bytes
    assert model.accuracy > parent.accuracy - 0.02


@pytest.mark.parametrize("model", [m for m in MODELS if m.dtype == "float32"], ids=lambda model: model.name)
def test_float_networks_hold_their_parameters(model):
    values = tensor_values(onnx.load_from_string(model.model_bytes))
    weights = [array.size for name, array in values.items() if name.endswith((".weight", ".bias"))]
    assert sum(weights) == model.n_parameters


def test_plain_network_comes_first_and_all_fit():
    assert (MODELS[0].name, MODELS[0].dtype, MODELS[0].accuracy > 0.86) == ("cnn", "float32", True)
    assert len(set(model_names())) == len(MODELS)
    assert sum(model.n_bytes for model in MODELS) <= 8 * MIB
    assert max(model.n_bytes for model in MODELS) <= 0.6 * MIB
    on_disk = {path.name for path in DATA_FOLDER.glob("*.onnx")}
    assert on_disk == {model.file for model in MODELS}


def test_a_changed_file_is_refused(tmp_path):
    shutil.copytree(DATA_FOLDER, tmp_path / "data")
    path = tmp_path / "data" / "cnn.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelRefusedError, match="SHA-256"):
        _ = find_model("cnn", tmp_path / "data").model_bytes
    path.unlink()
    with pytest.raises(ModelRefusedError, match=r"cnn\.onnx"):
        _ = find_model("cnn", tmp_path / "data").model_bytes


@pytest.mark.parametrize("text", ["", "{}", '{"models": [{"name": "cnn"}]}', "[1]"])
def test_a_damaged_catalogue_is_refused(tmp_path, text):
    (tmp_path / "catalogue.json").write_text(text)
    with pytest.raises(ModelRefusedError, match=r"catalogue\.json"):
        read_catalogue(tmp_path)


def test_unknown_names_get_the_nearest():
    with pytest.raises(ValueError, match=r"did you mean 'cnn'"):
        find_model("cnm")
