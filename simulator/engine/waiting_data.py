"""What waits on satellites for the way down, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import TypeAlias

from simulator.engine.storage import StoredData

Urgency: TypeAlias = tuple[int, float, int]
"""Rank of the kind, deadline, age: the smallest is the most urgent."""


class WaitingData:
    """A heap for each of `n_sats` satellites; data that are gone stay in it until they come to the top."""

    def __init__(self, n_sats: int) -> None:
        self._heaps: list[list[tuple[Urgency, StoredData]]] = [[] for _ in range(n_sats)]

    def add(self, satellite: int, data: StoredData) -> None:
        """Let data wait."""
        heappush(self._heaps[satellite], (data.urgency, data))

    def first(self, satellite: int) -> StoredData | None:
        """Return the most urgent of what waits on a satellite."""
        heap = self._heaps[satellite]
        while heap and heap[0][1].is_gone:
            heappop(heap)
        return heap[0][1] if heap else None

    def first_urgency(self, satellite: int) -> Urgency:
        """Return how urgent that is, where `first` has just told that there is something."""
        return self._heaps[satellite][0][0]

    def take_first(self, satellite: int) -> StoredData:
        """Return the same data, which wait no more."""
        return heappop(self._heaps[satellite])[1]

    def everything(self) -> Iterator[StoredData]:
        """Yield all that waits, by satellite and urgency."""
        for heap in self._heaps:
            for _, data in sorted(heap, key=lambda entry: entry[0]):
                if not data.is_gone:
                    yield data
