"""Crossings of a latitude against the closed form of a circle, a fine raster, and visits shorter than a step."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.network.polar_spans import latitude_crossings
from simulator.orbits.position_models import position_model
from simulator.orbits.walker import WalkerShell
from simulator.timescale import parse_epoch

EPOCH = parse_epoch("2026-06-21T00:00:00Z")
ORBIT_S = 6000.0


def shell(inclination_deg):
    return position_model(
        WalkerShell(
            n_planes=2, n_slots=3, phasing=0, altitude_m=780e3, inclination_rad=np.radians(inclination_deg),
            raan_spread_rad=np.pi, raan_rad=0.3,
        ),
        EPOCH,
    )  # fmt: skip


def is_beyond(positions, i_sat, t_s, latitude_rad):
    r = positions.at(i_sat, t_s)
    return np.abs(np.arcsin(r[:, 2] / np.linalg.norm(r, axis=1))) > latitude_rad


@pytest.mark.parametrize(("inclination_deg", "latitude_deg"), [(86.4, 70.0), (86.4, 86.0), (53.0, 30.0), (97.6, 80.0)])
def test_the_state_changes_at_each_crossing_and_nowhere_else(inclination_deg, latitude_deg):
    positions, latitude_rad = shell(inclination_deg), np.radians(latitude_deg)
    t_s, i_sat, beyond = latitude_crossings(positions, latitude_rad, 100.0, 100.0 + 1.4 * ORBIT_S)
    assert np.all(np.diff(t_s) >= 0.0)
    raster_s = np.arange(100.0, 100.0 + 1.4 * ORBIT_S, 5.0) + 0.5
    for satellite in range(positions.n_sats):
        own_s, own = t_s[i_sat == satellite], beyond[i_sat == satellite]
        assert own_s[0] == 100.0
        assert np.all(own[1:] != own[:-1]), "in and out in turn"
        told = own[np.searchsorted(own_s, raster_s) - 1]
        assert np.array_equal(told, is_beyond(positions, np.full(len(raster_s), satellite), raster_s, latitude_rad))
        for edge_s, state in zip(own_s[1:], own[1:], strict=True):
            sides = is_beyond(positions, np.full(2, satellite), edge_s + np.array([-1e-4, 1e-4]), latitude_rad)
            assert sides.tolist() == [not state, state]


def test_four_crossings_per_turn():
    """A polar orbit enters and leaves each cap once a turn, which lasts 6,027 s at 780 km."""
    t_s, i_sat, _ = latitude_crossings(shell(86.4), np.radians(60.0), 0.0, 20 * 6027.0)
    crossings = np.bincount(i_sat) - 1
    assert np.all(np.abs(crossings - 80) <= 1)
    assert t_s[-1] < 20 * 6027.0


def test_visits_shorter_than_a_step_are_found():
    """The lowest top of all is 0.005 deg above the latitude: a visit of 1.4 deg of the orbit, of 5.6 deg a step."""
    positions = shell(86.4)
    r = positions.block(np.arange(0.0, ORBIT_S, 1.0))
    top_rad = np.abs(np.arcsin(r[..., 2] / np.linalg.norm(r, axis=-1))).max(axis=1)
    latitude_rad = top_rad.min() - np.radians(0.005)
    t_s, i_sat, beyond = latitude_crossings(positions, latitude_rad, 0.0, 1.1 * ORBIT_S)
    for satellite in range(positions.n_sats):
        visits = t_s[(i_sat == satellite) & beyond]
        assert len(visits) >= 2, "north and south"
    lengths_s = [
        own[2 * k + 1] - own[2 * k]
        for satellite in range(positions.n_sats)
        for own in [t_s[i_sat == satellite][1:]]
        for k in range(len(own) // 2)
    ]
    assert min(lengths_s) < 90.0


def test_an_orbit_that_never_comes_so_far_is_never_beyond():
    t_s, _, beyond = latitude_crossings(shell(53.0), np.radians(60.0), 0.0, ORBIT_S)
    assert len(t_s) == 6
    assert not beyond.any()


@pytest.mark.parametrize("latitude_rad", [0.0, -0.1, 1.6])
def test_latitudes_that_are_none_are_refused(latitude_rad):
    with pytest.raises(ValueError, match="latitude_rad = "):
        latitude_crossings(shell(53.0), latitude_rad, 0.0, 10.0)
