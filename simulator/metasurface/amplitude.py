"""How strongly an atom transmits at each phase."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class AmplitudeLaw:
    """Amplitude of a resonant atom against its phase.

    Parameters
    ----------
    least : float, 0 to 1
        The smallest amplitude.
    steepness : float, above 0
    phase_offset_rad : float
        The amplitude is smallest a quarter turn before it, and largest a quarter turn after.

    Raises
    ------
    ValueError
        If a number is outside its range.

    Notes
    -----
    beta(theta) = (1 - least) ((sin(theta - offset) + 1) / 2)^steepness + least (Abeywickrama, Zhang, Wu, Yuen 2020,
    "Intelligent reflecting surface: practical phase shift model and beamforming optimization", equation 5; the
    defaults are theirs). It was measured on reflecting atoms; transmitting ones resonate likewise.
    """

    least: float
    steepness: float = 1.6
    phase_offset_rad: float = 0.43 * math.pi

    def __post_init__(self) -> None:
        if not 0.0 <= self.least <= 1.0:
            raise ValueError(f"least = {self.least}: give an amplitude from 0 to 1")
        if not self.steepness > 0.0:
            raise ValueError(f"steepness = {self.steepness}: give a number above 0")

    def amplitude(self, phase_rad: NDArray[Any]) -> NDArray[Any]:
        """Return the amplitude at each phase."""
        raised = 0.5 * (np.sin(phase_rad - self.phase_offset_rad) + 1.0)
        return np.asarray((1.0 - self.least) * raised**self.steepness + self.least)

    def slope(self, phase_rad: NDArray[Any]) -> NDArray[Any]:
        """Return the derivative of the amplitude by the phase, per radian."""
        turned = phase_rad - self.phase_offset_rad
        raised = np.maximum(0.5 * (np.sin(turned) + 1.0), 1e-30)  # 0 to a power below 0 where steepness is below 1
        rise = 0.5 * np.cos(turned)
        return np.asarray((1.0 - self.least) * self.steepness * raised ** (self.steepness - 1.0) * rise)
