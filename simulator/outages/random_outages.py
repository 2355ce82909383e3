"""Things that fail and recover at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, nan
from types import MappingProxyType
from typing import Final

from simulator.outages.records import Outage, OutageKind
from simulator.random_streams import Stream, random_stream

_STREAMS: Final = MappingProxyType(
    {
        OutageKind.LINK: Stream.LINK_OUTAGES,
        OutageKind.SATELLITE: Stream.SATELLITE_OUTAGES,
        OutageKind.STATION: Stream.STATION_OUTAGES,
        OutageKind.ARRAY: Stream.ARRAY_OUTAGES,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomOutages:
    """Things of a kind that fail and recover independently, an alternating renewal process with exponential times.

    Everything works at t = 0. In the long run a thing is out of order for mean_outage / (mean_time_between +
    mean_outage) of the time. Each draws from a stream of its own, as time goes along: its outages depend on the seed
    and its index (a link: its two ends) alone, and nothing is kept of the past.

    Attributes
    ----------
    kind : OutageKind
    mean_time_between_s : float
        Mean time for which a thing works between two outages.
    mean_outage_s : float
        Mean length of an outage.
    root_seed : int, non-negative
        Seed of the scenario.
    output : float
        What is left of an array meanwhile; nan for other kinds.
    """

    kind: OutageKind
    mean_time_between_s: float
    mean_outage_s: float
    root_seed: int
    output: float = nan

    def __post_init__(self) -> None:
        for name in ("mean_time_between_s", "mean_outage_s"):
            if not 0.0 < getattr(self, name) < inf:
                raise ValueError(f"{name} = {getattr(self, name)}: must be positive and finite")

    def of(self, first: int, second: int = -1) -> Iterator[Outage]:
        """Yield the outages of a thing, without end; of a link `first < second`."""
        neighbour = second if self.kind is OutageKind.LINK else None
        rng = random_stream(self.root_seed, _STREAMS[self.kind], satellite=first, neighbour=neighbour)
        end_s = 0.0
        while True:
            start_s = end_s + rng.exponential(self.mean_time_between_s)
            end_s = start_s + rng.exponential(self.mean_outage_s)
            yield Outage(self.kind, first, second, start_s, end_s, self.output)
