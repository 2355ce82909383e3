"""Which satellites are linked."""

from __future__ import annotations

import dataclasses

import networkx as nx
import numpy as np
import pytest

from simulator.network.grid import in_plane, no_links, plus_grid, topology_of, without
from simulator.network.lengths import LinkLengths, as_networkx, line_of_sight_range_m, link_lengths_m
from simulator.network.real_satellites import PlaneGaps, neighbours_of_real_satellites
from simulator.orbits.model import MeanOrbits


def test_small_closed_grid_link_by_link(make_shell):
    topology = plus_grid(make_shell(n_planes=3, n_slots=4, phasing=1), has_closed_seam=True)
    assert topology.planes == ((0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11))
    assert topology.neighbours(0) == (1, 3, 4, 11)  # slot 3 of the last plane, one slot behind
    assert topology.neighbours(11) == (0, 7, 8, 10)
    assert (topology.plane_of[6], topology.slot_of[6]) == (1, 2)
    assert topology.n_links == 24
    assert (np.diff(topology.links[:, 0]) >= 0).all()


@pytest.mark.parametrize("has_closed_seam", [True, False])
def test_a_grid_has_four_links_but_at_the_open_seam(make_shell, has_closed_seam):
    topology = plus_grid(make_shell(n_planes=6, n_slots=11), has_closed_seam=has_closed_seam)
    n_links = np.array([len(neighbours) for neighbours in topology.neighbours_of])
    at_seam = np.isin(topology.plane_of, [0, 5])
    assert (n_links[~at_seam] == 4).all()
    assert (n_links[at_seam] == (4 if has_closed_seam else 3)).all()


def test_links_have_one_number_and_two_directions(make_shell):
    topology = plus_grid(make_shell(n_planes=6, n_slots=11), has_closed_seam=True)
    directed = set()
    for link, (a, b) in enumerate(topology.links.tolist()):
        assert topology.link_id(a, b) == topology.link_id(b, a) == link
        directed |= {topology.directed_link(a, b), topology.directed_link(b, a)}
    assert directed == set(range(2 * topology.n_links))
    with pytest.raises(ValueError, match="satellites 0 and 30 are not linked"):
        topology.link_id(0, 30)


def test_links_across_the_seam_are_as_long_as_elsewhere(make_shell, circular_orbits):
    shell = make_shell(n_planes=12, n_slots=22, phasing=5)
    topology, positions = plus_grid(shell, has_closed_seam=True), circular_orbits(shell)
    longest_m = np.max([link_lengths_m(topology, positions.all_at(t_s)) for t_s in np.linspace(0, 5730, 200)], axis=0)
    planes = np.array(topology.plane_of)[topology.links]
    across = planes[:, 0] != planes[:, 1]
    at_seam = across & (planes[:, 1] - planes[:, 0] == 11)
    assert at_seam.sum() == 22
    # the longest of 200 samples of one and the same curve: within (2 pi / 400)^2 / 2 of its true maximum
    assert np.ptp(longest_m[across]) / longest_m[across].max() < 2e-4


def test_spacing_in_plane_is_the_chord(make_shell, circular_orbits):
    shell = make_shell(n_planes=1, n_slots=22, phasing=0)
    lengths = LinkLengths(plus_grid(shell, has_closed_seam=True), circular_orbits(shell))
    # 2 a sin(pi / S) = 1972 km and 6.58 ms for 22 satellites at 550 km; to the digits given there
    assert lengths.lengths_m == pytest.approx(1.972e6, abs=500.0)
    assert lengths.propagation_s == pytest.approx([6.58e-3] * 22, abs=5e-6)


def test_rings_pairs_and_nothing():
    assert in_plane([[0, 1, 2], [3, 4], [5]]).links.tolist() == [[0, 1], [0, 2], [1, 2], [3, 4]]
    alone = no_links([[0, 1], [2]])
    assert (alone.n_links, alone.links.shape, alone.neighbours(1)) == (0, (0, 2), ())


