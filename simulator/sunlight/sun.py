"""The geometric Sun in TEME from ERFA's series, sampled and splined; no file.

Geometric means no light time and no aberration (apparent minus geometric: up to 0.18 s of a shadow edge).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import erfa
import numpy as np
from scipy.interpolate import CubicSpline

from simulator.constants import ASTRONOMICAL_UNIT_M
from simulator.orbits.earth_rotation import teme_from_gcrs
from simulator.orbits.model import Floats
from simulator.timescale import Epoch

_SAMPLE_STEP_S: Final = 10_800.0
_PADDING_STEPS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SunPath:
    """The Sun from the Earth's centre over a span of time; metres in TEME (true equator, mean equinox of date)."""

    start_s: float
    end_s: float
    spline: CubicSpline

    def position_m(self, t_s: Floats | float) -> Floats:
        """Return the Sun's position in TEME: (...) -> (..., 3)."""
        return np.asarray(self.spline(t_s), dtype=np.float64)

    def distance_m(self, t_s: Floats | float) -> Floats:
        """Return the distance of the Sun from the Earth's centre: (...) -> (...)."""
        return np.asarray(np.linalg.norm(self.position_m(t_s), axis=-1), dtype=np.float64)

    def flux_factor(self, t_s: Floats | float) -> Floats:
        """Return the solar flux relative to one astronomical unit, 1 / distance^2: (...) -> (...)."""
        return np.asarray((ASTRONOMICAL_UNIT_M / self.distance_m(t_s)) ** 2, dtype=np.float64)


def sun_path(epoch: Epoch, start_s: float, end_s: float) -> SunPath:
    """Return the Sun between two times, good to a half day beyond either.

    Raises
    ------
    ValueError
        If `end_s` is before `start_s` or either is not finite.

    Notes
    -----
    `epv00` (IAU SOFA; VSOP2000 fitted to DE405) is within 3.3e-6 deg and 4 km of DE421 from 2020 to 2032; a cubic
    spline through samples 3 h apart adds less than 1e-9 deg.
    Terrestrial time stands for barycentric time (2 ms).
    """
    if not (np.isfinite(start_s) and np.isfinite(end_s) and start_s <= end_s):
        raise ValueError(f"start_s = {start_s}, end_s = {end_s}: give finite times with start_s <= end_s")
    first = np.floor(start_s / _SAMPLE_STEP_S) - _PADDING_STEPS
    last = np.ceil(end_s / _SAMPLE_STEP_S) + _PADDING_STEPS
    samples_s = np.arange(first, last + 1.0) * _SAMPLE_STEP_S  # on a fixed raster, so that windows agree
    return SunPath(start_s=start_s, end_s=end_s, spline=CubicSpline(samples_s, _sun_samples_m(epoch, samples_s)))


def _sun_samples_m(epoch: Epoch, t_s: Floats) -> Floats:
    """Return the Sun in TEME at each time, (n, 3)."""
    tt_fraction = epoch.tt_fraction(t_s)
    heliocentric, _ = erfa.epv00(epoch.utc_day, tt_fraction)
    sun_gcrs = -np.asarray(heliocentric["p"], dtype=np.float64) * ASTRONOMICAL_UNIT_M
    sun_teme: Floats = np.einsum("nij,nj->ni", teme_from_gcrs(epoch, t_s), sun_gcrs)
    return sun_teme
