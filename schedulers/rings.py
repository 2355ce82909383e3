"""Satellites around one, by the number of links to them."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.records import View


class Rings:
    """Rings of equal hops around every satellite, found when first asked for and then kept."""

    def __init__(self) -> None:
        self._rings: dict[int, list[list[int]]] = {}
        self._seen: dict[int, set[int]] = {}

    def around(self, source: int, view: View) -> Iterator[list[int]]:
        """Yield the satellite itself, its neighbours, theirs, and so on; inside a ring in the order of links."""
        rings = self._rings.setdefault(source, [[source]])
        n_hops = 0
        while rings[n_hops]:
            yield rings[n_hops]
            n_hops += 1
            if n_hops == len(rings):
                rings.append(self._next(source, rings[-1], view))

    def _next(self, source: int, ring: list[int], view: View) -> list[int]:
        seen = self._seen.setdefault(source, {source})
        outer = []
        for satellite in ring:
            for neighbour in view.neighbours(satellite):
                if neighbour not in seen:
                    seen.add(neighbour)
                    outer.append(neighbour)
        return outer
