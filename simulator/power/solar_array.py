"""How a satellite turns its solar cells to the Sun, and what geometry leaves of their power."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simulator.orbits.model import Floats, Indices, PositionModel
from simulator.sunlight.sun import SunPath


class Attitude(StrEnum):
    """What a satellite and its array do about the direction of the Sun."""

    SUN_TRACKING = "sun_tracking"
    """Two-axis drive: cells always face the Sun."""
    YAW_STEERING = "yaw_steering"
    """Points at nadir and turns about it so that its one-axis drive lets cells face the Sun."""
    NADIR = "nadir"
    """Points at nadir and flies along x; the array turns about the orbit normal alone."""
    BODY_FIXED = "body_fixed"
    """Points at nadir and flies along x; panels are fixed to the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A flat panel fixed to the body: unit normal in body axes, and its share of the power of all cells."""

    normal: tuple[float, float, float]
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SolarArray:
    """An attitude and, for a body-fixed array, its panels, whose shares sum to 1.

    Notes
    -----
    Body axes: x along the velocity, y along the negative orbit normal, z to nadir (Wertz and Larson, Space Mission
    Analysis and Design, 3rd ed., 1999, section 11.1). With s the direction to the Sun in these axes, the output
    relative to cells that face the Sun is

    - 1 when tracking the Sun, and 1 when steering yaw, which has the drive's axis normal to the Sun at all times
      (Bar-Sever, Journal of Geodesy 70, 1996, 714-723); the finite rate of a real turn at noon and midnight of an orbit
      that holds the Sun in its plane is not modelled;
    - sqrt(1 - s_y^2) = cos(beta) for a drive about y;
    - sum of share_i max(0, n_i . s) for panels fixed to the body (cosine law of incidence: Wertz and Larson, section
      11.4). Cells lose more than the cosine beyond 60 deg or so, and bodies shade panels: neither is modelled.
    """

    attitude: Attitude = Attitude.SUN_TRACKING
    panels: tuple[Panel, ...] = ()

    def __post_init__(self) -> None:
        """Refuse panels that no attitude has, and a fixed array without any."""
        is_fixed = self.attitude is Attitude.BODY_FIXED
        if is_fixed != bool(self.panels):
            raise ValueError(f"panels = {self.panels}: give them for a body-fixed array, and for no other")
        if is_fixed and abs(sum(panel.share for panel in self.panels) - 1.0) > 1e-9:
            raise ValueError(f"panels = {self.panels}: their shares must sum to 1")

    @property
    def faces_the_sun(self) -> bool:
        """Whether cells face the Sun at all times."""
        return self.attitude in (Attitude.SUN_TRACKING, Attitude.YAW_STEERING)


def sun_in_body_axes(positions: PositionModel, sun: SunPath, i_sat: Indices, t_s: Floats) -> tuple[Floats, Floats]:
    """Return the direction to the Sun in body axes and the direction from the Earth's centre to the satellite.

    Both of unit length, of pairs: (n,), (n,) -> (n, 3), (n, 3).
    """
    position_m, velocity_m_s = positions.states_at(i_sat, t_s)
    up = _unit(position_m)
    normal = _unit(np.cross(position_m, velocity_m_s))
    to_sun = _unit(sun.position_m(t_s) - position_m)
    along = np.cross(normal, up)
    in_body = np.stack([np.sum(to_sun * along, axis=-1), -np.sum(to_sun * normal, axis=-1), -np.sum(to_sun * up, -1)])
    return np.ascontiguousarray(in_body.T), up


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float64)
