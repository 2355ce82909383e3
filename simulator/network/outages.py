"""When inter-satellite links are out of order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Protocol, TypeAlias

from simulator.random_streams import Stream, random_stream

Outage: TypeAlias = tuple[float, float]
"""start_s, end_s: a link is out of order during [start_s, end_s)."""


class LinkOutages(Protocol):
    """Tells the outages of every link."""

    def of_link(self, a: int, b: int) -> Iterator[Outage]:
        """Yield the outages of the link between satellites `a < b`, disjoint and in order of time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomLinkOutages:
    """Links that fail and recover independently, an alternating renewal process with exponential times.

    Every link works at t = 0. In the long run it is out of order for mean_outage / (mean_time_between + mean_outage)
    of the time. A link draws from a stream of its own, as it goes along: its outages depend on the seed and its two
    ends alone, and nothing is kept of the past.

    Attributes
    ----------
    mean_time_between_s : float
        Mean time for which a link works between two outages.
    mean_outage_s : float
        Mean length of an outage.
    root_seed : int, non-negative
        Seed of the scenario.
    """

    mean_time_between_s: float
    mean_outage_s: float
    root_seed: int

    def __post_init__(self) -> None:
        for name in ("mean_time_between_s", "mean_outage_s"):
            if not 0.0 < getattr(self, name) < inf:
                raise ValueError(f"{name} = {getattr(self, name)}: must be positive and finite")

    def of_link(self, a: int, b: int) -> Iterator[Outage]:
        """Yield the outages of the link between satellites `a < b`, without end."""
        rng = random_stream(self.root_seed, Stream.LINK_OUTAGES, satellite=a, neighbour=b)
        end_s = 0.0
        while True:
            start_s = end_s + rng.exponential(self.mean_time_between_s)
            end_s = start_s + rng.exponential(self.mean_outage_s)
            yield start_s, end_s
