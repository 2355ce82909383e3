"""Walker shells: evenly spaced satellites on evenly spaced circular planes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.constants import EARTH_GRAVITY_M3_S2, WGS84_EQUATORIAL_RADIUS_M
from simulator.orbits.model import Floats

DELTA_SPREAD_RAD: Final = 2.0 * np.pi
STAR_SPREAD_RAD: Final = np.pi
SPREAD_OF_PATTERN: Final = {"delta": DELTA_SPREAD_RAD, "star": STAR_SPREAD_RAD}
"""Angle over which the ascending nodes are spread, by the usual name of the pattern."""

_LOWEST_ALTITUDE_M: Final = 120_000.0
_HIGHEST_ALTITUDE_M: Final = 50_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkerShell:
    """A shell of `n_planes` x `n_slots` circular orbits; satellite `plane * n_slots + slot`.

    Plane p has its ascending node at `raan_rad + p * raan_spread_rad / n_planes`; slot k starts at argument of latitude
    `2 pi (k / S + F p / (P S))` with `F = phasing` (Walker 1984). Angles hold at the scenario epoch, in TEME.
    """

    n_planes: int
    n_slots: int
    altitude_m: float
    inclination_rad: float
    phasing: float = 1.0
    raan_spread_rad: float = DELTA_SPREAD_RAD
    raan_rad: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a shell that cannot be built."""
        if self.n_planes < 1 or self.n_slots < 1:
            raise ValueError(f"n_planes = {self.n_planes}, n_slots = {self.n_slots}: give whole numbers from 1")
        if not _LOWEST_ALTITUDE_M <= self.altitude_m <= _HIGHEST_ALTITUDE_M:
            raise ValueError(
                f"altitude_m = {self.altitude_m}: give metres between 120 km and 50,000 km (550 km: 550e3)"
            )
        if not 0.0 <= self.inclination_rad <= np.pi:
            raise ValueError(f"inclination_rad = {self.inclination_rad}: give radians between 0 and pi")
        if not 0.0 < self.raan_spread_rad <= DELTA_SPREAD_RAD + 1e-9:
            raise ValueError(f"raan_spread_rad = {self.raan_spread_rad}: give radians above 0, at most 2 pi")
        if not (np.isfinite(self.phasing) and np.isfinite(self.raan_rad)):
            raise ValueError(f"phasing = {self.phasing}, raan_rad = {self.raan_rad}: give finite numbers")

    @property
    def n_sats(self) -> int:
        """Number of satellites."""
        return self.n_planes * self.n_slots

    @property
    def names(self) -> tuple[str, ...]:
        """Names such as `p03s07`, in order of the satellite index."""
        plane_digits = max(2, len(str(self.n_planes - 1)))
        slot_digits = max(2, len(str(self.n_slots - 1)))
        return tuple(
            f"p{plane:0{plane_digits}d}s{slot:0{slot_digits}d}"
            for plane in range(self.n_planes)
            for slot in range(self.n_slots)
        )

    @property
    def is_star(self) -> bool:
        """Whether the nodes cover less than a whole turn, so that first and last plane counter-rotate at a seam."""
        return self.raan_spread_rad < 0.75 * DELTA_SPREAD_RAD

    @property
    def semi_major_axis_m(self) -> float:
        """Orbit radius above the WGS84 equatorial radius."""
        return WGS84_EQUATORIAL_RADIUS_M + self.altitude_m

    @property
    def mean_motion_rad_s(self) -> float:
        """Two-body mean motion at that radius, handed to SGP4 as the (Kozai) mean motion of an element set."""
        return float(np.sqrt(EARTH_GRAVITY_M3_S2 / self.semi_major_axis_m**3))

    def raans_rad(self) -> Floats:
        """Return the right ascension of each satellite's ascending node at the epoch, in [0, 2 pi): (n_sats,)."""
        plane = np.arange(self.n_sats) // self.n_slots
        raan_rad = self.raan_rad + plane * (self.raan_spread_rad / self.n_planes)
        return np.asarray(np.mod(raan_rad, 2.0 * np.pi), dtype=np.float64)

    def arguments_of_latitude_rad(self) -> Floats:
        """Return each satellite's mean argument of latitude at the epoch, in [0, 2 pi): (n_sats,)."""
        plane, slot = np.divmod(np.arange(self.n_sats), self.n_slots)
        turns = slot / self.n_slots + self.phasing * plane / self.n_sats
        return np.mod(2.0 * np.pi * turns, 2.0 * np.pi)
