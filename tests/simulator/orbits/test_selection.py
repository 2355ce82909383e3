"""Some satellites of a fleet answer as they do in it."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.orbits.model import Frame
from simulator.orbits.selection import SelectedSatellites
from simulator.orbits.shell_series import ShellSeriesModel
from simulator.orbits.walker import WalkerShell
from simulator.timescale import parse_epoch


@pytest.fixture(scope="module")
def shell():
    elements = WalkerShell(n_planes=3, n_slots=4, altitude_m=550e3, inclination_rad=0.9)
    return ShellSeriesModel(elements, parse_epoch("2026-03-15T00:00:00Z"))


@pytest.mark.parametrize("frame", list(Frame))
def test_positions_are_those_of_the_chosen_ones(shell, frame):
    chosen = np.array([7, 0, 11])
    some = SelectedSatellites(shell, chosen)
    times_s = np.array([0.0, 500.0, 9e4])
    assert some.n_sats == 3
    assert some.names == tuple(shell.names[i] for i in chosen)
    assert some.epoch is shell.epoch
    # the shell's block multiplies phases in another order than its pairs: micrometres
    assert some.block(times_s, frame) == pytest.approx(shell.block(times_s, frame)[chosen], abs=1e-4)
    assert some.all_at(500.0, frame) == pytest.approx(shell.all_at(500.0, frame)[chosen], abs=1e-4)
    pairs = (np.array([2, 1]), np.array([500.0, 9e4]))
    of_shell = shell.states_at(chosen[pairs[0]], pairs[1], frame)
    for mine, theirs in zip(some.states_at(*pairs, frame), of_shell, strict=True):
        assert np.array_equal(mine, theirs)
    assert np.array_equal(some.mean_orbits.raan_rad, shell.mean_orbits.raan_rad[chosen])
    out = np.empty((3, 3, 3))
    assert some.block(times_s, frame, out=out) is out
    assert np.array_equal(out, some.block(times_s, frame))
