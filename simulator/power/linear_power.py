"""Power that is linear in time: where it crosses levels, and how long it takes to deliver an energy."""

from __future__ import annotations

from math import sqrt


def sign_changes(value: float, slope: float, length: float, levels: tuple[float, ...]) -> list[float]:
    """Return 0, the places in (0, length) where value + slope x crosses a level, and length."""
    if slope == 0.0:
        return [0.0, length]
    inside = {x for level in levels if 0.0 < (x := (level - value) / slope) < length}
    return [0.0, *sorted(inside), length]


def time_to_draw(energy_j: float, power_w: float, slope_w_s: float) -> float:
    """Return x > 0 at which power x + slope x^2 / 2 reaches energy, in the form that does not cancel."""
    root = sqrt(max(power_w * power_w + 2.0 * slope_w_s * energy_j, 0.0))
    return 2.0 * energy_j / (power_w + root) if power_w + root > 0.0 else 0.0
