"""What every position model answers; the rest of the simulator knows only this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.timescale import Epoch

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class Frame(Enum):
    """Frames in which positions are given."""

    TEME = "teme"
    """True equator, mean equinox of date: the inertial frame of SGP4."""
    EARTH_FIXED = "earth_fixed"
    """Pseudo-Earth-fixed: TEME turned by Greenwich mean sidereal time of UT1, no polar motion (up to 14 m)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanOrbits:
    """Mean circular elements, good enough to start a search from, not to answer one.

    Every field has shape (n_sats,), float64. Angles at `t_s = 0`, in TEME.
    `argument_of_latitude_rad` grows by `argument_of_latitude_rate_rad_s`, `raan_rad` by `raan_rate_rad_s`.
    """

    semi_major_axis_m: Floats
    eccentricity: Floats
    inclination_rad: Floats
    raan_rad: Floats
    raan_rate_rad_s: Floats
    argument_of_latitude_rad: Floats
    argument_of_latitude_rate_rad_s: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class PropagationFailure:
    """A satellite that cannot be propagated over the asked span: a record, not an exception."""

    i_sat: int
    name: str
    t_s: float
    code: int
    reason: str


class PositionModel(Protocol):
    """Positions of a fleet on demand; `t_s` is seconds after `epoch` on a uniform scale.

    Unpropagatable satellites give nan. All answers are float64 metres (and metres per second).
    """

    @property
    def n_sats(self) -> int:
        """Number of satellites."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names, in order of the satellite index."""
        ...

    @property
    def epoch(self) -> Epoch:
        """Instant of `t_s = 0`."""
        ...

    @property
    def mean_orbits(self) -> MeanOrbits:
        """Elements to start a search from."""
        ...

    def at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> Floats:
        """Positions of pairs: (n,), (n,) -> (n, 3)."""
        ...

    def states_at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> tuple[Floats, Floats]:
        """Positions and velocities of pairs: (n,), (n,) -> (n, 3), (n, 3); the Earth-fixed one as seen there."""
        ...

    def all_at(self, t_s: float, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        """Positions of all satellites at one time: (n_sats, 3), into `out` when given."""
        ...

    def block(self, t_s: Floats, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        """Positions of all satellites at all times: (n_sats, n_times, 3), into `out` when given."""
        ...
