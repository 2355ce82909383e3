"""Shells on exact circles: link geometry without any propagator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from simulator.constants import EARTH_GRAVITY_M3_S2, WGS84_EQUATORIAL_RADIUS_M
from simulator.orbits.model import Frame, MeanOrbits, PositionModel
from simulator.timescale import Epoch, parse_epoch


@dataclass(frozen=True, kw_only=True)
class Shell:
    n_planes: int
    n_slots: int
    phasing: int = 1
    altitude_m: float = 550e3
    inclination_rad: float = np.radians(53.0)
    raan_spread_rad: float = 2.0 * np.pi


class CircularOrbits:
    """Satellites on circles with fixed nodes."""

    def __init__(self, mean_orbits: MeanOrbits) -> None:
        self.mean_orbits = mean_orbits

    @property
    def n_sats(self) -> int:
        return len(self.mean_orbits.raan_rad)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"s{i}" for i in range(self.n_sats))

    @property
    def epoch(self) -> Epoch:
        return parse_epoch("2026-03-20T00:00:00Z")

    def at(self, i_sat, t_s, frame=Frame.TEME):
        m = self.mean_orbits
        u = m.argument_of_latitude_rad[i_sat] + m.argument_of_latitude_rate_rad_s[i_sat] * t_s
        node, tilt = m.raan_rad[i_sat], m.inclination_rad[i_sat]
        x = np.cos(u) * np.cos(node) - np.sin(u) * np.cos(tilt) * np.sin(node)
        y = np.cos(u) * np.sin(node) + np.sin(u) * np.cos(tilt) * np.cos(node)
        return m.semi_major_axis_m[i_sat, None] * np.stack([x, y, np.sin(u) * np.sin(tilt)], axis=-1)

    def states_at(self, i_sat, t_s, frame=Frame.TEME):
        raise NotImplementedError

    def all_at(self, t_s, frame=Frame.TEME, out=None):
        positions_m = self.at(np.arange(self.n_sats), np.full(self.n_sats, t_s))
        if out is None:
            return positions_m
        out[:] = positions_m
        return out

    def block(self, t_s, frame=Frame.TEME, out=None):
        raise NotImplementedError


def walker_orbits(shell: Shell) -> MeanOrbits:
    plane = np.repeat(np.arange(shell.n_planes), shell.n_slots)
    slot = np.tile(np.arange(shell.n_slots), shell.n_planes)
    ones = np.ones(len(plane))
    radius_m = WGS84_EQUATORIAL_RADIUS_M + shell.altitude_m
    return MeanOrbits(
        semi_major_axis_m=radius_m * ones,
        eccentricity=0.0 * ones,
        inclination_rad=shell.inclination_rad * ones,
        raan_rad=shell.raan_spread_rad * plane / shell.n_planes,
        raan_rate_rad_s=0.0 * ones,
        argument_of_latitude_rad=2 * np.pi * (slot + shell.phasing * plane / shell.n_planes) / shell.n_slots,
        argument_of_latitude_rate_rad_s=np.sqrt(EARTH_GRAVITY_M3_S2 / radius_m**3) * ones,
    )


@pytest.fixture(scope="session")
def make_shell() -> type[Shell]:
    return Shell


@pytest.fixture(scope="session")
def circular_orbits() -> Callable[[Shell | MeanOrbits], PositionModel]:
    def make(shell: Shell | MeanOrbits) -> PositionModel:
        return CircularOrbits(walker_orbits(shell) if isinstance(shell, Shell) else shell)

    return make
