"""Galactic cosmic rays near the Earth's orbit: protons and the nuclei from helium to nickel."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MASS_NUMBER: Final = (
    1.0, 4.0, 6.9, 9.0, 10.8, 12.0, 14.0, 16.0, 19.0, 20.2, 23.0, 24.3, 27.0, 28.1,
    31.0, 32.1, 35.4, 39.9, 39.1, 40.1, 44.9, 47.9, 50.9, 52.0, 54.9, 55.8, 58.9, 58.7,
)  # fmt: skip
AMPLITUDE: Final = (
    1.85e4, 3.69e3, 19.5, 17.7, 49.2, 103.0, 36.7, 87.4, 3.19, 16.4, 4.43, 19.3, 4.17, 13.4,
    1.15, 3.06, 1.30, 2.33, 1.87, 2.17, 0.74, 2.63, 1.23, 2.12, 1.14, 9.32, 0.10, 0.48,
)  # fmt: skip
RIGIDITY_EXPONENT: Final = (
    2.74, 2.77, 2.82, 3.05, 2.96, 2.76, 2.89, 2.70, 2.82, 2.76, 2.84, 2.70, 2.77, 2.66,
    2.89, 2.71, 3.00, 2.93, 3.05, 2.77, 2.97, 2.99, 2.94, 2.89, 2.74, 2.63, 2.63, 2.63,
)  # fmt: skip
SPEED_EXPONENT: Final = (
    2.85, 3.12, 3.41, 4.30, 3.93, 3.18, 3.77, 3.11, 4.05, 3.11, 3.14, 3.65, 3.46, 3.00,
    4.04, 3.30, 4.40, 4.33, 4.49, 2.93, 3.78, 3.79, 3.50, 3.28, 3.29, 3.01, 4.25, 3.52,
)  # fmt: skip
"""C, gamma and alpha by atomic number from 1 (Matthiae et al. 2013, after ISO 15390)."""

HEAVIEST: Final = 28
PROTON_MASS_MEV: Final = 938.0
NUCLEON_MASS_MEV: Final = 939.0
"""As rounded in the paper, for protons and per nucleon of heavier nuclei."""

GREATEST_MODULATION: Final = 200.0


def flux_per_m2_s_mev(atomic_number: int, energy_mev: ArrayLike, modulation: float) -> Floats:
    """Return the omnidirectional differential flux per m2, s and MeV per nucleon, far from the Earth's field.

    Parameters
    ----------
    atomic_number : int, 1 to 28
    energy_mev : kinetic energy per nucleon, any shape; the model was fitted above 10 MeV
    modulation : W, 0 at a deep solar minimum to about 150, at most 200

    Raises
    ------
    ValueError
        If the nucleus or the modulation is outside the model.

    Notes
    -----
    C beta^alpha / R^gamma (R / (R + R0))^Delta per m2, s, sr and GV, with R0 = 0.37 + 3e-4 W^1.45 and
    Delta = 0.02 W + 4.7 (Matthiae, Berger, Mrigakshi, Reitz 2013, Adv. Space Res. 51, 329).
    """
    if not 1 <= atomic_number <= HEAVIEST:
        raise ValueError(f"atomic_number = {atomic_number}: the model knows 1 to {HEAVIEST}")
    if not 0.0 <= modulation <= GREATEST_MODULATION:
        raise ValueError(f"modulation = {modulation}: W is 0 (deep solar minimum) to {GREATEST_MODULATION:.0f}")
    i = atomic_number - 1
    r, beta = rigidity_gv(atomic_number, energy_mev), speed(atomic_number, energy_mev)
    turn, slope = 0.37 + 3e-4 * modulation**1.45, 0.02 * modulation + 4.7
    per_gv = AMPLITUDE[i] * beta ** SPEED_EXPONENT[i] / r ** RIGIDITY_EXPONENT[i] * (r / (r + turn)) ** slope
    gv_per_mev = 1e-3 * MASS_NUMBER[i] / (atomic_number * beta)
    flux: Floats = 4.0 * np.pi * per_gv * gv_per_mev
    return flux


def rigidity_gv(atomic_number: int, energy_mev: ArrayLike) -> Floats:
    """Return the rigidity in GV at a kinetic energy per nucleon; nuclei have no electrons left."""
    kinetic = np.asarray(energy_mev, dtype=np.float64)
    momentum = np.sqrt(kinetic * (kinetic + 2.0 * _mass_mev(atomic_number)))
    rigidity: Floats = 1e-3 * MASS_NUMBER[atomic_number - 1] / atomic_number * momentum
    return rigidity


def speed(atomic_number: int, energy_mev: ArrayLike) -> Floats:
    """Return the speed over that of light at a kinetic energy per nucleon."""
    kinetic = np.asarray(energy_mev, dtype=np.float64)
    mass = _mass_mev(atomic_number)
    beta: Floats = np.sqrt(kinetic * (kinetic + 2.0 * mass)) / (kinetic + mass)
    return beta


def _mass_mev(atomic_number: int) -> float:
    return PROTON_MASS_MEV if atomic_number == 1 else NUCLEON_MASS_MEV
