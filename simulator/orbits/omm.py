"""Orbit mean-elements messages (CCSDS 502.0-B-3): the fields of one satellite, whatever the notation."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, radians, tau
from typing import Final

from simulator.constants import SECONDS_PER_DAY
from simulator.orbits.element_ranges import check_catalogue_number, check_range
from simulator.orbits.exchange.instants import instant_of_text
from simulator.orbits.orbit_file_error import ProblemList, quoted
from simulator.orbits.orbit_record import OrbitRecord, julian_date_of_midnight

_REVOLUTIONS_PER_DAY: Final = tau / SECONDS_PER_DAY

QUANTITY_OF_FIELD: Final = {
    "MEAN_MOTION": "mean motion",
    "ECCENTRICITY": "eccentricity",
    "INCLINATION": "inclination",
    "RA_OF_ASC_NODE": "right ascension of the node",
    "ARG_OF_PERICENTER": "argument of perigee",
    "MEAN_ANOMALY": "mean anomaly",
    "BSTAR": "B*",
}
REQUIRED_FIELDS: Final = ("NORAD_CAT_ID", "EPOCH", *QUANTITY_OF_FIELD)
UNKNOWN_OBJECT: Final = "UNKNOWN"
"""What the standard writes for an international designator that is not known."""

_ALLOWED_WORDS: Final = {
    "CENTER_NAME": ("EARTH",),
    "REF_FRAME": ("TEME",),
    "TIME_SYSTEM": ("UTC",),
    "MEAN_ELEMENT_THEORY": ("SGP4", "SGP/SGP4"),
    "EPHEMERIS_TYPE": ("0", "2", "SGP4", "SGP"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OmmRow:
    """Fields of one satellite as text, and the line of the file where they, or each of them, stand."""

    line: int
    fields: dict[str, str]
    line_of_field: dict[str, int]

    def line_of(self, name: str) -> int:
        """Return the line of a field, of the row where it is not there."""
        return self.line_of_field.get(name, self.line)


def records_of_omm(rows: list[OmmRow], problems: ProblemList) -> list[OrbitRecord]:
    """Return the satellites of a file; what is wrong is added to `problems`."""
    seen: dict[int, int] = {}
    found = [_record(row, problems, seen) for row in rows]
    return [record for record in found if record is not None]


def _record(row: OmmRow, problems: ProblemList, seen: dict[int, int]) -> OrbitRecord | None:
    """Return one satellite, None when something is wrong with it."""
    n_before = len(problems.problems)
    missing = [name for name in REQUIRED_FIELDS if not row.fields.get(name, "").strip()]
    if missing:
        wrong = "missing or empty" if len(missing) > 1 else "the field is missing or empty"
        problems.add(row.line, ", ".join(missing), wrong, "give a complete OMM with elements for SGP4")
    _check_words(row, problems)
    values = {name: _number(row, name, problems) for name in QUANTITY_OF_FIELD if name not in missing}
    for name, value in values.items():
        if value is not None:
            check_range(problems, row.line_of(name), name, QUANTITY_OF_FIELD[name], value)
    ndot = _number(row, "MEAN_MOTION_DOT", problems) if row.fields.get("MEAN_MOTION_DOT", "").strip() else 0.0
    nddot = _number(row, "MEAN_MOTION_DDOT", problems) if row.fields.get("MEAN_MOTION_DDOT", "").strip() else 0.0
    number = None if "NORAD_CAT_ID" in missing else _catalogue_number(row, problems, seen)
    epoch = None if "EPOCH" in missing else _epoch(row, problems)
    if len(problems.problems) > n_before or number is None or epoch is None:
        return None
    v = {name: value or 0.0 for name, value in values.items()}
    return OrbitRecord(
        name=row.fields.get("OBJECT_NAME", "").strip() or str(number),
        catalogue_number=number,
        epoch_day=epoch[0],
        epoch_day_fraction=epoch[1],
        mean_motion_rad_s=v["MEAN_MOTION"] * _REVOLUTIONS_PER_DAY,
        eccentricity=v["ECCENTRICITY"],
        inclination_rad=radians(v["INCLINATION"]),
        raan_rad=radians(v["RA_OF_ASC_NODE"]),
        argument_of_perigee_rad=radians(v["ARG_OF_PERICENTER"]),
        mean_anomaly_rad=radians(v["MEAN_ANOMALY"]),
        bstar_per_earth_radius=v["BSTAR"],
        mean_motion_dot_rad_s2=(ndot or 0.0) * _REVOLUTIONS_PER_DAY / SECONDS_PER_DAY,
        mean_motion_ddot_rad_s3=(nddot or 0.0) * _REVOLUTIONS_PER_DAY / SECONDS_PER_DAY**2,
        international_designator=_short_designator(row.fields.get("OBJECT_ID", "")),
    )


def _check_words(row: OmmRow, problems: ProblemList) -> None:
    """Note a frame, time scale, centre or theory that SGP4 does not have."""
    for name, allowed in _ALLOWED_WORDS.items():
        found = row.fields.get(name, "").strip().upper()
        if found and found not in allowed:
            wrong = f"not for SGP4 (got {quoted(found)})"
            problems.add(row.line_of(name), name, wrong, f"give elements with {name} = {allowed[0]}")


def _number(row: OmmRow, name: str, problems: ProblemList) -> float | None:
    """Return a field as a finite number."""
    text = row.fields[name].strip()
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if isfinite(value) and "_" not in text:
        return value
    problems.add(row.line_of(name), name, f"not a number (got {quoted(text)})", "give a finite decimal number")
    return None


def _catalogue_number(row: OmmRow, problems: ProblemList, seen: dict[int, int]) -> int | None:
    """Return the catalogue number, of up to nine digits."""
    text = row.fields["NORAD_CAT_ID"].strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        wrong = f"not a catalogue number (got {quoted(text)})"
        problems.add(row.line_of("NORAD_CAT_ID"), "NORAD_CAT_ID", wrong, "give up to nine digits")
        return None
    check_catalogue_number(problems, row.line_of("NORAD_CAT_ID"), "NORAD_CAT_ID", int(text), seen)
    return int(text)


def _epoch(row: OmmRow, problems: ProblemList) -> tuple[float, float] | None:
    """Return the epoch as Julian day and fraction, UTC."""
    text = row.fields["EPOCH"].strip()
    instant = instant_of_text(text)
    if instant is not None:
        midnight, seconds = instant
        return julian_date_of_midnight(midnight), seconds / SECONDS_PER_DAY
    wrong = f"not an instant of UTC (got {quoted(text)})"
    problems.add(
        row.line_of("EPOCH"), "EPOCH", wrong, "write YYYY-MM-DDThh:mm:ss.ffffff, for example 2026-03-15T06:30:00.5"
    )
    return None


def _short_designator(text: str) -> str:
    """Return 1998-067A as 98067A, the form of a TLE; anything else is left as it is."""
    found = text.strip()
    is_long = len(found) > 5 and found[:4].isdigit() and found[4] == "-"
    if is_long:
        return found[2:].replace("-", "", 1)
    return "" if found == UNKNOWN_OBJECT else found
