"""When links leave a range and come back, against the closed form of circles, a fine raster, and visits of seconds."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.network.grid import topology_of
from simulator.network.lengths import link_lengths_m
from simulator.network.range_spans import range_crossings
from simulator.orbits.position_models import position_model
from simulator.orbits.walker import WalkerShell
from simulator.timescale import parse_epoch

EPOCH = parse_epoch("2026-06-21T00:00:00Z")
TURN_S = 6000.0


def shell(inclination_deg=53.0, n_planes=3, n_slots=4):
    return position_model(
        WalkerShell(
            n_planes=n_planes, n_slots=n_slots, phasing=1, altitude_m=550e3, inclination_rad=np.radians(inclination_deg)
        ),
        EPOCH,
    )


def all_links(n_sats):
    return topology_of([(a, b) for a in range(n_sats) for b in range(a + 1, n_sats)], [list(range(n_sats))])


def is_out(positions, topology, t_s, max_range_m):
    return link_lengths_m(topology, positions.all_at(t_s)) > max_range_m


@pytest.mark.parametrize("max_range_km", [1000.0, 5000.0, 9000.0])
def test_the_state_changes_at_each_crossing_and_nowhere_else(max_range_km):
    """Any two of twelve satellites: some meet head on, at 15 km/s, some never come nearer than a third of a turn."""
    positions, max_range_m = shell(97.6), 1e3 * max_range_km
    topology = all_links(positions.n_sats)
    t_s, link, out = range_crossings(positions, topology, max_range_m, 100.0, 100.0 + TURN_S)
    assert np.all(np.diff(t_s) >= 0.0)
    raster_s = np.arange(100.0, 100.0 + TURN_S, 10.0) + 0.5
    raster = np.array([is_out(positions, topology, at_s, max_range_m) for at_s in raster_s])
    assert np.any(raster) and not np.all(raster)
    for k in range(topology.n_links):
        own_s, own = t_s[link == k], out[link == k]
        assert own_s[0] == 100.0
        assert np.all(own[1:] != own[:-1]), "out and back in turn"
        assert np.array_equal(own[np.searchsorted(own_s, raster_s) - 1], raster[:, k])
    for at_s, k, state in zip(t_s[topology.n_links :], link[topology.n_links :], out[topology.n_links :], strict=True):
        sides = [is_out(positions, topology, at_s + side_s, max_range_m)[k] for side_s in (-1e-4, 1e-4)]
        assert sides == [not state, state]


@pytest.mark.parametrize("side_m", [-20.0, 20.0])
def test_visits_much_shorter_than_a_step_are_found(side_m):
    """A range 20 m above the least length, or below the greatest, of any link holds for seconds of steps of 94 s."""
    positions = shell(97.6)
    topology = all_links(positions.n_sats)
    fine_s = np.arange(0.0, TURN_S, 2.0)
    lengths_m = np.array([link_lengths_m(topology, positions.all_at(at_s)) for at_s in fine_s])
    swing_m = np.ptp(lengths_m, axis=0)
    k = int(np.argmax(swing_m))
    inner = lengths_m[100:-100, k]
    max_range_m = (inner.max() if side_m < 0.0 else inner.min()) + side_m
    t_s, link, out = range_crossings(positions, topology, max_range_m, fine_s[100], fine_s[-100])
    own_s, own = t_s[link == k], out[link == k]
    visits_s = np.diff(own_s)[own[:-1] == (side_m < 0.0)]
    assert visits_s.size
    assert visits_s.min() < 60.0


def test_links_in_a_plane_keep_their_length():
    """Two of 4 satellites on a circle are sqrt(2) radii apart, 9,798 km; precession moves that by some kilometres."""
    positions = shell(n_planes=1)
    topology = all_links(4)
    neighbours = np.isin(topology.links[:, 1] - topology.links[:, 0], (1, 3))
    for max_range_m, expected in ((9.85e6, False), (9.75e6, True)):
        t_s, link, out = range_crossings(positions, topology, max_range_m, 0.0, TURN_S)
        assert set(out[neighbours[link]].tolist()) == {expected}
        assert set(t_s[neighbours[link]].tolist()) == {0.0}


def test_a_range_must_be_positive():
    positions = shell()
    with pytest.raises(ValueError, match=r"max_range_m = 0\.0: must be positive"):
        range_crossings(positions, all_links(positions.n_sats), 0.0, 0.0, 100.0)
