"""How long a battery lasts: three models behind one interface.

The *wear* of a cycle is the share of the battery's life that it uses up, and wear adds up (Miner's rule): a battery
has reached its end of life at a wear of 1. Models differ by a factor of several in years and by half in ratios, so the
name of the model belongs beside every figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log
from typing import ClassVar, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simulator.constants import SECONDS_PER_YEAR

Shares: TypeAlias = NDArray[np.float64]
"""Fractions of the capacity, 0 to 1, of any shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycles:
    """Cycles of batteries, of any one shape."""

    depth: Shares
    mean_state_of_charge: Shares


class LifetimeModel(Protocol):
    """A law of battery wear; `name` stands beside each of its figures."""

    name: ClassVar[str]

    def cycle_wear(self, cycles: Cycles) -> NDArray[np.float64]:
        """Return the wear of each cycle."""
        ...


class CycleModel(LifetimeModel, Protocol):
    """A model that knows years: its wear of a cycle is absolute, and there may be wear by mere age."""

    def calendar_wear_per_s(self, mean_state_of_charge: Shares) -> NDArray[np.float64]:
        """Return the wear by age alone, per second, at a mean state of charge over time."""
        ...


def lifetime_years(
    model: CycleModel, wear_of_cycles: NDArray[np.float64], mean_state_of_charge: Shares, span_s: float
) -> NDArray[np.float64]:
    """Return years to the end of life if life goes on as in a span of time; infinite without any wear.

    Parameters
    ----------
    model : CycleModel
    wear_of_cycles : (n_batteries,)
        Sum of `model.cycle_wear` over the cycles of the span.
    mean_state_of_charge : (n_batteries,)
        Mean over time.
    span_s : float
    """
    wear_per_s = wear_of_cycles / span_s + model.calendar_wear_per_s(mean_state_of_charge)
    with np.errstate(divide="ignore"):
        return 1.0 / (wear_per_s * SECONDS_PER_YEAR)


def lifetime_ratio(model: LifetimeModel, depth: Shares, reference_depth: Shares) -> NDArray[np.float64]:
    """Return how many times as long a battery lasts under cycles of one depth as under as many of another.

    Cycles begin at a full battery: their mean state of charge is 1 - depth / 2.
    """
    wear, reference_wear = (
        model.cycle_wear(Cycles(depth=d, mean_state_of_charge=1.0 - 0.5 * d)) for d in (depth, reference_depth)
    )
    return reference_wear / wear


@dataclass(frozen=True, slots=True, kw_only=True)
class FifteenPointRule:
    """Fifteen points more depth of discharge halve the cycle life: N(D) = N0 10^(-A D), A = log10(2) / 0.15.

    N0 is not part of the rule, so it knows no years; wear is in units of that of an endlessly shallow cycle, and only
    ratios mean something (`lifetime_ratio`). It is used with the largest depth of discharge, one cycle per orbit.

    Source: Hussein et al., "On routing for extending satellite service life in LEO satellite networks", GLOBECOM 2014,
    and the satellite-routing papers after it. It is stated there for nickel-hydrogen cells, which the first Iridium
    satellites had; that lithium-ion cells follow it is an assumption of those papers.
    """

    name: ClassVar[str] = "15-point rule"

    def cycle_wear(self, cycles: Cycles) -> NDArray[np.float64]:
        """Return 2^(D / 0.15)."""
        return np.exp2(cycles.depth / 0.15)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerLaw:
    """Cycles to the end of life by N(D) = N100 D^-k, added up by Miner's rule; no wear by age or temperature.

    Published cells lie within N100 = 1500 to 3000 and k = 1.3 to 2.1. The defaults are the middles of these ranges:
    an assumption, not a fit to a cell.

    Raises
    ------
    ValueError
        If a parameter is not positive.
    """

    name: ClassVar[str] = "power law"

    cycles_at_full_depth: float = 2250.0
    exponent: float = 1.7

    def __post_init__(self) -> None:
        for field in ("cycles_at_full_depth", "exponent"):
            if not getattr(self, field) > 0.0:
                raise ValueError(f"{field} = {getattr(self, field)}: must be positive")

    def cycle_wear(self, cycles: Cycles) -> NDArray[np.float64]:
        """Return D^k / N100."""
        return cycles.depth**self.exponent / self.cycles_at_full_depth

    def calendar_wear_per_s(self, mean_state_of_charge: Shares) -> NDArray[np.float64]:
        """Return zeros."""
        return np.zeros_like(mean_state_of_charge)


