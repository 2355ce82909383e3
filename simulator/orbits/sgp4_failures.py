"""When and why SGP4 gives a satellite up."""

from __future__ import annotations

from typing import Final

import numpy as np
from sgp4.api import Satrec

from simulator.constants import SECONDS_PER_DAY, WGS72_EQUATORIAL_RADIUS_M, WGS72_GRAVITY_M3_S2
from simulator.orbits.model import Floats, PropagationFailure
from simulator.timescale import Epoch

REASONS: Final = {
    -1: "the elements give no number: eccentricity or mean motion is outside what SGP4 can take",
    1: "the mean eccentricity leaves 0 to 1: drag or old elements have carried the orbit away",
    2: "the mean motion becomes negative: drag or old elements have carried the orbit away",
    3: "the perturbed eccentricity leaves 0 to 1: Sun and Moon or old elements have carried the orbit away",
    4: "the orbit's semi-latus rectum becomes negative: the elements describe no closed orbit",
    5: "the orbit is below the ground at its epoch",
    6: "the satellite has decayed: its orbit radius falls below the Earth's",
}
"""Plain words for the error codes of SGP4 (Vallado et al. 2006); -1 is ours, for a position that is not a number."""

LOW_RADIUS_M: Final = WGS72_EQUATORIAL_RADIUS_M + 150_000.0
"""A satellite found with its perigee below this is looked at minute by minute."""

_COARSE_STEP_S: Final = 0.25 * SECONDS_PER_DAY
_FINE_STEP_S: Final = 60.0
_FINE_STEPS_PER_CALL: Final = 2_048
_RESOLUTION_S: Final = 1.0


def coarse_times_s(start_s: float, end_s: float) -> Floats:
    """Return the times at which every satellite is probed: both ends and each quarter of a day between."""
    return np.linspace(start_s, end_s, 2 + int((end_s - start_s) // _COARSE_STEP_S))


def perigee_radius_m(position_m: Floats, velocity_m_s: Floats) -> Floats:
    """Return the perigee radius of the two-body orbits through states: (..., 3), (..., 3) -> (...).

    Notes
    -----
    p / (1 + e) with p = h^2 / mu and e^2 = 1 + 2 E h^2 / mu^2.
    """
    spin = np.cross(position_m, velocity_m_s)
    parameter_m = np.einsum("...i,...i->...", spin, spin) / WGS72_GRAVITY_M3_S2
    kinetic = 0.5 * np.einsum("...i,...i->...", velocity_m_s, velocity_m_s)
    energy = kinetic - WGS72_GRAVITY_M3_S2 / np.linalg.norm(position_m, axis=-1)
    eccentricity = np.sqrt(np.maximum(1.0 + 2.0 * energy * parameter_m / WGS72_GRAVITY_M3_S2, 0.0))
    return np.asarray(parameter_m / (1.0 + eccentricity))


def first_failure(
    satellite: Satrec, epoch: Epoch, start_s: float, end_s: float, i_sat: int, name: str
) -> PropagationFailure | None:
    """Return the first failure inside a span, to a second; one that lasts less than a minute can be missed."""
    n_steps = 1 + int(np.ceil((end_s - start_s) / _FINE_STEP_S))
    t_s = np.linspace(start_s, end_s, n_steps + 1)
    for first in range(0, t_s.size, _FINE_STEPS_PER_CALL):
        part_s = t_s[first : first + _FINE_STEPS_PER_CALL]
        codes = _codes(satellite, epoch, part_s)
        if codes.any():
            bad = first + int(np.argmax(codes != 0))
            good_s, bad_s = float(t_s[max(bad - 1, 0)]), float(t_s[bad])
            return _located(satellite, epoch, (good_s, bad_s), i_sat, name)
    return None


def _codes(satellite: Satrec, epoch: Epoch, t_s: Floats) -> np.ndarray:
    """Return error codes at times, -1 where the position is not a number though SGP4 reports no error; (n,), int."""
    fraction = epoch.utc_fraction(t_s)
    errors, position_km, _ = satellite.sgp4_array(np.full(fraction.size, epoch.utc_day), fraction)
    codes = errors.astype(np.int64)
    codes[(codes == 0) & ~np.isfinite(position_km).all(axis=1)] = -1
    return np.asarray(codes)


def _located(satellite: Satrec, epoch: Epoch, span_s: tuple[float, float], i_sat: int, name: str) -> PropagationFailure:
    """Halve the span between the last good and the first bad time down to a second."""
    good_s, bad_s = span_s
    while bad_s - good_s > _RESOLUTION_S:
        middle_s = 0.5 * (good_s + bad_s)
        is_bad = bool(_codes(satellite, epoch, np.array([middle_s])).any())
        good_s, bad_s = (good_s, middle_s) if is_bad else (middle_s, bad_s)
    code = int(_codes(satellite, epoch, np.array([bad_s]))[0])
    return PropagationFailure(i_sat=i_sat, name=name, t_s=bad_s, code=code, reason=REASONS[code])
