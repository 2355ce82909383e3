"""Two- and three-line element sets.

Format: Hoots and Roehrich 1980 (Spacetrack Report 3), columns as on CelesTrak's "NORAD two-line element set format";
catalogue numbers above 99999 in Alpha-5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from math import radians, tau
from typing import Final

from simulator.constants import SECONDS_PER_DAY
from simulator.orbits.element_ranges import check_catalogue_number, check_range
from simulator.orbits.orbit_file_error import ProblemList, quoted
from simulator.orbits.orbit_record import OrbitRecord, julian_date_of_midnight

LINE_LENGTH: Final = 69
FIRST_YEAR: Final = 57  # two-digit years from 57 are 1957 and later
ALPHA5_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I, no O
_DECIMAL: Final = re.compile(r" *[+-]? *\d*\.\d+ *")
_EXPONENT: Final = re.compile(r"([ +-])(\d{5})([+-])(\d)")
_REVOLUTIONS_PER_DAY: Final = tau / SECONDS_PER_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """A decimal field: zero-based columns and, where the file leaves it out, what stands before the digits."""

    name: str
    quantity: str
    start: int
    end: int
    prefix: str = ""


_LINE_2_FIELDS: Final = (
    _Columns(name="inclination", quantity="inclination", start=8, end=16),
    _Columns(name="right ascension", quantity="right ascension of the node", start=17, end=25),
    _Columns(name="eccentricity", quantity="eccentricity", start=26, end=33, prefix="0."),
    _Columns(name="argument of perigee", quantity="argument of perigee", start=34, end=42),
    _Columns(name="mean anomaly", quantity="mean anomaly", start=43, end=51),
    _Columns(name="mean motion", quantity="mean motion", start=52, end=63),
)


def read_tle(text: str, problems: ProblemList) -> list[OrbitRecord]:
    """Return the element sets of a file; what is wrong is added to `problems`. Lines starting with # are skipped."""
    records: list[OrbitRecord] = []
    seen: dict[int, int] = {}
    name: str | None = None
    first: tuple[int, str] | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.rstrip()
        if not line or line.startswith("#"):
            continue
        if first is not None and not line.startswith("2 "):
            problems.add(first[0], "line 1", "line 1 has no line 2 after it", "give both lines of the element set")
            first = None
        if line.startswith("1 "):
            first = (number, line)
        elif line.startswith("2 "):
            if first is None:
                problems.add(number, "line 2", "line 2 has no line 1 before it", "give both lines of the element set")
            else:
                record = _element_set(name, first, (number, line), problems, seen)
                records.extend([record] if record else [])
            name, first = None, None
        else:
            if name is not None:
                problems.add(number, "name", "two name lines in a row", "give lines 1 and 2 after each name")
            name = line.removeprefix("0 ").strip()
    if first is not None:
        problems.add(first[0], "line 1", "the file ends before line 2", "give both lines of the element set")
    elif name is not None:
        problems.add(
            len(text.splitlines()), "name", f"no elements follow {quoted(name)}", "give lines 1 and 2 after it"
        )
    return records


def checksum(line: str) -> int:
    """Return the checksum of a line: digits add up, minus signs count 1, modulo 10."""
    return sum(int(letter) if letter.isdigit() else letter == "-" for letter in line[: LINE_LENGTH - 1]) % 10


