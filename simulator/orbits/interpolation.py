"""Polynomials through states: Lagrange through positions, Hermite through positions and velocities."""

from __future__ import annotations

import numpy as np

from simulator.orbits.model import Floats


def lagrange(t_s: Floats, node_s: Floats, position_m: Floats) -> tuple[Floats, Floats]:
    """Return values and slopes at times of the polynomials through positions: (n,), (n, w), (n, w, 3) -> 2 x (n, 3)."""
    return _horner(t_s, node_s, _divided_differences(node_s, position_m, None))


def hermite(t_s: Floats, node_s: Floats, position_m: Floats, velocity_m_s: Floats) -> tuple[Floats, Floats]:
    """Return values and slopes at times of the polynomials of degree 2 w - 1 through positions and velocities.

    Shapes: (n,), (n, w), (n, w, 3), (n, w, 3) -> (n, 3), (n, 3).
    """
    doubled_s = np.repeat(node_s, 2, axis=1)
    doubled_m = np.repeat(position_m, 2, axis=1)
    return _horner(t_s, doubled_s, _divided_differences(doubled_s, doubled_m, velocity_m_s))


def _divided_differences(node_s: Floats, value: Floats, slope: Floats | None) -> list[Floats]:
    """Return Newton's coefficients, each (n, 3); with `slope`, nodes come in equal pairs and it stands for 0 / 0."""
    column = value
    coefficients = [column[:, 0]]
    for order in range(1, node_s.shape[1]):
        rise = np.diff(column, axis=1)
        run_s = node_s[:, order:] - node_s[:, :-order]
        if slope is not None and order == 1:
            column = np.empty_like(rise)
            column[:, 0::2] = slope
            column[:, 1::2] = rise[:, 1::2] / run_s[:, 1::2, None]
        else:
            column = rise / run_s[:, :, None]
        coefficients.append(column[:, 0])
    return coefficients


def _horner(t_s: Floats, node_s: Floats, coefficients: list[Floats]) -> tuple[Floats, Floats]:
    """Return value and slope of polynomials in Newton's form."""
    value = coefficients[-1].copy()
    slope = np.zeros_like(value)
    for order in range(len(coefficients) - 2, -1, -1):
        ahead_s = (t_s - node_s[:, order])[:, None]
        slope = slope * ahead_s + value
        value = value * ahead_s + coefficients[order]
    return value, slope
