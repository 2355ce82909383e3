"""Where satellites are along their orbits, to a fraction of a degree: the start of every search for events.

Circles whose phases are parabolas of time, anchored on true states at the start, middle and end of a window of a day or
less, so that drag and old elements do not carry the search away.
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
    phase_bend_rad_s2: Floats

    @property
    def period_s(self) -> Floats:
        """Time from node to node."""
        return 2.0 * np.pi / self.phase_rate_rad_s

    def raan_at(self, row: Indices, t_s: Floats) -> Floats:
        """Return the node's right ascension of rows at times: (n,), (n,) -> (n,)."""
        return self.raan_rad[row] + self.raan_rate_rad_s[row] * (t_s - self.start_s)

    def phase_at(self, row: Indices, t_s: Floats) -> Floats:
        """Return the argument of latitude of rows at times, not wrapped: (n,), (n,) -> (n,)."""
        elapsed_s = t_s - self.start_s
        bent_rate = self.phase_rate_rad_s[row] + self.phase_bend_rad_s2[row] * elapsed_s
        return self.phase_rad[row] + bent_rate * elapsed_s


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


def anchored_revolutions(
    positions: PositionModel, orbits: MeanOrbits, i_sat: Indices, start_s: float, end_s: float
) -> Revolutions:
    """Return the circular motion of satellites over a day or less; those without a position at its start drop out."""
    middle_s, half_s = 0.5 * (start_s + end_s), 0.5 * (end_s - start_s)
    r, v = positions.states_at(i_sat, np.full(i_sat.size, start_s))
    is_known = np.isfinite(r).all(axis=1)
    i_sat, r, v = i_sat[is_known], r[is_known], v[is_known]
    normal = np.cross(r, v)
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    raan = np.arctan2(normal[:, 0], -normal[:, 1])
    cos_i, sin_i = normal[:, 2], np.hypot(normal[:, 0], normal[:, 1])
    raan_rate, mean_rate = orbits.raan_rate_rad_s[i_sat], orbits.argument_of_latitude_rate_rad_s[i_sat]
    phase = _argument_of_latitude(r, raan, cos_i, sin_i)
    r_middle, v_middle = positions.states_at(i_sat, np.full(i_sat.size, middle_s))
    r_end = positions.at(i_sat, np.full(i_sat.size, end_s))
    at_middle = _argument_of_latitude(r_middle, raan + raan_rate * half_s, cos_i, sin_i)
    at_end = _argument_of_latitude(r_end, raan + raan_rate * (end_s - start_s), cos_i, sin_i)
    drift_middle = _known(wrapped(at_middle - phase - mean_rate * half_s))
    drift_end = drift_middle + _known(wrapped(at_end - at_middle - mean_rate * half_s))
    return Revolutions(
        start_s=start_s,
        i_sat=i_sat,
        radius_m=np.where(
            np.isfinite(r_middle).all(axis=1), _semi_major_axis_m(r_middle, v_middle), _semi_major_axis_m(r, v)
        ),
        eccentricity=orbits.eccentricity[i_sat],
        cos_inclination=cos_i,
        sin_inclination=sin_i,
        raan_rad=raan,
        raan_rate_rad_s=raan_rate,
        phase_rad=phase,
        phase_rate_rad_s=mean_rate + (2.0 * drift_middle - 0.5 * drift_end) / half_s,
        phase_bend_rad_s2=(0.5 * drift_end - drift_middle) / half_s**2,
    )


def _known(angle_rad: Floats) -> Floats:
    """Return zero where an angle is nan."""
    return np.where(np.isfinite(angle_rad), angle_rad, 0.0)


def _semi_major_axis_m(r: Floats, v: Floats) -> Floats:
    """Return the osculating semi-major axis (vis-viva)."""
    inverse = 2.0 / np.linalg.norm(r, axis=1) - np.einsum("nx,nx->n", v, v) / EARTH_GRAVITY_M3_S2
    return np.asarray(1.0 / inverse, dtype=np.float64)


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
