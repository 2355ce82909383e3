"""What a router is: shortest routes over the links of a routing epoch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import pairwise
from math import inf

from simulator.network.lengths import LinkLengths


class Router(ABC):
    """Shortest routes between satellites.

    Link lengths and routes hold for a routing epoch: those of its start, a whole multiple of `epoch_s`. In 10 s a
    link between planes of a low orbit changes by some 7 km at most, 25 us of light.

    Parameters
    ----------
    lengths : LinkLengths
        Lengths of all links; the router keeps them at its routing epoch.
    epoch_s : float
        Length of a routing epoch.
    """

    def __init__(self, lengths: LinkLengths, *, epoch_s: float = 10.0) -> None:
        if not epoch_s > 0.0:
            raise ValueError(f"epoch_s = {epoch_s}: must be positive")
        self.lengths = lengths
        self.epoch_s = epoch_s
        self._epoch_start_s = lengths.t_s
        self._epoch_end_s = lengths.t_s + epoch_s
        self._all_planes = frozenset(range(len(lengths.topology.planes)))

    @property
    def propagation_s(self) -> list[float]:
        """Light time of every link in this routing epoch."""
        return self.lengths.propagation_s

    def refresh(self, t_s: float) -> None:
        """Begin the routing epoch of `t_s`, unless it is the current one."""
        if self._epoch_start_s <= t_s < self._epoch_end_s:
            return
        self._epoch_start_s = t_s // self.epoch_s * self.epoch_s
        self._epoch_end_s = self._epoch_start_s + self.epoch_s
        self.lengths.refresh(self._epoch_start_s)
        self._begin_epoch()

    @abstractmethod
    def hops(self, source: int, target: int) -> int:
        """Return the links on the route, 0 from a satellite to itself, -1 without a route."""

    @abstractmethod
    def path(self, source: int, target: int) -> tuple[int, ...]:
        """Return the satellites on the route, both ends included; empty without a route."""

    def reachable_planes(self, source: int) -> frozenset[int]:  # noqa: ARG002 - part of the interface
        """Return the planes with a satellite to which a route leads; all of them unless a router says otherwise."""
        return self._all_planes

    def transfer_s(self, source: int, target: int, duration_s: float) -> float:
        """Return how long a transfer of `duration_s` per link takes without queueing; inf without a route."""
        path = self.path(source, target)
        if not path:
            return inf
        propagation_s = self.lengths.propagation_s
        directed_links_of = self.lengths.topology.directed_links_of
        light_s = sum([propagation_s[directed_links_of[a][b] >> 1] for a, b in pairwise(path)])
        return light_s + (len(path) - 1) * duration_s

    @abstractmethod
    def _begin_epoch(self) -> None:
        """Bring routes to the epoch of `lengths.t_s`."""
