"""Look-ups of routes on the shell beside networkx and scipy, from the contestants of `routes`."""

from __future__ import annotations

import networkx as nx

from benchmarks.result import Result, interleaved_medians_s
from benchmarks.routes import N_PAIRS, N_SLOW_PAIRS, Bench


def measure(n_rounds: int) -> list[Result]:
    """Measure one route on the 72 x 22 grid by every way of finding it."""
    bench = Bench()
    pairs, few, graph = bench.pairs, bench.few, bench.graph
    spent_s = interleaved_medians_s(
        {
            "hops": lambda: [bench.hop_router.path(a, b) for a, b in pairs],
            "table": lambda: [bench.table_router.path(a, b) for a, b in pairs],
            "networkx": lambda: [nx.shortest_path(graph, a, b) for a, b in few],
            "networkx delay": lambda: [nx.bidirectional_dijkstra(graph, a, b, weight="length_m") for a, b in few],
            "scipy": bench._scipy,
        },
        n_rounds,
    )
    n_calls = {"hops": N_PAIRS, "table": N_PAIRS}
    each_us = {name: 1e6 * value / n_calls.get(name, N_SLOW_PAIRS) for name, value in spent_s.items()}
    rows = (
        ("route of fewest hops", "hops", "networkx", "networkx shortest_path"),
        ("route of least delay", "table", "networkx delay", "networkx bidirectional_dijkstra"),
        ("route of least delay", "table", "scipy", "scipy dijkstra and walking back"),
    )
    return [
        Result(what=what, measured=each_us[ours], unit="us", peer=peer, peer_measured=each_us[theirs])
        for what, ours, theirs, peer in rows
    ]