def test_outages_take_links_away_and_keep_satellites(make_shell):
    topology = plus_grid(make_shell(n_planes=3, n_slots=4), has_closed_seam=True)
    broken = without(topology, satellites=[5], links=[(1, 0)])
    assert broken.neighbours(5) == ()
    assert broken.n_links == topology.n_links - 5
    assert (broken.grid, broken.n_sats) == (None, 12)
    assert without(topology).grid == topology.grid


@pytest.mark.parametrize("links", [[(0, 0)], [(0, 4)], [(-1, 2)]])
def test_impossible_links_are_refused(links):
    with pytest.raises(ValueError, match="two different satellites from 0 to 3"):
        topology_of(links, [[0, 1], [2, 3]])


def test_planes_must_hold_every_satellite_once():
    with pytest.raises(ValueError, match="exactly once"):
        no_links([[0, 1], [1, 2]])


def test_graph_of_an_instant_has_what_the_links_have(make_shell, circular_orbits):
    shell = make_shell(n_planes=6, n_slots=11)
    topology, positions = plus_grid(shell, has_closed_seam=True), circular_orbits(shell)
    graph = as_networkx(topology, positions.all_at(777.0))
    assert sorted(tuple(sorted(edge)) for edge in graph.edges) == [tuple(pair) for pair in topology.links.tolist()]
    for a, b, edge in graph.edges(data=True):
        length_m = np.linalg.norm(np.subtract(graph.nodes[a]["position_m"], graph.nodes[b]["position_m"]))
        # the same root of a sum of three squares, in another order
        assert edge["length_m"] == pytest.approx(length_m, rel=1e-14)
        assert edge["delay_s"] == edge["length_m"] / 299792458.0
    assert (graph.nodes[13]["plane"], graph.nodes[13]["slot"]) == (1, 2)


def test_satellites_without_a_position_have_no_usable_link(make_shell, circular_orbits):
    shell = make_shell(n_planes=6, n_slots=11)
    topology, positions = plus_grid(shell, has_closed_seam=True), circular_orbits(shell)
    lost = dataclasses.replace(
        positions.mean_orbits,
        semi_major_axis_m=np.where(np.arange(66) == 7, np.nan, positions.mean_orbits.semi_major_axis_m),
    )
    lengths = LinkLengths(topology, circular_orbits(lost))
    assert np.array_equal(~lengths.is_usable, (topology.links == 7).any(axis=1))
    graph = as_networkx(topology, circular_orbits(lost).all_at(0.0))
    assert graph.degree(7) == 0


def test_line_of_sight():
    # tangent to a sphere of half the radius: half the chord is cos(30 deg) of the radius; one rounded root
    assert line_of_sight_range_m(2.0, 1.0) == pytest.approx(2.0 * np.sqrt(3.0), rel=1e-15)
    with pytest.raises(ValueError, match="blocking_radius_m"):
        line_of_sight_range_m(1.0, 2.0)


def test_lengths_are_checked(make_shell, circular_orbits):
    shell = make_shell(n_planes=6, n_slots=11)
    with pytest.raises(ValueError, match="topology has 2 satellites, positions 66"):
        LinkLengths(no_links([[0, 1]]), circular_orbits(shell))
    with pytest.raises(ValueError, match="max_range_m"):
        LinkLengths(plus_grid(shell, has_closed_seam=True), circular_orbits(shell), max_range_m=0.0)


def shuffled(mean_orbits, seed=3, node_noise_rad=1.7e-3, size_noise_m=100.0):
    """Return the same orbits in random order with the scatter of real satellites, and the order."""
    rng = np.random.default_rng(seed)
    n_sats = len(mean_orbits.raan_rad)
    order = rng.permutation(n_sats)
    fields = {field.name: getattr(mean_orbits, field.name)[order] for field in dataclasses.fields(MeanOrbits)}
    fields["raan_rad"] = fields["raan_rad"] + rng.uniform(-node_noise_rad, node_noise_rad, n_sats)
    fields["semi_major_axis_m"] = fields["semi_major_axis_m"] + rng.uniform(-size_noise_m, size_noise_m, n_sats)
    return MeanOrbits(**fields), order


