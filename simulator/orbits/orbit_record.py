"""One satellite's mean elements, as SGP4 takes them, whatever file they came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import floor
from typing import Final

from sgp4.api import WGS72, Satrec

from simulator.orbits.walker import WalkerShell
from simulator.timescale import Epoch

LARGEST_SGP4_NUMBER: Final = 339_999
"""Above it SGP4's five-character field has no spelling; its record then carries `STAND_IN_NUMBER`."""
STAND_IN_NUMBER: Final = 0
LARGEST_CATALOGUE_NUMBER: Final = 999_999_999
"""Nine digits (CCSDS 502.0, NORAD_CAT_ID)."""

_SGP4_DAY_ZERO: Final = 2_433_281.5  # 1949-12-31T00:00, from which `sgp4init` counts days
_SECONDS_PER_MINUTE: Final = 60.0
_JULIAN_DATE_OF_ORDINAL_ZERO: Final = 1_721_424.5


@dataclass(frozen=True, slots=True, kw_only=True)
class OrbitRecord:
    """Mean elements of SGP4 (TEME, Kozai mean motion) at an epoch; angles in radians, rates per second.

    `epoch_day + epoch_day_fraction` is the Julian date in UTC. `catalogue_number` is the real one, also where SGP4
    is handed a stand-in. `bstar_per_earth_radius` is the drag term B*. The derivatives of the mean motion are carried
    along and not used by SGP4.
    """

    name: str
    catalogue_number: int
    epoch_day: float
    epoch_day_fraction: float
    mean_motion_rad_s: float
    eccentricity: float
    inclination_rad: float
    raan_rad: float
    argument_of_perigee_rad: float
    mean_anomaly_rad: float
    bstar_per_earth_radius: float = 0.0
    mean_motion_dot_rad_s2: float = 0.0
    mean_motion_ddot_rad_s3: float = 0.0
    international_designator: str = ""

    def to_satrec(self) -> Satrec:
        """Return a fresh record of the compiled `sgp4`."""
        satellite = Satrec()
        has_sgp4_number = self.catalogue_number <= LARGEST_SGP4_NUMBER
        satellite.sgp4init(
            WGS72,
            "i",
            self.catalogue_number if has_sgp4_number else STAND_IN_NUMBER,
            self.epoch_day + self.epoch_day_fraction - _SGP4_DAY_ZERO,  # rounds as SGP4's own TLE reader does
            self.bstar_per_earth_radius,
            self.mean_motion_dot_rad_s2 * _SECONDS_PER_MINUTE**2,
            self.mean_motion_ddot_rad_s3 * _SECONDS_PER_MINUTE**3,
            self.eccentricity,
            self.argument_of_perigee_rad,
            self.inclination_rad,
            self.mean_anomaly_rad,
            self.mean_motion_rad_s * _SECONDS_PER_MINUTE,
            self.raan_rad,
        )
        satellite.jdsatepoch, satellite.jdsatepochF = self.epoch_day, self.epoch_day_fraction
        satellite.intldesg = self.international_designator[:8]
        return satellite


def record_of_satrec(satellite: Satrec, name: str | None = None) -> OrbitRecord:
    """Return the elements inside a record of `sgp4`; the name defaults to the catalogue number as text."""
    return OrbitRecord(
        name=str(satellite.satnum) if name is None else name,
        catalogue_number=int(satellite.satnum),
        epoch_day=float(satellite.jdsatepoch),
        epoch_day_fraction=float(satellite.jdsatepochF),
        mean_motion_rad_s=float(satellite.no_kozai) / _SECONDS_PER_MINUTE,
        eccentricity=float(satellite.ecco),
        inclination_rad=float(satellite.inclo),
        raan_rad=float(satellite.nodeo),
        argument_of_perigee_rad=float(satellite.argpo),
        mean_anomaly_rad=float(satellite.mo),
        bstar_per_earth_radius=float(satellite.bstar),
        mean_motion_dot_rad_s2=float(satellite.ndot) / _SECONDS_PER_MINUTE**2,
        mean_motion_ddot_rad_s3=float(satellite.nddot) / _SECONDS_PER_MINUTE**3,
        international_designator=str(getattr(satellite, "intldesg", "")).strip(),
    )


def records_of_shell(shell: WalkerShell, epoch: Epoch) -> tuple[OrbitRecord, ...]:
    """Return the satellites of a Walker shell as elements at the epoch: circular, without drag, numbered from 1."""
    latitudes_rad, raans_rad = shell.arguments_of_latitude_rad().tolist(), shell.raans_rad().tolist()
    return tuple(
        OrbitRecord(
            name=name,
            catalogue_number=i + 1,
            epoch_day=epoch.utc_day,
            epoch_day_fraction=epoch.utc_day_fraction,
            mean_motion_rad_s=shell.mean_motion_rad_s,
            eccentricity=0.0,
            inclination_rad=shell.inclination_rad,
            raan_rad=raans_rad[i],
            argument_of_perigee_rad=0.0,
            mean_anomaly_rad=latitudes_rad[i],
        )
        for i, name in enumerate(shell.names)
    )


def julian_date_of_midnight(day: date) -> float:
    """Return the Julian date at which a calendar day begins."""
    return day.toordinal() + _JULIAN_DATE_OF_ORDINAL_ZERO


def calendar_day(julian_date: float) -> date:
    """Return the calendar day that a Julian date lies in."""
    return date.fromordinal(floor(julian_date - _JULIAN_DATE_OF_ORDINAL_ZERO))


def minutes_after_elements(record: OrbitRecord, epoch: Epoch) -> float:
    """Return how long after a record's epoch the scenario's epoch is, in minutes."""
    days = (epoch.utc_day - record.epoch_day) + (epoch.utc_day_fraction - record.epoch_day_fraction)
    return days * 1_440.0
