"""A round antenna of the same area, to compare with."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import j1

from simulator.metasurface.geometry import Floats


def dish_gain(off_axis_rad: Floats, area_m2: float, wavelength_m: float, efficiency: float) -> Floats:
    """Return the gain of an evenly lit round aperture at angles from its axis.

    Parameters
    ----------
    off_axis_rad : (...,)
    area_m2 : float
    wavelength_m : float
    efficiency : float, above 0 to 1

    Notes
    -----
    efficiency 4 pi A / lambda^2 (2 J1(x) / x)^2, x = pi D sin(angle) / lambda (Airy 1835; Balanis, section 12.6).
    """
    diameter_m = 2.0 * math.sqrt(area_m2 / math.pi)
    x = math.pi * diameter_m / wavelength_m * np.sin(off_axis_rad)
    is_small = np.abs(x) < 1e-6
    ring = np.where(is_small, 1.0, 2.0 * j1(x) / np.where(is_small, 1.0, x))
    return np.asarray(efficiency * 4.0 * math.pi * area_m2 / wavelength_m**2 * ring**2)
