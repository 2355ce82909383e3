import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from onboard_models.datasets.reading import ImagesRefusedError
from onboard_models.open_batch import fixed_batch, with_open_batch
from onboard_models.runtime import open_session
from onboard_models.vetting import ModelRefusedError
from scenarios.campaigns.source import calibration_images, load, source_of
from scenarios.campaigns.subjects import NONE, subject_of


def network(batch, *, reshape="whole", n_classes=3):
    """Return a linear classifier of 2 x 4 images whose file says how many it takes."""
    rng = np.random.default_rng(4)
    weight = rng.normal(size=(8, n_classes)).astype(np.float32)
    shape = {"whole": [batch or 1, 8], "mixing": [1, 8 * (batch or 1)]}[reshape]
    if reshape == "mixing":  # images are mixed: no other batch means the same
        weight = rng.normal(size=(8 * batch, n_classes)).astype(np.float32)
    nodes = [
        helper.make_node("Reshape", ["x", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weight"], ["logits"]),
    ]
    held = [
        numpy_helper.from_array(np.array(shape, np.int64), "shape"),
        numpy_helper.from_array(weight, "weight"),
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 1, 2, 4])
    n_out = batch if reshape == "whole" else 1
    made = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [n_out, n_classes])
    model = helper.make_model(
        helper.make_graph(nodes, "net", [given], [made], held), opset_imports=[helper.make_opsetid("", 18)]
    )
    model.ir_version = 9
    return model


def per_place(batch):
    """Return a classifier that holds a factor per place in the batch: more images have none."""
    model = network(batch)
    model.graph.node[1].output[0] = "raw"
    model.graph.node.append(helper.make_node("Mul", ["raw", "factor"], ["logits"]))
    factor = np.random.default_rng(0).normal(size=(batch, 3)).astype(np.float32)
    model.graph.initializer.append(numpy_helper.from_array(factor, "factor"))
    return model


def images(folder, n=30, shape=(1, 2, 4), n_classes=3, name="data.npz"):
    rng = np.random.default_rng(1)
    path = folder / name
    np.savez(path, x=rng.normal(size=(n, *shape)).astype(np.float32), y=np.sort(np.arange(n) % n_classes))
    return path


def saved(folder, model, name="net.onnx"):
    path = folder / name
    onnx.save(model, path)
    return str(path)


def source(folder, model, *, n_images=400, **data):
    return source_of(saved(folder, model), dataset=images(folder, **data), dtype=None, n_images=n_images)


@pytest.mark.parametrize("batch", [1, 4])
def test_a_batch_that_an_exporter_wrote_down_is_opened_where_answers_stay(batch):
    model, x = network(batch), np.random.default_rng(2).normal(size=(7, 1, 2, 4)).astype(np.float32)
    opened = with_open_batch(model, x)
    assert fixed_batch(model) == batch and fixed_batch(opened) == 0
    together = open_session(opened.SerializeToString()).run(None, {"x": x})[0]
    weight = numpy_helper.to_array(model.graph.initializer[1])
    assert together == pytest.approx(x.reshape(7, 8) @ weight, rel=1e-5, abs=1e-6)


def test_a_network_that_mixes_its_batch_stays_as_it_is():
    model, x = network(4, reshape="mixing"), np.ones((4, 1, 2, 4), np.float32)
    assert with_open_batch(model, x) is model


def test_own_images_are_split_into_halves_that_share_none(tmp_path):
    chosen = source(tmp_path, network(1), n=31)
    tested, calibration = load(chosen).images, calibration_images(chosen)
    with np.load(tmp_path / "data.npz") as stored:
        assert np.array_equal(tested.x, stored["x"][1::2])
        assert np.array_equal(calibration.x, stored["x"][::2])
        assert np.array_equal(tested.y, stored["y"][1::2])


