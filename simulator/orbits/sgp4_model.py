"""Positions of any satellites by SGP4, through its compiled package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from sgp4.api import Satrec, SatrecArray

from simulator.constants import WGS72_EQUATORIAL_RADIUS_M
from simulator.orbits.earth_rotation import earth_rotation, states_to_earth_fixed, turned_to_earth_fixed
from simulator.orbits.model import Floats, Frame, Indices, MeanOrbits, PropagationFailure
from simulator.orbits.orbit_record import OrbitRecord, minutes_after_elements
from simulator.orbits.pairs import checked_pairs
from simulator.orbits.sgp4_failures import LOW_RADIUS_M, coarse_times_s, first_failure, perigee_radius_m
from simulator.timescale import Epoch

_SATELLITES_PER_CHUNK: Final = 1_024
_TIMES_PER_CHUNK: Final = 64
_FEW_TIMES: Final = 3  # below it, single calls cost less than an array call
_METRES: Final = 1_000.0


class Sgp4Model:
    """Positions of satellites given by mean elements; satisfies `PositionModel`.

    A satellite that SGP4 cannot propagate to a time has nan there; `failures` says which, when and why.
    """

    def __init__(self, records: Sequence[OrbitRecord], epoch: Epoch) -> None:
        if not records:
            raise ValueError("records is empty: give at least one satellite")
        self.records = tuple(records)
        self._epoch = epoch
        self._names = tuple(record.name for record in self.records)
        self._satellites: list[Satrec] = [record.to_satrec() for record in self.records]
        self._mean_orbits = _mean_orbits(self._satellites, self.records, epoch)
        self._chunks = [
            SatrecArray(self._satellites[start : start + _SATELLITES_PER_CHUNK])
            for start in range(0, len(self.records), _SATELLITES_PER_CHUNK)
        ]

    @property
    def n_sats(self) -> int:
        """Number of satellites."""
        return len(self.records)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the records."""
        return self._names

    @property
    def epoch(self) -> Epoch:
        """Instant of `t_s = 0`."""
        return self._epoch

    @property
    def mean_orbits(self) -> MeanOrbits:
        """Mean elements carried linearly, without drag, from each record's epoch; nan where SGP4 refuses them."""
        return self._mean_orbits

    def at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> Floats:
        """Return positions of pairs: (n,), (n,) -> (n, 3)."""
        i_sat, t_s = checked_pairs(i_sat, t_s, self.n_sats)
        position_m, _ = self._teme_pairs(i_sat, t_s)
        if frame is Frame.TEME:
            return position_m
        return turned_to_earth_fixed(position_m, earth_rotation(self._epoch).angle_rad(t_s))

    def states_at(self, i_sat: Indices, t_s: Floats, frame: Frame = Frame.TEME) -> tuple[Floats, Floats]:
        """Return positions and velocities of pairs: (n,), (n,) -> (n, 3), (n, 3)."""
        i_sat, t_s = checked_pairs(i_sat, t_s, self.n_sats)
        position_m, velocity_m_s = self._teme_pairs(i_sat, t_s)
        if frame is Frame.TEME:
            return position_m, velocity_m_s
        return states_to_earth_fixed(earth_rotation(self._epoch), t_s, position_m, velocity_m_s)

    def all_at(self, t_s: float, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        """Return positions of all satellites at one time, (n_sats, 3), into `out` when given."""
        answer = np.empty((self.n_sats, 3)) if out is None else out
        self.block(np.array([t_s], dtype=np.float64), frame, answer[:, None, :])
        return answer

    def block(self, t_s: Floats, frame: Frame = Frame.TEME, out: Floats | None = None) -> Floats:
        """Return positions of all satellites at all times, (n_sats, n_times, 3), into `out` when given.

        Beyond the answer itself it needs about 10 MB, however many satellites and times.
        """
        t_s = np.asarray(t_s, dtype=np.float64)
        answer = np.empty((self.n_sats, t_s.size, 3)) if out is None else out
        if answer.shape != (self.n_sats, t_s.size, 3):
            raise ValueError(f"out.shape = {answer.shape}: must be {(self.n_sats, t_s.size, 3)}")
        for first, part, errors, position_m, _ in self._swept(t_s):
            position_m[errors != 0] = np.nan
            if frame is Frame.EARTH_FIXED:
                position_m = turned_to_earth_fixed(position_m, earth_rotation(self._epoch).angle_rad(t_s[part]))
            answer[first : first + len(position_m), part] = position_m
        return answer

    def failures(self, start_s: float, end_s: float) -> tuple[PropagationFailure, ...]:
        """Return, in order of the satellite, those that cannot be propagated over all of [start_s, end_s).

        Each comes with the first time at which SGP4 fails (to a second) and the reason in plain language.
        """
        if not (np.isfinite(start_s) and np.isfinite(end_s) and start_s <= end_s):
            raise ValueError(f"start_s = {start_s}, end_s = {end_s}: give finite times with start_s <= end_s")
        is_suspect = np.zeros(self.n_sats, dtype=np.bool_)
        for first, _, errors, position_m, velocity_m_s in self._swept(coarse_times_s(start_s, end_s)):
            is_high = perigee_radius_m(position_m, velocity_m_s) >= LOW_RADIUS_M  # false for nan
            is_suspect[first : first + len(errors)] |= ~((errors == 0) & is_high).all(axis=1)
        found = (
            first_failure(self._satellites[i_sat], self._epoch, start_s, end_s, i_sat, self._names[i_sat])
            for i_sat in np.flatnonzero(is_suspect).tolist()
        )
        return tuple(failure for failure in found if failure is not None)

    def _swept(self, t_s: Floats) -> Iterator[tuple[int, slice, np.ndarray, Floats, Floats]]:
        """Yield first satellite, slice of times, error codes (n, m), TEME positions and velocities (n, m, 3)."""
        for number, chunk in enumerate(self._chunks):
            for start in range(0, t_s.size, _TIMES_PER_CHUNK):
                part = slice(start, min(start + _TIMES_PER_CHUNK, t_s.size))
                fraction = self._epoch.utc_fraction(t_s[part])
                errors, position, velocity = chunk.sgp4(np.full(fraction.size, self._epoch.utc_day), fraction)
                position *= _METRES
                velocity *= _METRES
                yield number * _SATELLITES_PER_CHUNK, part, errors, position, velocity

    def _teme_pairs(self, i_sat: Indices, t_s: Floats) -> tuple[Floats, Floats]:
        """Return positions and velocities of pairs in TEME; one array call per satellite."""
        order = np.argsort(i_sat, kind="stable")
        sorted_sat, fraction = i_sat[order], self._epoch.utc_fraction(t_s[order])
        day = np.full(fraction.size, self._epoch.utc_day)
        position, velocity = np.empty((i_sat.size, 3)), np.empty((i_sat.size, 3))
        errors = np.empty(i_sat.size, dtype=np.uint8)
        edges = np.flatnonzero(np.diff(sorted_sat, prepend=-1, append=-1)).tolist()
        for start, end in pairwise(edges):
            satellite = self._satellites[sorted_sat[start]]
            if end - start <= _FEW_TIMES:
                for row in range(start, end):
                    errors[row], position[row], velocity[row] = satellite.sgp4(self._epoch.utc_day, fraction[row])
            else:
                part = slice(start, end)
                errors[part], position[part], velocity[part] = satellite.sgp4_array(day[part], fraction[part])
        position[errors != 0] = velocity[errors != 0] = np.nan
        position_m, velocity_m_s = np.empty_like(position), np.empty_like(velocity)
        position_m[order] = position * _METRES
        velocity_m_s[order] = velocity * _METRES
        return position_m, velocity_m_s


def _mean_orbits(satellites: Sequence[Satrec], records: Sequence[OrbitRecord], epoch: Epoch) -> MeanOrbits:
    """Return mean elements at an epoch of satellites just initialised: propagation changes `Satrec.error`."""
    rows = [_mean_row(s, minutes_after_elements(r, epoch)) for s, r in zip(satellites, records, strict=True)]
    columns = np.array(rows, dtype=np.float64).T
    columns[:, ~np.isfinite(columns).all(axis=0)] = np.nan
    return MeanOrbits(
        semi_major_axis_m=columns[0],
        eccentricity=columns[1],
        inclination_rad=columns[2],
        raan_rad=np.mod(columns[3], 2.0 * np.pi),
        raan_rate_rad_s=columns[4],
        argument_of_latitude_rad=np.mod(columns[5], 2.0 * np.pi),
        argument_of_latitude_rate_rad_s=columns[6],
    )


def _mean_row(satellite: Satrec, minutes: float) -> tuple[float, ...]:
    """Return one satellite's row of `MeanOrbits` after minutes since its own epoch."""
    if satellite.error:
        return (np.nan,) * 7
    latitude_rate_rad_min = satellite.mdot + satellite.argpdot
    return (
        satellite.a * WGS72_EQUATORIAL_RADIUS_M,
        satellite.ecco,
        satellite.inclo,
        satellite.nodeo + satellite.nodedot * minutes,
        satellite.nodedot / 60.0,
        satellite.mo + satellite.argpo + latitude_rate_rad_min * minutes,
        latitude_rate_rad_min / 60.0,
    )
