"""Rates of events per target along an orbit, one for each population of particles."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiation import folding
from radiation.cross_sections import HeavyIonCrossSection, ProtonCrossSection
from radiation.environment.belt import Belt
from radiation.environment.cutoff import CutoffTable, share_of_open_sky
from radiation.environment.environment import Environment
from radiation.environment.places import Places, flat_places
from radiation.environment.solar_cycle import ACTIVE_MODULATION, QUIET_MODULATION
from radiation.environment.solar_events import SolarEvent
from radiation.environment.tables import cutoff_field
from radiation.populations import POPULATIONS, Population

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

DEFAULT_SHIELDING_KG_M2: Final = folding.REFERENCE_SHIELDING_KG_M2
CHUNK: Final = 16_384
"""Places handled at once, so that intermediate arrays stay in the processor's cache."""

N_MODULATIONS: Final = 11

LOG_SIGMA: Final[Mapping[Population, float]] = MappingProxyType(
    {
        Population.TRAPPED_PROTONS: float(np.log(1.7)),
        Population.COSMIC_PROTONS: float(np.log(1.5)),
        Population.HEAVY_IONS: float(np.log(1.5)),
        Population.SOLAR_PROTONS: float(np.log(1.7)),
        Population.UNSPECIFIED: 0.0,
    }
)
"""Systematic uncertainty of each population's rate, one standard deviation of its logarithm."""


class PopulationRates:
    """Events per target and second; a target is what the cross-sections are of, a bit or a device.

    Cross-sections are folded with the spectra once, here; what is left for each place is one or two table look-ups.

    Parameters
    ----------
    environment : Environment
    proton : ProtonCrossSection, optional
        Left out: no upsets by protons of any origin.
    heavy_ion : HeavyIonCrossSection, optional
        Left out: no upsets by heavy ions.
    shielding_kg_m2 : float
        Aluminium all around, default 6.86 (100 mil). 1 g/cm2 is 10 kg/m2. Protons that arrive below 5 MeV do not count.
    factors : (n_populations,), optional
        Multiplies the rates, in `POPULATIONS` order; see `draw_systematic_factors`.

    Raises
    ------
    ValueError
        If the shielding is negative or `factors` has another shape or a negative value.

    Notes
    -----
    Tables are read in float32, which costs 3e-4 of a rate at worst and 1e-6 of an orbit's mean (compared with the same
    code in float64), and by straight lines, which costs less than 0.5 % of an orbit's mean (tests compare with direct
    evaluation of AP-8).
    """

    def __init__(
        self,
        environment: Environment,
        *,
        proton: ProtonCrossSection | None = None,
        heavy_ion: HeavyIonCrossSection | None = None,
        shielding_kg_m2: float = DEFAULT_SHIELDING_KG_M2,
        factors: ArrayLike | None = None,
    ) -> None:
        self._environment = environment
        self._factors = _checked_factors(factors)
        self._belt: Belt | None = None
        self._by_cutoff: dict[Population, CutoffTable] = {}
        self._solar: list[tuple[SolarEvent, CutoffTable]] = []
        modulation = _modulation_nodes(environment)
        if proton is not None:
            self._belt = Belt(environment, lambda model: folding.trapped_table(model, proton, shielding_kg_m2))
            values = [folding.cosmic_proton_rates(proton, shielding_kg_m2, float(w)) for w in modulation]
            self._by_cutoff[Population.COSMIC_PROTONS] = CutoffTable(modulation, np.stack(values))
            for event in environment.solar_events:
                counts = folding.solar_event_counts(proton, shielding_kg_m2, event)
                self._solar.append((event, CutoffTable(np.zeros(1), counts[None])))
        if heavy_ion is not None:
            values_of_ions = folding.heavy_ion_rates(heavy_ion, shielding_kg_m2, modulation)
            self._by_cutoff[Population.HEAVY_IONS] = CutoffTable(modulation, values_of_ions)

    def at(self, t_s: ArrayLike, latitude_rad: ArrayLike, longitude_rad: ArrayLike, altitude_m: ArrayLike) -> Floats:
        """Return events per target and second, (n_populations, ...), populations in `POPULATIONS` order.

        Parameters
        ----------
        t_s, latitude_rad, longitude_rad, altitude_m : broadcast against each other to (...)
            Seconds since the epoch; geodetic latitude, longitude and altitude, 300 to 2,000 km.

        Raises
        ------
        ValueError
            If an altitude is outside 300 to 2,000 km, or anything is not finite.
        """
        places, shape = flat_places(t_s, latitude_rad, longitude_rad, altitude_m)
        rates = np.zeros((len(POPULATIONS), len(places.t_s)))
        for first in range(0, len(places.t_s), CHUNK):
            piece = slice(first, first + CHUNK)
            self._fill_(rates[:, piece], places.piece(piece))
        return rates.reshape(len(POPULATIONS), *shape)

    def far_from_earth(self, t_s: float = 0.0) -> Floats:
        """Return events per target and second (n_populations,) without belt, cutoff and shadow.

        In geostationary orbit that is so to a good approximation.
        """
        found = np.zeros(len(POPULATIONS))
        nowhere = np.zeros(1, dtype=np.float32)
        for population, table in self._by_cutoff.items():
            found[_ROW[population]] = table.at(nowhere, self._environment.modulation_at([t_s]))[0]
        for event, table in self._solar:
            found[_ROW[Population.SOLAR_PROTONS]] += event.share_per_s(t_s) * table.at(nowhere, 0.0)[0]
        return found * self._factors

    def _fill_(self, rates: Floats, places: Places) -> None:
        """Write the rates of a few places."""
        if self._belt is not None:
            rates[_ROW[Population.TRAPPED_PROTONS]] = self._belt.at(places)
        if self._by_cutoff or self._solar:
            shell = cutoff_field().at(places.latitude_deg, places.longitude_deg, places.altitude_km)[0]
            sky = share_of_open_sky(places.altitude_km)
            modulation = self._environment.modulation_at(places.t_s)
            for population, table in self._by_cutoff.items():
                rates[_ROW[population]] = table.at(shell, modulation) * sky
            for event, table in self._solar:
                arriving = event.share_per_s(places.t_s)
                rates[_ROW[Population.SOLAR_PROTONS]] += arriving * table.at(shell, 0.0) * sky
        if np.any(self._factors != 1.0):
            rates *= self._factors[:, None]


def draw_systematic_factors(rng: np.random.Generator) -> Floats:
    """Draw one log-normal factor with median one per population, (n_populations,), for `PopulationRates`."""
    sigma = np.array([LOG_SIGMA[population] for population in POPULATIONS])
    factors: Floats = np.exp(sigma * rng.standard_normal(len(POPULATIONS)))
    return factors


_ROW: Final = MappingProxyType({population: i for i, population in enumerate(POPULATIONS)})


def _modulation_nodes(environment: Environment) -> Floats:
    if environment.modulation is not None or environment.solar_phase is not None:
        return environment.modulation_at(np.zeros(1))
    return np.linspace(QUIET_MODULATION, ACTIVE_MODULATION, N_MODULATIONS)


def _checked_factors(factors: ArrayLike | None) -> Floats:
    if factors is None:
        return np.ones(len(POPULATIONS))
    checked = np.asarray(factors, dtype=np.float64)
    if checked.shape != (len(POPULATIONS),) or not bool(np.all(checked >= 0.0)):
        raise ValueError(f"factors = {factors}: give {len(POPULATIONS)} numbers of zero or more, one per population")
    return checked
