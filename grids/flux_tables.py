"""AP-8 over energy, 1/L and the way from the equator to the end of the belt along the field line."""

from __future__ import annotations

import numpy as np
from aep8 import _irbem
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENERGY_MEV = np.array([5, 7, 10, 15, 20, 30, 40, 50, 60, 70, 80, 100, 125, 150, 200, 250, 300], dtype=np.float64)
"""AP-8 gives nan above 300 MeV."""

INVERSE_SHELL = np.linspace(0.235, 0.91, 271)
"""1/L; no proton above 5 MeV is trapped beyond L = 4.25 or below 1.1."""

N_STEPS = 64
LOG_STEP = 1e-4
"""Quantum of the decimal logarithm of the flux: 0.02 %. Code 0 is no flux, code 1 is 1 per cm2 and s, AP-8's least."""

TRACES = {"min": _irbem.flux3, "max": _irbem.flux4}


def direct_flux_cm2_s(model: str, energy_mev: float, shell: Floats, field_ratio: Floats) -> Floats:
    """Return AP-8's omnidirectional flux above an energy; zero or nan where no field line closes."""
    with np.errstate(invalid="ignore"):
        found: Floats = TRACES[model](energy_mev, shell, field_ratio)
    return found


def end_of_belt(model: str) -> Floats:
    """Return B/B0 at which the flux above the least energy falls to zero, per 1/L, by bisection."""
    inner, outer = np.ones_like(INVERSE_SHELL), np.full_like(INVERSE_SHELL, 1_000.0)
    for _ in range(60):
        middle = 0.5 * (inner + outer)
        is_inside = direct_flux_cm2_s(model, ENERGY_MEV[0], 1.0 / INVERSE_SHELL, middle) > 0.0
        inner, outer = np.where(is_inside, middle, inner), np.where(is_inside, outer, middle)
    return np.maximum(outer, 1.01)


def flux_codes(model: str, end: Floats) -> NDArray[np.uint16]:
    """Return codes (n_energies, n_shells, N_STEPS + 1) of the flux."""
    share = np.linspace(0.0, 1.0, N_STEPS + 1)
    field_ratio = 1.0 + (end[:, None] - 1.0) * share
    shell = np.broadcast_to(1.0 / INVERSE_SHELL[:, None], field_ratio.shape)
    flux = np.stack([direct_flux_cm2_s(model, energy, shell, field_ratio) for energy in ENERGY_MEV])
    code = np.rint(np.log10(np.maximum(flux, 1.0)) / LOG_STEP) + 1.0
    return np.where(flux > 0.0, code, 0.0).astype(np.uint16)
