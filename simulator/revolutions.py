"""Where satellites are along their orbits, to a fraction of a degree: the start of every search for events.

Circles with linear phases, anchored on true states at both ends of a window of a day or less, so that drag and
old elements do not carry the search away.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.constants import EARTH_GRAVITY_M3_S2
from simulator.orbits.model import Floats, Indices, MeanOrbits, PositionModel

MAX_WINDOW_S: Final = 86_400.0
_NEARLY_CIRCULAR: Final = 0.02
_PROBES_PER_REVOLUTION: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Revolutions:
    """Anchored circular motion of some satellites over a window; every array has shape (n_sats,).

    The plane is given by the node and the inclination in TEME; phases are arguments of latitude from that node.
    """

    start_s: float
    i_sat: Indices
    radius_m: Floats
    eccentricity: Floats
    cos_inclination: Floats
    sin_inclination: Floats
    raan_rad: Floats
    raan_rate_rad_s: Floats
    phase_rad: Floats
    phase_rate_rad_s: Floats

    @property
    def period_s(self) -> Floats:
        """Time from node to node."""
        return 2.0 * np.pi / self.phase_rate_rad_s

    def raan_at(self, row: Indices, t_s: Floats) -> Floats:
        """Return the node's right ascension of rows at times: (n,), (n,) -> (n,)."""
        return self.raan_rad[row] + self.raan_rate_rad_s[row] * (t_s - self.start_s)

    def phase_at(self, row: Indices, t_s: Floats) -> Floats:
        """Return the argument of latitude of rows at times, not wrapped: (n,), (n,) -> (n,)."""
        return self.phase_rad[row] + self.phase_rate_rad_s[row] * (t_s - self.start_s)


def wrapped(angle_rad: Floats) -> Floats:
    """Return an angle turned into [-pi, pi)."""
    return np.mod(angle_rad + np.pi, 2.0 * np.pi) - np.pi


def is_nearly_circular(orbits: MeanOrbits) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which orbits closed-form guesses serve; the others are scanned. (n_sats,)."""
    return np.asarray(orbits.eccentricity < _NEARLY_CIRCULAR, dtype=np.bool_)


def scan_step_s(orbits: MeanOrbits, i_sat: int) -> float:
    """Return a time step that follows a satellite even at perigee: 1/64 of a turn at perigee's angular speed."""
    eccentricity = float(orbits.eccentricity[i_sat])
    perigee_m = float(orbits.semi_major_axis_m[i_sat]) * (1.0 - eccentricity)
    perigee_rate_rad_s = np.sqrt(EARTH_GRAVITY_M3_S2 * (1.0 + eccentricity) / perigee_m**3)
    return float(2.0 * np.pi / perigee_rate_rad_s / _PROBES_PER_REVOLUTION)


def anchored_revolutions(positions: PositionModel, i_sat: Indices, start_s: float, end_s: float) -> Revolutions:
    """Return the circular motion of satellites over a day or less; those without a position drop out."""
    n = i_sat.size
    r_start, v_start = positions.states_at(i_sat, np.full(n, start_s))
    is_known = np.isfinite(r_start).all(axis=1)
    i_sat, r_start, v_start = i_sat[is_known], r_start[is_known], v_start[is_known]
    orbits = positions.mean_orbits
    normal = np.cross(r_start, v_start)
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    raan = np.arctan2(normal[:, 0], -normal[:, 1])
    cos_i, sin_i = normal[:, 2], np.hypot(normal[:, 0], normal[:, 1])
    raan_rate, mean_rate = orbits.raan_rate_rad_s[i_sat], orbits.argument_of_latitude_rate_rad_s[i_sat]
    phase = _argument_of_latitude(r_start, raan, cos_i, sin_i)
    span = end_s - start_s
    r_end = positions.at(i_sat, np.full(i_sat.size, end_s))
    phase_end = _argument_of_latitude(r_end, raan + raan_rate * span, cos_i, sin_i)
    drift = wrapped(phase_end - phase - mean_rate * span)
    drift = np.where(np.isfinite(drift), drift, 0.0)
    return Revolutions(
        start_s=start_s,
        i_sat=i_sat,
        radius_m=orbits.semi_major_axis_m[i_sat],
        eccentricity=orbits.eccentricity[i_sat],
        cos_inclination=cos_i,
        sin_inclination=sin_i,
        raan_rad=raan,
        raan_rate_rad_s=raan_rate,
        phase_rad=phase,
        phase_rate_rad_s=mean_rate + (drift / span if span > 0.0 else 0.0),
    )


def _argument_of_latitude(r: Floats, raan: Floats, cos_i: Floats, sin_i: Floats) -> Floats:
    """Return the angle of positions from the node, along the plane."""
    cos_node, sin_node = np.cos(raan), np.sin(raan)
    along_node = r[:, 0] * cos_node + r[:, 1] * sin_node
    across_node = (r[:, 1] * cos_node - r[:, 0] * sin_node) * cos_i + r[:, 2] * sin_i
    return np.asarray(np.arctan2(across_node, along_node), dtype=np.float64)


def sub_windows(start_s: float, end_s: float) -> list[tuple[float, float]]:
    """Return adjoining windows of at most a day that fill a span."""
    n = max(1, int(np.ceil((end_s - start_s) / MAX_WINDOW_S)))
    edges = np.linspace(start_s, end_s, n + 1).tolist()
    return list(itertools.pairwise(edges))
