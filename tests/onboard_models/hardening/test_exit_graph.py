"""The graph that leaves early against the rule on the logits of all exits."""

import json

import numpy as np
import pytest
from onnx import helper

from onboard_models.hardening.exit_graph import EXIT_INDEX, LOGITS, exit_graph
from onboard_models.hardening.exits import exits_of, with_exits
from onboard_models.hardening.multiplications import CALL_MULTIPLICATIONS, EXIT_CALLS, cost_of, costs_of_exits
from onboard_models.protection.exit_rule import ExitRule
from onboard_models.runtime import open_session, run_in_batches
from tests.onboard_models.small_graphs import FLOAT, finished, images

N_CLASSES = 4
SIZE = 8


def three_exits(seed=0):
    """Return three convolutions with a head behind each."""
    rng = np.random.default_rng(seed)
    nodes, weights, at, outputs = [], {}, "x", ["exit1", "exit2", "logits"]
    for i, output in enumerate(outputs, start=1):
        weights[f"conv{i}.weight"] = rng.normal(size=(6, 1 if i == 1 else 6, 3, 3)).astype(np.float32) / 3
        weights[f"head{i}.weight"] = rng.normal(size=(6, N_CLASSES)).astype(np.float32)
        stage = f"stage{i}"
        nodes += [
            helper.make_node("Conv", [at, f"conv{i}.weight"], [f"sum{i}"], pads=[1] * 4),
            helper.make_node("Relu", [f"sum{i}"], [stage]),
            helper.make_node("GlobalAveragePool", [stage], [f"mean{i}"]),
            helper.make_node("Flatten", [f"mean{i}"], [f"flat{i}"]),
            helper.make_node("MatMul", [f"flat{i}", f"head{i}.weight"], [output]),
        ]
        at = stage
    model = finished(
        nodes,
        weights,
        inputs=[("x", FLOAT, ["n", 1, SIZE, SIZE])],
        outputs=[(name, FLOAT, ["n", N_CLASSES]) for name in outputs],
    )
    helper.set_model_props(model, {"exits": json.dumps(outputs), "stages": json.dumps(["stage1", "stage2"])})
    return model


def some_rule(n_exits, *, is_strict=False, level=0.35):
    thresholds = np.full((n_exits - 1, N_CLASSES), level, np.float32)
    return ExitRule(thresholds=thresholds, bounds=np.full(n_exits, 1e9, np.float32), is_strict=is_strict)


@pytest.mark.parametrize("is_strict", [False, True])
@pytest.mark.parametrize("early", [(0, 1), (0,), (1,)])
def test_images_leave_where_the_rule_says(early, is_strict):
    model, x = with_exits(three_exits(), early), images(300, SIZE)
    outputs = run_in_batches(open_session(model.SerializeToString()), x)
    logits = [outputs[name] for name in exits_of(model).outputs]
    sure = np.quantile(np.exp(logits[0] - logits[0].max(1, keepdims=True)).sum(1) ** -1, 0.6)
    rule = some_rule(len(early) + 1, is_strict=is_strict, level=max(float(sure), 0.26))
    expected = rule.answers(logits)
    if not is_strict:
        assert len(np.unique(expected.exit_index)) == len(early) + 1, "every exit is taken by some image"
    many = open_session(exit_graph(model, rule, for_one_image=False).SerializeToString())
    one = open_session(exit_graph(model, rule, for_one_image=True).SerializeToString())
    found = many.run([LOGITS, EXIT_INDEX], {"x": x})
    assert np.array_equal(found[1], expected.exit_index)
    assert np.array_equal(found[0].argmax(axis=1), expected.label)
    singles = [one.run([LOGITS, EXIT_INDEX], {"x": x[i : i + 1]}) for i in range(100)]
    assert [int(place[0]) for _, place in singles] == expected.exit_index[:100].tolist()
    assert [int(z.argmax()) for z, _ in singles] == expected.label[:100].tolist()


@pytest.mark.parametrize("level", [-1.0, 2.0])
def test_all_images_leave_at_once_or_none_does(level):
    model, x = three_exits(), images(20, SIZE)
    graph = exit_graph(model, some_rule(3, level=level), for_one_image=False)
    _, place = open_session(graph.SerializeToString()).run([LOGITS, EXIT_INDEX], {"x": x})
    assert set(place.tolist()) == ({0} if level < 0 else {2})


def test_a_stage_that_reads_more_than_the_stage_before_is_refused():
    model = three_exits()
    for node in model.graph.node:
        if node.output[0] == "sum3":
            node.input[0] = "both"
    model.graph.node.insert(10, helper.make_node("Add", ["stage1", "stage2"], ["both"]))
    with pytest.raises(ValueError, match="more than the stage before"):
        exit_graph(model, some_rule(3), for_one_image=False)


def test_exits_left_out_take_their_weights_along():
    model = three_exits()
    kept = with_exits(model, [1])
    assert {tensor.name for tensor in model.graph.initializer} - {tensor.name for tensor in kept.graph.initializer} == {
        "head1.weight"
    }
    assert exits_of(kept).stages == ("stage2",)
    x = images(9, SIZE)
    before, after = (run_in_batches(open_session(m.SerializeToString()), x) for m in (model, kept))
    assert sorted(after) == ["exit2", "logits"]
    assert all(np.array_equal(before[name], after[name]) for name in after)


def test_metadata_that_name_what_is_not_there_are_refused():
    model = three_exits()
    helper.set_model_props(model, {"exits": '["exit1", "logits"]', "stages": '["elsewhere"]'})
    with pytest.raises(ValueError, match="elsewhere"):
        exits_of(model)


def test_cost_by_hand():
    """3 x 3 convolutions of 6 channels over 8 x 8 pixels, heads of 6 by 4; five operators each."""
    convolution, later, head = 64 * 6 * 9, 64 * 6 * 6 * 9, 6 * 4
    model = three_exits()
    assert cost_of(with_exits(model, ())) == pytest.approx(convolution + 2 * later + head + 9 * CALL_MULTIPLICATIONS)
    first, last = costs_of_exits(model, (0,))
    assert first == pytest.approx(convolution + head + (5 + EXIT_CALLS) * CALL_MULTIPLICATIONS)
    assert last == pytest.approx(convolution + 2 * later + 2 * head + (12 + EXIT_CALLS) * CALL_MULTIPLICATIONS)
