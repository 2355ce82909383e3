"""Fewest-hop routes on a healthy +Grid in closed form."""

from __future__ import annotations

import numpy as np

from simulator.network.grid import Grid
from simulator.network.lengths import LinkLengths
from simulator.network.router import Router

_HALF_TURN_RAD = np.pi


class WalkerHopRouter(Router):
    """Fewest hops between satellites of a whole Walker shell, open or closed at the seam.

    Going `c` planes and `s` slots takes |c| + |s| hops. On a closed grid the same satellite is reached by c + w P
    planes and s - w F slots for every whole w (the grid is a torus, twisted by the phasing F at the seam), and the
    smallest sum counts. Among the routes with fewest hops the one is taken that changes planes in one run, at the
    place along the source's plane where the planes are closest: nearest to the highest latitude it passes.

    Parameters
    ----------
    lengths : LinkLengths
        Of a topology from `plus_grid` without outages. Mean orbits tell where the planes are closest.
    epoch_s : float
        Length of a routing epoch.
    """

    def __init__(self, lengths: LinkLengths, *, epoch_s: float = 10.0) -> None:
        super().__init__(lengths, epoch_s=epoch_s)
        topology = lengths.topology
        if topology.grid is None:
            raise ValueError("topology.grid = None: closed-form routes need a whole +Grid; use DijkstraRouter")
        grid = topology.grid
        self._grid = grid
        self._mean_orbits = lengths.positions.mean_orbits
        self._plane_of = topology.plane_of
        self._slot_of = topology.slot_of
        moves = [_shortest_move(grid, planes, slots) for planes in _plane_steps(grid) for slots in range(grid.n_slots)]
        self._moves = moves
        self._n_hops = [abs(planes) + abs(slots) for planes, slots in moves]
        self._margin = 1 + max(abs(planes) for planes, _ in moves)
        self._rings = [[*plane, *plane, *plane] for plane in topology.planes]
        self._rows = [_row(grid, slot, self._margin) for slot in range(grid.n_slots)]
        self._slots_per_half_turn = grid.n_slots / 2.0
        self._slots_per_plane = grid.phasing / grid.n_planes
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        """Take the argument of latitude of the epoch."""
        orbits = self._mean_orbits
        latitude_rad = orbits.argument_of_latitude_rad + orbits.argument_of_latitude_rate_rad_s * self.lengths.t_s
        to_peak = np.mod(0.5 * np.pi - latitude_rad, _HALF_TURN_RAD) / _HALF_TURN_RAD * self._slots_per_half_turn
        self._slots_to_peak: list[float] = to_peak.tolist()

    def hops(self, source: int, target: int) -> int:
        """Return the links on the route."""
        return self._n_hops[self._displacement(source, target)]

    def path(self, source: int, target: int) -> tuple[int, ...]:
        """Return the satellites on the route, both ends included; empty without a route."""
        planes, slots = self._moves[self._displacement(source, target)]
        if planes == 0:
            return tuple(self._along(source, slots))
        slots_first = self._slots_before_crossing(source, planes, slots)
        first = self._along(source, slots_first)
        middle = self._across(first.pop(), planes)
        first += middle
        first += self._along(first.pop(), slots - slots_first)
        return tuple(first)

    def _displacement(self, source: int, target: int) -> int:
        """Return the row of the move from one satellite to another; negative rows count from the end."""
        planes = self._plane_of[target] - self._plane_of[source]
        slots = self._slot_of[target] - self._slot_of[source]
        grid = self._grid
        if planes < 0 and grid.has_closed_seam:
            planes += grid.n_planes
            slots -= grid.phasing
        return planes * grid.n_slots + slots % grid.n_slots

    def _along(self, satellite: int, slots: int) -> list[int]:
        """Return the satellites passed by going some slots along the plane."""
        ring = self._rings[self._plane_of[satellite]]
        start = self._slot_of[satellite] + self._grid.n_slots
        return ring[start : start + slots + 1] if slots >= 0 else ring[start : start + slots - 1 : -1]

    def _across(self, satellite: int, planes: int) -> list[int]:
        """Return the satellites passed by going some planes across."""
        row = self._rows[self._slot_of[satellite]]
        start = self._plane_of[satellite] + self._margin
        return row[start : start + planes + 1] if planes >= 0 else row[start : start + planes - 1 : -1]

    def _slots_before_crossing(self, source: int, planes: int, slots: int) -> int:
        """Return how many of the slots to go before changing planes, so that the change is at high latitude."""
        half_turn = self._slots_per_half_turn
        ahead = (self._slots_to_peak[source] - 0.5 * planes * self._slots_per_plane) % half_turn
        behind = half_turn - ahead
        if slots < 0:
            ahead, behind = behind, ahead
        n_slots = abs(slots)
        best = round(ahead)
        if best > n_slots:
            best = 0 if behind < ahead - n_slots else n_slots
        return best if slots >= 0 else -best


def _plane_steps(grid: Grid) -> list[int]:
    """Return the differences of plane numbers in the order of the rows of moves."""
    forward = list(range(grid.n_planes))
    return forward if grid.has_closed_seam else forward + list(range(1 - grid.n_planes, 0))


def _shortest_move(grid: Grid, planes: int, slots: int) -> tuple[int, int]:
    """Return the signed planes and slots of a fewest-hop move; on a tie the one with the fewest turns of the torus."""
    n_planes, n_slots = grid.n_planes, grid.n_slots
    n_turns = 1 + n_slots // (2 * n_planes) if grid.has_closed_seam and n_planes > 1 else 0
    best: tuple[int, int] | None = None
    for turn in sorted(range(-n_turns, n_turns + 1), key=abs):
        across = planes + turn * n_planes
        along = (slots - turn * grid.phasing + (n_slots - 1) // 2) % n_slots - (n_slots - 1) // 2
        if best is None or abs(across) + abs(along) < abs(best[0]) + abs(best[1]):
            best = (across, along)
    assert best is not None
    return best


def _row(grid: Grid, slot: int, margin: int) -> list[int]:
    """Return the satellites met by crossing planes at a slot, from `margin` planes before plane 0 to as many after."""
    row = []
    for plane in range(-margin, grid.n_planes + margin):
        turns, inside = divmod(plane, grid.n_planes)
        row.append(inside * grid.n_slots + (slot + turns * grid.phasing) % grid.n_slots)
    return row
