"""Positions of (satellite, time) pairs of a shell, in chunks that stay in cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.orbits.model import Floats, Indices
from simulator.orbits.shell_coefficients import ShellCoefficients
from simulator.orbits.trigonometry import polynomial_into_, sine_cosine_into_

_CHUNK: Final = 4_096
_N_WORK_ROWS: Final = 12
_TURN_RAD: Final = 2.0 * np.pi

Polynomial = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSeries:
    """A shell's series as polynomials in the cosine of v, the mean argument of latitude less a quarter turn.

    `v_turns` and `node_turns` have shape (n_sats,), in turns at `t_s = 0`; `node_turns` is in TEME.
    """

    coefficients: ShellCoefficients
    cos_inclination: float
    sin_inclination: float
    v_turns: Floats
    node_turns: Floats
    x: Polynomial
    y: Polynomial
    z: Polynomial
    x_slope: Polynomial
    y_slope: Polynomial
    z_slope: Polynomial


def pair_series(
    coefficients: ShellCoefficients, inclination_rad: float, latitudes_rad: Floats, raans_rad: Floats
) -> PairSeries:
    """Prepare the series of satellites with arguments of latitude and nodes of shape (n_sats,) at `t_s = 0`."""
    x, y, z = coefficients.polynomials()
    return PairSeries(
        coefficients=coefficients,
        cos_inclination=float(np.cos(inclination_rad)),
        sin_inclination=float(np.sin(inclination_rad)),
        v_turns=latitudes_rad / _TURN_RAD - 0.25,
        node_turns=raans_rad / _TURN_RAD,
        x=x,
        y=y,
        z=z,
        x_slope=_slope(x),
        y_slope=_slope(y),
        z_slope=_slope(z),
    )


def pair_states(
    series: PairSeries,
    i_sat: Indices,
    t_s: Floats,
    frame_angle_rad: float,
    frame_rate_rad_s: float,
    position_m: Floats,
    velocity_m_s: Floats | None,
) -> None:
    """Write positions, and velocities when wanted, of pairs (n,), (n,) into (n, 3) arrays.

    The frame is TEME turned about its pole by `frame_angle_rad + frame_rate_rad_s * t_s`.
    """
    work = np.empty((_N_WORK_ROWS, min(i_sat.size, _CHUNK)))
    for start in range(0, i_sat.size, _CHUNK):
        part = slice(start, min(start + _CHUNK, i_sat.size))
        rows = work[:, : part.stop - part.start]
        velocity_part = None if velocity_m_s is None else velocity_m_s[part]
        frame = (frame_angle_rad, frame_rate_rad_s)
        _chunk_states(series, i_sat[part], t_s[part], frame, position_m[part], velocity_part, rows)


def _slope(polynomial: Polynomial) -> Polynomial:
    """Return the derivative of a polynomial; of a constant, which is all that an equatorial orbit has for z, zero."""
    return tuple(power * coefficient for power, coefficient in enumerate(polynomial))[1:] or (0.0, 0.0)


def _chunk_states(
    series: PairSeries,
    i_sat: Indices,
    t_s: Floats,
    frame: tuple[float, float],
    position_m: Floats,
    velocity_m_s: Floats | None,
    rows: Floats,
) -> None:
    """Evaluate one chunk; `rows` is (12, n) of scratch."""
    sine, cosine, x, y, z, turns, scratch, sine_node, cosine_node = rows[:9]
    rates = series.coefficients
    _phase_into_(series.v_turns, i_sat, t_s, rates.latitude_rate_rad_s, 0.0, turns, scratch)
    sine_cosine_into_(turns, sine, cosine, scratch)
    polynomial_into_(series.x, cosine, x)
    polynomial_into_(series.y, cosine, y)
    polynomial_into_(series.z, cosine, z)
    node_rate_rad_s = rates.node_rate_rad_s - frame[1]
    if velocity_m_s is not None:
        _node_frame_velocity_into_(series, sine, cosine, x, rows[9:12], scratch)
    x *= sine
    _add_eccentricity_floor_(series, t_s, sine, cosine, rows)
    _phase_into_(series.node_turns, i_sat, t_s, node_rate_rad_s, -frame[0], turns, scratch)
    sine_cosine_into_(turns, sine_node, cosine_node, scratch)
    _turn_into_(sine_node, cosine_node, x, y, z, position_m, scratch)
    if velocity_m_s is not None:
        x_rate, y_rate, z_rate = rows[9:12]
        np.multiply(y, node_rate_rad_s, out=scratch)
        x_rate -= scratch
        np.multiply(x, node_rate_rad_s, out=scratch)
        y_rate += scratch
        _turn_into_(sine_node, cosine_node, x_rate, y_rate, z_rate, velocity_m_s, scratch)


def _phase_into_(
    start_turns: Floats,
    i_sat: Indices,
    t_s: Floats,
    rate_rad_s: float,
    offset_rad: float,
    turns: Floats,
    scratch: Floats,
) -> None:
    """Write the phase of pairs in turns."""
    np.take(start_turns, i_sat, out=turns, mode="clip")  # checked by the caller; "raise" would copy
    np.multiply(t_s, rate_rad_s / _TURN_RAD, out=scratch)
    turns += scratch
    turns += offset_rad / _TURN_RAD


def _node_frame_velocity_into_(
    series: PairSeries, sine: Floats, cosine: Floats, x_over_sine: Floats, rates: Floats, scratch: Floats
) -> None:
    """Write the velocity in the node frame, (3, n), the node held; the eccentricity floor (8 mm/s) is left out."""
    x_rate, y_rate, z_rate = rates
    polynomial_into_(series.x_slope, cosine, x_rate)
    np.multiply(sine, sine, out=scratch)
    x_rate *= scratch
    np.multiply(cosine, x_over_sine, out=scratch)
    np.subtract(scratch, x_rate, out=x_rate)
    polynomial_into_(series.y_slope, cosine, y_rate)
    polynomial_into_(series.z_slope, cosine, z_rate)
    latitude_rate_rad_s = series.coefficients.latitude_rate_rad_s
    np.multiply(sine, -latitude_rate_rad_s, out=scratch)
    x_rate *= latitude_rate_rad_s
    y_rate *= scratch
    z_rate *= scratch


def _add_eccentricity_floor_(series: PairSeries, t_s: Floats, sine: Floats, cosine: Floats, rows: Floats) -> None:
    """Add the ellipse of SGP4's least eccentricity e: up to 2 a e = 14 m; turns `sine` and `cosine` into those of 2 v.

    To first order the shift is -a e cos M along the radius and 2 a e sin M along the track, which in the plane is
    a e (-3/2 (cos w, sin w) + 1/2 (cos(2u - w), sin(2u - w))), w the argument of perigee.
    """
    x, y, z, turns, scratch, sine_perigee, cosine_perigee = rows[2:9]
    np.multiply(t_s, series.coefficients.perigee_rate_rad_s / _TURN_RAD, out=turns)
    sine_cosine_into_(turns, sine_perigee, cosine_perigee, scratch)
    np.multiply(sine, sine, out=scratch)
    sine *= cosine
    sine *= 2.0
    np.multiply(scratch, -2.0, out=cosine)
    cosine += 1.0
    floor_m = series.coefficients.floor_m
    along_node_m, across_m = turns, scratch
    # cos(2v - w) + 3 cos w = (cos 2v + 3) cos w + sin 2v sin w
    np.add(cosine, 3.0, out=along_node_m)
    along_node_m *= cosine_perigee
    np.multiply(sine, sine_perigee, out=across_m)
    along_node_m += across_m
    along_node_m *= -0.5 * floor_m
    x += along_node_m
    # sin(2v - w) + 3 sin w = sin 2v cos w - (cos 2v - 3) sin w
    np.subtract(3.0, cosine, out=across_m)
    across_m *= sine_perigee
    sine *= cosine_perigee
    across_m += sine
    across_m *= -0.5 * floor_m
    np.multiply(across_m, series.cos_inclination, out=along_node_m)
    y += along_node_m
    across_m *= series.sin_inclination
    z += across_m


def _turn_into_(sine: Floats, cosine: Floats, x: Floats, y: Floats, z: Floats, out: Floats, scratch: Floats) -> None:
    """Write (x, y, z) turned about z into (n, 3); x, y and z are left as they are."""
    np.multiply(cosine, x, out=out[:, 0])
    np.multiply(sine, y, out=scratch)
    out[:, 0] -= scratch
    np.multiply(sine, x, out=out[:, 1])
    np.multiply(cosine, y, out=scratch)
    out[:, 1] += scratch
    out[:, 2] = z
