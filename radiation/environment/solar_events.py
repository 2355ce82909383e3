"""Solar particle events, which a scenario names one by one; without them there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiation.environment.cosmic_rays import rigidity_gv

Floats = NDArray[np.float64]


class SolarSpectrum(Protocol):
    """Protons of a whole event, far from the Earth's field."""

    def fluence_per_m2(self, energy_mev: ArrayLike) -> Floats:
        """Return the omnidirectional fluence of protons above each energy, per m2, same shape."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExponentialInRigidity:
    """Fluence above rigidity R: total exp(-R / scale). Scales of 0.05 to 0.15 GV are usual."""

    total_per_m2: float
    scale_gv: float

    def __post_init__(self) -> None:
        _require_positive(self, "total_per_m2", "scale_gv")

    def fluence_per_m2(self, energy_mev: ArrayLike) -> Floats:
        """Return the omnidirectional fluence of protons above each energy, per m2, same shape."""
        fluence: Floats = self.total_per_m2 * np.exp(-rigidity_gv(1, energy_mev) / self.scale_gv)
        return fluence


@dataclass(frozen=True, slots=True, kw_only=True)
class King1972:
    """The event of August 1972: 7.9e9 exp((30 - E) / 26.5) protons per cm2 above E in MeV (King 1974), scaled."""

    scale: float = 1.0

    def __post_init__(self) -> None:
        _require_positive(self, "scale")

    def fluence_per_m2(self, energy_mev: ArrayLike) -> Floats:
        """Return the omnidirectional fluence of protons above each energy, per m2, same shape."""
        fluence: Floats = self.scale * 7.9e13 * np.exp((30.0 - np.asarray(energy_mev, dtype=np.float64)) / 26.5)
        return fluence


@dataclass(frozen=True, slots=True, kw_only=True)
class BandInRigidity:
    """Band's double power law of the fluence above rigidity R in GV (Tylka and Dietrich 2009).

    J R^-low exp(-R / scale) below (high - low) scale, and a pure power law R^-high that meets it smoothly above.
    """

    amplitude_per_m2: float
    low_exponent: float
    high_exponent: float
    scale_gv: float

    def __post_init__(self) -> None:
        _require_positive(self, "amplitude_per_m2", "scale_gv")
        if not self.high_exponent > self.low_exponent:
            raise ValueError(f"high_exponent = {self.high_exponent}: must be above low_exponent = {self.low_exponent}")

    def fluence_per_m2(self, energy_mev: ArrayLike) -> Floats:
        """Return the omnidirectional fluence of protons above each energy, per m2, same shape."""
        r = rigidity_gv(1, energy_mev)
        bend = self.high_exponent - self.low_exponent
        knee = bend * self.scale_gv
        near = np.minimum(r, knee)
        fluence: Floats = self.amplitude_per_m2 * near**-self.low_exponent * np.exp(-near / self.scale_gv)
        return fluence * (np.maximum(r, knee) / knee) ** -self.high_exponent


@dataclass(frozen=True, slots=True, kw_only=True)
class SolarEvent:
    """One event: its protons arrive at a rate that rises in a straight line and then decays exponentially.

    Attributes
    ----------
    start_s : first protons, seconds since the epoch
    rise_s, decay_s : time to the peak, and e-folding time after it
    spectrum : SolarSpectrum, of the whole event; its heavy ions are not modelled
    cutoff_factor : the geomagnetic cutoff is this much lower in the storm; 0.7 to 0.8 in the strongest, 1 in none
    """

    start_s: float
    rise_s: float
    decay_s: float
    spectrum: SolarSpectrum
    cutoff_factor: float = 1.0

    def __post_init__(self) -> None:
        _require_positive(self, "rise_s", "decay_s", "cutoff_factor")
        if not np.isfinite(self.start_s):
            raise ValueError(f"start_s = {self.start_s}: must be finite")
        if self.cutoff_factor > 1.0:
            raise ValueError(f"cutoff_factor = {self.cutoff_factor}: a storm lowers the cutoff; give 0 to 1")

    def share_per_s(self, t_s: ArrayLike) -> Floats:
        """Return the share of the fluence that arrives per second at each time, same shape; its integral is one."""
        since = np.asarray(t_s, dtype=np.float64) - self.start_s
        rising = np.clip(since / self.rise_s, 0.0, 1.0)
        share: Floats = rising * np.exp(-np.maximum(since - self.rise_s, 0.0) / self.decay_s)
        return share / (0.5 * self.rise_s + self.decay_s)


def _require_positive(record: object, *names: str) -> None:
    for name in names:
        value = getattr(record, name)
        if not 0.0 < value < np.inf:
            raise ValueError(f"{name} = {value}: must be positive and finite")
