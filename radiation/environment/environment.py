"""What surrounds an orbit: date, phase of the solar cycle, modulation of cosmic rays, solar events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiation.environment import solar_cycle
from radiation.environment.cosmic_rays import GREATEST_MODULATION
from radiation.environment.solar_events import SolarEvent

Floats = NDArray[np.float64]

SECONDS_PER_YEAR: Final = 365.25 * 86_400.0
FIRST_YEAR: Final = 1960.0
LAST_YEAR: Final = 2100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Radiation environment of a run.

    Attributes
    ----------
    epoch_year : float
        Decimal year of the epoch (`solar_cycle.decimal_year`). It places the anomaly, and sets what is not given below.
    solar_phase : float, optional
        0 for solar minimum (AP-8 MIN) to 1 for maximum (AP-8 MAX), between them along the logarithm of the flux. If
        left out, the date's.
    modulation : float, optional
        W of Matthiae et al. 2013. If left out, that of the solar phase: 10 at minimum, 110 at maximum.
    solar_events : tuple of SolarEvent
        None by default.
    """

    epoch_year: float
    solar_phase: float | None = None
    modulation: float | None = None
    solar_events: tuple[SolarEvent, ...] = ()

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.epoch_year <= LAST_YEAR:
            raise ValueError(f"epoch_year = {self.epoch_year}: give a year from {FIRST_YEAR:.0f} to {LAST_YEAR:.0f}")
        if self.solar_phase is not None and not 0.0 <= self.solar_phase <= 1.0:
            raise ValueError(f"solar_phase = {self.solar_phase}: 0 is solar minimum, 1 is maximum")
        if self.modulation is not None and not 0.0 <= self.modulation <= GREATEST_MODULATION:
            raise ValueError(f"modulation = {self.modulation}: W is 0 to {GREATEST_MODULATION:.0f}")

    def year_at(self, t_s: ArrayLike) -> Floats:
        """Return decimal years, same shape."""
        year: Floats = self.epoch_year + np.asarray(t_s, dtype=np.float64) / SECONDS_PER_YEAR
        return year

    def solar_phase_at(self, t_s: ArrayLike) -> Floats:
        """Return the solar phase, 0 to 1, same shape."""
        if self.solar_phase is not None:
            return np.full(np.shape(t_s), self.solar_phase)
        return solar_cycle.solar_phase(self.year_at(t_s))

    def modulation_at(self, t_s: ArrayLike) -> Floats:
        """Return the modulation W of cosmic rays, same shape."""
        if self.modulation is not None:
            return np.full(np.shape(t_s), self.modulation)
        return solar_cycle.modulation(self.solar_phase_at(t_s))

    def describe(self) -> str:
        """Return one line about the solar cycle at the epoch and where it comes from."""
        phase, w = float(self.solar_phase_at(0.0)), float(self.modulation_at(0.0))
        phase_from = "as given" if self.solar_phase is not None else f"of the date {self.epoch_year:.2f}"
        w_from = "as given" if self.modulation is not None else "of that phase"
        events = f"{len(self.solar_events)} solar events" if self.solar_events else "no solar events"
        return (
            f"solar phase {phase:.2f} ({phase_from}; 0 minimum, 1 maximum), modulation W = {w:.0f} ({w_from}), {events}"
        )
