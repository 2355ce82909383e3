"""Minimum-cost maximum flow from tasks to places: exact, by successive shortest paths.

A satellite has a few tasks per slot and at most five places (itself and its neighbours), so the graph is kept as a
matrix of costs and searched with the Bellman-Ford rule over the places alone: a path source - task - place - task -
place - sink is a chain of tasks that each give up their place to the one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

NOWHERE = -1
"""Place of a task that no flow carries."""

_ROUNDING = 1e-12
"""Of the largest cost: a path must be shorter by more than rounding, else equal chains could go round in circles."""


def assign(costs: Sequence[Sequence[float]], capacities: Sequence[int]) -> list[int]:
    """Send as many tasks as possible to places, at the least total cost.

    Parameters
    ----------
    costs : sequence of sequences of float, (n_tasks, n_places)
        `inf` where a task may not go.
    capacities : sequence of int, (n_places,)
        How many tasks a place takes.

    Returns
    -------
    list of int, (n_tasks,)
        The place of each task, `NOWHERE` for those left over.

    Notes
    -----
    Where the cheapest place of every task has room for all that want it, that is the optimum. Else: successive
    shortest paths (Ahuja, Magnanti and Orlin, "Network Flows", 1993, section 9.7), each of one task; after k paths the
    flow is the cheapest of value k, so that the last one is the cheapest maximum flow. Equal costs go to the first
    place, and to the first task.
    """
    wanted = [_cheapest(row) for row in costs]
    n_wanting = [0] * len(capacities)
    for place in wanted:
        if place != NOWHERE:
            n_wanting[place] += 1
    if all(n <= capacity for n, capacity in zip(n_wanting, capacities, strict=True)):
        return wanted
    places = [NOWHERE] * len(costs)
    free = list(capacities)
    least_gain = _ROUNDING * max([abs(cost) for row in costs for cost in row if cost < inf], default=0.0)
    while _augment_(costs, places, free, least_gain):
        pass
    return places


def _cheapest(row: Sequence[float]) -> int:
    least = min(row)
    return row.index(least) if least < inf else NOWHERE


def _augment_(costs: Sequence[Sequence[float]], places: list[int], free: list[int], least_gain: float) -> bool:
    """Send one more task along the cheapest path; False if there is none."""
    distances = [inf] * len(free)
    movers = [NOWHERE] * len(free)
    for i_task, row in enumerate(costs):
        if places[i_task] == NOWHERE:
            _relax_(row, i_task, 0.0, distances, movers)
    for _ in range(len(free) - 1):
        has_changed = False
        for i_task, row in enumerate(costs):
            place = places[i_task]
            if place != NOWHERE and distances[place] < inf:
                offset = distances[place] - row[place] + least_gain
                has_changed |= _relax_(row, i_task, offset, distances, movers)
        if not has_changed:
            break
    ends = [place for place, n_free in enumerate(free) if n_free > 0 and distances[place] < inf]
    if not ends:
        return False
    place = min(ends, key=lambda end: distances[end])
    free[place] -= 1
    while place != NOWHERE:
        i_task = movers[place]
        places[i_task], place = place, places[i_task]
    return True


def _relax_(row: Sequence[float], i_task: int, offset: float, distances: list[float], movers: list[int]) -> bool:
    """Shorten the distances of the places that a task can reach; return whether any became shorter."""
    has_changed = False
    for place, cost in enumerate(row):
        if offset + cost < distances[place]:
            distances[place], movers[place] = offset + cost, i_task
            has_changed = True
    return has_changed
