"""Cross-sections folded with spectra behind a shield: rates as tables over shell and field, or over cutoff."""

from __future__ import annotations

from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiation.cross_sections import HeavyIonCrossSection, ProtonCrossSection, WeibullHeavyIon
from radiation.environment import cosmic_rays
from radiation.environment.chords import area_of_longer_chords
from radiation.environment.cutoff import cutoff_nodes_gv, integral_above
from radiation.environment.solar_events import SolarEvent
from radiation.environment.stopping import pass_shield, proton_energy_behind
from radiation.environment.trapped import BeltTable, fold

Floats = NDArray[np.float64]

REFERENCE_SHIELDING_KG_M2: Final = 6.86
"""100 mil of aluminium, behind which geostationary rates and figures of merit are quoted."""

TYPICAL_ION_RESPONSE: Final = WeibullHeavyIon(
    saturation_m2=5e-13, threshold_mev_cm2_per_mg=0.1, width_mev_cm2_per_mg=11.0, exponent=1.3
)
"""Lends its dependence on cutoff, modulation and shield to targets known by a figure of merit or one rate: a 28 nm
memory cell."""

TRAPPED_EDGES_MEV: Final = np.geomspace(5.0, 1_000.0, 241)
COSMIC_ENERGY_MEV: Final = np.geomspace(10.0, 1e5, 401)
SOLAR_EDGES_MEV: Final = np.geomspace(5.0, 1e5, 431)
N_SHARES: Final = 96
N_CHORDS: Final = 400
N_LETS: Final = 300


def trapped_table(model: str, target: ProtonCrossSection, shielding_kg_m2: float) -> BeltTable:
    """Return events per target and second from AP-8 "min" or "max"."""
    middle = np.sqrt(TRAPPED_EDGES_MEV[1:] * TRAPPED_EDGES_MEV[:-1])
    return fold(model, TRAPPED_EDGES_MEV, _behind(target, middle, shielding_kg_m2))


def cosmic_proton_rates(target: ProtonCrossSection, shielding_kg_m2: float, modulation: float) -> Floats:
    """Return events per target and second under an open sky at each of `cutoff_nodes_gv`."""
    energy = COSMIC_ENERGY_MEV
    density = _behind(target, energy, shielding_kg_m2) * cosmic_rays.flux_per_m2_s_mev(1, energy, modulation)
    return integral_above(cutoff_nodes_gv(), cosmic_rays.rigidity_gv(1, energy), energy, density)


def solar_event_counts(target: ProtonCrossSection, shielding_kg_m2: float, event: SolarEvent) -> Floats:
    """Return events per target of a whole solar event under an open sky at each of `cutoff_nodes_gv`."""
    energy = SOLAR_EDGES_MEV
    middle = np.sqrt(energy[1:] * energy[:-1])
    fluence = event.spectrum.fluence_per_m2(energy)
    steps = _behind(target, middle, shielding_kg_m2) * (fluence[:-1] - fluence[1:])
    above = np.concatenate([np.cumsum(steps[::-1])[::-1], [0.0]])
    cutoff = event.cutoff_factor * cutoff_nodes_gv()
    counts: Floats = np.interp(cutoff, cosmic_rays.rigidity_gv(1, energy), above)
    return counts


def heavy_ion_rates(target: HeavyIonCrossSection, shielding_kg_m2: float, modulation: Floats) -> Floats:
    """Return events per target and second under an open sky, (n_modulations, n_nodes), at `cutoff_nodes_gv`.

    A target that is known by a geostationary rate has that rate at W = 0 behind 100 mil without cutoff, and elsewhere
    follows a typical cell.
    """
    if isinstance(target, WeibullHeavyIon):
        return _weibull_rates(target, shielding_kg_m2, modulation)
    quoted = _weibull_rates(TYPICAL_ION_RESPONSE, REFERENCE_SHIELDING_KG_M2, np.zeros(1))[0, 0]
    shape = _weibull_rates(TYPICAL_ION_RESPONSE, shielding_kg_m2, modulation)
    rates: Floats = target.geostationary_rate_s / quoted * shape
    return rates


def area_to_ions_m2(response: WeibullHeavyIon, let_mev_cm2_per_mg: ArrayLike) -> Floats:
    """Return events per omnidirectional fluence (m2) of isotropic ions, by their LET, same shape.

    Notes
    -----
    The integral over rectangular parallelepipeds (Petersen et al. 1992, IEEE Trans. Nucl. Sci. 39, 1577): the mean,
    over the curve's critical LETs, of the area on which chords are long enough to leave the critical charge.
    """
    side, depth = sqrt(response.saturation_m2), response.depth_m
    chords = np.concatenate([[0.0], np.geomspace(1e-3 * depth, sqrt(2.0 * side**2 + depth**2), N_CHORDS)])
    areas = np.array([area_of_longer_chords(chord, side, depth) for chord in chords])
    nodes, weights = np.polynomial.legendre.leggauss(N_SHARES)
    critical = response.critical_let(0.5 * (nodes + 1.0))
    needed = depth * critical / np.asarray(let_mev_cm2_per_mg, dtype=np.float64)[..., None]
    found: Floats = np.interp(needed, chords, areas, right=0.0) @ (0.5 * weights)
    return found


def _weibull_rates(response: WeibullHeavyIon, shielding_kg_m2: float, modulation: Floats) -> Floats:
    lets = np.geomspace(1e-4, 200.0, N_LETS)
    areas = area_to_ions_m2(response, lets)
    cutoff = cutoff_nodes_gv()
    rates = np.zeros((len(modulation), len(cutoff)))
    for atomic_number in range(2, cosmic_rays.HEAVIEST + 1):
        passage = pass_shield(atomic_number, shielding_kg_m2)
        energy = passage.incident_mev
        area = np.interp(np.log(passage.let_mev_cm2_per_mg), np.log(lets), areas)
        rigidity = cosmic_rays.rigidity_gv(atomic_number, energy)
        for i, w in enumerate(modulation):
            density = area * cosmic_rays.flux_per_m2_s_mev(atomic_number, energy, float(w))
            rates[i] += integral_above(cutoff, rigidity, energy, density)
    return rates


def _behind(target: ProtonCrossSection, energy_mev: Floats, shielding_kg_m2: float) -> Floats:
    """Return the cross-section for protons that arrive at the shield with an energy; zero for those that stop in it."""
    behind = proton_energy_behind(energy_mev, shielding_kg_m2)
    return np.where(behind > 0.0, target.at(np.maximum(behind, 1e-6)), 0.0)
