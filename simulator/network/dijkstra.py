"""Shortest routes over any links: open seams, real satellites, links out of order or out of range."""

from __future__ import annotations

from array import array
from collections.abc import Collection

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from simulator.network.lengths import LinkLengths
from simulator.network.router import Router
from simulator.orbits.model import Floats

_NO_ROUTE = -1


class DijkstraRouter(Router):
    """Routes from the sources in use, each computed once and kept while it is valid.

    Parameters
    ----------
    lengths : LinkLengths
        Lengths and usable links.
    epoch_s : float
        Length of a routing epoch.
    by_delay : bool
        Least light time, as of the routing epoch; else fewest hops, and among those the shortest when the route was
        first asked for. Fewest-hop routes stay valid for as long as the same links are usable.
    down : collection of int
        Satellites whose links are out of order.
    max_sources : int
        Sources whose routes are kept; beyond it, those of the source asked for first are forgotten.
    """

    def __init__(
        self,
        lengths: LinkLengths,
        *,
        by_delay: bool,
        epoch_s: float = 10.0,
        down: Collection[int] = (),
        max_sources: int = 4096,
    ) -> None:
        super().__init__(lengths, epoch_s=epoch_s)
        if max_sources < 1:
            raise ValueError(f"max_sources = {max_sources}: at least 1")
        self.by_delay = by_delay
        self.max_sources = max_sources
        links, n_sats = lengths.topology.links, lengths.topology.n_sats
        self._is_in_order = ~np.isin(links, list(down)).any(axis=1)
        both_ways = np.concatenate([links, links[:, ::-1]])
        order = np.lexsort((both_ways[:, 1], both_ways[:, 0]))
        self._link_of_entry = np.concatenate([np.arange(len(links))] * 2)[order]
        rows = np.searchsorted(both_ways[order, 0], np.arange(n_sats + 1))
        shape = (n_sats, n_sats)
        self._graph = csr_array((np.ones(len(order)), both_ways[order, 1], rows), shape=shape)
        self._previous: dict[int, array[int]] = {}
        self._n_hops: dict[int, array[int]] = {}
        self._reachable_planes: dict[int, frozenset[int]] = {}
        self._plane_of = np.array(lengths.topology.plane_of, dtype=np.intp)
        self._is_usable = lengths.is_usable & self._is_in_order
        self._weigh()

    def hops(self, source: int, target: int) -> int:
        """Return the links on the route, -1 without a route."""
        n_hops = self._n_hops.get(source)
        if n_hops is None:
            n_hops = self._n_hops[source] = _count_hops(self._previous_of(source), source)
        return n_hops[target]

    def path(self, source: int, target: int) -> tuple[int, ...]:
        """Return the satellites on the route, both ends included; empty without a route."""
        previous = self._previous_of(source)
        satellites = [target]
        while target != source:
            target = previous[target]
            if target < 0:
                return ()
            satellites.append(target)
        satellites.reverse()
        return tuple(satellites)

    def reachable_planes(self, source: int) -> frozenset[int]:
        """Return the planes with a satellite to which a route leads."""
        planes = self._reachable_planes.get(source)
        if planes is None:
            self.hops(source, source)
            is_reached = np.array(self._n_hops[source], dtype=np.int32) > 0
            planes = self._reachable_planes[source] = frozenset(self._plane_of[is_reached].tolist())
        return planes

    def _begin_epoch(self) -> None:
        """Forget routes that the new lengths may have changed."""
        is_usable = self.lengths.is_usable & self._is_in_order
        if not self.by_delay and np.array_equal(self._is_usable, is_usable):
            return
        self._is_usable = is_usable
        self._previous.clear()
        self._n_hops.clear()
        self._reachable_planes.clear()
        self._weigh()

    def _weigh(self) -> None:
        """Write the weights of all links; infinite where a link is not usable."""
        weights = self.lengths.lengths_m if self.by_delay else _hops_then_length(self.lengths.lengths_m)
        self._graph.data[:] = np.where(self._is_usable, weights, np.inf)[self._link_of_entry]

    def _previous_of(self, source: int) -> array[int]:
        """Return the satellite before each satellite on the routes from a source, negative where there is none."""
        previous = self._previous.get(source)
        if previous is None:
            if len(self._previous) >= self.max_sources:
                oldest = next(iter(self._previous))
                del self._previous[oldest]
                self._n_hops.pop(oldest, None)
                self._reachable_planes.pop(oldest, None)
            solved = dijkstra(self._graph, directed=True, indices=[source], return_predecessors=True)[1][0]
            previous = self._previous[source] = array("i", solved.astype(np.int32).tobytes())
        return previous


def _count_hops(previous: array[int], source: int) -> array[int]:
    """Return the links on the route from a source to every satellite, -1 without a route."""
    before = np.array(previous, dtype=np.int32)
    is_reached = before >= 0
    is_reached[source] = True
    before[before < 0] = source
    n_hops = np.where(is_reached, 0, _NO_ROUTE).astype(np.int32)
    under_way = np.flatnonzero(is_reached)
    at = under_way.astype(np.int32)
    while len(under_way):
        going = at != source
        under_way, at = under_way[going], before[at[going]]
        n_hops[under_way] += 1
    return array("i", n_hops.tobytes())


def _hops_then_length(lengths_m: Floats) -> Floats:
    """Return weights that order routes by hops and, at equal hops, by length.

    A hop weighs 1, and all lengths of a route together less than half a hop: a route has fewer hops than there are
    links, each of which adds at most 0.5 / n_links.
    """
    longest_m = np.max(lengths_m, where=np.isfinite(lengths_m), initial=1.0)
    weights: Floats = 1.0 + lengths_m / longest_m * (0.5 / max(1, len(lengths_m)))
    return weights
