"""Orbit mean-elements messages (CCSDS 502.0-B-3), written as CSV, JSON, KVN or XML; numbers in full."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from math import degrees, tau
from types import MappingProxyType
from typing import Final, TypeAlias
from xml.sax.saxutils import escape

from simulator.constants import SECONDS_PER_DAY
from simulator.orbits.exchange.oem_writing import ORIGINATOR
from simulator.orbits.omm import UNKNOWN_OBJECT
from simulator.orbits.orbit_record import OrbitRecord, calendar_day
from simulator.orbits.tle import FIRST_YEAR

_Fields: TypeAlias = dict[str, str]
_REVOLUTIONS_PER_DAY: Final = tau / SECONDS_PER_DAY
_MICROSECONDS_PER_DAY: Final = 86_400_000_000
_METADATA: Final = MappingProxyType(
    {"CENTER_NAME": "EARTH", "REF_FRAME": "TEME", "TIME_SYSTEM": "UTC", "MEAN_ELEMENT_THEORY": "SGP4"}
)
_ELEMENTS: Final = (
    "EPOCH", "MEAN_MOTION", "ECCENTRICITY", "INCLINATION", "RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY",
)  # fmt: skip


def omm_lines(records: Sequence[OrbitRecord], notation: str) -> Iterator[str]:
    """Give the lines of a file of mean elements in a notation of `OMM_NOTATIONS`.

    The epoch has microseconds: 8 mm of motion.

    Raises
    ------
    ValueError
        If the notation has another name.
    """
    if notation not in OMM_NOTATIONS:
        raise ValueError(f"notation = {notation!r}: write one of {', '.join(OMM_NOTATIONS)}")
    yield from OMM_NOTATIONS[notation]([_fields(record) for record in records])


def _fields(record: OrbitRecord) -> _Fields:
    return {
        "OBJECT_NAME": record.name,
        "OBJECT_ID": long_designator(record.international_designator),
        "EPOCH": _epoch_text(record),
        "MEAN_MOTION": repr(record.mean_motion_rad_s / _REVOLUTIONS_PER_DAY),
        "ECCENTRICITY": repr(record.eccentricity),
        "INCLINATION": repr(degrees(record.inclination_rad)),
        "RA_OF_ASC_NODE": repr(degrees(record.raan_rad)),
        "ARG_OF_PERICENTER": repr(degrees(record.argument_of_perigee_rad)),
        "MEAN_ANOMALY": repr(degrees(record.mean_anomaly_rad)),
        "EPHEMERIS_TYPE": "0",
        "CLASSIFICATION_TYPE": "U",
        "NORAD_CAT_ID": str(record.catalogue_number),
        "ELEMENT_SET_NO": "999",
        "REV_AT_EPOCH": "0",
        "BSTAR": repr(record.bstar_per_earth_radius),
        "MEAN_MOTION_DOT": repr(record.mean_motion_dot_rad_s2 / _REVOLUTIONS_PER_DAY * SECONDS_PER_DAY),
        "MEAN_MOTION_DDOT": repr(record.mean_motion_ddot_rad_s3 / _REVOLUTIONS_PER_DAY * SECONDS_PER_DAY**2),
    }


def long_designator(text: str) -> str:
    """Return 98067A as 1998-067A; anything else is left as it is, nothing becomes `UNKNOWN` (CCSDS 502.0-B-3)."""
    is_short = len(text) > 5 and text[:5].isdigit()
    century = 19 if is_short and int(text[:2]) >= FIRST_YEAR else 20
    return f"{century}{text[:2]}-{text[2:]}" if is_short else text or UNKNOWN_OBJECT


def _epoch_text(record: OrbitRecord) -> str:
    midnight = calendar_day(record.epoch_day)
    whole = record.epoch_day - 0.5
    microseconds = round((whole - whole // 1.0 + record.epoch_day_fraction) * _MICROSECONDS_PER_DAY)
    days, rest = divmod(microseconds, _MICROSECONDS_PER_DAY)
    day = calendar_day(record.epoch_day + days) if days else midnight
    seconds, part = divmod(rest, 1_000_000)
    return f"{day.isoformat()}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{part:06d}"


def _csv(rows: list[_Fields]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    yield from buffer.getvalue().splitlines()


def _json(rows: list[_Fields]) -> Iterator[str]:
    yield "["
    for number, row in enumerate(rows):
        typed = {name: value if name in _TEXTS else json.loads(value) for name, value in row.items()}
        yield json.dumps(typed) + ("," if number < len(rows) - 1 else "")
    yield "]"


_TEXTS: Final = ("OBJECT_NAME", "OBJECT_ID", "EPOCH", "CLASSIFICATION_TYPE")


def _kvn(rows: list[_Fields]) -> Iterator[str]:
    for row in rows:
        yield from ("CCSDS_OMM_VERS = 3.0", f"CREATION_DATE = {row['EPOCH']}", f"ORIGINATOR = {ORIGINATOR}")
        yield from (f"{name} = {value}" for name, value in _ordered(row).items())
        yield ""


def _xml(rows: list[_Fields]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield "<ndm>"
    for row in rows:
        leaves = {name: f"<{name}>{escape(value)}</{name}>" for name, value in _ordered(row).items()}
        yield '<omm id="CCSDS_OMM_VERS" version="3.0">'
        yield (
            f"<header><CREATION_DATE>{row['EPOCH']}</CREATION_DATE><ORIGINATOR>{ORIGINATOR}</ORIGINATOR></header>"
            "<body><segment>"
        )
        names = ("OBJECT_NAME", "OBJECT_ID", *_METADATA)
        yield f"<metadata>{''.join(leaves[name] for name in names)}</metadata>"
        yield f"<data><meanElements>{''.join(leaves[name] for name in _ELEMENTS)}</meanElements>"
        rest = [leaf for name, leaf in leaves.items() if name not in (*names, *_ELEMENTS)]
        yield f"<tleParameters>{''.join(rest)}</tleParameters></data></segment></body></omm>"
    yield "</ndm>"


def _ordered(row: _Fields) -> _Fields:
    """Return the fields in the order of the standard, those that say which frame and theory among them."""
    names = ("OBJECT_NAME", "OBJECT_ID")
    return {name: row[name] for name in names} | dict(_METADATA) | {n: v for n, v in row.items() if n not in names}


OMM_NOTATIONS: Final[MappingProxyType[str, Callable[[list[_Fields]], Iterator[str]]]] = MappingProxyType(
    {"csv": _csv, "json": _json, "kvn": _kvn, "xml": _xml}
)
