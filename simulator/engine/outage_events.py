"""Outages as events: when each begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isfinite

from simulator.engine.clock import Clock
from simulator.outages import Outage


class OutageEvents:
    """Asks each source for its next outage, one at a time, and tells when outages begin and end.

    Parameters
    ----------
    clock : Clock
    sources : sequence of iterators of Outage
        Each in order of `from_s`; those of one source may overlap.
    on_begin, on_end : callable
        Called with each outage.
    """

    def __init__(
        self,
        clock: Clock,
        sources: Sequence[Iterator[Outage]],
        on_begin: Callable[[Outage], None],
        on_end: Callable[[Outage], None],
    ) -> None:
        self._clock = clock
        self._sources = sources
        self._on_begin = on_begin
        self._on_end = on_end

    def start(self) -> None:
        """Begin what is out of order from the start, and set the first event of every source."""
        for i_source in range(len(self._sources)):
            self._await(i_source)

    def _await(self, i_source: int) -> None:
        for outage in self._sources[i_source]:
            if outage.from_s > self._clock.now:
                self._clock.at(outage.from_s, self._begin, (i_source, outage))
                return
            self._happen(outage)

    def _begin(self, argument: tuple[int, Outage]) -> None:
        i_source, outage = argument
        self._happen(outage)
        self._await(i_source)

    def _happen(self, outage: Outage) -> None:
        if isfinite(outage.until_s):
            self._clock.at(outage.until_s, self._on_end, outage)
        self._on_begin(outage)
