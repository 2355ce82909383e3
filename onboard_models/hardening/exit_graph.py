"""One graph in which every image leaves at the first exit that is sure of it, as it runs on board.

Images that stay are gathered before each further stage, and a stage that no image reaches is skipped (`If`), so that
one call of the runtime does all of it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper

from onboard_models.hardening.exits import Exits, exits_of
from onboard_models.hardening.rewriting import Draft
from onboard_models.model_tensors import with_constants_as_initialisers
from onboard_models.protection.exit_rule import ExitRule

LOGITS: Final = "answer.logits"
EXIT_INDEX: Final = "answer.exit_index"


def exit_graph(model: onnx.ModelProto, rule: ExitRule, *, for_one_image: bool) -> onnx.ModelProto:
    """Return the network that answers each image at the first exit whose softmax reaches a threshold.

    Bounds are not looked at: whoever runs the graph compares the logits that come out, and where they are not believed
    asks the whole network (`ExitRule.answers`). As the first sure exit is taken here as there, no answer differs.

    Parameters
    ----------
    model : with exits as of `exits_of`; each stage reads the tensor of the stage before and nothing else of it
    rule : ExitRule
    for_one_image : leave out the gathering of images, which one image does not need

    Returns
    -------
    onnx.ModelProto
        Outputs `answer.logits` (n, n_classes) and `answer.exit_index` (n,) int64.
    """
    model = with_constants_as_initialisers(model)
    exits = exits_of(model)
    if len(rule.bounds) != len(exits.outputs):
        raise ValueError(f"rule is for {len(rule.bounds)} exits: the network has {len(exits.outputs)}")
    draft = Draft()
    answer = _Writer(_segments(model, exits), exits, rule, for_one_image).stage(draft, 0, None)
    draft.node("Identity", [answer.logits], LOGITS)
    draft.node("Identity", [answer.exit_index], EXIT_INDEX)
    outputs = [
        helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["n", None]),
        helper.make_tensor_value_info(EXIT_INDEX, TensorProto.INT64, ["n"]),
    ]
    graph = helper.make_graph(draft.nodes, "exits", list(model.graph.input), outputs, list(draft.held.values()))
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


class _Answer(NamedTuple):
    """Tensors that hold the answer of a stage, one row per image."""

    logits: str
    exit_index: str


class _Segment(NamedTuple):
    """What computes one exit and the next stage from the stage before."""

    nodes: list[onnx.NodeProto]
    held: list[onnx.TensorProto]


def _segments(model: onnx.ModelProto, exits: Exits) -> list[_Segment]:
    producer = {name: i for i, node in enumerate(model.graph.node) for name in node.output}
    held = {tensor.name: tensor for tensor in model.graph.initializer}
    segments: list[_Segment] = []
    taken: set[int] = set()
    for place, output in enumerate(exits.outputs):
        before = exits.stages[place - 1] if place else model.graph.input[0].name
        wanted = [output, *exits.stages[place : place + 1]]
        reached: set[int] = set()
        while wanted:
            i = producer.get(name := wanted.pop())
            if name != before and i is not None and i not in reached:
                reached.add(i)
                wanted.extend(model.graph.node[i].input)
        if not taken.isdisjoint(reached):
            raise ValueError(f"stages = {list(exits.stages)}: {output} is computed from more than the stage before it")
        taken |= reached
        nodes = [model.graph.node[i] for i in sorted(reached)]
        names = dict.fromkeys(name for node in nodes for name in node.input if name in held)
        segments.append(_Segment(nodes, [held[name] for name in names]))
    return segments


class _Writer:
    """Writes stage within stage; names of level k end in `@k`."""

    def __init__(self, segments: list[_Segment], exits: Exits, rule: ExitRule, single: bool) -> None:
        self._segments, self._exits, self._rule, self._single = segments, exits, rule, single
        self._known: set[str] = set()

    def stage(self, draft: Draft, level: int, label_before: str | None) -> _Answer:
        """Write one stage and all deeper ones, and return what they answer."""
        segment = self._segments[level]
        draft.nodes.extend(segment.nodes)
        draft.held |= {tensor.name: tensor for tensor in segment.held if tensor.name not in self._known}
        self._known |= draft.held.keys()
        logits = self._exits.outputs[level]
        is_last = level + 1 == len(self._segments)
        label = None
        if self._rule.is_strict and not is_last:
            label = draft.node("ArgMax", [logits], f"label@{level}", axis=1, keepdims=0)
            if level == 0:
                return self.stage(draft, 1, label)
        own = _Answer(logits, self._own_index(draft, level, logits))
        return own if is_last else self._exit(draft, level, own, label, label_before)

    def _own_index(self, draft: Draft, level: int, logits: str) -> str:
        index = draft.constant(f"index@{level}", np.array([level], np.int64))
        if self._single:
            return index
        rows = draft.node("Shape", [logits], f"rows@{level}", start=0, end=1)
        return draft.node("Expand", [index, rows], f"own_index@{level}")

    def _exit(self, draft: Draft, level: int, own: _Answer, label: str | None, label_before: str | None) -> _Answer:
        leaves = self._leaves(draft, level, own.logits)
        if label is not None and label_before is not None:
            agrees = draft.node("Equal", [label, label_before], f"agrees@{level}")
            leaves = draft.node("And", [leaves, agrees], f"leaves.agreed@{level}")
        stays = "" if self._single else draft.node("Not", [leaves], f"stays@{level}")
        all_leave = leaves if self._single else self._all(draft, level, leaves)
        shown = _Answer(f"logits@{level}", f"exit_index@{level}")
        same = Draft()
        kept = [same.node("Identity", [name], f"{name}.kept") for name in own]
        deeper = Draft()
        answers = self._deeper(deeper, level, own, label, stays)
        node = helper.make_node(
            "If",
            [all_leave],
            list(shown),
            name=f"exit@{level}",
            then_branch=_graph(same, kept),
            else_branch=_graph(deeper, answers),
        )
        draft.nodes.append(node)
        return shown

    def _leaves(self, draft: Draft, level: int, logits: str) -> str:
        """Write which images are sure of a class; comparisons with what is no number are false."""
        share = draft.node("Softmax", [logits], f"share@{level}", axis=1)
        threshold = draft.constant(f"threshold@{level}", self._rule.thresholds[level])
        above = draft.node("Sub", [share, threshold], f"above@{level}")
        axis = draft.constant(f"axis@{level}", np.array([1], np.int64))
        most = draft.node("ReduceMax", [above, axis], f"most@{level}", keepdims=0)
        zero = draft.constant(f"zero@{level}", np.array(0.0, np.float32))
        return draft.node("GreaterOrEqual", [most, zero], f"leaves@{level}")

    def _all(self, draft: Draft, level: int, leaves: str) -> str:
        number = draft.node("Cast", [leaves], f"leaves.number@{level}", to=int(TensorProto.INT32))
        axis = draft.constant(f"axis0@{level}", np.array([0], np.int64))
        least = draft.node("ReduceMin", [number, axis], f"leaves.least@{level}", keepdims=0)
        return draft.node("Cast", [least], f"leaves.all@{level}", to=int(TensorProto.BOOL))

    def _deeper(self, draft: Draft, level: int, own: _Answer, label: str | None, stays: str) -> list[str]:
        """Write what answers those that stay, and return all answers."""
        if self._single:
            return list(self.stage(draft, level + 1, label))
        stage = self._exits.stages[level]
        rest = draft.node("Compress", [stage, stays], f"{stage}@rest", axis=0)
        _read_instead_(self._segments[level + 1].nodes, stage, rest)
        if label is not None:
            label = draft.node("Compress", [label, stays], f"{label}@rest", axis=0)
        deep = self.stage(draft, level + 1, label)
        place = draft.node("Transpose", [draft.node("NonZero", [stays], f"place.row@{level}")], f"place@{level}")
        return [
            draft.node("ScatterND", [shallow, place, found], f"{found}.all")
            for shallow, found in zip(own, deep, strict=True)
        ]


def _read_instead_(nodes: list[onnx.NodeProto], name: str, other: str) -> None:
    for node in nodes:
        for i, given in enumerate(node.input):
            if given == name:
                node.input[i] = other


def _graph(draft: Draft, outputs: list[str]) -> onnx.GraphProto:
    """Return a branch of an `If`, which reads from the graph around it."""
    shown = [onnx.ValueInfoProto(name=name) for name in outputs]
    return helper.make_graph(draft.nodes, outputs[0], [], shown, list(draft.held.values()))
