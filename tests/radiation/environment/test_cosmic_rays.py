"""Cosmic rays, their cutoff and the Earth's shadow against check values, closed forms and traced trajectories."""

from __future__ import annotations

import numpy as np
import pytest

from radiation.environment import cutoff_rigidity_gv
from radiation.environment.cosmic_rays import flux_per_m2_s_mev, rigidity_gv, speed
from radiation.environment.cutoff import CutoffTable, cutoff_nodes_gv, integral_above, share_of_open_sky


@pytest.mark.parametrize(("modulation", "listed_cm2_s"), [(0.0, 4.98), (100.0, 1.84)])
def test_protons_above_50_mev(modulation, listed_cm2_s):
    energy = np.geomspace(50.0, 1e6, 20_000)
    found = np.trapezoid(flux_per_m2_s_mev(1, energy, modulation), energy) / 1e4
    # The listed values are rounded and end at an energy that is not told.
    assert found == pytest.approx(listed_cm2_s, rel=0.01)


def test_published_formula_by_hand():
    # Helium at 1 GeV per nucleon, W = 0: R = 2 sqrt(1000 * 2878) MV, beta = that momentum over 1939 MeV.
    momentum = np.sqrt(1_000.0 * (1_000.0 + 2.0 * 939.0))
    r, beta = 2e-3 * momentum, momentum / 1_939.0
    assert rigidity_gv(2, 1_000.0) == pytest.approx(r)
    assert speed(2, 1_000.0) == pytest.approx(beta)
    per_sr = 3.69e3 * beta**3.12 / r**2.77 * (r / (r + 0.37)) ** 4.7 * 2e-3 / beta
    assert flux_per_m2_s_mev(2, 1_000.0, 0.0) == pytest.approx(4.0 * np.pi * per_sr)


def test_nuclei_outside_the_model_are_named():
    with pytest.raises(ValueError, match="atomic_number = 29"):
        flux_per_m2_s_mev(29, 100.0, 0.0)
    with pytest.raises(ValueError, match="modulation = -1"):
        flux_per_m2_s_mev(1, 100.0, -1.0)


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "traced_gv"), [(0.0, 0.0, 11.4), (45.0, 0.0, 4.10), (60.0, 10.0, 1.01)]
)
def test_cutoffs_are_those_of_traced_trajectories(latitude_deg, longitude_deg, traced_gv):
    # Effective vertical cutoffs at 550 km by OTSO.
    found = cutoff_rigidity_gv(np.radians(latitude_deg), np.radians(longitude_deg), 550e3)
    assert found == pytest.approx(traced_gv, rel=0.1)


def test_cutoffs_keep_the_shape_of_what_is_asked():
    found = cutoff_rigidity_gv(np.radians([[0.0], [45.0]]), np.radians([0.0, 120.0, -120.0]), 550e3)
    assert found.shape == (2, 3)
    assert (found[0] > found[1]).all()
    # Magnetic poles are open.
    assert cutoff_rigidity_gv(np.radians(84.0), np.radians(-110.0), 550e3) < 0.02


def test_open_sky_is_a_spherical_cap():
    # The share of directions above the horizon, by brute force.
    height_km = 550.0
    cosine = np.linspace(-1.0, 1.0, 2_000_001)
    dip = -np.sqrt(1.0 - (6_371.2 / (6_371.2 + height_km)) ** 2)
    assert share_of_open_sky(np.float32([height_km]))[0] == pytest.approx(np.mean(cosine > dip), abs=1e-5)
    assert share_of_open_sky(np.float32([height_km]))[0] == pytest.approx(0.70, abs=0.005)


def test_integral_above_a_cutoff_is_the_power_law_s():
    energy = np.geomspace(1.0, 1e4, 4_000)
    found = integral_above(np.array([0.0, 1.0, 10.0, 1e5]), energy, energy, energy**-2.0)
    exact = [1.0 - 1e-4, 1.0 - 1e-4, 0.1 - 1e-4, 0.0]
    assert found == pytest.approx(exact, rel=1e-4, abs=1e-12)


def test_tables_over_cutoff_are_straight_between_nodes():
    parameter = np.array([10.0, 20.0, 30.0])
    shells = np.sqrt(cutoff_nodes_gv() / 14.5)
    table = CutoffTable(parameter, parameter[:, None] + 2.0 * shells)
    at = np.array([0.0, 0.31, 0.777, 1.0], dtype=np.float32)
    for w in (10.0, 14.0, np.array([10.0, 19.0, 21.0, 30.0]), np.array([15.0, 15.5, 16.0, 17.0])):
        # A straight line is its own interpolation; the last node is reached within a thousandth of a cell.
        assert table.at(at, w) == pytest.approx(w + 2.0 * at, rel=1e-3)
