"""Sunlight of orbits day by day, over seasons: angle to the Sun, longest eclipse, share of time in sunlight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.orbits.model import Floats, Indices, PositionModel
from simulator.sunlight.passages import solve_passages
from simulator.sunlight.shadow import ShadowKind, ShadowModel
from simulator.sunlight.sun import sun_path

DAY_S: Final = 86_400.0
_DAYS_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySunlight:
    """Sunlight per satellite and day; arrays are (n_sats, n_days), nan where a satellite has no position all day.

    Attributes
    ----------
    start_s : beginning of each day, (n_days,)
    beta_rad : angle from the orbital plane to the Sun in the middle of the day, positive on the side of the orbit
        normal
    longest_eclipse_s : longest passage through the shadow, penumbra included, of those that touch the day
    longest_umbra_s : the same of the umbra alone
    sunlit_share : share of the day in full sunlight
    """

    start_s: Floats
    beta_rad: Floats
    longest_eclipse_s: Floats
    longest_umbra_s: Floats
    sunlit_share: Floats


def solve_daily_sunlight(
    positions: PositionModel,
    start_s: float,
    n_days: int,
    model: ShadowModel | None = None,
    progress: Callable[[float], None] | None = None,
) -> DailySunlight:
    """Return the sunlight of every satellite on each of `n_days` days of 86,400 s from `start_s` on.

    Raises
    ------
    ValueError
        If `n_days` is not positive.

    Notes
    -----
    Every passage of every revolution is solved, edge by edge (`solve_passages`); nothing is sampled but `beta_rad`,
    which moves by up to some 5 deg a day.
    """
    if n_days < 1:
        raise ValueError(f"n_days = {n_days}: give at least one day")
    model = model or ShadowModel()
    starts_s = start_s + DAY_S * np.arange(n_days, dtype=np.float64)
    shape = (positions.n_sats, n_days)
    eclipse_s, umbra_s, dark_s = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for first in range(0, n_days, _DAYS_AT_ONCE):
        n = min(_DAYS_AT_ONCE, n_days - first)
        span_s = (float(starts_s[first]), float(starts_s[first]) + n * DAY_S)
        sun = sun_path(positions.epoch, *span_s)
        passages = solve_passages(positions, sun, *span_s, model, (ShadowKind.UMBRA, ShadowKind.PENUMBRA))
        part = np.s_[:, first : first + n]
        for kind, longest_s in ((ShadowKind.PENUMBRA, eclipse_s[part]), (ShadowKind.UMBRA, umbra_s[part])):
            edges_s = passages.edges_s(kind)
            of_kind_s = dark_s[part] if kind is ShadowKind.PENUMBRA else np.zeros((positions.n_sats, n))
            _count(passages.i_sat, *edges_s, span_s[0], longest_s, of_kind_s)
        if progress is not None:
            progress((first + n) / n_days)
    beta_rad = _beta_rad(positions, starts_s)
    is_known = np.isfinite(beta_rad) & np.isfinite(_beta_rad(positions, starts_s, at_s=DAY_S))
    return DailySunlight(
        start_s=starts_s,
        beta_rad=beta_rad,
        longest_eclipse_s=np.where(is_known, eclipse_s, np.nan),
        longest_umbra_s=np.where(is_known, umbra_s, np.nan),
        sunlit_share=np.where(is_known, 1.0 - dark_s / DAY_S, np.nan),
    )


def _count(i_sat: Indices, entry_s: Floats, exit_s: Floats, start_s: float, longest_s: Floats, dark_s: Floats) -> None:
    """Enter passages into the days that they touch: `longest_s` and `dark_s`, (n_sats, n_days), are changed."""
    n_days = longest_s.shape[1]
    is_there = np.isfinite(entry_s)
    i_sat, entry_s, exit_s = i_sat[is_there], entry_s[is_there], exit_s[is_there]
    first = np.floor((entry_s - start_s) / DAY_S).astype(np.intp)
    last = np.floor((exit_s - start_s) / DAY_S).astype(np.intp)
    for day_after in range(int(np.max(last - first, initial=-1)) + 1):
        day = first + day_after
        touches = (day <= last) & (day >= 0) & (day < n_days)
        at = (i_sat[touches], day[touches])
        from_s = start_s + DAY_S * at[1]
        inside_s = np.minimum(exit_s[touches], from_s + DAY_S) - np.maximum(entry_s[touches], from_s)
        np.maximum.at(longest_s, at, (exit_s - entry_s)[touches])
        np.add.at(dark_s, at, inside_s)


def _beta_rad(positions: PositionModel, starts_s: Floats, at_s: float = 0.5 * DAY_S) -> Floats:
    """Return the angle from the plane to the Sun some time after each start, (n_sats, n_times)."""
    times_s = starts_s + at_s
    sun_m = sun_path(positions.epoch, float(times_s[0]), float(times_s[-1])).position_m(times_s)
    to_sun = sun_m / np.linalg.norm(sun_m, axis=-1, keepdims=True)
    pairs = (np.repeat(np.arange(positions.n_sats), times_s.size), np.tile(times_s, positions.n_sats))
    normal = np.cross(*positions.states_at(*pairs))
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    sine = np.sum(normal.reshape(positions.n_sats, times_s.size, 3) * to_sun, axis=-1)
    return np.asarray(np.arcsin(np.clip(sine, -1.0, 1.0)), dtype=np.float64)
