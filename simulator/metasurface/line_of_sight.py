"""Direct waves from a stack to users in known directions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.metasurface.decibels import ratio_of_db
from simulator.metasurface.geometry import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementPattern:
    """Gain of one atom against the angle from its axis: a power of the cosine that radiates all it is given.

    Parameters
    ----------
    peak_gain_db : float
        Along the axis, above that of a half-space radiator (3.01 dB).

    Raises
    ------
    ValueError
        If the gain is lower.

    Notes
    -----
    2 (q + 1) cos^q, whose integral over the half space is 4 pi for any q, so the peak fixes q.
    """

    peak_gain_db: float

    def __post_init__(self) -> None:
        if not self.peak_gain_db >= 3.01:
            raise ValueError(f"peak_gain_db = {self.peak_gain_db}: a half space alone gives 3.01 dB, give as much")

    def gain(self, cosine: Floats) -> Floats:
        """Return the gain at a cosine of the angle from the axis, 0 behind the layer."""
        peak = ratio_of_db(self.peak_gain_db)
        return np.asarray(peak * np.maximum(cosine, 0.0) ** (0.5 * peak - 1.0))


def direct_wave(
    atom_m: Floats, direction: Floats, distance_m: Floats, gain: Floats, wavelength_m: float
) -> NDArray[np.complex128]:
    """Return the channel of a plane wave from each atom to each user, (..., n_users, n_atoms).

    Parameters
    ----------
    atom_m : (n_atoms, 3)
        In the frame of the stack.
    direction : (..., n_users, 3)
        Unit vectors from the stack to the users in the same frame, z out of the last layer.
    distance_m : (..., n_users)
    gain : (..., n_users)
        Of power, all antennas included.
    wavelength_m : float

    Notes
    -----
    sqrt(gain) exp(j k (d - r . u)) with atom r and direction u: atoms nearer to the user are ahead, under the time
    convention of `propagation_matrix`. Atoms are much nearer to each other than to users.
    """
    path_m = distance_m[..., np.newaxis] - direction @ atom_m.T
    return np.asarray(np.sqrt(gain)[..., np.newaxis] * np.exp(2j * math.pi / wavelength_m * path_m))
