"""Supply that swings with the orbit: a straight line plus one harmonic, with its integrals and its crossings."""

from __future__ import annotations

from cmath import exp
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

from scipy.optimize import brentq

_ROOT_TOLERANCE_S = 1e-9


class SupplyPiece(NamedTuple):
    """Power over [start_s, end_s): level + slope x + Re[(wave + wave_slope x) exp(-i rate x)], x = t - start_s.

    `wave_w = c + i s` stands for c cos(rate x) + s sin(rate x). A piece spans a small part of a turn (a sixteenth at
    most), in which power has one turning point at most. Power lies between `low_w` and `high_w`, which need not be
    tight: they save a search for what is not there.
    """

    start_s: float
    end_s: float
    level_w: float
    slope_w_s: float = 0.0
    wave_w: complex = 0j
    wave_slope_w_s: complex = 0j
    rate_rad_s: float = 0.0
    low_w: float = -inf
    high_w: float = inf

    def scaled(self, share: float) -> SupplyPiece:
        """Return a share of it, 0 to 1."""
        return self._replace(
            level_w=share * self.level_w,
            slope_w_s=share * self.slope_w_s,
            wave_w=share * self.wave_w,
            wave_slope_w_s=share * self.wave_slope_w_s,
            low_w=share * self.low_w,
            high_w=share * self.high_w,
        )

    def power_w(self, t_s: float) -> float:
        """Return the power at a time."""
        x = t_s - self.start_s
        wave = (self.wave_w + self.wave_slope_w_s * x) * exp(-1j * self.rate_rad_s * x)
        return self.level_w + self.slope_w_s * x + wave.real

    def energy_j(self, from_s: float, to_s: float) -> float:
        """Return the integral of power between two times."""
        x0, x1 = from_s - self.start_s, to_s - self.start_s
        straight_j = (self.level_w + 0.5 * self.slope_w_s * (x0 + x1)) * (x1 - x0)
        if self._is_straight:
            return straight_j
        return straight_j + self._wave_integral(x1) - self._wave_integral(x0)

    def lag_j_s(self, from_s: float, to_s: float) -> float:
        """Return the integral over time of the energy gained since `from_s`, less that of an even gain."""
        x0, x1 = from_s - self.start_s, to_s - self.start_s
        length_s = x1 - x0
        lag_j_s = -self.slope_w_s * length_s**3 / 12.0
        if self._is_straight:
            return lag_j_s
        first_j, last_j = self._wave_integral(x0), self._wave_integral(x1)
        return lag_j_s + self._wave_moment(x1) - self._wave_moment(x0) - 0.5 * (first_j + last_j) * length_s

    def monotone_sections(self, from_s: float, to_s: float) -> tuple[float, ...]:
        """Return `from_s`, where power turns between the two times, and `to_s`."""
        if self._is_straight or not self._power_slope_w_s(from_s) * self._power_slope_w_s(to_s) < 0.0:
            return from_s, to_s
        return from_s, _root(self._power_slope_w_s, from_s, to_s), to_s

    def crossings(self, from_s: float, to_s: float, levels_w: tuple[float, ...]) -> list[float]:
        """Return `from_s`, the times between at which power crosses a level, and `to_s`."""
        levels_w = tuple([level_w for level_w in levels_w if self.low_w < level_w < self.high_w])
        if not levels_w:
            return [from_s, to_s]
        inside = set()
        for lo_s, hi_s in pairwise(self.monotone_sections(from_s, to_s)):
            lo_w, hi_w = self.power_w(lo_s), self.power_w(hi_s)
            for level_w in levels_w:
                if (lo_w - level_w) * (hi_w - level_w) < 0.0:
                    inside.add(self._time_of_power(level_w, lo_s, hi_s))
        return [from_s, *sorted(inside - {from_s, to_s}), to_s]

    def time_of_net_energy(self, from_s: float, to_s: float, load_w: float, energy_j: float) -> float:
        """Return when supply less a constant load, of one sign between two times, has brought an energy."""
        reached_j = self.energy_j(from_s, to_s) - load_w * (to_s - from_s)
        if abs(reached_j) <= abs(energy_j):  # by rounding alone
            return to_s
        return _root(lambda t_s: self.energy_j(from_s, t_s) - load_w * (t_s - from_s) - energy_j, from_s, to_s)

    @property
    def _is_straight(self) -> bool:
        return self.wave_w == 0.0 and self.wave_slope_w_s == 0.0

    def _power_slope_w_s(self, t_s: float) -> float:
        x = t_s - self.start_s
        turning = self.wave_slope_w_s - 1j * self.rate_rad_s * (self.wave_w + self.wave_slope_w_s * x)
        return self.slope_w_s + (turning * exp(-1j * self.rate_rad_s * x)).real

    def _time_of_power(self, level_w: float, lo_s: float, hi_s: float) -> float:
        return _root(lambda t_s: self.power_w(t_s) - level_w, lo_s, hi_s)

    def _wave_integral(self, x: float) -> float:
        """Return an antiderivative of the harmonic."""
        rate = self.rate_rad_s
        wave = 1j * (self.wave_w + self.wave_slope_w_s * x) + self.wave_slope_w_s / rate
        return (wave * exp(-1j * rate * x)).real / rate

    def _wave_moment(self, x: float) -> float:
        """Return an antiderivative of the antiderivative."""
        rate = self.rate_rad_s
        wave = 2j * self.wave_slope_w_s / rate - (self.wave_w + self.wave_slope_w_s * x)
        return (wave * exp(-1j * rate * x)).real / rate**2


def straight_pieces(time_s: Sequence[float], power_w: Sequence[float]) -> list[SupplyPiece]:
    """Return the pieces of power that is linear between knots; two knots at one time are a step."""
    knots = pairwise(zip(time_s, power_w, strict=True))
    return [
        SupplyPiece(
            start_s=a_s,
            end_s=b_s,
            level_w=a_w,
            slope_w_s=(b_w - a_w) / (b_s - a_s),
            low_w=min(a_w, b_w),
            high_w=max(a_w, b_w),
        )
        for (a_s, a_w), (b_s, b_w) in knots
        if b_s > a_s
    ]


def _root(function: Callable[[float], float], lo_s: float, hi_s: float) -> float:
    """Return the root in a bracket whose ends differ in sign (Brent, 1973)."""
    return float(brentq(function, lo_s, hi_s, xtol=_ROOT_TOLERANCE_S))
