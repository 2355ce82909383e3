"""All outages of a world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.outages.random_outages import RandomOutages
from simulator.outages.records import Outage, OutageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class OutagePlan:
    """Outages that are scheduled, and processes that draw further ones; the same for every scheduler.

    Outages of one thing may overlap: it is out of order as long as any of them lasts.
    """

    scheduled: tuple[Outage, ...] = ()
    random: tuple[RandomOutages, ...] = ()

    def __post_init__(self) -> None:
        for outage in self.scheduled:
            if not 0.0 <= outage.from_s < outage.until_s:
                raise ValueError(f"scheduled = {outage}: must begin at 0 s or later, and end after that")

    @property
    def kinds(self) -> frozenset[OutageKind]:
        """What can be out of order."""
        return frozenset(outage.kind for outage in self.scheduled) | {process.kind for process in self.random}

    def sources(self, n_sats: int, n_stations: int, links: Sequence[Sequence[int]]) -> list[Iterator[Outage]]:
        """Return iterators over all outages, each in order of time."""
        places: dict[OutageKind, Sequence[Sequence[int]]] = {
            OutageKind.LINK: links,
            OutageKind.SATELLITE: [(i_sat,) for i_sat in range(n_sats)],
            OutageKind.STATION: [(i_station,) for i_station in range(n_stations)],
            OutageKind.ARRAY: [(i_sat,) for i_sat in range(n_sats)],
        }
        drawn = (process.of(*place) for process in self.random for place in places[process.kind])
        scheduled = iter(sorted(self.scheduled, key=lambda outage: outage.from_s))
        return [*drawn, scheduled] if self.scheduled else list(drawn)
