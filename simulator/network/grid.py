"""Which satellites are linked: the record, and the +Grid of Walker shells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Links = NDArray[np.intp]


class GridShell(Protocol):
    """Counts and phasing of a Walker shell; satellite `plane * n_slots + slot`."""

    @property
    def n_planes(self) -> int:
        """Orbital planes."""
        ...

    @property
    def n_slots(self) -> int:
        """Satellites per plane."""
        ...

    @property
    def phasing(self) -> float:
        """Walker's F: a plane is ahead of the one before by F / (planes * slots) of a turn."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A healthy +Grid over a whole Walker shell, which closed-form routes need.

    With `has_closed_seam` the last plane is linked to the first, `phasing` slots further on.
    """

    n_planes: int
    n_slots: int
    phasing: int
    has_closed_seam: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """Satellites, their planes and the links that may exist between them.

    `links` has shape (n_links, 2): pairs with the smaller index first, sorted. A direction of link `k` is
    resource `2 * k` from the smaller index to the larger, `2 * k + 1` back.
    """

    n_sats: int
    planes: tuple[tuple[int, ...], ...]
    plane_of: tuple[int, ...]
    slot_of: tuple[int, ...]
    links: Links
    neighbours_of: tuple[tuple[int, ...], ...]
    directed_links_of: tuple[dict[int, int], ...]
    grid: Grid | None = None

    @property
    def n_links(self) -> int:
        """Number of links, each counted once."""
        return len(self.links)

    def neighbours(self, satellite: int) -> tuple[int, ...]:
        """Return the satellites linked to one, in ascending order."""
        return self.neighbours_of[satellite]

    def link_id(self, a: int, b: int) -> int:
        """Return the row of `links` that joins two satellites, in either order."""
        return self.directed_link(a, b) >> 1

    def directed_link(self, a: int, b: int) -> int:
        """Return the resource that carries from `a` to `b`.

        Raises
        ------
        ValueError
            If the two are not linked.
        """
        link = self.directed_links_of[a].get(b)
        if link is None:
            raise ValueError(f"satellites {a} and {b} are not linked; {a} is linked to {self.neighbours_of[a]}")
        return link


def topology_of(
    links: Iterable[tuple[int, int]], planes: Sequence[Sequence[int]], grid: Grid | None = None
) -> Topology:
    """Return the topology of some links among satellites that are given plane by plane.

    Parameters
    ----------
    links : iterable of pairs of satellites
        In any order; a pair given twice is one link.
    planes : sequence of sequences of int
        Every satellite `0 .. n_sats - 1` once, in order along its plane.
    grid : Grid, optional
        Set when the links are exactly that grid.

    Raises
    ------
    ValueError
        If a satellite is linked to itself or unknown, or if the planes do not hold every satellite once.
    """
    n_sats = sum(len(plane) for plane in planes)
    if sorted(satellite for plane in planes for satellite in plane) != list(range(n_sats)):
        raise ValueError(f"planes must hold every satellite from 0 to {n_sats - 1} exactly once")
    pairs = sorted({(min(a, b), max(a, b)) for a, b in links})
    for a, b in pairs:
        if a == b or a < 0 or b >= n_sats:
            raise ValueError(f"link ({a}, {b}): a link joins two different satellites from 0 to {n_sats - 1}")
    directed: list[dict[int, int]] = [{} for _ in range(n_sats)]
    for link, (a, b) in enumerate(pairs):
        directed[a][b] = 2 * link
        directed[b][a] = 2 * link + 1
    place = {satellite: (p, s) for p, plane in enumerate(planes) for s, satellite in enumerate(plane)}
    return Topology(
        n_sats=n_sats,
        planes=tuple(tuple(plane) for plane in planes),
        plane_of=tuple(place[satellite][0] for satellite in range(n_sats)),
        slot_of=tuple(place[satellite][1] for satellite in range(n_sats)),
        links=np.array(pairs, dtype=np.intp).reshape(-1, 2),
        neighbours_of=tuple(tuple(sorted(row)) for row in directed),
        directed_links_of=tuple(directed),
        grid=grid,
    )


def plus_grid(shell: GridShell, *, has_closed_seam: bool) -> Topology:
    """Return the +Grid of a Walker shell: two neighbours in plane, one in each adjacent plane at the same slot.

    Parameters
    ----------
    shell : GridShell
        Planes, slots and phasing.
    has_closed_seam : bool
        Whether the last plane is linked to the first: right for a delta shell (nodes all around), wrong for a star
        shell, whose last and first planes run against each other.

    Notes
    -----
    A step from plane P - 1 to plane 0 turns the node by a full circle, so the phase offset that one step adds P times
    over, F slots in all, appears at once: slot s is linked to slot s + F (Walker notation i: T/P/F, Walker 1984). For
    an F that is no whole number the nearest one is taken.
    """
    n_planes, n_slots, phasing = shell.n_planes, shell.n_slots, round(shell.phasing)
    planes = walker_planes(shell)
    links = _ring_links(planes)
    for p in range(n_planes - 1):
        links += zip(planes[p], planes[p + 1], strict=True)
    if has_closed_seam and n_planes > 1:
        links += [(planes[-1][s], planes[0][(s + phasing) % n_slots]) for s in range(n_slots)]
    grid = Grid(n_planes=n_planes, n_slots=n_slots, phasing=phasing, has_closed_seam=has_closed_seam)
    return topology_of([(a, b) for a, b in links if a != b], planes, grid)


def in_plane(planes: Sequence[Sequence[int]]) -> Topology:
    """Return rings: every satellite linked to the next and the previous one of its plane."""
    return topology_of(_ring_links(planes), planes)


def no_links(planes: Sequence[Sequence[int]]) -> Topology:
    """Return satellites without any link, grouped into their planes."""
    return topology_of((), planes)


def without(
    topology: Topology, *, satellites: Collection[int] = (), links: Collection[tuple[int, int]] = ()
) -> Topology:
    """Return a topology with some satellites' links and some links out of order.

    Indices of satellites stay; indices of links change.
    """
    gone = set(satellites)
    cut = {(min(a, b), max(a, b)) for a, b in links}
    kept = [(a, b) for a, b in topology.links.tolist() if a not in gone and b not in gone and (a, b) not in cut]
    return topology_of(kept, topology.planes, topology.grid if len(kept) == topology.n_links else None)


def walker_planes(shell: GridShell) -> list[list[int]]:
    """Return the satellites of each plane of a Walker shell, by slot."""
    return [list(range(p * shell.n_slots, (p + 1) * shell.n_slots)) for p in range(shell.n_planes)]


def _ring_links(planes: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Return the links of a ring around each plane; a plane of two is one link, a plane of one none."""
    return [(plane[s - 1], plane[s]) for plane in planes for s in range(len(plane)) if len(plane) > 1]
