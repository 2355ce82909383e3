from __future__ import annotations

import numpy as np
import pytest

from simulator.orbits.walker import STAR_SPREAD_RAD, WalkerShell


def small_shell(**changes: float) -> WalkerShell:
    numbers = {"n_planes": 3, "n_slots": 4, "altitude_m": 550e3, "inclination_rad": 0.9, "phasing": 1.0} | changes
    return WalkerShell(**numbers)


def test_names_follow_the_satellite_index():
    names = small_shell().names
    assert names[:5] == ("p00s00", "p00s01", "p00s02", "p00s03", "p01s00")
    assert len(names) == 12
    assert small_shell(n_planes=101, n_slots=1).names[100] == "p100s00"


def test_phases_and_nodes_follow_walker():
    shell = small_shell(raan_rad=0.25)
    latitude, node = shell.arguments_of_latitude_rad(), shell.raans_rad()
    i_sat = 2 * 4 + 3  # plane 2, slot 3
    # equal up to rounding: two evaluations of the same few operations
    assert latitude[i_sat] == pytest.approx(2 * np.pi * (3 / 4 + 2 / 12), abs=1e-14)
    assert node[i_sat] == pytest.approx(0.25 + 2 * 2 * np.pi / 3, abs=1e-14)


def test_star_covers_half_a_turn():
    shell = small_shell(raan_spread_rad=STAR_SPREAD_RAD)
    assert shell.is_star
    assert not small_shell().is_star
    assert shell.raans_rad()[-1] == pytest.approx(np.pi * 2 / 3, abs=1e-14)  # rounding


@pytest.mark.parametrize(
    "changes",
    [
        {"n_planes": 0},
        {"n_slots": 0},
        {"altitude_m": 550.0},
        {"altitude_m": float("nan")},
        {"inclination_rad": 53.0},
        {"raan_spread_rad": 360.0},
        {"raan_rad": float("inf")},
    ],
)
def test_refuses_what_is_no_shell(changes):
    with pytest.raises(ValueError, match="give"):
        small_shell(**changes)
