"""Tracks of a fleet through the radiation environment: places over the ellipsoid, some satellites at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radiation.environment import decimal_year
from radiation.environment.places import HIGHEST_KM, LOWEST_KM, OBLATENESS_KM
from radiation.upsets import Track
from simulator.orbits.geodesy import geodetic_from_earth_fixed
from simulator.orbits.model import Floats, Frame, PositionModel
from simulator.timescale import Epoch

DEFAULT_STEP_S: Final = 10.0
"""Steps up to 60 s change mean rates of a low orbit by less than 0.1 %."""

PLACES_PER_TRACK: Final = 131_072
"""Places in a track of several satellites: some 15 satellites for a day in steps of 10 s, 3 MB."""


def radiation_tracks(
    positions: PositionModel,
    *,
    start_s: float,
    end_s: float,
    step_s: float = DEFAULT_STEP_S,
    satellites: Sequence[int] | None = None,
    needs_environment: bool | NDArray[np.bool_] = True,
) -> Iterator[Track]:
    """Give the tracks of a fleet, some satellites at a time, so that memory does not grow with the fleet.

    Parameters
    ----------
    positions : PositionModel
    start_s, end_s : float
        Span of the tracks, seconds since the epoch of `positions`. Steps are counted from `start_s`; the last one is
        shorter where the span is no multiple of `step_s`.
    step_s : float
        Time between places, default 10 s. Up to 60 s change mean rates by less than 0.1 %.
    satellites : sequence of int, optional
        Which satellites, default all.
    needs_environment : bool or (n_sats,) bool
        Whether rates depend on the place, so that it must lie within the tables; a device of constant rates goes
        anywhere. Of all satellites, or of each.

    Raises
    ------
    ValueError
        If the span is empty or the step is not positive; if a satellite cannot be propagated, or leaves 300 to
        2,000 km where that matters. The message names the satellite.
    """
    t_s = track_times_s(start_s, end_s, step_s)
    chosen = np.arange(positions.n_sats) if satellites is None else np.asarray(satellites, dtype=np.intp)
    is_local = np.broadcast_to(needs_environment, positions.n_sats)
    n_at_once = max(1, PLACES_PER_TRACK // t_s.size)
    for first in range(0, chosen.size, n_at_once):
        track = _track(positions, chosen[first : first + n_at_once], t_s)
        _check_places(track, positions.names, is_local)
        yield track


def track_times_s(start_s: float, end_s: float, step_s: float) -> Floats:
    """Return the instants of a track, both ends included, (n_times,).

    Raises
    ------
    ValueError
        If the span is empty or the step is not positive.
    """
    if not end_s > start_s:
        raise ValueError(f"end_s = {end_s}: must be after start_s = {start_s}")
    if not step_s > 0.0:
        raise ValueError(f"step_s = {step_s}: give a time between places above 0 s; 10 s is a good choice")
    n_steps = max(1, int(np.ceil((end_s - start_s) / step_s)))
    t_s = start_s + step_s * np.arange(n_steps + 1)
    t_s[-1] = end_s
    ascends: Floats = np.unique(t_s)
    return ascends


def epoch_year(epoch: Epoch) -> float:
    """Return an epoch as a decimal year, as `radiation.environment.Environment` wants it."""
    return decimal_year(datetime.fromisoformat(epoch.utc_text(0.0)))


def _track(positions: PositionModel, i_sat: np.ndarray, t_s: Floats) -> Track:
    pairs = np.repeat(i_sat, t_s.size), np.tile(t_s, i_sat.size)
    places = geodetic_from_earth_fixed(positions.at(*pairs, Frame.EARTH_FIXED))
    latitude_rad, longitude_rad, altitude_m = (place.reshape(i_sat.size, t_s.size) for place in places)
    return Track(
        satellite=i_sat.astype(np.int32),
        t_s=t_s,
        latitude_rad=latitude_rad,
        longitude_rad=longitude_rad,
        altitude_m=altitude_m,
    )


def _check_places(track: Track, names: Sequence[str], needs_environment: NDArray[np.bool_]) -> None:
    """Refuse places that are unknown or, where that matters, outside the tables."""
    for row, altitude_m in enumerate(track.altitude_m):
        name = names[track.satellite[row]]
        if np.isnan(altitude_m).any():
            unknown_s = float(track.t_s[np.isnan(altitude_m)][0])
            raise ValueError(f"satellite {name} cannot be propagated to t_s = {unknown_s:g}; leave it out")
        if needs_environment[track.satellite[row]]:
            _check_altitudes(name, 1e-3 * float(altitude_m.min()), 1e-3 * float(altitude_m.max()))


def _check_altitudes(name: str, lowest_km: float, highest_km: float) -> None:
    is_low = lowest_km < LOWEST_KM
    if is_low or highest_km > HIGHEST_KM + OBLATENESS_KM:
        reached_km = lowest_km if is_low else highest_km
        raise ValueError(
            f"satellite {name} is at an altitude of {reached_km:,.1f} km; the radiation tables "
            f"hold from {LOWEST_KM:.0f} to {HIGHEST_KM:,.0f} km: choose an orbit in between, or a device of constant "
            "rates, which goes anywhere"
        )
