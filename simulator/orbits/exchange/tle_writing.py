"""Two-line element sets, written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from math import cos, degrees, floor, log10, pi, radians, tau
from typing import Final

from simulator.constants import SECONDS_PER_DAY
from simulator.orbits.orbit_record import LARGEST_SGP4_NUMBER, OrbitRecord, calendar_day
from simulator.orbits.tle import ALPHA5_LETTERS, FIRST_YEAR, LINE_LENGTH, checksum

_REVOLUTIONS_PER_DAY: Final = tau / SECONDS_PER_DAY
_ANGLE_DIGITS: Final = 4
_DAY_DIGITS: Final = 8


def tle_lines(records: Sequence[OrbitRecord]) -> Iterator[str]:
    """Give the lines of a file: name, line 1 and line 2 of each satellite.

    Raises
    ------
    ValueError
        If elements have no place in the columns.

    Notes
    -----
    Angles have 1e-4 degrees, 12 m along a low orbit. What rounding takes from epoch, node and perigee is given to the
    mean anomaly, so that along the orbit only its own rounding is left.
    """
    for record in records:
        day_of_year, epoch_shift_s = _epoch(record)
        has_mark = record.name[:2] in ("1 ", "2 ", "0 ") or record.name.startswith("#")
        yield f"0 {record.name}" if has_mark else record.name
        yield _summed(_line_1(record, day_of_year))
        yield _summed(_line_2(record, epoch_shift_s))


def catalogue_text(number: int) -> str:
    """Return a catalogue number in five characters, above 99999 in Alpha-5.

    Raises
    ------
    ValueError
        If it is above 339999.
    """
    if number > LARGEST_SGP4_NUMBER:
        raise ValueError(f"catalogue number {number}: a TLE has room for 339999 at most; write an OMM, which has nine")
    head, tail = divmod(number, 10_000)
    return f"{number:05d}" if head < 10 else f"{ALPHA5_LETTERS[head - 10]}{tail:04d}"


def _epoch(record: OrbitRecord) -> tuple[str, float]:
    """Return the epoch's columns, and by how many seconds rounding moved it."""
    day = calendar_day(record.epoch_day)
    last = FIRST_YEAR + 2000 - 1
    if not FIRST_YEAR + 1900 <= day.year <= last:
        raise ValueError(f"{record.name}: epoch in {day.year}: a TLE has years from {FIRST_YEAR + 1900} to {last}")
    exact = record.epoch_day_fraction + (record.epoch_day - floor(record.epoch_day - 0.5) - 0.5)
    day_of_year = day.toordinal() - date(day.year, 1, 1).toordinal() + 1 + exact
    rounded = round(day_of_year, _DAY_DIGITS)
    return f"{day.year % 100:02d}{rounded:012.8f}", (rounded - day_of_year) * SECONDS_PER_DAY


def _line_1(record: OrbitRecord, epoch_text: str) -> str:
    ndot = record.mean_motion_dot_rad_s2 / _REVOLUTIONS_PER_DAY * SECONDS_PER_DAY
    nddot = record.mean_motion_ddot_rad_s3 / _REVOLUTIONS_PER_DAY * SECONDS_PER_DAY**2
    if not abs(ndot) < 1.0:
        raise ValueError(f"{record.name}: derivative of the mean motion {ndot:g} is too large for a TLE; write an OMM")
    first = f"{'-' if ndot < 0 else ' '}{f'{abs(ndot):.8f}'[1:]}"
    drag = _exponent(record.bstar_per_earth_radius, record)
    satellite = f"{catalogue_text(record.catalogue_number)}U {record.international_designator[:8]:<8}"
    return f"1 {satellite} {epoch_text} {first} {_exponent(nddot, record)} {drag} 0  999"


def _line_2(record: OrbitRecord, epoch_shift_s: float) -> str:
    raan_deg = round(degrees(record.raan_rad) % 360.0, _ANGLE_DIGITS)
    perigee_deg = round(degrees(record.argument_of_perigee_rad) % 360.0, _ANGLE_DIGITS)
    lost_rad = _signed(record.raan_rad - radians(raan_deg)) * cos(record.inclination_rad)
    lost_rad += _signed(record.argument_of_perigee_rad - radians(perigee_deg))
    lost_rad += record.mean_motion_rad_s * epoch_shift_s
    anomaly_deg = round(degrees(record.mean_anomaly_rad + lost_rad) % 360.0, _ANGLE_DIGITS)
    motion = record.mean_motion_rad_s / _REVOLUTIONS_PER_DAY
    eccentricity = f"{record.eccentricity:.7f}"
    if not eccentricity.startswith("0."):
        raise ValueError(f"{record.name}: eccentricity {record.eccentricity} has no place in a TLE; write an OMM")
    return (
        f"2 {catalogue_text(record.catalogue_number)} {degrees(record.inclination_rad):8.4f} {raan_deg % 360.0:8.4f} "
        f"{eccentricity[2:]} {perigee_deg % 360.0:8.4f} {anomaly_deg % 360.0:8.4f} {motion:11.8f}    0"
    )


def _signed(angle_rad: float) -> float:
    return (angle_rad + pi) % tau - pi


def _exponent(value: float, record: OrbitRecord) -> str:
    """Return a number as sign, five digits behind an assumed point, and a power of ten."""
    power = floor(log10(abs(value))) + 1 if value else 0
    digits = round(abs(value) / 10.0**power * 1e5)
    if digits == 100_000:
        digits, power = 10_000, power + 1
    if power < -9:
        digits, power = 0, 0
    if power > 9:
        raise ValueError(f"{record.name}: {value:g} is too large for a TLE; write an OMM")
    return f"{'-' if value < 0 else ' '}{digits:05d}{'+' if power > 0 else '-'}{abs(power)}"


def _summed(line: str) -> str:
    """Return a line with its checksum."""
    assert len(line) == LINE_LENGTH - 1, line
    return line + str(checksum(line + "0"))
