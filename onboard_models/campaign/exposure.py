"""How much radiation some flipped bits stand for: flips, bit error rate and days always belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REFERENCE_RATE_PER_BIT_DAY: Final = 4.76e-7
"""Upsets per bit and day of memories without protection at 1336 km (CARMEN-2 on JASON-2, as cited with RedNet)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Flipped bits of an image.

    Attributes
    ----------
    n_flips : mean number of flipped bits in a trial
    n_bits : size of the image
    """

    n_flips: float
    n_bits: int

    @property
    def bit_error_rate(self) -> float:
        """Share of the bits of the image that have flipped."""
        return self.n_flips / self.n_bits

    def days(self, rate_per_bit_day: float = REFERENCE_RATE_PER_BIT_DAY) -> float:
        """Return how long the image lies in memory, never reloaded, until so many flips are expected.

        Raises
        ------
        ValueError
            If the rate is not positive.
        """
        if not rate_per_bit_day > 0.0:
            raise ValueError(f"rate_per_bit_day = {rate_per_bit_day}: give upsets per bit and day above 0")
        return self.bit_error_rate / rate_per_bit_day
