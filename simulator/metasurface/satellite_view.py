"""Where users on the ground are as a stack under a satellite sees them, on a spherical Earth.

Frame of the stack: origin at the satellite, z to the nadir, x along the track, y completing a right-handed frame.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from simulator.constants import EARTH_GRAVITY_M3_S2, SPEED_OF_LIGHT_M_S
from simulator.metasurface.geometry import Floats

EARTH_RADIUS_M: Final = 6_371_000.0
"""Mean radius of the Earth (IUGG, rounded to a kilometre)."""


def slant_range_m(elevation_rad: Floats, altitude_m: float) -> Floats:
    """Return the distance to a satellite that stands at an elevation: the law of cosines, solved for the range."""
    sine = np.sin(elevation_rad)
    return np.asarray(
        np.sqrt((EARTH_RADIUS_M * sine) ** 2 + 2.0 * EARTH_RADIUS_M * altitude_m + altitude_m**2)
        - EARTH_RADIUS_M * sine
    )


def off_nadir_angle_rad(elevation_rad: Floats, altitude_m: float) -> Floats:
    """Return the angle at the satellite between nadir and a user that sees it at an elevation (law of sines)."""
    return np.arcsin(EARTH_RADIUS_M * np.cos(elevation_rad) / (EARTH_RADIUS_M + altitude_m))


def orbital_speed_m_s(altitude_m: float) -> float:
    """Return the speed on a circular orbit."""
    return math.sqrt(EARTH_GRAVITY_M3_S2 / (EARTH_RADIUS_M + altitude_m))


def orbital_period_s(altitude_m: float) -> float:
    """Return the time of one circular orbit."""
    return 2.0 * math.pi * (EARTH_RADIUS_M + altitude_m) / orbital_speed_m_s(altitude_m)


def users_seen(ground_m: Floats, passed_rad: Floats, altitude_m: float) -> tuple[Floats, Floats]:
    """Return unit vectors to users in the frame of the stack, (..., n_users, 3), and distances, (..., n_users).

    Parameters
    ----------
    ground_m : (n_users, 2)
        Along the track and across it, as arcs on the ground from the point that is the nadir at angle 0.
    passed_rad : (...,)
        Angle at the centre of the Earth that the satellite has gone since.
    altitude_m : float

    Notes
    -----
    The Earth stands still: over a pass of minutes it turns a fifteenth as fast as a low satellite goes.
    """
    along_rad = ground_m[:, 0] / EARTH_RADIUS_M - np.asarray(passed_rad)[..., np.newaxis]
    across_rad = np.broadcast_to(ground_m[:, 1] / EARTH_RADIUS_M, along_rad.shape)
    from_centre = np.stack(
        [np.cos(across_rad) * np.sin(along_rad), np.sin(across_rad), np.cos(across_rad) * np.cos(along_rad)], axis=-1
    )
    up = np.array([0.0, 0.0, 1.0])
    apart_m = EARTH_RADIUS_M * from_centre - (EARTH_RADIUS_M + altitude_m) * up
    in_frame_m = apart_m * np.array([1.0, -1.0, -1.0])  # z down turns y with it, so that the frame stays right-handed
    distance_m = np.linalg.norm(in_frame_m, axis=-1)
    return in_frame_m / distance_m[..., np.newaxis], distance_m


def seen_from_orbit(position_m: Floats, velocity_m_s: Floats, user_m: Floats) -> tuple[Floats, Floats]:
    """Return what `users_seen` returns, of a satellite and users anywhere, in any one frame that turns with the Earth.

    Parameters
    ----------
    position_m, velocity_m_s : (..., 3)
        Of the satellite, such as those of a position model in the Earth-fixed frame.
    user_m : (n_users, 3)
        Seen through the Earth, too: take users whose elevation is above 0.

    Raises
    ------
    ValueError
        If the satellite flies straight up or down, so that there is no along-track direction.
    """
    z = -position_m / np.linalg.norm(position_m, axis=-1, keepdims=True)
    level_m_s = velocity_m_s - (velocity_m_s * z).sum(axis=-1, keepdims=True) * z
    speed_m_s = np.linalg.norm(level_m_s, axis=-1, keepdims=True)
    if np.any(speed_m_s == 0.0):
        raise ValueError(
            "velocity_m_s is straight up or down somewhere: the frame of the stack needs a direction along x"
        )
    x = level_m_s / speed_m_s
    axes = np.stack([x, np.cross(z, x), z], axis=-2)
    apart_m = user_m - position_m[..., np.newaxis, :]
    distance_m = np.linalg.norm(apart_m, axis=-1)
    return np.asarray(apart_m @ np.swapaxes(axes, -1, -2)) / distance_m[..., np.newaxis], distance_m


def doppler_shift_hz(direction: Floats, altitude_m: float, carrier_hz: float) -> Floats:
    """Return the Doppler shift of users in directions (..., 3) of a satellite that goes along x, (...,).

    Positive while the satellite comes nearer. The ground stands still, as in `users_seen`.
    """
    return np.asarray(carrier_hz * orbital_speed_m_s(altitude_m) * direction[..., 0] / SPEED_OF_LIGHT_M_S)
