"""Routers against networkx (BFS and Dijkstra), and against each other."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from simulator.network.grid import plus_grid, topology_of, without
from simulator.network.lengths import LinkLengths, as_networkx
from simulator.network.routes import (
    DijkstraRouter,
    RouteMetric,
    WalkerHopRouter,
    WalkerTableRouter,
    router_for,
)

SHAPES = [(6, 11, 1), (12, 22, 1), (9, 10, 4), (5, 8, 0), (2, 22, 11), (3, 14, 2), (1, 20, 0), (7, 2, 3), (8, 1, 1)]
STAR = {"inclination_rad": np.radians(86.4), "raan_spread_rad": np.pi, "altitude_m": 780e3}


def path_length_m(lengths, path):
    return sum(lengths.lengths_m[lengths.topology.link_id(a, b)] for a, b in pairwise(path))


def pairs(n_sats, n, seed=1):
    return np.random.default_rng(seed).integers(0, n_sats, (n, 2)).tolist()


@pytest.mark.parametrize(("n_planes", "n_slots", "phasing"), SHAPES)
@pytest.mark.parametrize("has_closed_seam", [True, False])
def test_closed_form_hops_equal_breadth_first_search(
    make_shell, circular_orbits, n_planes, n_slots, phasing, has_closed_seam
):
    shell = make_shell(n_planes=n_planes, n_slots=n_slots, phasing=phasing)
    topology = plus_grid(shell, has_closed_seam=has_closed_seam)
    positions = circular_orbits(shell)
    router = WalkerHopRouter(LinkLengths(topology, positions))
    graph = nx.Graph(topology.links.tolist())
    graph.add_nodes_from(range(topology.n_sats))
    for t_s in (0.0, 1000.0):
        router.refresh(t_s)
        for source in range(0, topology.n_sats, max(1, topology.n_sats // 7)):
            expected = nx.single_source_shortest_path_length(graph, source)
            for target in range(topology.n_sats):
                assert router.hops(source, target) == expected[target]
                path = router.path(source, target)
                assert (path[0], path[-1], len(path)) == (source, target, expected[target] + 1)
                assert all(b in topology.neighbours(a) for a, b in pairwise(path))


def test_closed_form_changes_planes_where_they_are_close(make_shell, circular_orbits):
    shell = make_shell(n_planes=72, n_slots=22)
    lengths = LinkLengths(plus_grid(shell, has_closed_seam=True), circular_orbits(shell))
    closed_form, dijkstra = WalkerHopRouter(lengths), DijkstraRouter(lengths, by_delay=False)
    stretch = []
    for source, target in pairs(1584, 300):
        length_m, best_m = (path_length_m(lengths, router.path(source, target)) for router in (closed_form, dijkstra))
        stretch.append(length_m / best_m if source != target else 1.0)
    # Dijkstra's tie-break is exact. One run across planes at the best whole slot can be half a slot, 8 degrees, off
    # the peak: 1 - cos(8 deg) = 1 % of the cross-plane length. Crossing at the source instead costs 6.7 % on average.
    assert min(stretch) >= 1.0 - 1e-12
    assert np.mean(stretch) < 1.002
    assert max(stretch) < 1.02


@pytest.mark.parametrize("seam", [True, False])
def test_dijkstra_hops_equal_closed_form(make_shell, circular_orbits, seam):
    shell = make_shell(n_planes=6, n_slots=11, **(STAR if not seam else {}))
    lengths = LinkLengths(plus_grid(shell, has_closed_seam=seam), circular_orbits(shell))
    closed_form, dijkstra = WalkerHopRouter(lengths), DijkstraRouter(lengths, by_delay=False)
    for source in range(66):
        for target in range(66):
            assert closed_form.hops(source, target) == dijkstra.hops(source, target)


@pytest.mark.parametrize("seam", [True, False])
def test_dijkstra_delay_equals_networkx(make_shell, circular_orbits, seam):
    shell = make_shell(n_planes=6, n_slots=11, **(STAR if not seam else {}))
    positions = circular_orbits(shell)
    lengths = LinkLengths(plus_grid(shell, has_closed_seam=seam), positions)
    router = DijkstraRouter(lengths, by_delay=True)
    for t_s in (0.0, 700.0, 1400.0):
        router.refresh(t_s)
        graph = as_networkx(lengths.topology, positions.all_at(t_s))
        for source in range(0, 66, 9):
            expected_m = nx.single_source_dijkstra_path_length(graph, source, weight="length_m")
            for target in range(66):
                # both add up to 11 rounded lengths of 1e7 m in different order: below 1e-7 m
                assert path_length_m(lengths, router.path(source, target)) == pytest.approx(
                    expected_m[target], abs=1e-6
                )


def test_dijkstra_goes_around_outages_and_says_when_there_is_no_route(make_shell, circular_orbits):
    shell = make_shell(n_planes=6, n_slots=11)
    topology = plus_grid(shell, has_closed_seam=True)
    down = {*topology.neighbours(0), 30}
    router = DijkstraRouter(LinkLengths(topology, circular_orbits(shell)), by_delay=False, down=down)
    graph = nx.Graph(without(topology, satellites=down).links.tolist())
    graph.add_nodes_from(range(66))
    for source in range(66):
        expected = nx.single_source_shortest_path_length(graph, source)
        for target in range(66):
            assert router.hops(source, target) == expected.get(target, -1)
            assert not set(router.path(source, target)[1:-1]) & down
    assert router.hops(0, 33) == -1  # its neighbours are down
    assert router.path(0, 33) == ()
    assert router.transfer_s(0, 33, 1.0) == np.inf
    assert router.hops(0, 0) == 0
    assert router.path(0, 0) == (0,)


def test_links_beyond_the_range_are_out_of_use_until_they_are_short_again(make_shell, circular_orbits):
    shell = make_shell(n_planes=12, n_slots=22)
    topology, positions = plus_grid(shell, has_closed_seam=True), circular_orbits(shell)
    lengths = LinkLengths(topology, positions, max_range_m=2.5e6)
    router = router_for(lengths, RouteMetric.HOPS)
    assert isinstance(router, DijkstraRouter)
    for t_s in (0.0, 60.0, 1430.0):
        router.refresh(t_s)
        graph = as_networkx(topology, positions.all_at(t_s), max_range_m=2.5e6)
        assert graph.number_of_edges() < topology.n_links
        expected = nx.single_source_shortest_path_length(graph, 5)
        assert [router.hops(5, target) for target in range(264)] == [expected.get(target, -1) for target in range(264)]


@pytest.mark.parametrize(("n_planes", "n_slots", "phasing"), [(12, 22, 1), (9, 10, 4)])
def test_table_delays_equal_dijkstra(make_shell, circular_orbits, n_planes, n_slots, phasing):
    shell = make_shell(n_planes=n_planes, n_slots=n_slots, phasing=phasing)
    lengths = LinkLengths(plus_grid(shell, has_closed_seam=True), circular_orbits(shell))
    table, dijkstra = WalkerTableRouter(lengths), DijkstraRouter(lengths, by_delay=True)
    stretch_m, delay_error_s, best_s = [], [], []
    for t_s in (0.0, 1230.0, 3330.0):
        table.refresh(t_s)
        dijkstra.refresh(t_s)
        for source, target in pairs(n_planes * n_slots, 200):
            path = table.path(source, target)
            best_m = path_length_m(lengths, dijkstra.path(source, target))
            assert table.hops(source, target) == len(path) - 1
            stretch_m.append(path_length_m(lengths, path) - best_m)
            delay_error_s.append(abs(table.delay_s(source, target) - best_m / 299792458.0))
            best_s.append(best_m / 299792458.0)
    # A route is at most half a phase step, pi / 512 rad, from the one it was solved for. A cross-plane link,
    # L^2 = c^2 + s^2 cos^2(u), changes by at most s / (2 c sqrt(1 + c^2 / s^2)) <= 0.53 of itself per radian at an
    # inclination of 53 degrees, so the best route there is longer than the best here by less than
    # 2 * 0.53 * pi / 512 = 0.65 %; and most routes are the best one, so that the mean is far below.
    assert min(stretch_m) > -1e-6
    assert max(np.array(stretch_m) / 299792458.0 - 0.0068 * np.array(best_s)) <= 1e-12
    assert np.mean(stretch_m) < 0.001 * np.mean(best_s) * 299792458.0
    # Linear between values rounded to float32 (1e-8 s): wrong where the best route changes inside a step, by less than
    # the same bound.
    assert max(np.array(delay_error_s) - 0.0068 * np.array(best_s)) <= 1e-8
    assert np.mean(delay_error_s) < 0.001 * np.mean(best_s)


def test_the_fitting_router_is_chosen(make_shell, circular_orbits):
    delta = make_shell(n_planes=6, n_slots=11)
    lengths = LinkLengths(plus_grid(delta, has_closed_seam=True), circular_orbits(delta))
    assert isinstance(router_for(lengths, RouteMetric.HOPS), WalkerHopRouter)
    assert isinstance(router_for(lengths, RouteMetric.DELAY), WalkerTableRouter)
    assert isinstance(router_for(lengths, RouteMetric.HOPS, down={3}), DijkstraRouter)
    star = make_shell(n_planes=6, n_slots=11, **STAR)
    open_seam = LinkLengths(plus_grid(star, has_closed_seam=False), circular_orbits(star))
    assert isinstance(router_for(open_seam, RouteMetric.HOPS), WalkerHopRouter)
    assert isinstance(router_for(open_seam, RouteMetric.DELAY), DijkstraRouter)
    # a star whose seam was closed all the same is not symmetric: the links across the seam are longer
    closed_star = LinkLengths(plus_grid(star, has_closed_seam=True), circular_orbits(star))
    assert isinstance(router_for(closed_star, RouteMetric.DELAY), DijkstraRouter)


def test_routers_refuse_what_they_cannot_route(make_shell, circular_orbits):
    shell = make_shell(n_planes=3, n_slots=4)
    lengths = LinkLengths(topology_of([(0, 1)], [range(6), range(6, 12)]), circular_orbits(shell))
    for router in (WalkerHopRouter, WalkerTableRouter):
        with pytest.raises(ValueError, match="DijkstraRouter"):
            router(lengths)
    with pytest.raises(ValueError, match="epoch_s"):
        DijkstraRouter(lengths, by_delay=True, epoch_s=0.0)
    with pytest.raises(ValueError, match="max_sources"):
        DijkstraRouter(lengths, by_delay=True, max_sources=0)


def test_epochs_begin_at_whole_multiples_whoever_asks(make_shell, circular_orbits):
    shell = make_shell(n_planes=6, n_slots=11)
    positions = circular_orbits(shell)
    lengths = LinkLengths(plus_grid(shell, has_closed_seam=True), positions)
    router = router_for(lengths, RouteMetric.HOPS)
    router.refresh(9.99)
    assert lengths.t_s == 0.0
    router.refresh(57.3)
    assert lengths.t_s == 50.0
    late = router_for(lengths, RouteMetric.HOPS, down={4})
    assert (lengths.t_s, late.propagation_s) == (50.0, router.propagation_s)
    direct_s = np.linalg.norm(np.subtract(*positions.all_at(50.0)[[0, 1]])) / 299792458.0
    # one square root and one division apart: rounding only
    assert router.transfer_s(0, 1, 0.25) == pytest.approx(0.25 + direct_s, rel=1e-12)


def test_sources_beyond_the_limit_are_forgotten_and_solved_again(make_shell, circular_orbits):
    shell = make_shell(n_planes=6, n_slots=11)
    lengths = LinkLengths(plus_grid(shell, has_closed_seam=True), circular_orbits(shell))
    small, large = DijkstraRouter(lengths, by_delay=True, max_sources=2), DijkstraRouter(lengths, by_delay=True)
    for source, target in pairs(66, 100):
        assert small.path(source, target) == large.path(source, target)
