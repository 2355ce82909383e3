"""The smallest battery or array that keeps a scenario's batteries above a depth, found by runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq

from scenarios.build import build_world
from scenarios.config import Scenario
from scenarios.execution import RunResult, run
from scenarios.sized_groups import Varied, is_sized
from schedulers.bound.sunlight import solve_forecast, time_grid

UNITS: Final = {"battery": "kJ", "array": "W"}

_LARGEST_FACTOR: Final = 64.0
_SMALLEST_FACTOR: Final = 1.0 / 1024.0
_LARGEST_STEP: Final = 4.0
_GRID_S: Final = 300.0
_NO_GAIN: Final = 0.01
_LOADS: Final = ("compute_j", "transmit_j", "receive_j", "payload_j")

Loader = Callable[[float], Scenario]
"""Returns the scenario with the varied key at a value."""


class NoSizeError(ValueError):
    """No size of what is varied keeps the limits; the message says why and what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRequest:
    """What is varied and what must hold: the deepest discharge of any satellite, and the share of tasks on time.

    `tolerance` is how far above the smallest size the answer may lie, relative. With a `group` of a mixed fleet, depth
    is that of its satellites; the share is always that of all tasks.
    """

    vary: Varied
    max_depth: float
    min_on_time: float | None = None
    tolerance: float = 0.01
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One run of the search; `share_on_time` is nan without tasks.

    `shortage` tells of an array that brings less than its satellite took, so that a longer run would end worse.
    """

    value: float
    max_depth: float
    share_on_time: float
    n_brown_outs: int
    shortage: str | None
    keeps: bool
    folder: Path
    reused: bool


@dataclass(slots=True)
class SizeSearch:
    """All runs so far, in order; between the largest that fails and the smallest that keeps lies the answer."""

    tries: list[Try] = field(default_factory=list)

    @property
    def smallest_kept(self) -> Try | None:
        """The smallest size that keeps the limits."""
        return min((one for one in self.tries if one.keeps), key=lambda one: one.value, default=None)

    @property
    def largest_failed(self) -> Try | None:
        """The largest size that does not, of those below the smallest that does."""
        kept = self.smallest_kept
        below = [one for one in self.tries if not one.keeps and (kept is None or one.value < kept.value)]
        return max(below, key=lambda one: one.value, default=None)

    @property
    def bracket_ratio(self) -> float:
        """Smallest kept over largest failed, inf while one is missing."""
        kept, failed = self.smallest_kept, self.largest_failed
        return math.inf if kept is None or failed is None else kept.value / failed.value


def find_size(
    load: Loader,
    start: float,
    request: SizeRequest,
    *,
    runs_folder: Path = Path("runs"),
    progress: Callable[[int, float, float], None] | None = None,
    search: SizeSearch | None = None,
) -> Try:
    """Return the smallest size that keeps the limits, as its run.

    Parameters
    ----------
    load : callable
        Makes the scenario of a size.
    start : float
        Size to begin with, in the unit of the key.
    request : SizeRequest
    runs_folder : Path
        Every run is kept there and reused, so that a search that was interrupted goes on where it was.
    progress : callable, optional
        Called with the number of the run, its size and the share of it that is done.
    search : SizeSearch, optional
        Takes the runs as they are done, for those who want them also when there is no size.

    Raises
    ------
    NoSizeError
        If the array brings less than the satellite needs, so that no battery lasts; or if nothing up to 64 times
        `start` keeps the limits.
    ValueError
        If the group has no satellites.

    Notes
    -----
    Depth falls as battery or array grow for schedulers that do not look at the battery; for others nearly so, and the
    answer is then the smallest of a bracket. A battery's next size follows from the energy that the last one gave,
    capacity times depth; an array's by halving the bracket.
    """
    search = search or SizeSearch()
    shortage = _shortage(load(start), request.group)
    if request.vary == "battery":
        _refuse(shortage)
    value = start
    while True:
        one = _try(load, value, request, len(search.tries) + 1, runs_folder, progress)
        search.tries.append(one)
        if request.vary == "battery":
            _refuse(one.shortage)
        kept = search.smallest_kept
        if search.bracket_ratio <= 1.0 + request.tolerance or (kept and kept.value <= start * _SMALLEST_FACTOR):
            break
        _check_hope(search, start, request)
        value = float(f"{_next_value(search, request):.6g}")
    assert kept is not None, "the search ends at a size that keeps the limits"
    return kept


def _try(
    load: Loader,
    value: float,
    request: SizeRequest,
    number: int,
    runs_folder: Path,
    progress: Callable[[int, float, float], None] | None,
) -> Try:
    """Run one size."""

    def share(done: float) -> None:
        if progress is not None:
            progress(number, value, done)

    scenario = load(value)
    result: RunResult = run(scenario, runs_folder=runs_folder, progress=share)
    summary = result.summary
    sized = summary if request.group is None else summary["groups"][request.group]
    depth, on_time = float(sized["max_depth_of_discharge"]), summary["share_on_time"]
    on_time = math.nan if on_time is None else float(on_time)
    is_late = request.min_on_time is not None and on_time < request.min_on_time
    shortage = _shortage(scenario, request.group, result.folder)
    return Try(
        value=value,
        max_depth=depth,
        share_on_time=on_time,
        n_brown_outs=int(sized["n_brown_outs"]),
        shortage=shortage,
        keeps=depth <= request.max_depth and not is_late and shortage is None,
        folder=result.folder,
        reused=result.reused,
    )


def _next_value(search: SizeSearch, request: SizeRequest) -> float:
    """Return the size to run next: where the energy that the battery gave would just be allowed, or a halving."""
    last, kept, failed = search.tries[-1], search.smallest_kept, search.largest_failed
    aimed = last.value * last.max_depth / request.max_depth  # gives the same energy at the limit
    margin = 1.0 + 0.25 * request.tolerance
    is_aimed = request.vary == "battery" and last.max_depth > 0.0
    if kept is None:
        if not is_aimed or last.max_depth <= request.max_depth:
            return 2.0 * last.value
        return min(max(aimed, last.value) * margin, _LARGEST_STEP * last.value)
    if failed is None:
        return max(min(aimed, last.value) / margin, last.value / _LARGEST_STEP) if is_aimed else 0.5 * last.value
    middle = math.sqrt(kept.value * failed.value)
    if not is_aimed or len(search.tries) % 4 == 0:
        return middle
    aimed = kept.value * kept.max_depth / request.max_depth
    clear = 1.0 + 0.1 * request.tolerance
    guesses = (aimed / margin, aimed * margin)
    return next((guess for guess in guesses if failed.value * clear < guess < kept.value / clear), middle)


def _check_hope(search: SizeSearch, start: float, request: SizeRequest) -> None:
    """Refuse to go on where larger sizes do not help."""
    last = search.tries[-1]
    if search.smallest_kept is not None:
        return
    what, unit = request.vary, UNITS[request.vary]
    before = max((one for one in search.tries[:-1] if one.value < last.value), key=lambda one: one.value, default=None)
    is_deep = last.max_depth > request.max_depth
    is_flat = False
    if before is not None and last.n_brown_outs == 0 and last.shortage is None:
        gain = before.max_depth - last.max_depth if is_deep else last.share_on_time - before.share_on_time
        missing = last.max_depth - request.max_depth if is_deep else (request.min_on_time or 0.0) - last.share_on_time
        is_flat = gain < _NO_GAIN * missing
    if not is_flat and last.value < start * _LARGEST_FACTOR:
        return
    if is_deep:
        other = "a larger battery" if what == "array" else "a larger array"
        message = f"the deepest discharge stays at {last.max_depth:.3f}, above {request.max_depth:g}"
        remedy = f"what remains is drawn in shadow: try {other}, less load, or a scheduler that runs in sunlight"
    elif last.shortage is not None:
        message, remedy = last.shortage, "try a lower load, or a duration of whole orbits"
    else:
        message = f"{last.share_on_time:.2%} of the tasks are on time, below {request.min_on_time:.2%}"
        remedy = "energy is not what delays them: try a lower load, a faster processor or longer deadlines"
    raise NoSizeError(f"no {what} up to {last.value:g} {unit} is enough: {message}; {remedy}")


def _refuse(shortage: str | None) -> None:
    """Raise where no battery can help."""
    if shortage is not None:
        raise NoSizeError(f"no battery lasts: {shortage}; enlarge power.solar_power_w or lower the load")


def _shortage(scenario: Scenario, group: str | None, folder: Path | None = None) -> str | None:
    """Return what is wrong if an array brings less than its satellite takes, None if nothing is.

    The base load counts when it is, in sunlight or not; what else a finished run took, as if all in sunlight.
    """
    world, _ = build_world(scenario)
    pieces = solve_forecast(world, time_grid(world, _GRID_S)).pieces
    surplus_j, deficit_j = (
        np.bincount(pieces.body, weights=column, minlength=len(world.batteries))
        for column in (pieces.surplus_j, pieces.deficit_j)
    )
    needed_j = deficit_j / np.array([one.charge_efficiency * one.discharge_efficiency for one in world.batteries])
    if folder is not None:
        energy = pq.read_table(folder / "energy.parquet")
        needed_j += sum(energy[name].to_numpy() for name in _LOADS if name in energy.column_names)
    worst = int(np.argmax(np.where(is_sized(scenario, world, group), needed_j - surplus_j, -np.inf)))
    if needed_j[worst] <= surplus_j[worst]:
        return None
    whose = "its base load takes" if folder is None else "base load in shadow and tasks take"
    return (
        f"in {world.end_s / 3600.0:.1f} h the array of satellite {world.positions.names[worst]} "
        f"leaves {surplus_j[worst] / 1e3:.1f} kJ beyond the base load in sunlight, and {whose} "
        f"{needed_j[worst] / 1e3:.1f} kJ, losses included"
    )
