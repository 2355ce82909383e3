"""States of one stretch of a file, checked and turned into an arc."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import hypot, isfinite
from typing import Final

import numpy as np

from simulator.constants import WGS84_EQUATORIAL_RADIUS_M
from simulator.orbits.ephemeris import Arc, Method, nodes_of
from simulator.orbits.exchange.reference_frames import states_from_frame
from simulator.orbits.orbit_file_error import ProblemList, quoted
from simulator.timescale import Epoch

_LOWEST_RADIUS_M: Final = 0.99 * WGS84_EQUATORIAL_RADIUS_M
_HIGHEST_RADIUS_M: Final = 1e9
_FASTEST_M_S: Final = 12e3
"""Escape velocity at the ground is 11.2 km/s; Earth-fixed velocities are slower still for all that flies eastward."""


@dataclass(slots=True, kw_only=True)
class StateRows:
    """States as they are read; `lines` are where they stand, `velocity` is empty where the file gives none."""

    lines: list[int] = field(default_factory=list)
    t_s: list[float] = field(default_factory=list)
    position_m: list[tuple[float, float, float]] = field(default_factory=list)
    velocity_m_s: list[tuple[float, float, float]] = field(default_factory=list)

    def add(self, line: int, t_s: float, numbers: list[float], problems: ProblemList) -> None:
        """Take a state of three or six numbers in metres and metres per second; what is wrong is noted."""
        radius_m = hypot(*numbers[:3])
        if not _LOWEST_RADIUS_M <= radius_m <= _HIGHEST_RADIUS_M:
            wrong = f"{radius_m / 1e3:.6g} km from the Earth's centre"
            problems.add(line, "position", wrong, "give kilometres in an OEM, metres in a CSV, from the Earth's centre")
            return
        if len(numbers) == 6:
            speed_m_s = hypot(*numbers[3:])
            if not speed_m_s <= _FASTEST_M_S:
                wrong = f"{speed_m_s / 1e3:.6g} km/s is faster than anything in orbit"
                problems.add(line, "velocity", wrong, "give km/s in an OEM, m/s in a CSV")
                return
            self.velocity_m_s.append((numbers[3], numbers[4], numbers[5]))
        if self.t_s and not t_s > self.t_s[-1]:
            wrong = f"not after the state of line {self.lines[-1]}"
            problems.add(line, "epoch", wrong, "give the states of a satellite in order of time, each time once")
            return
        self.lines.append(line)
        self.t_s.append(t_s)
        self.position_m.append((numbers[0], numbers[1], numbers[2]))

    def arc(
        self,
        line: int,
        epoch: Epoch,
        frame: str,
        usable_s: tuple[float | None, float | None],
        interpolation: tuple[Method, int],
        problems: ProblemList,
    ) -> Arc | None:
        """Return the arc through the states, None when they are too few; ends of `usable_s` may be left to them."""
        method, degree = interpolation
        needed = nodes_of(method, degree)
        if len(self.t_s) < needed:
            wrong = f"{len(self.t_s)} states are too few for {method} interpolation of degree {degree}"
            problems.add(line, "states", wrong, f"give {needed} at least, or a lower INTERPOLATION_DEGREE")
            return None
        t_s, position_m = np.array(self.t_s), np.array(self.position_m)
        has_velocity = len(self.velocity_m_s) == len(self.t_s)
        velocity_m_s = np.array(self.velocity_m_s) if has_velocity else np.full(position_m.shape, np.nan)
        position_m, velocity_m_s = states_from_frame(frame, epoch, t_s, position_m, velocity_m_s)
        first_s = t_s[0] if usable_s[0] is None else max(usable_s[0], t_s[0])
        last_s = t_s[-1] if usable_s[1] is None else min(usable_s[1], t_s[-1])
        if not first_s < last_s:
            problems.add(line, "states", "no two of them lie in the usable span", "check USEABLE_START_TIME and _STOP_")
            return None
        return Arc(
            t_s=t_s,
            position_m=position_m,
            velocity_m_s=velocity_m_s,
            usable_s=(float(first_s), float(last_s)),
            method=method,
            degree=degree,
        )


def numbers_of(texts: list[str], names: tuple[str, ...], line: int, problems: ProblemList) -> list[float] | None:
    """Return texts as finite numbers, None with a note where one is none."""
    found: list[float] = []
    for name, text in zip(names, texts, strict=True):
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not isfinite(value) or "_" in text:
            problems.add(line, name, f"not a number (got {quoted(text)})", "give a finite decimal number")
            return None
        found.append(value)
    return found
