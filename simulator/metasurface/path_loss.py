"""How much of the radiated power arrives."""

from __future__ import annotations

import math

import numpy as np

from simulator.metasurface.geometry import Floats


def free_space_gain(distance_m: Floats, wavelength_m: float) -> Floats:
    """Return the gain of free space between isotropic antennas, (lambda / (4 pi d))^2 (Friis 1946)."""
    return np.asarray((wavelength_m / (4.0 * math.pi * distance_m)) ** 2)


def log_distance_gain(distance_m: Floats, *, gain_at_1_m: float, exponent: float) -> Floats:
    """Return a gain that falls with a power of the distance, c0 d^-exponent with d in metres."""
    return np.asarray(gain_at_1_m * distance_m**-exponent)
