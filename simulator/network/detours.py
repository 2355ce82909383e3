"""Routes around links that have failed."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from simulator.network.dijkstra import DijkstraRouter
from simulator.network.router import Router


class DetourRouter(Router):
    """The routes of another router where they avoid the failed links, else shortest routes around those.

    Taking links out of a network shortens no route, so a shortest route that uses none of them stays shortest. Only
    what would cross a failed link is solved anew, once per source between two changes.

    Parameters
    ----------
    router : Router
        Routes with all links in order.
    around : DijkstraRouter
        Over the same lengths, for routes around; this router decides which links it leaves out.
    """

    def __init__(self, router: Router, around: DijkstraRouter) -> None:
        super().__init__(router.lengths, epoch_s=router.epoch_s)
        self._router = router
        self._around = around
        self._failed: tuple[int, ...] = ()
        self._failed_ends: frozenset[int] = frozenset()
        self._failed_hops: frozenset[tuple[int, int]] = frozenset()
        self._is_around_current = True
        self._begin_epoch()

    def leave_out(self, links: Collection[int]) -> None:
        """Route around these links (rows of `Topology.links`) and no others."""
        self._failed = tuple(links)
        ends: list[list[int]] = self.lengths.topology.links[list(links)].tolist()
        self._failed_ends = frozenset(end for pair in ends for end in pair)
        self._failed_hops = frozenset(hop for a, b in ends for hop in ((a, b), (b, a)))
        self._is_around_current = False

    def hops(self, source: int, target: int) -> int:
        """Return the links on the route, -1 without a route."""
        if not self._failed:
            return self._router.hops(source, target)
        return len(self.path(source, target)) - 1

    def path(self, source: int, target: int) -> tuple[int, ...]:
        """Return the satellites on the route, both ends included; empty without a route."""
        path = self._router.path(source, target)
        if self._failed_ends.isdisjoint(path) or self._failed_hops.isdisjoint(pairwise(path)):
            return path
        return self._around_failures().path(source, target)

    def reachable_planes(self, source: int) -> frozenset[int]:
        """Return the planes with a satellite to which a route leads."""
        if not self._failed:
            return self._router.reachable_planes(source)
        return self._around_failures().reachable_planes(source)

    def _around_failures(self) -> DijkstraRouter:
        if not self._is_around_current:
            self._is_around_current = True
            self._around.leave_out(self._failed)
        return self._around

    def _begin_epoch(self) -> None:
        """Bring both routers to the epoch of `lengths.t_s`."""
        self._router.refresh(self.lengths.t_s)
        self._around.refresh(self.lengths.t_s)
