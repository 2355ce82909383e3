"""What schedulers are told of the sunlight to come, when the forecast is wrong."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from simulator.engine.clock import Clock
from simulator.engine.sky import Sky


class WrongForecast:
    """Sunlight with every shadow edge that is still to come told too late by `error_s` (negative: too early).

    An edge that has passed is known, and so is whether a satellite is lit now. An edge at T > now is told as
    max(T + `error_s`, now). Nothing but this forecast is wrong: the Sun, the batteries and the records keep the truth.

    Parameters
    ----------
    sky : Sky
        The truth; known `-error_s` beyond what is asked for, if that is positive.
    clock : Clock
    error_s : float
    """

    def __init__(self, sky: Sky, clock: Clock, error_s: float) -> None:
        self._sky = sky
        self._clock = clock
        self._error_s = error_s

    def is_sunlit(self, satellite: int, t_s: float) -> bool:
        """Whether the whole Sun is seen, as forecast for times after now."""
        if t_s <= self._clock.now:
            return self._sky.is_sunlit(satellite, t_s)
        lit_s, _ = next(self._spans_after(satellite, t_s), (t_s + 1.0, 0.0))
        return lit_s <= t_s

    def sunlit_windows(self, satellite: int, start_s: float, end_s: float) -> list[tuple[float, float]]:
        """Return forecast spans of full sunlight inside [start_s, end_s)."""
        windows = []
        for lit_s, dark_s in self._spans_after(satellite, start_s):
            if lit_s >= end_s:
                break
            windows.append((max(lit_s, start_s), min(dark_s, end_s)))
        return windows

    def _spans_after(self, satellite: int, t_s: float) -> Iterator[tuple[float, float]]:
        """Yield the spans that are told and end after a time, in order."""
        now_s, error_s = self._clock.now, self._error_s
        starts_s, ends_s = self._sky.lit_start_s[satellite], self._sky.lit_end_s[satellite]
        for k in range(bisect_right(ends_s, t_s - max(error_s, 0.0)), len(ends_s)):
            lit_s, dark_s = starts_s[k], ends_s[k]
            lit_s = lit_s if lit_s <= now_s else max(lit_s + error_s, now_s)
            dark_s = dark_s if dark_s <= now_s else max(dark_s + error_s, now_s)
            if dark_s > t_s and dark_s > lit_s:
                yield lit_s, dark_s
