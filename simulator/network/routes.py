"""Which router fits a network."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import numpy as np

from simulator.network.detours import DetourRouter
from simulator.network.dijkstra import DijkstraRouter
from simulator.network.lengths import LinkLengths
from simulator.network.router import Router
from simulator.network.walker_hops import WalkerHopRouter
from simulator.network.walker_table import WalkerTableRouter, is_walker_symmetric

__all__ = [
    "DetourRouter",
    "DijkstraRouter",
    "RouteMetric",
    "Router",
    "WalkerHopRouter",
    "WalkerTableRouter",
    "detour_router_for",
    "router_for",
]


class RouteMetric(StrEnum):
    """What a shortest route is shortest in."""

    HOPS = "hops"
    DELAY = "delay"


def router_for(
    lengths: LinkLengths, metric: RouteMetric, *, epoch_s: float = 10.0, down: Collection[int] = ()
) -> Router:
    """Return the fastest router that is right for a network.

    Fewest hops on a healthy +Grid without a range limit: closed form. Shortest delay on a healthy closed Walker
    shell: the table over one revolution. Anything else (delay across an open seam, real satellites, satellites in
    `down`, links out of range): Dijkstra.
    """
    topology, is_unlimited = lengths.topology, bool(np.isinf(lengths.max_range_m))
    if topology.grid is not None and is_unlimited and not down and lengths.is_usable.all():
        if metric is RouteMetric.HOPS:
            return WalkerHopRouter(lengths, epoch_s=epoch_s)
        if is_walker_symmetric(topology, lengths.positions.mean_orbits):
            return WalkerTableRouter(lengths, epoch_s=epoch_s)
    return DijkstraRouter(lengths, by_delay=metric is RouteMetric.DELAY, epoch_s=epoch_s, down=down)


def detour_router_for(router: Router, metric: RouteMetric, *, down: Collection[int] = ()) -> DetourRouter:
    """Return a router around failed links, from one that was made for the same metric and the same `down`."""
    by_delay = metric is RouteMetric.DELAY
    around = DijkstraRouter(router.lengths, by_delay=by_delay, epoch_s=router.epoch_s, down=down)
    return DetourRouter(router, around)
