"""Who is served and over which random channels: scattered waves on the ground, or a satellite overhead."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.metasurface.channels import Shadowing, rayleigh, rician, shadowed_rician
from simulator.metasurface.correlation import spatial_correlation, symmetric_root
from simulator.metasurface.decibels import ratio_of_db
from simulator.metasurface.geometry import Floats, StackGeometry
from simulator.metasurface.line_of_sight import ElementPattern, direct_wave
from simulator.metasurface.path_loss import free_space_gain, log_distance_gain
from simulator.metasurface.satellite_view import EARTH_RADIUS_M, off_nadir_angle_rad, users_seen


class Users(Protocol):
    """Users that can draw channels to themselves."""

    def draw(
        self, rng: np.random.Generator, n_channels: int, geometry: StackGeometry, n_users: int
    ) -> NDArray[np.complex128]:
        """Return random channels from the last layer, (n_channels, n_users, n_atoms)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatteredUsers:
    """Users on a diagonal line under a mast, who receive scattered waves alone.

    Parameters
    ----------
    height_m : float
        Of the last layer over the ground.
    step_m : float
        User k, counted from 1, stands at (k step, k step).
    gain_at_1_m : float
        Of power.
    exponent : float
        Of the path loss.
    shadowing_db : float
        Standard deviation of a normal level, drawn anew for each user of each channel.
    """

    height_m: float
    step_m: float
    gain_at_1_m: float
    exponent: float
    shadowing_db: float = 0.0

    def distances_m(self, n_users: int) -> Floats:
        """Return distances to the users, (n_users,)."""
        return np.asarray(np.hypot(self.height_m, math.sqrt(2.0) * self.step_m * np.arange(1, n_users + 1)))

    def gains(self, n_users: int) -> Floats:
        """Return mean gains of power without shadowing, (n_users,)."""
        return log_distance_gain(self.distances_m(n_users), gain_at_1_m=self.gain_at_1_m, exponent=self.exponent)

    def draw(
        self, rng: np.random.Generator, n_channels: int, geometry: StackGeometry, n_users: int
    ) -> NDArray[np.complex128]:
        """Return random channels, (n_channels, n_users, n_atoms)."""
        gain = self.gains(n_users)
        if self.shadowing_db:
            gain = gain * ratio_of_db(self.shadowing_db * rng.standard_normal((n_channels, n_users)))
        root = symmetric_root(spatial_correlation(geometry.atom_positions_m(), geometry.wavelength_m))
        return rayleigh(rng, n_channels, gain, root)


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteUsers:
    """Users on the ground around the nadir of a satellite: a direct wave and scattered ones.

    Parameters
    ----------
    altitude_m : float
    side_m : float
        Users stand evenly along the edges of a square of this side around the nadir, from a corner.
    pattern : ElementPattern
        Of the atoms of the last layer.
    receive_gain_db : float
        Of a user's antenna, which points at the satellite.
    k_factor : float
        Power of the direct wave over that of the scattered ones; infinite for a direct wave alone.
    shadowing : Shadowing, optional
        In place of the factor, for users among trees or houses.
    """

    altitude_m: float
    side_m: float
    pattern: ElementPattern
    receive_gain_db: float
    k_factor: float
    shadowing: Shadowing | None = None

    def ground_m(self, n_users: int) -> Floats:
        """Return where users stand, along the track and across it, (n_users, 2)."""
        edge, along = np.divmod(4.0 * np.arange(n_users) / n_users, 1.0)
        corner = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
        i_edge = edge.astype(int)
        start, end = corner[i_edge], corner[(i_edge + 1) % 4]
        return np.asarray(self.side_m * (start + along[:, np.newaxis] * (end - start)))

    def line_of_sight(
        self, geometry: StackGeometry, ground_m: Floats, passed_rad: Floats | float = 0.0
    ) -> NDArray[np.complex128]:
        """Return direct waves to users at places, (..., n_users, n_atoms), after the satellite has gone an angle.

        Parameters
        ----------
        geometry : StackGeometry
        ground_m : (n_users, 2)
        passed_rad : (...,)
            See `simulator.metasurface.satellite_view.users_seen`.
        """
        direction, distance_m = users_seen(ground_m, np.asarray(passed_rad), self.altitude_m)
        return wave_in_free_space(geometry, direction, distance_m, self.pattern, self.receive_gain_db)

    def draw(
        self, rng: np.random.Generator, n_channels: int, geometry: StackGeometry, n_users: int
    ) -> NDArray[np.complex128]:
        """Return random channels, (n_channels, n_users, n_atoms)."""
        direct = self.line_of_sight(geometry, self.ground_m(n_users))
        root = symmetric_root(spatial_correlation(geometry.atom_positions_m(), geometry.wavelength_m))
        return self.faded(rng, n_channels, direct, root)

    def faded(
        self, rng: np.random.Generator, n_channels: int, direct: NDArray[np.complex128], root: Floats
    ) -> NDArray[np.complex128]:
        """Return random channels around direct waves (n_users, n_atoms), (n_channels, n_users, n_atoms).

        `root` is the symmetric root of the correlation between atoms.
        """
        if self.shadowing is not None:
            return shadowed_rician(rng, n_channels, direct, root, self.shadowing)
        if math.isinf(self.k_factor):
            return np.broadcast_to(direct, (n_channels, *direct.shape)).copy()
        return rician(rng, n_channels, direct, root, k_factor=self.k_factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersInView:
    """Users anywhere on the ground that a satellite stands high enough for, with direct waves alone.

    This is what a stack knows of a station that it follows: each user of each channel has a place of its own, drawn
    evenly from the ground in view.

    Parameters
    ----------
    altitude_m : float
    lowest_elevation_rad : float
        Of the satellite, as users see it.
    pattern : ElementPattern
        Of the atoms of the last layer.
    receive_gain_db : float
        Of a user's antenna, which points at the satellite.
    """

    altitude_m: float
    lowest_elevation_rad: float
    pattern: ElementPattern
    receive_gain_db: float

    def draw(
        self, rng: np.random.Generator, n_channels: int, geometry: StackGeometry, n_users: int
    ) -> NDArray[np.complex128]:
        """Return channels to random places, (n_channels, n_users, n_atoms)."""
        off_nadir_rad = float(off_nadir_angle_rad(np.asarray(self.lowest_elevation_rad), self.altitude_m))
        widest_rad = 0.5 * math.pi - self.lowest_elevation_rad - off_nadir_rad
        cosine = 1.0 - (1.0 - math.cos(widest_rad)) * rng.random((n_channels * n_users, 1))
        azimuth_rad = 2.0 * math.pi * rng.random((n_channels * n_users, 1))
        sine = np.sqrt(1.0 - cosine**2)
        along_rad = np.arctan2(sine * np.cos(azimuth_rad), cosine)
        across_rad = np.arcsin(sine * np.sin(azimuth_rad))
        ground_m = EARTH_RADIUS_M * np.concatenate([along_rad, across_rad], axis=-1)
        direction, distance_m = users_seen(ground_m, np.asarray(0.0), self.altitude_m)
        wave = wave_in_free_space(geometry, direction, distance_m, self.pattern, self.receive_gain_db)
        return wave.reshape(n_channels, n_users, geometry.n_atoms)


def wave_in_free_space(
    geometry: StackGeometry, direction: Floats, distance_m: Floats, pattern: ElementPattern, receive_gain_db: float
) -> NDArray[np.complex128]:
    """Return direct waves to users in directions (..., n_users, 3), (..., n_users, n_atoms).

    Parameters
    ----------
    geometry : StackGeometry
    direction : (..., n_users, 3)
        Unit vectors in the frame of the stack.
    distance_m : (..., n_users)
    pattern : ElementPattern
        Of the atoms of the last layer.
    receive_gain_db : float
        Of a user's antenna.
    """
    gain = pattern.gain(direction[..., 2]) * ratio_of_db(receive_gain_db)
    gain = gain * free_space_gain(distance_m, geometry.wavelength_m)
    return direct_wave(geometry.atom_positions_m(), direction, distance_m, gain, geometry.wavelength_m)