def test_planes_of_a_scattered_shell_are_found_again(make_shell, circular_orbits):
    shell = make_shell(n_planes=24, n_slots=11)
    orbits, order = shuffled(circular_orbits(shell).mean_orbits)
    topology = neighbours_of_real_satellites(orbits)
    found = {frozenset(order[list(plane)].tolist()) for plane in topology.planes}
    assert found == {frozenset(range(p * 11, (p + 1) * 11)) for p in range(24)}
    grid = plus_grid(shell, has_closed_seam=True)
    links = {frozenset(order[pair].tolist()) for pair in topology.links}
    # phasing offsets are small against a slot, so nearest neighbours are those of the +Grid
    assert links == {frozenset(pair) for pair in grid.links.tolist()}


def test_shells_climbers_and_unknown_satellites_stay_apart(make_shell, circular_orbits):
    low = circular_orbits(make_shell(n_planes=12, n_slots=20)).mean_orbits
    high = circular_orbits(make_shell(n_planes=12, n_slots=20, altitude_m=560e3)).mean_orbits
    polar = circular_orbits(make_shell(n_planes=12, n_slots=20, inclination_rad=np.radians(97.6))).mean_orbits
    both = {
        field.name: np.concatenate([getattr(orbits, field.name) for orbits in (low, high, polar)])
        for field in dataclasses.fields(MeanOrbits)
    }
    both["semi_major_axis_m"][3] += 5e3  # on its way up
    both["raan_rad"][5] = np.nan
    topology = neighbours_of_real_satellites(MeanOrbits(**both))
    shell_of = np.repeat([0, 1, 2], 240)
    assert (shell_of[topology.links[:, 0]] == shell_of[topology.links[:, 1]]).all()
    assert (topology.neighbours(3), topology.neighbours(5)) == ((), ())
    assert len(topology.planes) == 38
    assert max(len(neighbours) for neighbours in topology.neighbours_of) <= 4
    graph = nx.Graph(topology.links.tolist())
    assert sorted(len(part) for part in nx.connected_components(graph)) == [238, 240, 240]


def test_no_link_becomes_longer_than_its_range(make_shell, circular_orbits):
    orbits, _ = shuffled(circular_orbits(make_shell(n_planes=24, n_slots=13)).mean_orbits)
    for max_range_m in (2.0e6, 3.4e6, 5e6):
        topology = neighbours_of_real_satellites(orbits, max_range_m=max_range_m)
        positions = circular_orbits(orbits)
        longest_m = np.max([link_lengths_m(topology, positions.all_at(t_s)) for t_s in np.linspace(0, 5730, 60)])
        # the flat formula exceeds the chord on the sphere; scatter of the radii adds up to 200 m
        assert longest_m <= max_range_m + 200.0
    in_plane_only = neighbours_of_real_satellites(orbits, has_cross_links=False)
    planes = np.array(in_plane_only.plane_of)[in_plane_only.links]
    assert (planes[:, 0] == planes[:, 1]).all()
    assert in_plane_only.n_links == 24 * 13


def test_no_link_goes_through_the_earth(make_shell, circular_orbits):
    orbits = circular_orbits(make_shell(n_planes=5, n_slots=12)).mean_orbits
    sparse = neighbours_of_real_satellites(orbits, max_range_m=np.inf)
    planes = np.array(sparse.plane_of)[sparse.links]
    # 72 degrees between nodes is beyond the horizon, 30 degrees in plane is not; 6928 km against 6458 km
    assert (planes[:, 0] == planes[:, 1]).all()
    assert sparse.n_links == 60
    assert neighbours_of_real_satellites(orbits, max_range_m=np.inf, blocking_radius_m=1e6).n_links > 60
    assert neighbours_of_real_satellites(orbits, blocking_radius_m=7e6).n_links == 0


def test_gaps_and_ranges_are_checked(make_shell, circular_orbits):
    with pytest.raises(ValueError, match="raan_rad = 0"):
        PlaneGaps(raan_rad=0.0)
    with pytest.raises(ValueError, match="max_range_m"):
        neighbours_of_real_satellites(circular_orbits(make_shell(n_planes=2, n_slots=2)).mean_orbits, max_range_m=0.0)