def _element_set(
    name: str | None, first: tuple[int, str], second: tuple[int, str], problems: ProblemList, seen: dict[int, int]
) -> OrbitRecord | None:
    """Return one element set, None when something is wrong with it."""
    n_before = len(problems.problems)
    if not all([_is_whole(*first, problems), _is_whole(*second, problems)]):
        return None
    (row_1, line_1), (row_2, line_2) = first, second
    number = _catalogue_number(row_1, line_1, problems)
    if line_1[2:7] != line_2[2:7]:
        wrong = f"lines 1 and 2 name different satellites (got {line_1[2:7]!r} and {line_2[2:7]!r})"
        problems.add(row_2, "catalogue number", wrong, "pair the lines of one satellite")
    if number is not None:
        check_catalogue_number(problems, row_1, "catalogue number", number, seen)
    epoch = _epoch(row_1, line_1, problems)
    ndot = _decimal(row_1, "mean motion derivative", line_1[33:43], problems)
    nddot = _exponent(row_1, "second derivative of mean motion", line_1[44:52], problems)
    bstar = _exponent(row_1, "B*", line_1[53:61], problems)
    elements = [_decimal(row_2, c.name, c.prefix + line_2[c.start : c.end], problems) for c in _LINE_2_FIELDS]
    for columns, value in zip(_LINE_2_FIELDS, elements, strict=True):
        if value is not None:
            check_range(problems, row_2, columns.name, columns.quantity, value)
    if len(problems.problems) > n_before or number is None or epoch is None:
        return None
    inclination, node, eccentricity, perigee, anomaly, motion = (value or 0.0 for value in elements)
    return OrbitRecord(
        name=name or str(number),
        catalogue_number=number,
        epoch_day=epoch[0],
        epoch_day_fraction=epoch[1],
        mean_motion_rad_s=motion * _REVOLUTIONS_PER_DAY,
        eccentricity=eccentricity,
        inclination_rad=radians(inclination),
        raan_rad=radians(node),
        argument_of_perigee_rad=radians(perigee),
        mean_anomaly_rad=radians(anomaly),
        bstar_per_earth_radius=bstar or 0.0,
        mean_motion_dot_rad_s2=(ndot or 0.0) * _REVOLUTIONS_PER_DAY / SECONDS_PER_DAY,
        mean_motion_ddot_rad_s3=(nddot or 0.0) * _REVOLUTIONS_PER_DAY / SECONDS_PER_DAY**2,
        international_designator=line_1[9:17].strip(),
    )


def _is_whole(row: int, line: str, problems: ProblemList) -> bool:
    """Check length, alphabet and checksum of a line."""
    if len(line) != LINE_LENGTH:
        wrong = f"the line has {len(line)} characters"
        problems.add(row, f"line {line[0]}", wrong, f"an element line has {LINE_LENGTH}; download the file again")
        return False
    if not line.isascii():
        problems.add(row, f"line {line[0]}", "the line has letters outside ASCII", "download the file again")
        return False
    if line[-1] != str(checksum(line)):
        wrong = f"the checksum is wrong (got {line[-1]!r}, the line gives {checksum(line)})"
        problems.add(row, "checksum", wrong, "restore the line; download the file again rather than edit it")
        return False
    return True


def _catalogue_number(row: int, line: str, problems: ProblemList) -> int | None:
    """Return the number of columns 3 to 7, plain or Alpha-5."""
    text = line[2:7].strip()
    head, tail = text[:1], text[1:]
    if text.isdigit():
        return int(text)
    if head and head in ALPHA5_LETTERS and len(tail) == 4 and tail.isdigit():
        return (ALPHA5_LETTERS.index(head) + 10) * 10_000 + int(tail)
    wrong = f"not a catalogue number (got {text!r})"
    problems.add(row, "catalogue number", wrong, "give digits, or Alpha-5 (a capital but I and O, then 4 digits)")
    return None


def _epoch(row: int, line: str, problems: ProblemList) -> tuple[float, float] | None:
    """Return the Julian date of columns 19 to 32 as day and fraction."""
    year_text, day_text = line[18:20], line[20:32].strip()
    day = float(day_text) if _DECIMAL.fullmatch(day_text) else 0.0
    if not year_text.strip().isdigit() or not 1.0 <= day < 367.0:
        wrong = f"not an epoch (got {line[18:32]!r})"
        problems.add(row, "epoch", wrong, "give two digits of the year and the day from 001 to 366.99999999")
        return None
    year = int(year_text)
    new_year = julian_date_of_midnight(date(year + (1900 if year >= FIRST_YEAR else 2000), 1, 1))
    return new_year + int(day) - 1, float("0" + day_text[day_text.index(".") :])


def _decimal(row: int, name: str, text: str, problems: ProblemList) -> float | None:
    """Return a decimal field."""
    if _DECIMAL.fullmatch(text):
        return float(text.replace(" ", ""))
    problems.add(row, name, f"not a number (got {text!r})", "restore the columns; download the file again")
    return None


def _exponent(row: int, name: str, text: str, problems: ProblemList) -> float | None:
    """Return a field with an assumed decimal point: sign, five digits, power of ten."""
    match = _EXPONENT.fullmatch(text)
    if match is not None:
        sign, digits, power_sign, power = match.groups()
        return float(f"{sign.strip()}0.{digits}e{power_sign}{power}")
    if not text.strip():
        return 0.0
    problems.add(row, name, f"not a number with exponent (got {text!r})", "write it like ' 12345-3' for 0.12345e-3")
    return None
