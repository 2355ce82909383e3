"""Cross-sections of one target, a bit or a whole device, for protons and for heavy ions.

Areas are in m2 (a data sheet's cm2 times 1e-4). Energies are in MeV and linear energy transfers (LET) in MeV cm2/mg,
as every beam report prints them. Which target is meant decides what a rate counts: upsets per bit, or interrupts per
device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

CM2: Final = 1e-4
"""One square centimetre in m2."""


class ProtonCrossSection(Protocol):
    """Area that a target shows to protons."""

    def at(self, energy_mev: ArrayLike) -> Floats:
        """Return the cross-section in m2 at each energy, same shape."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WeibullProton:
    """Weibull curve: saturation (1 - exp(-((E - threshold) / width)^exponent)), zero below the threshold."""

    saturation_m2: float
    threshold_mev: float
    width_mev: float
    exponent: float

    def __post_init__(self) -> None:
        _require_positive(self, "saturation_m2", "width_mev", "exponent")
        _require_threshold(self, "threshold_mev")

    def at(self, energy_mev: ArrayLike) -> Floats:
        """Return the cross-section in m2 at each energy, same shape."""
        return self.saturation_m2 * _weibull(energy_mev, self.threshold_mev, self.width_mev, self.exponent)


@dataclass(frozen=True, slots=True, kw_only=True)
class BendelOneParameter:
    """Bendel and Petersen's curve per bit, of which only the threshold A is free.

    Notes
    -----
    1e-12 cm2 (24 / A)^14 (1 - exp(-0.18 sqrt(Y)))^4 with Y = (E - A) sqrt(18 / A), energies in MeV (Bendel and Petersen
    1983, IEEE Trans. Nucl. Sci. 30, 4481).
    """

    threshold_mev: float

    def __post_init__(self) -> None:
        _require_positive(self, "threshold_mev")

    @property
    def saturation_m2(self) -> float:
        """Cross-section at high energy."""
        return float(1e-12 * CM2 * (24.0 / self.threshold_mev) ** 14)

    def at(self, energy_mev: ArrayLike) -> Floats:
        """Return the cross-section in m2 at each energy, same shape."""
        return self.saturation_m2 * _bendel(energy_mev, self.threshold_mev)


@dataclass(frozen=True, slots=True, kw_only=True)
class BendelTwoParameter:
    """The same curve with the plateau as second parameter: S (1 - exp(-0.18 sqrt(Y)))^4.

    A source that gives Stapor's B instead has the plateau 1e-12 cm2 (B / A)^14.
    """

    saturation_m2: float
    threshold_mev: float

    def __post_init__(self) -> None:
        _require_positive(self, "saturation_m2", "threshold_mev")

    @classmethod
    def of_b(cls, *, threshold_mev: float, b_mev: float) -> BendelTwoParameter:
        """Return the curve of the parameters A = `threshold_mev` and B = `b_mev`."""
        saturation_m2 = 1e-12 * CM2 * (b_mev / threshold_mev) ** 14
        return cls(saturation_m2=saturation_m2, threshold_mev=threshold_mev)

    def at(self, energy_mev: ArrayLike) -> Floats:
        """Return the cross-section in m2 at each energy, same shape."""
        return self.saturation_m2 * _bendel(energy_mev, self.threshold_mev)


