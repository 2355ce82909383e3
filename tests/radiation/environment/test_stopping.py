"""Stopping, ranges and shields against NIST's PSTAR."""

from __future__ import annotations

import numpy as np
import pytest

from radiation.environment.stopping import (
    ALUMINIUM,
    SILICON,
    pass_shield,
    proton_energy_behind,
    stopping_mev_cm2_g,
)


@pytest.mark.parametrize(
    ("energy_mev", "pstar_mev_cm2_g"),
    [(3.0, 82.50), (10.0, 33.76), (30.0, 14.31), (100.0, 5.678), (300.0, 2.773), (1_000.0, 1.750)],
)
def test_protons_in_aluminium_stop_as_in_pstar(energy_mev, pstar_mev_cm2_g):
    # Shell corrections, which are left out, are 3 % at 3 MeV and 1.5 % at 10 MeV.
    assert stopping_mev_cm2_g(ALUMINIUM, 1, energy_mev) == pytest.approx(pstar_mev_cm2_g, rel=0.035)


def test_iron_in_silicon_has_its_known_peak():
    energy = np.geomspace(0.5, 1e4, 500)
    let = 1e-3 * stopping_mev_cm2_g(SILICON, 26, energy)
    # SRIM: 29.3 MeV cm2/mg at 1.6 MeV per nucleon; an effective charge for all ions is good to a few percent.
    assert let.max() == pytest.approx(29.3, rel=0.05)
    assert 1.0 < energy[let.argmax()] < 2.5


@pytest.mark.parametrize(("energy_mev", "shield_g_cm2"), [(30.0, 0.5), (100.0, 5.0), (200.0, 20.0)])
def test_protons_behind_a_shield_have_lost_what_pstar_takes(energy_mev, shield_g_cm2):
    pstar_mev = np.array([5, 6, 8, 10, 12.5, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 125, 150, 175, 200])
    pstar = np.array(
        [56.95, 49.73, 40.04, 33.76, 28.42, 24.66, 19.69, 16.52, 14.31, 11.42, 9.594, 8.334, 7.408, 6.698, 6.135, 5.678,
         4.837, 4.262, 3.844, 3.526]
    )  # fmt: skip
    energy = energy_mev
    n_steps = 20_000
    for _ in range(n_steps):
        energy -= shield_g_cm2 / n_steps * np.exp(np.interp(np.log(energy), np.log(pstar_mev), np.log(pstar)))
    assert proton_energy_behind(energy_mev, 10.0 * shield_g_cm2) == pytest.approx(energy, rel=0.01)


def test_no_shield_changes_nothing_and_a_thick_one_stops_all():
    energy = np.array([1.0, 10.0, 200.0])
    assert proton_energy_behind(energy, 0.0) == pytest.approx(energy, rel=1e-6)
    assert proton_energy_behind(energy, 1_000.0).tolist() == [0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="shielding_kg_m2 = -1"):
        proton_energy_behind(energy, -1.0)


@pytest.mark.parametrize("atomic_number", [2, 8, 26])
def test_a_shield_stops_ions_by_their_range(atomic_number):
    passage = pass_shield(atomic_number, 6.86)
    assert (np.diff(passage.incident_mev) >= 0.0).all()
    least_mev = passage.incident_mev[0]
    # The slowest ion that gets through has a range of the thickness: integrated here anew.
    energy = np.geomspace(0.5, least_mev, 20_000)
    mass = {2: 4.0, 8: 16.0, 26: 55.8}[atomic_number]
    range_g_cm2 = np.trapezoid(mass / stopping_mev_cm2_g(ALUMINIUM, atomic_number, energy), energy)
    assert range_g_cm2 == pytest.approx(0.686, rel=0.01)
