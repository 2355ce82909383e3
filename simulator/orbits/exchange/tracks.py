"""States of some satellites on a grid of times, a satellite at a time, for files that hold states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from simulator.orbits.exchange.reference_frames import states_in_frame
from simulator.orbits.model import Floats, PositionModel

FINEST_STEP_S: Final = 1e-3
_TIME_DIGITS: Final = 6
_EDGE_STEPS: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One satellite: index, name, and its states in the frame asked for: (n, 3), (n, 3)."""

    i_sat: int
    name: str
    position_m: Floats
    velocity_m_s: Floats


@dataclass(frozen=True, kw_only=True)
class Tracks:
    """States every `step_s` from `start_s` to the first time at or after `end_s`, in a frame of `WRITTEN_FRAMES`.

    Raises
    ------
    ValueError
        If the span is empty, the step is below a millisecond, or the frame is not written.
    """

    positions: PositionModel
    satellites: tuple[int, ...]
    start_s: float
    end_s: float
    step_s: float
    frame: str = "TEME"

    def __post_init__(self) -> None:
        """Refuse a grid that is none."""
        if not (np.isfinite(self.start_s) and np.isfinite(self.end_s) and self.start_s < self.end_s):
            raise ValueError(f"start_s = {self.start_s}, end_s = {self.end_s}: give finite times with start_s < end_s")
        if not FINEST_STEP_S <= self.step_s < np.inf:
            raise ValueError(f"step_s = {self.step_s}: give seconds from {FINEST_STEP_S}")
        states_in_frame(self.frame, self.positions.epoch, np.zeros(0), np.zeros((0, 3)), np.zeros((0, 3)))

    @cached_property
    def t_s(self) -> Floats:
        """Times after the epoch of `positions`."""
        n_steps = int(np.ceil((self.end_s - self.start_s) / self.step_s - _EDGE_STEPS))
        return np.asarray(self.start_s + self.step_s * np.arange(max(n_steps, 1) + 1), dtype=np.float64)

    @cached_property
    def utc(self) -> tuple[str, ...]:
        """The same times as UTC, to the microsecond, without the `Z`."""
        epoch = self.positions.epoch
        return tuple(epoch.utc_text(t_s, _TIME_DIGITS).removesuffix("Z") for t_s in self.t_s.tolist())

    def __iter__(self) -> Iterator[Track]:
        for i_sat in self.satellites:
            position_m, velocity_m_s = self.positions.states_at(np.full(self.t_s.size, i_sat), self.t_s)
            states = states_in_frame(self.frame, self.positions.epoch, self.t_s, position_m, velocity_m_s)
            yield Track(i_sat=i_sat, name=self.positions.names[i_sat], position_m=states[0], velocity_m_s=states[1])
