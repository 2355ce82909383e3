"""Ranges that mean elements must keep, shared by all orbit files."""

from __future__ import annotations

from typing import Final

from simulator.orbits.orbit_file_error import ProblemList, quoted
from simulator.orbits.orbit_record import LARGEST_CATALOGUE_NUMBER

FASTEST_REVOLUTIONS_PER_DAY: Final = 18.0
"""A circular orbit at the Earth's surface makes 17.04 revolutions a day."""

_DEGREES: Final = "give degrees"
_RANGES: Final = {
    "eccentricity": (0.0, 1.0, "give a number from 0 to below 1"),
    "inclination": (0.0, 180.0, f"{_DEGREES} from 0 to 180"),
    "right ascension of the node": (-360.0, 360.0, f"{_DEGREES} from 0 to 360"),
    "argument of perigee": (-360.0, 360.0, f"{_DEGREES} from 0 to 360"),
    "mean anomaly": (-360.0, 360.0, f"{_DEGREES} from 0 to 360"),
    "mean motion": (0.0, FASTEST_REVOLUTIONS_PER_DAY, "give revolutions per day, above 0 and at most 18"),
    "B*": (-10.0, 10.0, "give the drag term in 1/Earth radii, usually below 0.01"),
}
_OPEN_BELOW: Final = ("mean motion",)
_OPEN_ABOVE: Final = ("eccentricity",)


def check_range(problems: ProblemList, line: int, name: str, quantity: str, value: float) -> bool:
    """Note a value outside the range of its quantity; nan is outside every range."""
    low, high, remedy = _RANGES[quantity]
    is_inside = low <= value <= high
    is_inside &= not (quantity in _OPEN_BELOW and value == low) and not (quantity in _OPEN_ABOVE and value == high)
    if not is_inside:
        problems.add(line, name, f"{quantity} is out of range (got {value:g})", remedy)
    return is_inside


def check_catalogue_number(problems: ProblemList, line: int, name: str, number: int, seen: dict[int, int]) -> None:
    """Note a number that is none or that came before in the file; `seen` maps numbers to lines and is added to."""
    if not 0 <= number <= LARGEST_CATALOGUE_NUMBER:
        problems.add(line, name, f"no catalogue number (got {quoted(number)})", "give up to nine digits")
    elif number in seen:
        wrong = f"satellite {number} came before, on line {seen[number]}"
        problems.add(line, name, wrong, "keep one element set per satellite")
    else:
        seen[number] = line
