"""Link budget from a satellite to a station: signal over noise by distance, and the rate that it carries.

The modem uses the fastest of its coding steps that the signal allows, so that the rate is a falling step function of
the distance alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log10, pi
from typing import Final, NamedTuple

import numpy as np

from simulator.constants import BOLTZMANN_J_K, SPEED_OF_LIGHT_M_S
from simulator.orbits.model import Floats

_SHANNON_STEP: Final = 0.1
"""Bits per symbol from one step to the next of a modem without a table of its own."""


class CodingStep(NamedTuple):
    """A modulation with its code: energy per symbol over noise density that it needs, and bits it then carries."""

    es_n0_db: float
    bits_per_symbol: float


DVB_S2_STEPS: Final = tuple(
    CodingStep(*step)
    for step in (
        # QPSK 1/4, 1/3, 2/5, 1/2, 3/5, 2/3, 3/4, 4/5, 5/6, 8/9, 9/10
        (-2.35, 0.490243),
        (-1.24, 0.656448),
        (-0.30, 0.789412),
        (1.00, 0.988858),
        (2.23, 1.188304),
        (3.10, 1.322253),
        (4.03, 1.487473),
        (4.68, 1.587196),
        (5.18, 1.654663),
        (6.20, 1.766451),
        (6.42, 1.788612),
        # 8PSK 3/5, 2/3, 3/4, 5/6, 8/9, 9/10
        (5.50, 1.779991),
        (6.62, 1.980636),
        (7.91, 2.228124),
        (9.35, 2.478562),
        (10.69, 2.646012),
        (10.98, 2.679207),
        # 16APSK 2/3, 3/4, 4/5, 5/6, 8/9, 9/10
        (8.97, 2.637201),
        (10.21, 2.966728),
        (11.03, 3.165623),
        (11.61, 3.300184),
        (12.89, 3.523143),
        (13.13, 3.567342),
        # 32APSK 3/4, 4/5, 5/6, 8/9, 9/10
        (12.73, 3.703295),
        (13.64, 3.951571),
        (14.28, 4.119540),
        (15.69, 4.397854),
        (16.05, 4.453027),
    )
)
"""Ideal Es/N0 at a packet error rate of 1e-7 and spectral efficiency of each mode: ETSI EN 302 307-1 V1.4.1 (2014),
table 13, normal frames of 64,800 bits without pilots."""


def shannon_steps(gap_db: float, top_bits_per_symbol: float) -> tuple[CodingStep, ...]:
    """Return steps of 0.1 bit per symbol, each at the signal that Shannon's capacity asks for and a gap above it.

    Parameters
    ----------
    gap_db : float
        How much more signal than the least possible the modem needs.
    top_bits_per_symbol : float
        No step is higher.

    Notes
    -----
    b = log2(1 + Es/N0 / gap), Shannon 1948, theorem 17. The rate is rounded down to the next step, so that it is too
    low by less than 0.1 bit per symbol and never too high.
    """
    n_steps = int(top_bits_per_symbol / _SHANNON_STEP + 1e-9)
    bits = (_SHANNON_STEP * (k + 1) for k in range(n_steps))
    return tuple(CodingStep(gap_db + 10.0 * log10(2.0**b - 1.0), b) for b in bits)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSteps:
    """Rates by distance: `rate_bps[k]` holds up to `reach_m[k]`, and beyond the last reach there is none.

    Parameters
    ----------
    reach_m : tuple of float, (n_steps,)
        Ascending.
    rate_bps : tuple of float, (n_steps,)
        Falling.

    Raises
    ------
    ValueError
        If there is no step, or one is not slower and farther than the one before.
    """

    reach_m: tuple[float, ...]
    rate_bps: tuple[float, ...]

    def __post_init__(self) -> None:
        is_ordered = np.all(np.diff(self.reach_m) > 0.0) and np.all(np.diff(self.rate_bps) < 0.0)
        if not self.reach_m or len(self.reach_m) != len(self.rate_bps) or not is_ordered:
            raise ValueError(f"reach_m = {self.reach_m}, rate_bps = {self.rate_bps}: reaches must rise, rates fall")

    @property
    def top_rate_bps(self) -> float:
        """The highest rate."""
        return self.rate_bps[0]

    def rates_bps(self, range_m: Floats) -> Floats:
        """Return the rate at each distance, 0 beyond the last reach; any shape."""
        return np.asarray((*self.rate_bps, 0.0))[np.searchsorted(self.reach_m, range_m, side="left")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBudget:
    """What a station receives of a satellite's transmitter.

    Parameters
    ----------
    carrier_hz : float
    eirp_dbw : float
        Power out of the amplifier times gain of the antenna, over 1 W.
    g_over_t_db_k : float
        Gain of the station's antenna over the noise temperature of its receiver, over 1/K.
    losses_db : float
        Sum of all losses other than that of free space: pointing, atmosphere, polarisation, modem.
    symbol_rate_hz : float
        Symbols per second, and bandwidth of the noise.

    Notes
    -----
    C/N0 = EIRP + G/T - 20 log10(4 pi d f / c) - losses - 10 log10 k, and Es/N0 = C/N0 - 10 log10(symbol rate), all
    in dB (Friis 1946; ITU-R P.525-4, equation 4, for the loss of free space). Losses do not depend on the elevation:
    give the atmosphere at the lowest one.
    """

    carrier_hz: float
    eirp_dbw: float
    g_over_t_db_k: float
    losses_db: float
    symbol_rate_hz: float

    def free_space_loss_db(self, range_m: float) -> float:
        """Return the loss between isotropic antennas."""
        return 20.0 * log10(4.0 * pi * range_m * self.carrier_hz / SPEED_OF_LIGHT_M_S)

    def c_over_n0_db_hz(self, range_m: float) -> float:
        """Return the received carrier over the density of noise."""
        received_db = self.eirp_dbw + self.g_over_t_db_k - self.free_space_loss_db(range_m) - self.losses_db
        return received_db - 10.0 * log10(BOLTZMANN_J_K)

    def es_over_n0_db(self, range_m: float) -> float:
        """Return the received energy per symbol over the density of noise."""
        return self.c_over_n0_db_hz(range_m) - 10.0 * log10(self.symbol_rate_hz)

    def reach_m(self, es_n0_db: float) -> float:
        """Return the distance at which a level of Es/N0 is just met."""
        return float(10.0 ** ((self.es_over_n0_db(1.0) - es_n0_db) / 20.0))

    def rate_steps(
        self, steps: Sequence[CodingStep], *, margin_db: float = 0.0, top_rate_bps: float = inf
    ) -> RateSteps:
        """Return the rate by distance of a modem that uses the fastest step the signal allows.

        Parameters
        ----------
        steps : sequence of CodingStep
            In any order; one that needs more signal for no more bits than another is never used.
        margin_db : float
            Kept in hand above what each step needs.
        top_rate_bps : float
            The modem is no faster.

        Raises
        ------
        ValueError
            If there is no step.
        """
        reach_m: list[float] = []
        rate_bps: list[float] = []
        for step in sorted(steps):
            faster_bps = min(step.bits_per_symbol * self.symbol_rate_hz, top_rate_bps)
            if not rate_bps or faster_bps > rate_bps[-1]:
                reach_m.append(self.reach_m(step.es_n0_db + margin_db))
                rate_bps.append(faster_bps)
        return RateSteps(reach_m=tuple(reversed(reach_m)), rate_bps=tuple(reversed(rate_bps)))
