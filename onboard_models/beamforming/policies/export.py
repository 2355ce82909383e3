"""A trained policy as one ONNX file of real operators, checked against torch."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime
import torch

from onboard_models.beamforming.policies.architecture import BeamPolicy
from onboard_models.beamforming.policies.training import as_input

EXPORT_TOLERANCE: Final = 1e-5
"""Largest difference of sum rates between torch and ONNX Runtime, as a share of them, of the median channel. Sweeps
amplify the rounding of float32: on a few channels in a hundred they lead to another design, as good on average."""

OUTPUTS: Final = ("cos", "sin", "shares", "rates_bps_hz")
_OPSET: Final = 18


class PolicyExportError(ValueError):
    """The file would not compute what the policy does."""


def export_policy(
    policy: BeamPolicy, probe: np.ndarray[tuple[int, ...], np.dtype[np.complex128]], metadata: Mapping[str, str]
) -> bytes:
    """Return the ONNX file of a policy; equal policies give equal bytes.

    Parameters
    ----------
    policy : BeamPolicy
    probe : (n, n_users, n_atoms), complex
        Channels times the root of the power, on which torch and ONNX Runtime must agree.
    metadata : mapping
        Told by the file, with the shape of the policy.

    Raises
    ------
    PolicyExportError
        If the sum rate of the median channel differs by more than `EXPORT_TOLERANCE` of it.
    """
    policy = policy.eval()
    x = as_input(probe)
    model = _traced(policy, x)
    _share_constants_(model)
    _shorten_names_(model)
    told = {**metadata, "shape": json.dumps(asdict(policy.shape))}
    onnx.helper.set_model_props(model, dict(sorted(told.items())))
    model.producer_name, model.producer_version = "sunwise", ""
    onnx.checker.check_model(model, full_check=True)
    data = model.SerializeToString(deterministic=True)
    difference = rate_difference(policy, data, x)
    if not difference <= EXPORT_TOLERANCE:
        raise PolicyExportError(f"sum rates of torch and ONNX Runtime differ by {difference:.2g} of them")
    return bytes(data)


def _traced(policy: BeamPolicy, x: torch.Tensor) -> onnx.ModelProto:
    """Return what the exporter of torch makes of a policy."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of itself
        path = Path(folder) / "policy.onnx"
        torch.onnx.export(
            policy,
            (x,),
            path,
            input_names=["g"],
            output_names=list(OUTPUTS),
            dynamic_axes={name: {0: "n"} for name in ("g", *OUTPUTS)},
            opset_version=_OPSET,
            dynamo=False,
        )
        return onnx.load(path)


def _share_constants_(model: onnx.ModelProto) -> None:
    """Keep one of equal constants: the exporter of torch writes a propagation matrix anew wherever it is used."""
    first: dict[bytes, str] = {}
    other: dict[str, str] = {}
    for node in [node for node in model.graph.node if node.op_type == "Constant"]:
        tensor = node.attribute[0].t
        key = bytes(f"{tensor.data_type} {list(tensor.dims)} ", "ascii") + onnx.numpy_helper.to_array(tensor).tobytes()
        other[node.output[0]] = first.setdefault(key, node.output[0])
        if first[key] != node.output[0]:
            model.graph.node.remove(node)
    for initializer in list(model.graph.initializer):
        values = onnx.numpy_helper.to_array(initializer)
        key = bytes(f"{initializer.data_type} {values.shape} initializer", "ascii") + values.tobytes()
        other[initializer.name] = first.setdefault(key, initializer.name)
        if first[key] != initializer.name:
            model.graph.initializer.remove(initializer)
    for node in model.graph.node:
        node.input[:] = [other.get(name, name) for name in node.input]


def _shorten_names_(model: onnx.ModelProto) -> None:
    """Number tensors and forget names of nodes, which are a quarter of the file else."""
    kept = {value.name for value in (*model.graph.input, *model.graph.output, *model.graph.initializer)}
    short = {name: name for name in kept}
    for node in model.graph.node:
        node.name = node.doc_string = ""
        node.input[:] = [short[name] if name else "" for name in node.input]
        for name in node.output:
            short.setdefault(name, f"t{len(short)}")
        node.output[:] = [short[name] for name in node.output]


def rate_difference(policy: BeamPolicy, data: bytes, x: torch.Tensor) -> float:
    """Return how far sum rates of torch and ONNX Runtime are apart, as a share of them, on the median channel."""
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    got = session.run(["rates_bps_hz"], {"g": x.numpy()})[0].sum(axis=1)
    with torch.inference_mode():
        expected = policy(x).rates_bps_hz.sum(dim=1).numpy()
    return float(np.median(np.abs(got - expected) / expected))