@dataclass(frozen=True, slots=True, kw_only=True)
class TabulatedProton:
    """Measured points: straight lines in the logarithms, zero below the first energy, constant above the last."""

    energy_mev: tuple[float, ...]
    cross_section_m2: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.energy_mev or len(self.energy_mev) != len(self.cross_section_m2):
            raise ValueError(
                f"energy_mev has {len(self.energy_mev)} values and cross_section_m2 {len(self.cross_section_m2)}: "
                "give as many of each, at least one"
            )
        if not (self.energy_mev[0] > 0.0 and bool(np.all(np.diff(self.energy_mev) > 0.0))):
            raise ValueError(f"energy_mev = {self.energy_mev}: must be positive and ascend")
        if not all(0.0 < area < np.inf for area in self.cross_section_m2):
            raise ValueError(
                f"cross_section_m2 = {self.cross_section_m2}: must be positive and finite; leave out what is zero"
            )

    def at(self, energy_mev: ArrayLike) -> Floats:
        """Return the cross-section in m2 at each energy, same shape."""
        energy = np.asarray(energy_mev, dtype=np.float64)
        log_energy = np.log(np.maximum(energy, self.energy_mev[0]))
        area = np.exp(np.interp(log_energy, np.log(self.energy_mev), np.log(self.cross_section_m2)))
        return np.where(energy < self.energy_mev[0], 0.0, area)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeibullHeavyIon:
    """Weibull curve over LET, with the depth of the sensitive volume for integration over chords.

    Attributes
    ----------
    saturation_m2 : float
    threshold_mev_cm2_per_mg, width_mev_cm2_per_mg : float
    exponent : float
    depth_m : float
        Thickness of the sensitive box, whose other two sides are the square root of `saturation_m2`. 1 um makes six
        published CREME96 rates agree; 2 um halves the rate.
    """

    saturation_m2: float
    threshold_mev_cm2_per_mg: float
    width_mev_cm2_per_mg: float
    exponent: float
    depth_m: float = 1e-6

    def __post_init__(self) -> None:
        _require_positive(self, "saturation_m2", "width_mev_cm2_per_mg", "exponent", "depth_m")
        _require_threshold(self, "threshold_mev_cm2_per_mg")

    def at(self, let_mev_cm2_per_mg: ArrayLike) -> Floats:
        """Return the cross-section in m2 at each LET, normal incidence, same shape."""
        return self.saturation_m2 * self.share_sensitive(let_mev_cm2_per_mg)

    def share_sensitive(self, let_mev_cm2_per_mg: ArrayLike) -> Floats:
        """Return the share of the saturated area that upsets at each LET: the distribution of critical LETs."""
        return _weibull(let_mev_cm2_per_mg, self.threshold_mev_cm2_per_mg, self.width_mev_cm2_per_mg, self.exponent)

    def critical_let(self, share: ArrayLike) -> Floats:
        """Return the LET in MeV cm2/mg at which a given share (0 to 1, open) of the area upsets."""
        turn = (-np.log1p(-np.asarray(share, dtype=np.float64))) ** (1.0 / self.exponent)
        critical: Floats = self.threshold_mev_cm2_per_mg + self.width_mev_cm2_per_mg * turn
        return critical

    def figure_of_merit(self) -> FigureOfMerit:
        """Return the shortcut of the same curve: saturation / L0.25^2, L0.25 the LET at a quarter of saturation."""
        quarter = float(self.critical_let(0.25))
        return FigureOfMerit(merit_mg2_per_mev2_cm2=self.saturation_m2 / CM2 / quarter**2)


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOfMerit:
    """Petersen's figure of merit: saturation in cm2 over the square of the LET at a quarter of it.

    Notes
    -----
    Geostationary rate at solar minimum behind 100 mil = coefficient x merit upsets per day (Petersen 1998, IEEE Trans.
    Nucl. Sci. 45, 2550). The coefficient is 300 here, 200 to 600 by device: a factor of two either way.
    """

    merit_mg2_per_mev2_cm2: float
    upsets_per_day: float = 300.0

    def __post_init__(self) -> None:
        _require_positive(self, "merit_mg2_per_mev2_cm2", "upsets_per_day")

    @property
    def geostationary_rate_s(self) -> float:
        """Events per target and second in geostationary orbit at solar minimum behind 100 mil of aluminium."""
        return self.upsets_per_day * self.merit_mg2_per_mev2_cm2 / 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GeostationaryRate:
    """A target known by its rate in geostationary orbit at quiet solar minimum behind 100 mil of aluminium alone."""

    geostationary_rate_s: float

    def __post_init__(self) -> None:
        _require_positive(self, "geostationary_rate_s")


HeavyIonCrossSection = WeibullHeavyIon | FigureOfMerit | GeostationaryRate
"""What is known of a target's response to heavy ions."""


def _weibull(value: ArrayLike, threshold: float, width: float, exponent: float) -> Floats:
    above = np.maximum(np.asarray(value, dtype=np.float64) - threshold, 0.0)
    share: Floats = -np.expm1(-((above / width) ** exponent))
    return share


def _bendel(energy_mev: ArrayLike, threshold_mev: float) -> Floats:
    above = np.maximum(np.asarray(energy_mev, dtype=np.float64) - threshold_mev, 0.0)
    share: Floats = (-np.expm1(-0.18 * np.sqrt(above * np.sqrt(18.0 / threshold_mev)))) ** 4
    return share


def _require_positive(record: object, *names: str) -> None:
    for name in names:
        value = getattr(record, name)
        if not 0.0 < value < np.inf:
            raise ValueError(f"{name} = {value}: must be positive and finite")


def _require_threshold(record: object, name: str) -> None:
    value = getattr(record, name)
    if not 0.0 <= value < np.inf:
        raise ValueError(f"{name} = {value}: must be zero or more and finite")