_END_OF_LIFE_AGEING: Final = log(0.9425 / 0.8)
"""f_d at which L = 1 - 0.0575 exp(-121 f_d) - 0.9425 exp(-f_d) is 0.2; the first exponential is 2e-9 by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class XuModel:
    """Semi-empirical ageing of lithium-ion cells by cycles and by age, to 80 % of the capacity.

    The defaults are the constants of the source, fitted to cells of lithium manganese oxide (LMO).

    Parameters
    ----------
    temperature_k : float
        Of the cell, constant: 25 C, an assumption. The model holds above about 15 C.
    depth_k1, depth_k2, depth_k3 : float
        A cycle of depth d ages by S_d = 1 / (k1 d^k2 + k3).
    charge_factor, reference_charge : float
        Of the stress by the mean state of charge s, S_s = exp(charge_factor (s - reference_charge)).
    temperature_factor_per_k, reference_temperature_k : float
        Of the stress by the temperature, S_T = exp(temperature_factor (T - T_ref) T_ref / T).
    calendar_per_s : float
        What a second ages, times S_s S_T.

    Raises
    ------
    ValueError
        If a parameter has no meaning; the message names it.

    Notes
    -----
    Xu, Oudalov, Ulbig, Andersson, Kirschen, "Modeling of Lithium-Ion Battery Degradation for Cell Life Assessment",
    IEEE Trans. Smart Grid 9(2), 2018. A cycle ages by S_d S_s S_T with the mean state of charge of the cycle, a second
    by `calendar_per_s` S_s S_T with the mean over time. At a sum f_d of all ageing the capacity has lost
    L = 1 - 0.0575 exp(-121 f_d) - 0.9425 exp(-f_d). Wear here is f_d over its value at L = 0.2.
    Below a depth of some points S_d grows with the root of the depth and is an extrapolation.
    """

    name: ClassVar[str] = "Xu et al. 2018"

    temperature_k: float = 298.15
    depth_k1: float = 1.40e5
    depth_k2: float = -0.501
    depth_k3: float = -1.23e5
    charge_factor: float = 1.04
    reference_charge: float = 0.5
    temperature_factor_per_k: float = 0.0693
    reference_temperature_k: float = 298.15
    calendar_per_s: float = 4.14e-10

    def __post_init__(self) -> None:
        for field in ("temperature_k", "depth_k1", "reference_temperature_k"):
            if not getattr(self, field) > 0.0:
                raise ValueError(f"{field} = {getattr(self, field)}: must be positive; 25 C is 298.15 K")
        if not self.depth_k2 < 0.0:
            raise ValueError(f"depth_k2 = {self.depth_k2}: must be negative, so that deeper cycles wear more")
        if not self.depth_k1 + self.depth_k3 > 0.0:
            raise ValueError(
                f"depth_k3 = {self.depth_k3}: must be above -depth_k1 = {-self.depth_k1}; else a full cycle wears "
                "endlessly"
            )
        if not self.calendar_per_s >= 0.0:
            raise ValueError(f"calendar_per_s = {self.calendar_per_s}: must be 0 or more")

    def cycle_wear(self, cycles: Cycles) -> NDArray[np.float64]:
        """Return S_d S_s S_T over the ageing at the end of life; 0 at depth 0."""
        # 1 / (k1 d^k2 + k3) times d^-k2 above and below, which has no infinity at depth 0
        root = cycles.depth**-self.depth_k2
        return root / (self.depth_k1 + self.depth_k3 * root) * self._stress(cycles.mean_state_of_charge)

    def calendar_wear_per_s(self, mean_state_of_charge: Shares) -> NDArray[np.float64]:
        """Return `calendar_per_s` S_s S_T over the ageing at the end of life."""
        return self.calendar_per_s * self._stress(mean_state_of_charge)

    def _stress(self, mean_state_of_charge: Shares) -> NDArray[np.float64]:
        """Return S_s S_T over the ageing at the end of life."""
        reference_k = self.reference_temperature_k
        s_t = exp(self.temperature_factor_per_k * (self.temperature_k - reference_k) * reference_k / self.temperature_k)
        s_s = np.exp(self.charge_factor * (mean_state_of_charge - self.reference_charge))
        return np.asarray(s_s * (s_t / _END_OF_LIFE_AGEING), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingModels:
    """The models that give years, with the parameters of a fleet's cells."""

    xu: XuModel = XuModel()
    power_law: PowerLaw = PowerLaw()
