"""Rings of satellites against shortest paths of networkx."""

from __future__ import annotations

import networkx as nx
import pytest

from schedulers.rings import Rings
from tests.schedulers.small_view import SmallView, line, ring


def view_of(links):
    return SmallView(links, [0.0] * len(links))


@pytest.mark.parametrize("seed", range(10))
def test_rings_are_sets_of_equal_hops_and_end_where_links_do(seed):
    graph = nx.gnp_random_graph(15, 0.15, seed=seed)  # mostly in several pieces
    view, rings = view_of([sorted(graph[satellite]) for satellite in range(15)]), Rings()
    for source in range(15):
        found = list(rings.around(source, view))
        hops = nx.single_source_shortest_path_length(graph, source)
        expected = [{m for m in hops if hops[m] == n} for n in range(max(hops.values()) + 1)]
        assert [set(members) for members in found] == expected
        assert sum(map(len, found)) == len(hops)  # each once


def test_inside_a_ring_satellites_come_in_the_order_of_links():
    links = [(2, 1), (0, 3), (0, 4), (1,), (2,)]
    assert list(Rings().around(0, view_of(links))) == [[0], [2, 1], [4, 3]]


def test_what_was_broken_off_is_taken_up_and_found_again():
    view, rings = view_of(ring(7)), Rings()
    first = rings.around(3, view)
    assert [next(first), next(first)] == [[3], [2, 4]]
    other = list(rings.around(3, view))
    assert other == [[3], [2, 4], [1, 5], [0, 6]]
    assert list(first) == other[2:]
    assert list(rings.around(3, view)) == other


def test_a_satellite_without_links_is_alone():
    assert list(Rings().around(1, view_of([(), (), ()]))) == [[1]]
    assert list(Rings().around(2, view_of(line(3)))) == [[2], [1], [0]]
