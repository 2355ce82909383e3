"""Positions of a Walker shell as a Fourier series: one small matrix product for all satellites."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.orbits.earth_rotation import earth_rotation
from simulator.orbits.model import Floats, Frame, Indices, MeanOrbits
from simulator.orbits.pairs import checked_pairs
from simulator.orbits.shell_coefficients import N_HARMONICS, ShellCoefficients, shell_coefficients
from simulator.orbits.shell_pairs import pair_series, pair_states
from simulator.orbits.walker import WalkerShell
from simulator.timescale import Epoch

_TIMES_PER_CHUNK: Final = 32
_K: Final = N_HARMONICS


class ShellSeriesModel:
    """Positions of a Walker shell, within 1 m of SGP4 with eccentricity 0 and no drag.

    Satisfies `PositionModel`. Velocities are the derivative of the position; SGP4's own differ from that.

    Notes
    -----
    In the frame of the mean node, position is a Fourier series in the mean argument of latitude; node and latitude are
    linear in time at rates common to the shell. With x + iy = sum c_k exp(i k v) in the node frame, turning by the
    node adds one phase: satellites differ by constant phases, times by common factors; positions are their product.
    The Earth-fixed frame costs nothing: sidereal time is subtracted from the node.
    """

    def __init__(self, shell: WalkerShell, epoch: Epoch) -> None:
        self.shell = shell
        self._epoch = epoch
        self._names = shell.names
        self._coefficients = shell_coefficients(shell)
        self._pairs = pair_series(
            self._coefficients, shell.inclination_rad, shell.arguments_of_latitude_rad(), shell.raans_rad()
        )
        self._mean_orbits = _mean_orbits(shell, self._coefficients)
        self._phases = _satellite_phases(2.0 * np.pi * self._pairs.v_turns, shell.raans_rad())
        c, i = self._coefficients, np.arange(1, _K + 1)
        self._plane_harmonics = np.zeros(2 * _K + 1, dtype=np.complex128)  # c_k of x + iy, k = -K ... K
        self._plane_harmonics[_K] = 1j * c.cosine_y_m[0]
        self._plane_harmonics[_K + i] = 0.5j * (c.cosine_y_m[1:] - c.sine_m)
        self._plane_harmonics[_K - i] = 0.5j * (c.cosine_y_m[1:] + c.sine_m)

    @property
    def n_sats(self) -> int:
        """Number of satellites."""
        return self.shell.n_sats

    @property
    def names(self) -> tuple[str, ...]:
        """Names such as `p03s07`."""
        return self._names

    @property
    def epoch(self) -> Epoch:
        """Instant of `t_s = 0`."""
        return self._epoch

    @property
    def mean_orbits(self) -> MeanOrbits:
        """Mean circular elements at the epoch."""
        return self._mean_orbits

    def at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> Floats:
        """Return positions of pairs: (n,), (n,) -> (n, 3)."""
        i_sat, t_s = checked_pairs(i_sat, t_s, self.n_sats)
        position_m = np.empty((i_sat.size, 3))
        pair_states(self._pairs, i_sat, t_s, *self._turning(frame), position_m, None)
        return position_m

    def states_at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> tuple[Floats, Floats]:
        """Return positions and velocities of pairs: (n,), (n,) -> (n, 3), (n, 3)."""
        i_sat, t_s = checked_pairs(i_sat, t_s, self.n_sats)
        position_m, velocity_m_s = np.empty((i_sat.size, 3)), np.empty((i_sat.size, 3))
        pair_states(self._pairs, i_sat, t_s, *self._turning(frame), position_m, velocity_m_s)
        return position_m, velocity_m_s

    def all_at(self, t_s: float, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        """Return positions of all satellites at one time, (n_sats, 3), into `out` when given."""
        factors = self._time_factors(np.array([t_s], dtype=np.float64), frame)
        return np.matmul(self._phases, factors, out=out)

    def block(self, t_s: Floats, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        """Return positions of all satellites at all times, (n_sats, n_times, 3), into `out` when given.

        Beyond the answer itself it needs 1.5 kB per satellite.
        """
        t_s = np.asarray(t_s, dtype=np.float64)
        answer = np.empty((self.n_sats, t_s.size, 3)) if out is None else out
        if answer.shape != (self.n_sats, t_s.size, 3):
            raise ValueError(f"out.shape = {answer.shape}: must be {(self.n_sats, t_s.size, 3)}")
        for start in range(0, t_s.size, _TIMES_PER_CHUNK):
            part = slice(start, start + _TIMES_PER_CHUNK)
            n_part = t_s[part].size
            product = self._phases @ self._time_factors(t_s[part], frame)
            answer[:, part] = product.reshape(self.n_sats, n_part, 3)
        return answer

    def _turning(self, frame: Frame) -> tuple[float, float]:
        """Return by how much a frame is turned from TEME at `t_s = 0`, and its rate: radians, radians per second."""
        if frame is Frame.TEME:
            return 0.0, 0.0
        rotation = earth_rotation(self._epoch)
        return rotation.sidereal_time_rad, rotation.sidereal_rate_rad_s

    def _time_factors(self, t_s: Floats, frame: Frame) -> Floats:
        """Return what all satellites share at some times: (n_times,) -> (6 K + 3, 3 * n_times)."""
        angle_rad, rate_rad_s = self._turning(frame)
        c = self._coefficients
        plane, pole = self._harmonics_with_floor(np.exp(1j * c.perigee_rate_rad_s * t_s))
        turn = np.exp(1j * c.latitude_rate_rad_s * t_s)
        powers = turn[:, None] ** np.arange(-_K, _K + 1)
        plane *= powers
        plane *= np.exp(1j * ((c.node_rate_rad_s - rate_rad_s) * t_s - angle_rad))[:, None]
        pole *= powers[:, _K:]
        n = 2 * _K + 1
        factors = np.zeros((3 * n, t_s.size, 3))
        factors[:n, :, 0] = factors[n : 2 * n, :, 1] = plane.real.T
        factors[:n, :, 1] = plane.imag.T
        factors[n : 2 * n, :, 0] = -plane.imag.T
        factors[2 * n : 2 * n + _K + 1, :, 2] = pole.real.T
        factors[2 * n + _K + 1 :, :, 2] = -pole.imag[:, 1:].T
        return factors.reshape(3 * n, 3 * t_s.size)

    def _harmonics_with_floor(self, perigee: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return harmonics of x + iy and of z with SGP4's least eccentricity; `perigee` is exp(i w), (n_times,)."""
        cos_i, sin_i = self._pairs.cos_inclination, self._pairs.sin_inclination
        floor_m = self._coefficients.floor_m
        plane = np.repeat(self._plane_harmonics[None, :], perigee.size, axis=0)
        plane[:, _K] -= 1.5 * floor_m * (perigee.real + 1j * cos_i * perigee.imag)
        plane[:, _K + 2] -= 0.25 * floor_m * (1.0 + cos_i) * perigee.conj()
        plane[:, _K - 2] -= 0.25 * floor_m * (1.0 - cos_i) * perigee
        pole = np.repeat(self._coefficients.cosine_z_m[None, :].astype(np.complex128), perigee.size, axis=0)
        pole[:, 0] -= 1.5 * floor_m * sin_i * perigee.imag
        pole[:, 2] += 0.5j * floor_m * sin_i * perigee.conj()
        return plane, pole


def _mean_orbits(shell: WalkerShell, coefficients: ShellCoefficients) -> MeanOrbits:
    """Return the mean circular elements of a shell at its epoch."""
    n = shell.n_sats
    return MeanOrbits(
        semi_major_axis_m=np.full(n, coefficients.semi_major_axis_m),
        eccentricity=np.zeros(n),
        inclination_rad=np.full(n, shell.inclination_rad),
        raan_rad=shell.raans_rad(),
        raan_rate_rad_s=np.full(n, coefficients.node_rate_rad_s),
        argument_of_latitude_rad=shell.arguments_of_latitude_rad(),
        argument_of_latitude_rate_rad_s=np.full(n, coefficients.latitude_rate_rad_s),
    )


def _satellite_phases(v_rad: Floats, raan_rad: Floats) -> Floats:
    """Return what satellites contribute at all times: cosines and sines of constant phases, (n_sats, 6 K + 3)."""
    turned = v_rad[:, None] * np.arange(-_K, _K + 1) + raan_rad[:, None]
    unturned = v_rad[:, None] * np.arange(_K + 1)
    return np.concatenate((np.cos(turned), np.sin(turned), np.cos(unturned), np.sin(unturned[:, 1:])), axis=1)
