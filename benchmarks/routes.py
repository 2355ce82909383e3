"""Routes, bookings and arrivals per second, beside networkx and scipy.

Run with one thread: `OMP_NUM_THREADS=1 python benchmarks/routes.py`. Process CPU time; the median of rounds in which
the contestants take turns. Shell: 72 x 22, 550 km, 53 degrees.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from simulator.network.bookings import LinkCalendar
from simulator.network.channels import ChannelCalendar
from simulator.network.grid import plus_grid
from simulator.network.lengths import LinkLengths, as_networkx
from simulator.network.routes import DijkstraRouter, WalkerHopRouter, WalkerTableRouter
from simulator.orbits.shell_series import ShellSeriesModel
from simulator.orbits.walker import WalkerShell
from simulator.tasks.arrivals import PoissonArrivals
from simulator.tasks.workload import Workload
from simulator.timescale import parse_epoch

N_ROUNDS = 5
N_PAIRS = 2000
N_SLOW_PAIRS = 40


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """A piece of work, and how many calls it makes."""

    name: str
    work: Callable[[], object]
    n_calls: int


def interleaved_medians_s(contestants: list[Contestant]) -> list[float]:
    """Return CPU seconds per call of each contestant: the median over rounds in which all take turns."""
    times_s: list[list[float]] = [[] for _ in contestants]
    for _ in range(N_ROUNDS):
        for row, contestant in zip(times_s, contestants, strict=True):
            start_s = time.process_time()
            contestant.work()
            row.append((time.process_time() - start_s) / contestant.n_calls)
    return [statistics.median(row) for row in times_s]


def show(title: str, contestants: list[Contestant]) -> None:
    """Print a table; the first contestant is the measure of the others."""
    print(f"\n{title}")
    medians_s = interleaved_medians_s(contestants)
    for contestant, median_s in zip(contestants, medians_s, strict=True):
        ratio = median_s / medians_s[0]
        print(f"  {contestant.name:<52}{median_s * 1e6:>12.2f} us{1.0 / median_s:>14,.0f} /s{ratio:>10.1f} x")


class Bench:
    """The shell and what is asked of it."""

    def __init__(self) -> None:
        shell = WalkerShell(n_planes=72, n_slots=22, phasing=1, altitude_m=550e3, inclination_rad=np.radians(53.0))
        self.positions = ShellSeriesModel(shell, parse_epoch("2026-06-21T00:00:00Z"))
        self.topology = plus_grid(shell, has_closed_seam=True)
        self.lengths = LinkLengths(self.topology, self.positions)
        self.pairs = np.random.default_rng(1).integers(0, self.topology.n_sats, (N_PAIRS, 2)).tolist()
        self.few = self.pairs[:N_SLOW_PAIRS]
        self.graph = as_networkx(self.topology, self.positions.all_at(0.0))
        ends, n_sats = self.topology.links, self.topology.n_sats
        self.matrix = csr_array((self.lengths.lengths_m, (ends[:, 0], ends[:, 1])), shape=(n_sats, n_sats))
        self.hop_router = WalkerHopRouter(self.lengths)
        self.table_router = WalkerTableRouter(self.lengths)

    def routes(self) -> None:
        """Compare look-ups of whole paths, fewest hops and least delay."""
        pairs, few, graph = self.pairs, self.few, self.graph
        hop_path, hops, table_path = self.hop_router.path, self.hop_router.hops, self.table_router.path
        fewest = [
            Contestant(name="path, closed form", work=lambda: [hop_path(a, b) for a, b in pairs], n_calls=N_PAIRS),
            Contestant(name="hop count, closed form", work=lambda: [hops(a, b) for a, b in pairs], n_calls=N_PAIRS),
            Contestant(
                name="networkx shortest_path (bidirectional BFS)",
                work=lambda: [nx.shortest_path(graph, a, b) for a, b in few],
                n_calls=N_SLOW_PAIRS,
            ),
        ]
        show("Fewest hops, one pair", fewest)
        least = [
            Contestant(name="path, Walker table", work=lambda: [table_path(a, b) for a, b in pairs], n_calls=N_PAIRS),
            Contestant(name="path, DijkstraRouter, fresh epoch", work=self._dijkstra_router, n_calls=N_SLOW_PAIRS),
            Contestant(name="scipy dijkstra per pair + walk back", work=self._scipy, n_calls=N_SLOW_PAIRS),
            Contestant(
                name="networkx bidirectional_dijkstra",
                work=lambda: [nx.bidirectional_dijkstra(graph, a, b, weight="length_m") for a, b in few],
                n_calls=N_SLOW_PAIRS,
            ),
        ]
        show("Least delay, one pair", least)

    def _dijkstra_router(self) -> None:
        router = DijkstraRouter(self.lengths, by_delay=True)
        for a, b in self.few:
            router.path(a, b)

    def _scipy(self) -> None:
        for a, b in self.few:
            _, previous = dijkstra(self.matrix, directed=False, indices=a, return_predecessors=True)
            while b != a:
                b = int(previous[b])

    def epochs(self) -> None:
        """Compare what a routing epoch costs."""
        times_s = iter(np.arange(10.0, 1e6, 10.0).tolist())
        links = self.topology.links.tolist()

        def networkx_weights() -> None:
            positions_m = self.positions.all_at(0.0)
            lengths_m = np.linalg.norm(np.diff(positions_m[self.topology.links], axis=1)[:, 0], axis=1).tolist()
            for (a, b), length_m in zip(links, lengths_m, strict=True):
                self.graph[a][b]["length_m"] = length_m

        contestants = [
            Contestant(
                name="epoch, closed form",
                work=lambda: [self.hop_router.refresh(next(times_s)) for _ in range(50)],
                n_calls=50,
            ),
            Contestant(
                name="epoch, Walker table",
                work=lambda: [self.table_router.refresh(next(times_s)) for _ in range(50)],
                n_calls=50,
            ),
            Contestant(name="networkx: rewrite weights", work=networkx_weights, n_calls=1),
            Contestant(name="build the Walker table, once", work=lambda: WalkerTableRouter(self.lengths), n_calls=1),
        ]
        show("A routing epoch", contestants)

    def bookings(self) -> None:
        """Measure bookings of links, routes and channels."""
        pairs, router, lengths = self.pairs, self.hop_router, self.lengths
        n_hops = [router.hops(a, b) for a, b in pairs]
        paths = [router.path(a, b) for a, b in pairs]

        def routes(gap_s: float) -> None:
            calendar = LinkCalendar(self.topology, 5e9)
            for k, path in enumerate(paths):
                if k % 64 == 0:
                    calendar.forget_before(k * gap_s)
                calendar.book_route(path, k * gap_s, 200e6, lengths.propagation_s)

        def links() -> None:
            calendar, link = LinkCalendar(self.topology, 5e9), 0
            book = calendar.book
            for k in range(100_000):
                book(link, k * 1.0, 0.04)
                link = (link + 7) % 6336

        def channels() -> None:
            calendar = ChannelCalendar([4] * 12, 1584)
            for k in range(20_000):
                calendar.earliest_s(k % 12, k % 1584, k * 0.02, 0.04, k * 0.02 + 300.0)
                calendar.book(k % 12, k % 1584, k * 0.02, 0.04, k * 0.02 + 300.0)

        def occupied_by_hand() -> None:
            free_s: dict[tuple[int, int], float] = {}
            for k, path in enumerate(paths):
                ready_s = k * 0.05
                for a, b in pairwise(path):
                    start_s = max(ready_s, free_s.get((a, b), 0.0))
                    free_s[a, b] = start_s + 0.04
                    ready_s = start_s + 0.04 + self.graph[a][b]["delay_s"]

        contestants = [
            Contestant(
                name=f"route of {np.mean(n_hops):.1f} hops, idle net (20 /s)",
                work=lambda: routes(0.05),
                n_calls=N_PAIRS,
            ),
            Contestant(name="the same, busy net (10,000 /s)", work=lambda: routes(1e-4), n_calls=N_PAIRS),
            Contestant(
                name="the same by dict and networkx, no gaps, no records", work=occupied_by_hand, n_calls=N_PAIRS
            ),
            Contestant(name="one link, idle", work=links, n_calls=100_000),
            Contestant(name="ground channel: look and book", work=channels, n_calls=20_000),
        ]
        show("Bookings", contestants)

    def arrivals(self) -> None:
        """Measure arrivals of the headline workload over one orbit."""
        workload = Workload(
            rate_hz=np.full(1584, 0.012),
            work_s=(15.0, 45.0),
            input_bits=(1e8, 3e8),
            result_bits=(1e6, 1e6),
            deadline_s=(120.0, 600.0),
        )
        n_tasks = sum(1 for _ in PoissonArrivals(workload, seed=1, end_s=5730.0))
        arrivals = Contestant(
            name=f"task ({n_tasks:,} in an orbit)",
            work=lambda: [None for _ in PoissonArrivals(workload, seed=1, end_s=5730.0)],
            n_calls=n_tasks,
        )
        show("Poisson arrivals", [arrivals])


def main() -> None:
    """Print all tables."""
    bench = Bench()
    bench.routes()
    bench.epochs()
    bench.bookings()
    bench.arrivals()


if __name__ == "__main__":
    main()
