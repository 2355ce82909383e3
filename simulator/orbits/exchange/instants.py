"""Instants as orbit files write them, on the scales of time that they name."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from simulator.constants import SECONDS_PER_DAY
from simulator.timescale import Epoch, tt_minus_utc_s

_INSTANT: Final = re.compile(r"(\d{4})-(?:(\d{2})-(\d{2})|(\d{3}))T(\d{2}):(\d{2}):(\d{2}(?:\.\d*)?)Z?")
_JULIAN_DATE_OF_ORDINAL_0: Final = 1_721_424.5
_TT_MINUS: Final = MappingProxyType({"TT": 0.0, "TAI": 32.184, "GPS": 51.184})
"""Seconds that terrestrial time is ahead of uniform scales, for ever (IAU 1991; IS-GPS-200)."""

TIME_SYSTEMS: Final = ("UTC", *_TT_MINUS)


def instant_of_text(text: str) -> tuple[date, float] | None:
    """Return the calendar day and the seconds after its midnight, None for what is no instant from 1957 to 2200."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    year, month, day, day_of_year, hour, minute, second = match.groups()
    midnight = _midnight(int(year), int(month or 1), int(day or 1), int(day_of_year or 1))
    if midnight is None or int(hour) > 23 or int(minute) > 59 or float(second) >= 61.0:
        return None
    return midnight, int(hour) * 3600 + int(minute) * 60 + float(second)


def seconds_of_text(text: str, time_system: str, epoch: Epoch) -> float | None:
    """Return seconds from an epoch to an instant on a scale of `TIME_SYSTEMS`, None for what is no instant."""
    instant = instant_of_text(text)
    if instant is None:
        return None
    midnight, seconds = instant
    days = midnight.toordinal() + _JULIAN_DATE_OF_ORDINAL_0 - epoch.utc_day
    elapsed_s = days * SECONDS_PER_DAY + (seconds - epoch.utc_day_fraction * SECONDS_PER_DAY)
    if time_system == "UTC":
        return elapsed_s + (_tt_minus_utc_s(midnight) - epoch.tt_minus_utc_s)
    return elapsed_s + _TT_MINUS[time_system] - epoch.tt_minus_utc_s


def _midnight(year: int, month: int, day: int, day_of_year: int) -> date | None:
    """Return a day, None for one that is not in the calendar or before Sputnik."""
    if not 1957 <= year <= 2200 or not 1 <= day_of_year <= 366:
        return None
    try:
        return date.fromordinal(date(year, month, day).toordinal() + day_of_year - 1)
    except ValueError:
        return None


_tt_minus_utc_s = lru_cache(maxsize=64)(tt_minus_utc_s)
