"""The flow of work against network simplex, and its decomposition against what a flow must conserve."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import numpy as np
import pytest

from schedulers.fluid.flow import FlowProgramme
from tests.schedulers.small_view import line, ring

BATTERY_HOPS = 20
UNSERVED_HOPS = 10_000
TOLERANCE_S = 1e-4
"""Data are whole seconds, so that vertices of the programme are too; the solver is right to 1e-7 of some hundreds."""


def instance(seed):
    """Return links and integer data of up to ten satellites, some fleets apart, some overloaded."""
    rng = np.random.default_rng(seed)
    n_sats = int(rng.integers(2, 11))
    graph = nx.gnp_random_graph(n_sats, 0.3, seed=seed)
    links = [sorted(graph[satellite]) for satellite in range(n_sats)]
    demand, sunlit, battery = (rng.integers(0, most, n_sats) for most in (60, 50, 20))
    return links, demand, sunlit, battery, rng.integers(0, 2, n_sats) * 18


def solve(links, demand, sunlit, battery, sunlit_hops, battery_hops=BATTERY_HOPS):
    arrays = (np.asarray(values, dtype=float) for values in (demand, sunlit, battery, sunlit_hops))
    return FlowProgramme(links).destinations(*arrays, battery_hops)


def flat(destinations):
    return [[(end.satellite, end.in_sunlight, end.share_s) for end in ends] for ends in destinations]


def least_cost(links, demand, sunlit, battery, sunlit_hops):
    """Return the least cost by network simplex and the most that can be served by maximum flow."""
    graph = nx.DiGraph()
    graph.add_node("source", demand=-int(sum(demand)))
    graph.add_node("sink", demand=int(sum(demand)))
    for satellite, others in enumerate(links):
        graph.add_edge("source", satellite, capacity=int(demand[satellite]), weight=0)
        graph.add_edges_from((satellite, other, {"weight": 1}) for other in others)
        sinks = (sunlit, sunlit_hops[satellite]), (battery, BATTERY_HOPS)
        for name, (most, hops) in zip(("sun", "battery"), sinks, strict=True):
            graph.add_edge(satellite, (name, satellite), capacity=int(most[satellite]), weight=int(hops))
            graph.add_edge((name, satellite), "sink", weight=0)
    served = nx.maximum_flow_value(graph, "source", "sink")
    for satellite in range(len(links)):
        graph.add_edge(satellite, "given up", weight=UNSERVED_HOPS)
    graph.add_edge("given up", "sink", weight=0)
    return nx.network_simplex(graph)[0], served


@pytest.mark.parametrize("seed", range(40))
def test_it_costs_as_little_as_network_simplex_and_serves_as_much_as_a_maximum_flow(seed):
    links, demand, sunlit, battery, sunlit_hops = instance(seed)
    found = flat(solve(links, demand, sunlit, battery, sunlit_hops))
    hops = dict(nx.all_pairs_shortest_path_length(nx.DiGraph((i, j) for i, others in enumerate(links) for j in others)))
    served = cost = 0.0
    for source, ends in enumerate(found):
        for satellite, in_sunlight, share_s in ends:
            way = 0 if satellite == source else hops[source][satellite]  # none: a KeyError, work went where no link is
            cost += share_s * (way + (sunlit_hops[satellite] if in_sunlight else BATTERY_HOPS))
            served += share_s
    least, most = least_cost(links, demand, sunlit, battery, sunlit_hops)
    assert served == pytest.approx(most, abs=TOLERANCE_S)
    # the ways cannot be cheaper than the shortest nor dearer than the optimum: equal
    expected = least - UNSERVED_HOPS * (sum(demand) - most)
    assert cost == pytest.approx(expected, abs=TOLERANCE_S * BATTERY_HOPS)


@pytest.mark.parametrize("seed", range(40))
def test_shares_add_up_at_sources_and_fit_into_sinks(seed):
    links, demand, sunlit, battery, sunlit_hops = instance(seed)
    found = flat(solve(links, demand, sunlit, battery, sunlit_hops))
    taken = Counter()
    for source, ends in enumerate(found):
        assert sum(share_s for *_, share_s in ends) <= demand[source] + TOLERANCE_S
        assert len({end[:2] for end in ends}) == len(ends)  # each sink once
        for satellite, in_sunlight, share_s in ends:
            assert share_s > 0.0
            taken[satellite, in_sunlight] += share_s
    for (satellite, in_sunlight), share_s in taken.items():
        assert share_s <= (sunlit if in_sunlight else battery)[satellite] + TOLERANCE_S


def test_work_passes_a_satellite_that_sends_its_own_away():
    """On a line, satellite 1 has room for its own 10 s; what comes from 0 goes on to 2."""
    found = flat(solve(line(3), [10, 10, 0], [0, 10, 10], [0, 0, 0], [0, 0, 0]))
    assert found == [[(2, True, 10.0)], [(1, True, 10.0)], []]


def test_own_sunlight_comes_first_then_the_own_battery_if_sunlight_is_farther_than_it_costs():
    demand, sunlit = [30] + [0] * 24, [10] + [0] * 11 + [100] + [0] * 12
    near, far = (
        flat(solve(ring(25), demand, sunlit, [15] + [0] * 24, [0] * 25, battery_hops))[0] for battery_hops in (20, 10)
    )
    assert near == [(0, True, 10.0), (12, True, 20.0)]
    assert far == [(0, True, 10.0), (0, False, 15.0), (12, True, 5.0)]


def test_too_little_capacity_leaves_work_unserved():
    found = flat(solve(ring(4), [20] * 4, [5] * 4, [1] * 4, [0] * 4))
    assert sum(end[2] for ends in found for end in ends) == pytest.approx(4 * 6, abs=TOLERANCE_S)


def test_work_stays_on_its_side_of_a_fleet_that_is_apart():
    found = flat(solve([[1], [0], [3], [2]], [10, 0, 10, 0], [0, 4, 0, 100], [0] * 4, [0] * 4))
    assert found == [[(1, True, pytest.approx(4.0))], [], [(3, True, pytest.approx(10.0))], []]


def test_satellites_without_links_serve_themselves():
    assert flat(solve([[], []], [10, 10], [5, 0], [2, 0], [0, 0])) == [[(0, True, 5.0), (0, False, 2.0)], []]


def test_no_demand_goes_nowhere():
    assert flat(solve(ring(5), [0] * 5, [9] * 5, [9] * 5, [0] * 5)) == [[]] * 5


def test_the_same_programme_twice_gives_the_same_bits():
    links, *data = instance(3)
    programme = FlowProgramme(links)
    arrays = [np.asarray(values, dtype=float) for values in data]
    first, second = (flat(programme.destinations(*arrays, BATTERY_HOPS)) for _ in range(2))
    assert first == second == flat(solve(links, *data))
    assert any(first)
