"""Routes around failed links against networkx."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from simulator.network.grid import plus_grid
from simulator.network.lengths import LinkLengths, as_networkx
from simulator.network.routes import RouteMetric, WalkerHopRouter, WalkerTableRouter, detour_router_for, router_for

SHAPES = [(6, 11, 1, True), (5, 8, 0, False), (1, 12, 0, False)]


def network_without(lengths, failed):
    graph = as_networkx(lengths.topology, lengths.positions.all_at(lengths.t_s))
    graph.remove_edges_from(lengths.topology.links[list(failed)].tolist())
    return graph


@pytest.mark.parametrize(("n_planes", "n_slots", "phasing", "is_closed"), SHAPES)
@pytest.mark.parametrize("share", [0.02, 0.5])
def test_hops_and_planes_around_failures_are_those_of_breadth_first_search(
    make_shell, circular_orbits, n_planes, n_slots, phasing, is_closed, share
):
    """At a half the network falls into parts, at 2 % it does not (a ring of one plane does)."""
    shell = make_shell(n_planes=n_planes, n_slots=n_slots, phasing=phasing)
    lengths = LinkLengths(plus_grid(shell, has_closed_seam=is_closed), circular_orbits(shell))
    topology = lengths.topology
    healthy = router_for(lengths, RouteMetric.HOPS)
    assert isinstance(healthy, WalkerHopRouter)
    router = detour_router_for(healthy, RouteMetric.HOPS)
    rng = np.random.default_rng(3)
    for t_s in (0.0, 60.0, 61.0):
        router.refresh(t_s)
        failed = rng.choice(topology.n_links, max(1, round(share * topology.n_links)), replace=False).tolist()
        router.leave_out(failed)
        graph = network_without(lengths, failed)
        for source in range(0, topology.n_sats, 3):
            expected = nx.single_source_shortest_path_length(graph, source)
            for target in range(topology.n_sats):
                assert router.hops(source, target) == expected.get(target, -1)
                path = router.path(source, target)
                assert len(path) == expected.get(target, -1) + 1
                assert all(graph.has_edge(a, b) for a, b in pairwise(path))
            others = [topology.plane_of[target] for target in expected if target != source]
            assert router.reachable_planes(source) == frozenset(others)
    router.leave_out(())
    assert router.hops(0, 1) == 1
    assert router.reachable_planes(0) == frozenset(range(n_planes))


def test_delays_around_failures_are_those_of_dijkstra(make_shell, circular_orbits):
    """The table's own routes are up to 0.14 ms longer than the shortest, routes around are the shortest."""
    shell = make_shell(n_planes=6, n_slots=11)
    lengths = LinkLengths(plus_grid(shell, has_closed_seam=True), circular_orbits(shell))
    healthy = router_for(lengths, RouteMetric.DELAY)
    assert isinstance(healthy, WalkerTableRouter)
    router = detour_router_for(healthy, RouteMetric.DELAY)
    rng = np.random.default_rng(5)
    n_longer = 0
    for t_s in (0.0, 35.0, 36.0):
        router.refresh(t_s)
        failed = rng.choice(lengths.topology.n_links, 6, replace=False).tolist()
        router.leave_out(failed)
        graph = network_without(lengths, failed)
        whole = network_without(lengths, ())
        for source in range(0, 66, 5):
            expected_s = nx.single_source_dijkstra_path_length(graph, source, weight="delay_s")
            healthy_s = nx.single_source_dijkstra_path_length(whole, source, weight="delay_s")
            for target in range(66):
                delay_s = router.transfer_s(source, target, 0.0)
                assert -1e-9 < delay_s - expected_s[target] < 0.14e-3
                assert all(graph.has_edge(a, b) for a, b in pairwise(router.path(source, target)))
                n_longer += expected_s[target] > healthy_s[target] + 1e-4
    assert n_longer > 0, "some route had to go around"