def test_few_images_of_a_sorted_file_are_of_all_classes(tmp_path):
    found = load(source(tmp_path, network(1), n=300, n_images=9)).images
    assert sorted(found.y.tolist()) == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_a_subject_answers_as_the_file_does(tmp_path):
    chosen = source(tmp_path, network(1))
    loaded = load(chosen)
    subject = subject_of(chosen, NONE)
    session = open_session(onnx.load(chosen.model).SerializeToString())
    expected = [int(session.run(None, {"x": x[None]})[0].argmax()) for x in loaded.images.x]
    assert subject.clean_answers(loaded.images.x).label.tolist() == expected


@pytest.mark.parametrize(
    "model, data, message",
    [
        (network(1), {"shape": (1, 4, 2)}, r"images are \[1, 4, 2\]"),
        (network(1), {"shape": (8,)}, "x is float32 of shape"),
        (network(1), {"n": 1}, "one image"),
        (per_place(2), {"n": 3}, "1 images to test on, .* takes 2 at once"),
    ],
)
def test_images_that_do_not_fit_are_refused(tmp_path, model, data, message):
    with pytest.raises(ImagesRefusedError, match=message):
        load(source(tmp_path, model, **data))


def test_labels_without_a_class_are_refused(tmp_path):
    with pytest.raises(ModelRefusedError, match=r"shape \[2, 3\], labels reach 6"):
        load(source(tmp_path, network(1), n_classes=7))


def test_what_is_no_classifier_is_refused(tmp_path):
    model = network(1)
    del model.graph.node[1:]
    model.graph.node.append(helper.make_node("Identity", ["x"], ["logits"]))
    with pytest.raises(ModelRefusedError, match="classifier"):
        load(source(tmp_path, model))


def test_a_network_with_two_inputs_is_refused(tmp_path):
    model = network(1)
    model.graph.input.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, [1]))
    with pytest.raises(ModelRefusedError, match="2 inputs"):
        load(source(tmp_path, model))


def test_a_model_that_asks_for_all_memory_is_refused_in_a_child_process(tmp_path):
    bomb = helper.make_model(
        helper.make_graph(
            [
                helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
                helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
                helper.make_node("Add", ["nothing", "many"], ["size"]),
                helper.make_node("Cast", ["size"], ["count"], to=TensorProto.INT64),
                helper.make_node("Reshape", ["count", "one"], ["shape"]),
                helper.make_node("ConstantOfShape", ["shape"], ["huge"]),
                helper.make_node("ReduceSum", ["huge"], ["logits"]),
            ],
            "bomb",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 2, 4])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1])],
            [
                numpy_helper.from_array(np.float32(0), "zero"),
                numpy_helper.from_array(np.float32(2e9), "many"),
                numpy_helper.from_array(np.array([1], np.int64), "one"),
            ],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
    )
    bomb.ir_version = 9
    with pytest.raises(ModelRefusedError, match="does not run within limits"):
        load(source(tmp_path, bomb))


def test_variants_of_the_catalogue_go_by_their_type():
    assert source_of("cnn", dataset=None, dtype="int8", n_images=1).model == "cnn-int8"
    assert source_of("cnn-int8", dataset=None, dtype="float32", n_images=1).model == "cnn"
    assert source_of("cnn", dataset=None, dtype=None, n_images=1).model == "cnn"


def test_a_model_file_needs_images_and_has_its_type(tmp_path):
    path = saved(tmp_path, network(1))
    with pytest.raises(ValueError, match="--dataset"):
        source_of(path, dataset=None, dtype=None, n_images=1)
    with pytest.raises(ValueError, match="dtype = 'int8'"):
        source_of(path, dataset=images(tmp_path), dtype="int8", n_images=1)
    with pytest.raises(ValueError, match="did you mean 'cnn'"):
        source_of("cnnn", dataset=None, dtype=None, n_images=1)


def test_a_batch_that_cannot_be_opened_serves_without_protection_only(tmp_path):
    chosen = source(tmp_path, per_place(2), n=31)
    loaded = load(chosen)
    assert loaded.n_fixed == loaded.n_rows == 2
    assert len(loaded.images.x) == 14  # of the 15 that are tested, whole runs
    assert len(subject_of(chosen, NONE).answers(loaded.images.x[:2], np.array([5]))) == 2
    with pytest.raises(ModelRefusedError, match="exactly 2 images"):
        subject_of(chosen, "ranger")
