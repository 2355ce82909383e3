"""Shortest routes over any links: open seams, real satellites, links out of order or out of range."""

from __future__ import annotations

from array import array
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from simulator.network.grid import Topology
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
        self._has_power = np.asarray(~np.isin(links, list(down)).any(axis=1), dtype=np.bool_)
        self._is_in_order = self._has_power
        both_ways = np.concatenate([links, links[:, ::-1]])
        order = np.lexsort((both_ways[:, 1], both_ways[:, 0]))
        self._link_of_entry = np.concatenate([np.arange(len(links))] * 2)[order]
        rows = np.searchsorted(both_ways[order, 0], np.arange(n_sats + 1))
        shape = (n_sats, n_sats)
        self._graph = csr_array((np.ones(len(order)), both_ways[order, 1], rows), shape=shape)
        self._previous: dict[int, array[int]] = {}
        self._n_hops: dict[int, array[int]] = {}
        self._parts: _Parts | None = None
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
        if self._parts is None:
            self._parts = _Parts(self.lengths.topology, self._is_usable)
        return self._parts.planes_around(source)

    def leave_out(self, links: Collection[int]) -> None:
        """Route around these links (rows of `Topology.links`) besides those of satellites in `down`."""
        self._is_in_order = self._has_power.copy()
        self._is_in_order[list(links)] = False
        self._use(self.lengths.is_usable & self._is_in_order)

    def _begin_epoch(self) -> None:
        """Forget routes that the new lengths may have changed."""
        is_usable = self.lengths.is_usable & self._is_in_order
        if self.by_delay or not np.array_equal(self._is_usable, is_usable):
            self._use(is_usable)

    def _use(self, is_usable: NDArray[np.bool_]) -> None:
        """Route over these links from now on; nothing of what was found before holds."""
        self._is_usable = is_usable
        self._previous.clear()
        self._n_hops.clear()
        self._parts = None
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
            solved = dijkstra(self._graph, directed=True, indices=[source], return_predecessors=True)[1][0]
            previous = self._previous[source] = array("i", solved.astype(np.int32).tobytes())
        return previous


class _Parts:
    """The parts into which a network falls, and the planes in those that were asked for."""

    def __init__(self, topology: Topology, is_usable: NDArray[np.bool_]) -> None:
        (first, second), n_sats = topology.links[is_usable].T, topology.n_sats
        graph = coo_array((np.ones(len(first)), (first, second)), shape=(n_sats, n_sats))
        self._part_of = connected_components(graph, directed=False)[1]
        self._plane_of = np.array(topology.plane_of, dtype=np.intp)
        self._planes: dict[int, tuple[frozenset[int], list[int]]] = {}

    def planes_around(self, source: int) -> frozenset[int]:
        """Return the planes of the satellites that hang together with one, itself not counted."""
        part, plane = int(self._part_of[source]), int(self._plane_of[source])
        if part not in self._planes:
            n_in_plane = np.bincount(self._plane_of[self._part_of == part])
            self._planes[part] = frozenset(np.flatnonzero(n_in_plane).tolist()), n_in_plane.tolist()
        planes, n_in = self._planes[part]
        return planes if n_in[plane] > 1 else planes - {plane}


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
