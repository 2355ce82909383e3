"""The exits of a network, and leaving out those that do not pay."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

import onnx
from onnx import helper

from onboard_models.hardening.rewriting import metadata_of, with_outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """Outputs of a network in order of depth, and the tensors at which its stages meet.

    Attributes
    ----------
    outputs : names of logits, the last exit last
    stages : one name fewer
    """

    outputs: tuple[str, ...]
    stages: tuple[str, ...]


def exits_of(model: onnx.ModelProto) -> Exits:
    """Return the exits of a network: what its metadata tell, else the output `logits` or the last one alone.

    Raises
    ------
    ValueError
        If the metadata name what the model does not have.
    """
    told = metadata_of(model)
    names = [info.name for info in model.graph.output]
    outputs = tuple(json.loads(told.get("exits", "[]"))) or ("logits" if "logits" in names else names[-1],)
    stages = tuple(json.loads(told.get("stages", "[]")))
    made = {name for node in model.graph.node for name in node.output}
    if not set(outputs) <= set(names) or not set(stages) <= made or len(stages) != len(outputs) - 1:
        raise ValueError(
            f"exits = {list(outputs)} and stages = {list(stages)} in the metadata of the model: give outputs of the "
            "model, and tensors of it, one fewer"
        )
    return Exits(outputs=outputs, stages=stages)


def with_exits(model: onnx.ModelProto, early: Collection[int]) -> onnx.ModelProto:
    """Return the network with the last exit and some of its early ones, and nothing that only the others need.

    Parameters
    ----------
    model : with exits as of `exits_of`
    early : places of early exits to keep, 0 for the first
    """
    exits = exits_of(model)
    kept = sorted(early)
    if kept and not 0 <= kept[0] <= kept[-1] < len(exits.stages):
        raise ValueError(f"early = {kept}: the network has the early exits 0 to {len(exits.stages) - 1}")
    outputs = [*(exits.outputs[i] for i in kept), exits.outputs[-1]]
    changed = with_outputs(model, outputs)
    told = metadata_of(model) | {
        "exits": json.dumps(outputs),
        "stages": json.dumps([exits.stages[i] for i in kept]),
    }
    del changed.metadata_props[:]
    helper.set_model_props(changed, told)
    return changed
