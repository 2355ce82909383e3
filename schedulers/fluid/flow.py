"""Work as a flow along links: the fewest hops from where it arises to where it may run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

Floats = NDArray[np.float64]

_UNSERVED_HOPS: Final = 1e4
"""Price of work that no satellite may take: more than any way through any fleet."""

_AMPLE_SHARE: Final = 0.8
"""Up to this share of sunlit capacity, the dual simplex method takes half the time of an interior point; well above,
with many sinks full, up to three times as long."""

_LEAST_S: Final = 1e-3
"""Flows below a millisecond of work are rounding."""


class Destination:
    """Where a part of the work of a satellite is to run; `served_s` grows as tasks go there."""

    __slots__ = ("in_sunlight", "satellite", "served_s", "share_s")

    def __init__(self, satellite: int, share_s: float, *, in_sunlight: bool) -> None:
        self.satellite = satellite
        self.in_sunlight = in_sunlight
        self.share_s = share_s
        self.served_s = 0.0


class FlowProgramme:
    """Minimum-cost flow of work over the links of a fleet, solved by HiGHS.

    Each satellite is a source (work that arises) and two sinks (sunlit work, work on the battery). A link costs one hop
    per second of work; sinks cost as many hops as a task would go to avoid them.

    Parameters
    ----------
    neighbours : sequence of sequences of int
        Satellites linked to each.
    """

    def __init__(self, neighbours: Sequence[Sequence[int]]) -> None:
        self.n_sats = len(neighbours)
        self._links: list[list[tuple[int, int]]] = []
        senders: list[int] = []
        receivers: list[int] = []
        for satellite, others in enumerate(neighbours):
            self._links.append([(other, len(senders) + k) for k, other in enumerate(others)])
            senders += [satellite] * len(others)
            receivers += others
        n_links, everyone = len(senders), np.arange(self.n_sats)
        self._n_links = n_links
        # what leaves a satellite or ends there, less what comes in, is what arises there
        rows = np.concatenate([senders, receivers, everyone, everyone, everyone]).astype(np.int32)
        links = np.arange(n_links)
        sinks = n_links + np.arange(3 * self.n_sats)
        columns = np.concatenate([links, links, sinks]).astype(np.int32)
        values = np.concatenate([np.ones(n_links), -np.ones(n_links), np.ones(3 * self.n_sats)])
        n_variables = n_links + 3 * self.n_sats
        self._balance = coo_array((values, (rows, columns)), shape=(self.n_sats, n_variables)).tocsc()

    def destinations(
        self, demand_s: Floats, sunlit_s: Floats, battery_s: Floats, sunlit_hops: Floats, battery_hops: float
    ) -> list[list[Destination]]:
        """Return for each satellite where its work is to run, its own sunlight first.

        Parameters
        ----------
        demand_s, sunlit_s, battery_s : (n_sats,) arrays, s
            Work that arises, and most that may run in sunlight and on the battery.
        sunlit_hops, battery_hops : (n_sats,) array and float
            Price of running in sunlight and on the battery, in hops.

        Raises
        ------
        RuntimeError
            If the solver fails, which it has no cause to: leaving all work unserved is feasible.
        """
        n_sats, n_links = self.n_sats, self._n_links
        unserved = np.full(n_sats, _UNSERVED_HOPS)
        cost = np.concatenate([np.ones(n_links), sunlit_hops, np.full(n_sats, battery_hops), unserved])
        upper = np.concatenate([np.full(n_links, np.inf), sunlit_s, battery_s, np.full(n_sats, np.inf)])
        bounds = np.column_stack([np.zeros(len(upper)), upper])
        solve: Any = linprog  # its stubs know no sparse matrix
        is_ample = demand_s.sum() <= _AMPLE_SHARE * sunlit_s.sum()
        method = "highs-ds" if is_ample else "highs-ipm"
        solved = solve(cost, A_eq=self._balance, b_eq=demand_s, bounds=bounds, method=method)
        if solved.x is None:
            raise RuntimeError(f"flow of work not solved: {solved.message}")
        sinks = solved.x[n_links : n_links + 2 * n_sats].reshape(2, n_sats)
        return self._paths(demand_s.tolist(), solved.x[:n_links].tolist(), sinks.tolist())

    def _paths(self, supply_s: list[float], flow_s: list[float], sinks_s: list[list[float]]) -> list[list[Destination]]:
        """Decompose a flow into ways from source to sink; uses up its arguments."""
        found: list[list[Destination]] = [[] for _ in supply_s]
        for source, destinations in enumerate(found):
            for sink_s, in_sunlight in zip(sinks_s, (True, False), strict=True):
                taken_s = min(supply_s[source], sink_s[source])
                if taken_s > _LEAST_S:
                    destinations.append(Destination(source, taken_s, in_sunlight=in_sunlight))
                    supply_s[source] -= taken_s
                    sink_s[source] -= taken_s
        for source, destinations in enumerate(found):
            while supply_s[source] > _LEAST_S:
                end = self._follow(source, supply_s[source], flow_s, sinks_s)
                if end is None:
                    break
                supply_s[source] -= end.share_s
                _add(destinations, end)
        return found

    def _follow(
        self, source: int, supply_s: float, flow_s: list[float], sinks_s: list[list[float]]
    ) -> Destination | None:
        """Follow the largest flow from a satellite to a sink and take what goes all the way; None without one."""
        way: list[int] = []
        here, amount_s = source, supply_s
        while True:
            for sink_s, in_sunlight in zip(sinks_s, (True, False), strict=True):
                if sink_s[here] > _LEAST_S:
                    amount_s = min(amount_s, sink_s[here])
                    sink_s[here] -= amount_s
                    for link in way:
                        flow_s[link] -= amount_s
                    return Destination(here, amount_s, in_sunlight=in_sunlight)
            neighbour, link = max(self._links[here], key=lambda pair: flow_s[pair[1]], default=(here, -1))
            if link < 0 or flow_s[link] <= _LEAST_S or len(way) > self.n_sats:
                return None
            amount_s = min(amount_s, flow_s[link])
            way.append(link)
            here = neighbour


def _add(destinations: list[Destination], new: Destination) -> None:
    for known in destinations:
        if known.satellite == new.satellite and known.in_sunlight == new.in_sunlight:
            known.share_s += new.share_s
            return
    destinations.append(new)
