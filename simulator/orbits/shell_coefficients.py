"""The Fourier series of a circular shell, measured on SGP4 itself.

With eccentricity 0 and no drag, SGP4's position in the frame of the mean node depends only on the mean argument of
latitude u. Zonal harmonics are symmetric about the northernmost point: with v = u - 90 deg, x is odd, y and z are even.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.polynomial import chebyshev
from sgp4.api import WGS72, Satrec

from simulator.constants import WGS72_EQUATORIAL_RADIUS_M
from simulator.orbits.model import Floats
from simulator.orbits.walker import WalkerShell

N_HARMONICS: Final = 5
ECCENTRICITY_FLOOR: Final = 1.0e-6
"""SGP4 raises smaller eccentricities to this (Hoots, Roehrich 1980, as coded by Vallado et al. 2006)."""

LONGEST_PERIOD_S: Final = 225.0 * 60.0
"""Beyond this period SGP4 adds Sun, Moon and resonances, which no series in one angle has."""

_N_SAMPLES: Final = 64
_ANY_EPOCH_DAYS: Final = 27_000.0  # near-Earth SGP4 does not depend on it
_METRES: Final = 1_000.0
_PER_SECOND: Final = 1.0 / 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellCoefficients:
    """Series and rates that all satellites of a shell share.

    x = sum sine_m[k-1] sin k v, y = sum cosine_y_m[k] cos k v, z = sum cosine_z_m[k] cos k v, in the node frame.
    `floor_m` is the semi-major axis times SGP4's least eccentricity, whose apsides turn at `perigee_rate_rad_s`.
    """

    sine_m: Floats
    cosine_y_m: Floats
    cosine_z_m: Floats
    semi_major_axis_m: float
    floor_m: float
    latitude_rate_rad_s: float
    node_rate_rad_s: float
    perigee_rate_rad_s: float

    def polynomials(self) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
        """Return polynomials in cos v: x = sin v * first, y = second, z = third; lowest power first."""
        # sin k v = sin v U_{k-1}(cos v) and k U_{k-1} = dT_k/dx
        x = chebyshev.cheb2poly(chebyshev.chebder(np.concatenate(([0.0], self.sine_m / np.arange(1, N_HARMONICS + 1)))))
        y, z = chebyshev.cheb2poly(self.cosine_y_m), chebyshev.cheb2poly(self.cosine_z_m)
        return tuple(x.tolist()), tuple(y.tolist()), tuple(z.tolist())


def shell_coefficients(shell: WalkerShell) -> ShellCoefficients:
    """Measure the series of a shell on 64 points of one SGP4 orbit.

    Raises
    ------
    ValueError
        If the period is beyond SGP4's near-Earth theory, or SGP4 cannot propagate such an orbit.
    """
    if 2.0 * np.pi / shell.mean_motion_rad_s >= LONGEST_PERIOD_S:
        raise ValueError(f"altitude_m = {shell.altitude_m}: the series needs a period under 225 min; use Sgp4Model")
    # perigee at opposite sides cancels the floor of the eccentricity to first order
    node_frame_m = 0.5 * (_samples_m(shell, 0.0) + _samples_m(shell, np.pi))
    harmonics = np.fft.rfft(node_frame_m, axis=0)[: N_HARMONICS + 1] / _N_SAMPLES
    harmonics[1:] *= 2.0
    orbit = _satellite(shell, 0.0, 0.0)
    semi_major_axis_m = float(orbit.a) * WGS72_EQUATORIAL_RADIUS_M
    return ShellCoefficients(
        sine_m=-harmonics[1:, 0].imag,
        cosine_y_m=harmonics[:, 1].real,
        cosine_z_m=harmonics[:, 2].real,
        semi_major_axis_m=semi_major_axis_m,
        floor_m=semi_major_axis_m * ECCENTRICITY_FLOOR,
        latitude_rate_rad_s=(orbit.mdot + orbit.argpdot) * _PER_SECOND,
        node_rate_rad_s=orbit.nodedot * _PER_SECOND,
        perigee_rate_rad_s=orbit.argpdot * _PER_SECOND,
    )


def _satellite(shell: WalkerShell, latitude_rad: float, perigee_rad: float) -> Satrec:
    """Return SGP4's record of a satellite of the shell with its node at 0."""
    satellite = Satrec()
    anomaly_rad = float(np.mod(latitude_rad - perigee_rad, 2.0 * np.pi))
    rate_rad_min = shell.mean_motion_rad_s / _PER_SECOND
    elements = (0.0, 0.0, 0.0, 0.0, perigee_rad, shell.inclination_rad, anomaly_rad, rate_rad_min, 0.0)
    satellite.sgp4init(WGS72, "i", 0, _ANY_EPOCH_DAYS, *elements)
    return satellite


def _samples_m(shell: WalkerShell, perigee_rad: float) -> Floats:
    """Return positions at v = 0, 1/64, ... of a turn in the node frame, (64, 3)."""
    latitudes_rad = 2.0 * np.pi * np.arange(_N_SAMPLES) / _N_SAMPLES + 0.5 * np.pi
    found = [_satellite(shell, float(u), perigee_rad).sgp4_tsince(0.0) for u in latitudes_rad]
    if any(code for code, _, _ in found):
        raise ValueError(f"altitude_m = {shell.altitude_m}: SGP4 says that such a satellite has decayed; go higher")
    return np.array([position for _, position, _ in found]) * _METRES
