"""How well one ranking of layers predicts another: rank correlations, the top layers, and what a wrong one costs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1 along the last axis; equal values share the mean of theirs."""
    below = values[..., None, :] < values[..., :, None]
    same = values[..., None, :] == values[..., :, None]
    return np.asarray(below.sum(axis=-1) + 0.5 * (same.sum(axis=-1) + 1.0), dtype=np.float64)


def spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Spearman's correlation along the last axis, with ties; nan where all values of one are alike."""
    p, q = ranks(a), ranks(b)
    p, q = p - p.mean(axis=-1, keepdims=True), q - q.mean(axis=-1, keepdims=True)
    return _ratio((p * q).sum(axis=-1), np.sqrt((p**2).sum(axis=-1) * (q**2).sum(axis=-1)))


def kendall(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Kendall's tau-b along the last axis; nan where all values of one are alike."""
    signs = [np.sign(values[..., None, :] - values[..., :, None]) for values in (a, b)]
    together = (signs[0] * signs[1]).sum(axis=(-2, -1))
    untied = [(each**2).sum(axis=(-2, -1)) for each in signs]
    return _ratio(together, np.sqrt(untied[0] * untied[1]))


def top_overlap(predicted: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    """Return the share of the third of layers that matter most, at least one, that a prediction finds."""
    k = math.ceil(truth.size / 3)
    best = [set(np.argsort(-values, kind="stable")[:k].tolist()) for values in (predicted, truth)]
    return len(best[0] & best[1]) / k


def harm_left(
    per_byte: NDArray[np.float64], harm: NDArray[np.float64], cost_bytes: NDArray[np.float64], budget_bytes: float
) -> float:
    """Return the share of all harm that stays when layers are protected in order of a score until nothing more fits.

    Parameters
    ----------
    per_byte : (n_layers,) score; a layer that no longer fits is passed over for the next
    harm : (n_layers,) share of wrong answers that each layer causes: per flip, times its bits
    cost_bytes : (n_layers,) what protecting it takes
    budget_bytes : most that all may take
    """
    left, spent = float(harm.sum()), 0.0
    if left == 0.0:
        return 0.0
    for i in np.argsort(-per_byte, kind="stable"):
        if spent + cost_bytes[i] <= budget_bytes:
            spent += float(cost_bytes[i])
            left -= float(harm[i])
    return max(0.0, left) / float(harm.sum())


def _ratio(above: NDArray[Any], below: NDArray[Any]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0.0, above / below, np.nan)
