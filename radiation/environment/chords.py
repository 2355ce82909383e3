"""Chords that isotropic rays cut in a box, the sensitive volume of a cell or device."""

from __future__ import annotations

import functools
from itertools import pairwise
from math import pi, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

N_NODES: Final = 24


def area_of_longer_chords(length: float, side: float, depth: float) -> float:
    """Return the mean area, over all directions, on which isotropic rays cut chords longer than `length`.

    For a box `side` x `side` x `depth`; all in one unit, the result in its square. At length 0 it is a quarter of the
    surface.

    Notes
    -----
    Rays in direction (u, v, w) whose chord exceeds s are those that hit the box shrunk by (s u, s v, s w), which is the
    box cut with itself moved by s. The integral over an octant is done by Gauss-Legendre between its kinks.
    """
    w_first = sqrt(max(0.0, 1.0 - 2.0 * (side / length) ** 2)) if length > 0.0 else 0.0
    w_last = min(1.0, depth / length) if length > 0.0 else 1.0
    w_kink = sqrt(max(0.0, 1.0 - (side / length) ** 2)) if length > 0.0 else 0.0
    edges = (w_first, min(max(w_kink, w_first), w_last), w_last)
    return sum(_piece(low, high, length, side, depth) for low, high in pairwise(edges) if high > low)


def _piece(w_low: float, w_high: float, length: float, side: float, depth: float) -> float:
    nodes, weights = _gauss()
    # The square opens the root-like start of the azimuth's range at the kink.
    t = 0.5 * (nodes + 1.0)
    w = (w_low + (w_high - w_low) * t * t)[:, None]
    jacobian = (weights * (w_high - w_low) * t)[:, None]
    across = np.sqrt(1.0 - w * w)
    with np.errstate(divide="ignore"):
        highest = np.arcsin(np.minimum(1.0, side / (length * across) if length > 0.0 else np.inf))
    azimuth = pi / 4.0 + (highest - pi / 4.0) * t
    u, v = across * np.cos(azimuth), across * np.sin(azimuth)
    a, b, c = side - length * u, side - length * v, depth - length * w
    area = np.maximum(a * b * w + c * (b * u + a * v), 0.0)
    # Twice an eighth of the azimuth, eight octants, over 4 pi.
    inner = 2.0 * np.sum(area * weights * 0.5 * np.maximum(highest - pi / 4.0, 0.0), axis=1, keepdims=True)
    return float(2.0 / pi * np.sum(inner * jacobian))


@functools.cache
def _gauss() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.polynomial.legendre.leggauss(N_NODES)
