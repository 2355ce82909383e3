"""How matter stops ions: linear energy transfer in silicon, range in aluminium, energy behind a shield."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiation.environment.cosmic_rays import MASS_NUMBER, speed

Floats = NDArray[np.float64]

ELECTRON_MASS_MEV: Final = 0.51099895
ATOMIC_MASS_MEV: Final = 931.494
BETHE_MEV_CM2_G: Final = 0.307075
"""4 pi N_A r_e^2 m_e c^2 (Particle Data Group)."""

SLOWEST_MEV: Final = 0.5
"""Per nucleon; below this Bethe's formula does not hold and ions count as stopped."""

FASTEST_MEV: Final = 1e5
N_ENERGIES: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What Bethe's formula asks of a material: Z / A and the mean excitation energy (ICRU 37)."""

    charge_over_mass: float
    excitation_mev: float


SILICON: Final = Material(charge_over_mass=14.0 / 28.0855, excitation_mev=173e-6)
ALUMINIUM: Final = Material(charge_over_mass=13.0 / 26.9815, excitation_mev=166e-6)


def stopping_mev_cm2_g(material: Material, atomic_number: int, energy_mev: ArrayLike) -> Floats:
    """Return the stopping power in MeV cm2/g of nuclei at a kinetic energy per nucleon.

    Notes
    -----
    Bethe's formula without shell and density corrections, with the effective charge Z (1 - exp(-125 beta Z^(-2/3)))
    (Barkas). Holds from 1 MeV per nucleon.
    """
    beta = speed(atomic_number, energy_mev)
    gamma = 1.0 / np.sqrt(1.0 - beta**2)
    electron = 2.0 * ELECTRON_MASS_MEV * (beta * gamma) ** 2
    ratio = ELECTRON_MASS_MEV / (MASS_NUMBER[atomic_number - 1] * ATOMIC_MASS_MEV)
    greatest = electron / (1.0 + 2.0 * gamma * ratio + ratio**2)
    bracket = 0.5 * np.log(electron * greatest / material.excitation_mev**2) - beta**2
    charge = atomic_number * -np.expm1(-125.0 * beta * atomic_number ** (-2.0 / 3.0))
    power: Floats = BETHE_MEV_CM2_G * material.charge_over_mass * (charge / beta) ** 2 * bracket
    return power


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One kind of nucleus behind a shield.

    Attributes
    ----------
    incident_mev : (n,) kinetic energy per nucleon before the shield, ascending
    let_mev_cm2_per_mg : (n,) linear energy transfer in silicon behind it
    """

    incident_mev: Floats
    let_mev_cm2_per_mg: Floats


def pass_shield(atomic_number: int, shielding_kg_m2: float) -> Passage:
    """Send nuclei straight through aluminium: the range that is left is the range before less the thickness.

    Fragments of nuclei that break up are left out.
    """
    energy = np.geomspace(SLOWEST_MEV, FASTEST_MEV, N_ENERGIES)
    ranges = _ranges_g_cm2(atomic_number, energy)
    before = ranges + 0.1 * _checked(shielding_kg_m2)
    incident = np.exp(np.interp(np.log(before), np.log(ranges), np.log(energy)))
    # Beyond the table the shield takes nothing that matters: 100 GeV per nucleon pass metres of aluminium.
    incident = np.where(before > ranges[-1], energy, incident)
    let = 1e-3 * stopping_mev_cm2_g(SILICON, atomic_number, energy)
    return Passage(incident_mev=np.maximum.accumulate(incident), let_mev_cm2_per_mg=let)


def proton_energy_behind(energy_mev: ArrayLike, shielding_kg_m2: float) -> Floats:
    """Return the energy in MeV, 0.5 to 1e5, that protons have left behind aluminium; zero for those that stop in it.

    Raises
    ------
    ValueError
        If the shielding is negative.
    """
    energy = np.geomspace(SLOWEST_MEV, FASTEST_MEV, N_ENERGIES)
    ranges = _ranges_g_cm2(1, energy)
    given = np.asarray(energy_mev, dtype=np.float64)
    left = np.exp(np.interp(np.log(given), np.log(energy), np.log(ranges))) - 0.1 * _checked(shielding_kg_m2)
    is_through = left >= ranges[0]
    behind = np.exp(np.interp(np.log(np.where(is_through, left, 1.0)), np.log(ranges), np.log(energy)))
    return np.where(is_through, behind, 0.0)


def _ranges_g_cm2(atomic_number: int, energy_mev: Floats) -> Floats:
    """Return ranges in aluminium at energies per nucleon, ascending; the first stands for all that is below it."""
    per_energy = MASS_NUMBER[atomic_number - 1] / stopping_mev_cm2_g(ALUMINIUM, atomic_number, energy_mev)
    steps = 0.5 * (per_energy[1:] + per_energy[:-1]) * np.diff(energy_mev)
    ranges: Floats = per_energy[0] * energy_mev[0] + np.concatenate([[0.0], np.cumsum(steps)])
    return ranges


def _checked(shielding_kg_m2: float) -> float:
    if not 0.0 <= shielding_kg_m2 < np.inf:
        raise ValueError(
            f"shielding_kg_m2 = {shielding_kg_m2}: give a finite thickness of zero or more (1 g/cm2 is 10 kg/m2)"
        )
    return shielding_kg_m2
