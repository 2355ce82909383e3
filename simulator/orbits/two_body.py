"""Kepler's ellipse from a state: how a satellite would go on if the Earth were a point."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.constants import EARTH_GRAVITY_M3_S2
from simulator.orbits.model import Floats

_N_STEPS: Final = 12  # of Newton's method; four serve for nearly circular orbits
_LARGEST_STEP_RAD: Final = 1.0


def carried_states(position_m: Floats, velocity_m_s: Floats, ahead_s: Floats) -> tuple[Floats, Floats]:
    """Return states carried along their ellipses by times of either sign: (n, 3), (n, 3), (n,) -> (n, 3), (n, 3).

    States that no ellipse has (too fast, or nan) give nan.

    Notes
    -----
    Lagrange's coefficients f and g in the change of the eccentric anomaly (Battin 1999, section 4.3): regular for
    circular orbits, whose perigee is nowhere.
    """
    radius_m = np.linalg.norm(position_m, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        axis_m = 1.0 / (2.0 / radius_m - np.einsum("nx,nx->n", velocity_m_s, velocity_m_s) / EARTH_GRAVITY_M3_S2)
        axis_m = np.where(axis_m > 0.0, axis_m, np.nan)
        rate_rad_s = np.sqrt(EARTH_GRAVITY_M3_S2 / axis_m**3)
        e_cos = 1.0 - radius_m / axis_m
        e_sin = np.einsum("nx,nx->n", position_m, velocity_m_s) / np.sqrt(EARTH_GRAVITY_M3_S2 * axis_m)
        turned_rad = _eccentric_change(rate_rad_s * ahead_s, e_cos, e_sin)
        cos, sin = np.cos(turned_rad), np.sin(turned_rad)
        new_radius_m = axis_m * (1.0 - e_cos * cos + e_sin * sin)
        f = 1.0 - axis_m / radius_m * (1.0 - cos)
        g_s = ahead_s - (turned_rad - sin) / rate_rad_s
        f_dot = -rate_rad_s * axis_m**2 / (radius_m * new_radius_m) * sin
        g_dot = 1.0 - axis_m / new_radius_m * (1.0 - cos)
    new_position_m = f[:, None] * position_m + g_s[:, None] * velocity_m_s
    return new_position_m, f_dot[:, None] * position_m + g_dot[:, None] * velocity_m_s


def _eccentric_change(mean_rad: Floats, e_cos: Floats, e_sin: Floats) -> Floats:
    """Solve Kepler's equation for the change of the eccentric anomaly that goes with one of the mean anomaly."""
    turned_rad = mean_rad.copy()
    for _ in range(_N_STEPS):
        cos, sin = np.cos(turned_rad), np.sin(turned_rad)
        missed = turned_rad - e_cos * sin + e_sin * (1.0 - cos) - mean_rad
        step = missed / (1.0 - e_cos * cos + e_sin * sin)
        turned_rad = turned_rad - np.clip(step, -_LARGEST_STEP_RAD, _LARGEST_STEP_RAD)
    return turned_rad
