"""Activations with an upper bound in place of rectifiers without one, by kind.

Thresholds are initialisers, so they lie in the memory image and can be hit as weights can. ONNX Runtime lets Relu,
Clip, Min and Log pass what is no number; `Where(x <= T, Relu(x), 0)` alone maps it to zero, as `x <= T` is then false.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from typing import Final

import numpy as np
import onnx

from onboard_models.hardening.activations import LOG, Activation, ActivationRange, activations_of
from onboard_models.hardening.rewriting import Draft, with_nodes_replaced

LOWER: Final = "bound.zero"


class Bound(Enum):
    """What happens to what exceeds a threshold T; x is what the rectifier is given."""

    CLAMP = "clamp"
    """min(max(x, 0), T): fused into the convolution before it, so it costs nothing."""
    ZERO = "zero"
    """max(x, 0) up to T, else 0; so is what is no number."""
    LOGTAIL = "logtail"
    """x up to the 99 % quantile Q, Q (1 + ln(x / Q)) from there to T, else 0; needs no training."""


def with_bounds(
    model: onnx.ModelProto, bounds: Mapping[str, Bound], ranges: Mapping[str, ActivationRange]
) -> onnx.ModelProto:
    """Return the network with some activations bounded; a logarithm that follows a rectifier stays behind it.

    Parameters
    ----------
    model : onnx.ModelProto
    bounds : by the name of the rectified tensor
    ranges : of the same names: T is the largest value on clean images

    Raises
    ------
    ValueError
        If a name is of no activation, or one that a logarithm follows would get a second one.
    """
    sites = {activation.rectified: activation for activation in activations_of(model)}
    if unknown := bounds.keys() - sites.keys():
        raise ValueError(f"bounds names {sorted(unknown)}: the network has the activations {', '.join(sites)}")

    def written(node: onnx.NodeProto, draft: Draft) -> bool:
        site = sites.get(node.output[0])
        if site is None or site.rectified not in bounds:
            return False
        _write(draft, site, bounds[site.rectified], ranges[site.rectified])
        return True

    return with_nodes_replaced(model, written)


def _write(draft: Draft, site: Activation, bound: Bound, reached: ActivationRange) -> None:
    if site.kind == LOG and bound is Bound.LOGTAIL:
        raise ValueError(f"bounds[{site.rectified!r}] = {bound.value!r}: the network takes a logarithm already")
    threshold = draft.constant(threshold_name(site.rectified), np.array(reached.largest, np.float32))
    if bound is Bound.CLAMP:
        lower = draft.constant(LOWER, np.array(0.0, np.float32))
        draft.node("Clip", [site.given, lower, threshold], site.rectified)
    elif bound is Bound.ZERO:
        _write_zeroed(draft, site, threshold, site.rectified)
    else:
        inner = _write_zeroed(draft, site, threshold, f"{site.rectified}.zeroed")
        _write_tail(draft, site, inner, reached)


def threshold_name(rectified: str) -> str:
    """Return the name of the threshold of an activation."""
    return f"{rectified}.threshold"


def _write_zeroed(draft: Draft, site: Activation, threshold: str, output: str) -> str:
    zero = draft.constant(LOWER, np.array(0.0, np.float32))
    is_inside = draft.node("LessOrEqual", [site.given, threshold], f"{output}.is_inside")
    rectified = draft.node("Relu", [site.given], f"{output}.relu")
    return draft.node("Where", [is_inside, rectified, zero], output)


def _write_tail(draft: Draft, site: Activation, x: str, reached: ActivationRange) -> None:
    """Write min(x, Q) + Q ln(max(x, Q) / Q), which is x below Q."""
    quantile = max(reached.quantile_99, math.ulp(1.0))
    knee = draft.constant(f"{site.rectified}.knee", np.array(quantile, np.float32))
    body = draft.node("Min", [x, knee], f"{x}.body")
    ratio = draft.node("Div", [draft.node("Max", [x, knee], f"{x}.above"), knee], f"{x}.ratio")
    tail = draft.node("Mul", [draft.node("Log", [ratio], f"{x}.log"), knee], f"{x}.tail")
    draft.node("Add", [body, tail], site.rectified)


def every(model: onnx.ModelProto, bound: Bound) -> dict[str, Bound]:
    """Return one bound for all activations of a network."""
    return {activation.rectified: bound for activation in activations_of(model)}
