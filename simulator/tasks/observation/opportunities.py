"""Which approaches can become captures: daylight, one sensor per satellite, how often a target may be captured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from simulator.orbits.model import Floats, Indices, PositionModel
from simulator.sunlight.sun import sun_path
from simulator.tasks.observation.approaches import Wanted, closest_approaches, off_nadir_angle_rad
from simulator.tasks.observation.capture_plan import CapturePlan, RevisitBy
from simulator.tasks.observation.daylight import TargetSun, daylight_moments
from simulator.tasks.observation.sensor import Sensor
from simulator.tasks.observation.targets import Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunities:
    """Captures that could be made, by time; every array has shape (n,).

    `time_s` is the middle of the capture; angles are those at that time.
    """

    i_sat: Indices
    i_target: Indices
    time_s: Floats
    off_nadir_rad: Floats
    sun_elevation_rad: Floats

    def taken(self, index: Indices) -> Opportunities:
        """Return the opportunities that an index of numpy picks."""
        return Opportunities(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


class OpportunityWindows:
    """The captures that a fleet could make, planned one window of time after another.

    In a window captures are planned in order of priority, then of time, then of satellite. Each stands if its
    satellite's sensor is free for all of it, and if no capture of its target, by the fleet or by the same satellite
    (`revisit_by`), stands nearer than the target's `revisit_s`. What earlier windows planned stands. Memory does not
    grow with time, but for the captures of one time span, if there are few enough, kept for whoever asks again.

    Parameters
    ----------
    positions : PositionModel
    targets : Targets
    sensor : Sensor
    revisit_by : {"fleet", "satellite"}
        Whose captures of a target count.
    window_s : float
        Length of a window.
    n_kept : int
        Up to how many captures are kept of the time span solved last; each takes 40 bytes.

    Raises
    ------
    ValueError
        If the window is not positive and finite, or `n_kept` is negative.
    """

    def __init__(
        self,
        positions: PositionModel,
        targets: Targets,
        sensor: Sensor,
        *,
        revisit_by: RevisitBy,
        window_s: float,
        n_kept: int = 0,
    ) -> None:
        if not 0.0 < window_s < np.inf:
            raise ValueError(f"window_s = {window_s}: must be positive and finite")
        if n_kept < 0:
            raise ValueError(f"n_kept = {n_kept}: must be 0 (none) or positive")
        self.positions = positions
        self.targets = targets
        self.sensor = sensor
        self.revisit_by = revisit_by
        self.window_s = window_s
        self.n_kept = n_kept
        self._geometry = targets.geometry()
        self._kept: tuple[float, list[Opportunities]] = (np.nan, [])

    def until(self, end_s: float) -> Iterator[Opportunities]:
        """Yield captures that begin at 0 or later and have their middle before a time, in order of time throughout."""
        kept_until_s, kept = self._kept
        if kept_until_s == end_s:
            yield from kept
            return
        n_so_far, windows = 0, list[Opportunities]()
        for window in self._solved_until(end_s):
            n_so_far += window.time_s.size
            if n_so_far <= self.n_kept:
                windows.append(window)
            else:
                windows.clear()
            yield window
        if windows:
            self._kept = (end_s, windows)

    def _solved_until(self, end_s: float) -> Iterator[Opportunities]:
        """Yield them newly solved."""
        plan = CapturePlan(self.targets, self.sensor.capture_s, self.revisit_by)
        early_s = self._quarter_turn_s() if self.sensor.needs_daylight else 0.0
        n_windows = max(1, int(np.ceil((end_s + early_s) / self.window_s)))
        waiting: list[Opportunities] = []
        for k in range(n_windows):
            plan.forget_before(k * self.window_s - early_s)
            possible = self._possible(k * self.window_s, (k + 1) * self.window_s)
            stands = plan.standing(possible.i_sat, possible.i_target, possible.time_s)
            known = _by_time([*waiting, possible.taken(np.flatnonzero(stands))])
            # an approach of the next window may be taken up to a quarter turn before it, where day ends
            ready_s = end_s if k == n_windows - 1 else min(end_s, (k + 1) * self.window_s - early_s)
            n_ready = int(np.searchsorted(known.time_s, ready_s))
            yield known.taken(np.arange(n_ready))
            waiting = [known.taken(np.arange(n_ready, known.time_s.size))]

    def _possible(self, start_s: float, stop_s: float) -> Opportunities:
        """Return what geometry and the Sun allow of the approaches in a window, by satellite and time."""
        positions, geometry, sensor = self.positions, self._geometry, self.sensor
        sun = TargetSun(geometry, positions.epoch, sun_path(positions.epoch, start_s, stop_s))
        approaches = closest_approaches(positions, geometry, sensor, start_s, stop_s, self._is_wanted(sun))
        time_s, off_nadir_rad = approaches.time_s, approaches.off_nadir_rad
        if sensor.needs_daylight:
            time_s = daylight_moments(positions, geometry, sensor, approaches, sun)
            moved = np.flatnonzero(np.isfinite(time_s) & (time_s != approaches.time_s))
            pairs = (approaches.i_sat[moved], approaches.i_target[moved])
            off_nadir_rad = off_nadir_rad.copy()
            off_nadir_rad[moved] = off_nadir_angle_rad(positions, geometry, *pairs, time_s[moved])
        kept = np.flatnonzero(time_s >= 0.5 * sensor.capture_s)
        kept = kept[np.lexsort((time_s[kept], approaches.i_sat[kept]))]  # the edge of day may move one past another
        i_target, time_s = approaches.i_target[kept], time_s[kept]
        return Opportunities(
            i_sat=approaches.i_sat[kept],
            i_target=i_target,
            time_s=time_s,
            off_nadir_rad=off_nadir_rad[kept],
            sun_elevation_rad=sun.elevation_rad(i_target, time_s),
        )

    def _is_wanted(self, sun: TargetSun) -> Wanted | None:
        """Return what tells where a camera need not look, because the Sun is too far below what it needs."""
        least_rad = self.sensor.min_sun_elevation_rad
        if least_rad is None:
            return None
        # a capture lies within a quarter turn of its approach, which lies in a segment of a ninetieth of a turn or less
        return partial(sun.may_reach, least_rad, 1.05 * self._quarter_turn_s())

    def _quarter_turn_s(self) -> float:
        """Return how far from its closest approach a capture may lie."""
        rate_rad_s = self.positions.mean_orbits.argument_of_latitude_rate_rad_s
        known = rate_rad_s[np.isfinite(rate_rad_s)]
        return float(0.5 * np.pi / known.min()) if known.size else 0.0


def _by_time(parts: Sequence[Opportunities]) -> Opportunities:
    """Return the opportunities of all parts in order of time, then of satellite and target."""
    joined = Opportunities(
        **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Opportunities)}
    )
    return joined.taken(np.lexsort((joined.i_target, joined.i_sat, joined.time_s)))
