"""The scenario epoch and the uniform scale of seconds that counts from it.

`t_s` counts SI seconds from the epoch. UTC minus TAI is taken at the epoch and held for the run,
as SGP4's own day count does; a leap second inside a run would shift UTC labels after it by 1 s.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import date

import erfa
import numpy as np
from numpy.typing import NDArray

from simulator.constants import SECONDS_PER_DAY

_UTC_TEXT = re.compile(r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2}(?:\.\d+)?)Z")
_TT_MINUS_TAI_S = 32.184
_JULIAN_DATE_OF_ORDINAL_0 = 1_721_424.5
"""Julian date at midnight before 1 January of year 1, on which Python's day count is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """An instant of UTC from which `t_s` counts.

    `utc_day` and `utc_day_fraction` add up to the (quasi-)Julian date in UTC; `tt_minus_utc_s` is in seconds.
    """

    text: str
    utc_day: float
    utc_day_fraction: float
    tt_minus_utc_s: float

    def utc_fraction(self, t_s: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return the day fraction to add to `utc_day` at `t_s`, same shape."""
        return self.utc_day_fraction + np.asarray(t_s, dtype=np.float64) / SECONDS_PER_DAY

    def tt_fraction(self, t_s: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Return the day fraction of terrestrial time to add to `utc_day` at `t_s`, same shape."""
        return self.utc_fraction(t_s) + self.tt_minus_utc_s / SECONDS_PER_DAY

    def utc_text(self, t_s: float, n_digits: int = 3) -> str:
        """Return UTC at `t_s` as ISO 8601 text to so many digits of a second, ending in `Z`."""
        ticks_per_s = 10**n_digits
        ticks = round((self.utc_day_fraction * SECONDS_PER_DAY + t_s) * ticks_per_s)
        days, rest = divmod(ticks, 86_400 * ticks_per_s)
        day = date.fromordinal(round(self.utc_day + days - _JULIAN_DATE_OF_ORDINAL_0))
        whole_s, part = divmod(rest, ticks_per_s)
        minutes, seconds = divmod(whole_s, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{day.isoformat()}T{hours:02d}:{minutes:02d}:{seconds:02d}.{part:0{n_digits}d}Z"


def parse_epoch(text: str) -> Epoch:
    """Return the epoch written as UTC, for example `2026-06-21T00:00:00Z`.

    Raises
    ------
    ValueError
        If the text is not a UTC instant of that form between 1972 and 2100.
    """
    match = _UTC_TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"epoch = {text!r}: write UTC as YYYY-MM-DDThh:mm:ssZ, for example 2026-06-21T00:00:00Z")
    year, month, day, hour, minute = (int(part) for part in match.groups()[:5])
    second = float(match.group(6))
    if not 1972 <= year <= 2100 or not 1 <= month <= 12 or hour > 23 or minute > 59 or second >= 60.0:
        raise ValueError(f"epoch = {text!r}: not an instant of UTC between 1972 and 2100")
    try:
        ordinal = date(year, month, day).toordinal()
    except ValueError as error:
        raise ValueError(f"epoch = {text!r}: no such calendar day") from error
    fraction = (hour * 3600 + minute * 60 + second) / SECONDS_PER_DAY
    return Epoch(
        text=text,
        utc_day=ordinal + _JULIAN_DATE_OF_ORDINAL_0,
        utc_day_fraction=fraction,
        tt_minus_utc_s=_tai_minus_utc_s(year, month, fraction) + _TT_MINUS_TAI_S,
    )


def tt_minus_utc_s(day: date) -> float:
    """Return terrestrial time minus UTC at the start of a calendar day, in seconds."""
    return _tai_minus_utc_s(day.year, day.month, 0.0) + _TT_MINUS_TAI_S


def _tai_minus_utc_s(year: int, month: int, fraction: float) -> float:
    """Return leap seconds from ERFA's table, the last known value after its end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", erfa.ErfaWarning)  # "dubious year" beyond the table's last leap second
        return float(erfa.dat(year, month, 1, fraction))
