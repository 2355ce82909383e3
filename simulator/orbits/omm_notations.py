"""The four notations of an OMM (CSV, JSON, KVN, XML), each turned into rows of named text."""

from __future__ import annotations

import csv
import io
import json
import re
from types import MappingProxyType
from typing import Final, NoReturn
from xml.parsers import expat

from simulator.orbits.omm import OmmRow
from simulator.orbits.orbit_file_error import ProblemList, quoted

_KVN_LINE: Final = re.compile(r"\s*([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*(?:\[([^\]]*)\]\s*)?")
_KVN_START: Final = "CCSDS_OMM_VERS"
_SEPARATORS: Final = " \t\r\n"
_DEEPEST_XML: Final = 32


_UNITS: Final = MappingProxyType(
    {
        "MEAN_MOTION": "rev/day",
        "INCLINATION": "deg",
        "RA_OF_ASC_NODE": "deg",
        "ARG_OF_PERICENTER": "deg",
        "MEAN_ANOMALY": "deg",
        "BSTAR": "1/ER",
        "MEAN_MOTION_DOT": "rev/day**2",
        "MEAN_MOTION_DDOT": "rev/day**3",
    }
)
"""CCSDS 502.0-B-3, table 4-3; KVN and XML may name them."""


def read_omm_csv(text: str, problems: ProblemList) -> list[OmmRow]:
    """Return the rows of a CSV file whose first line names the fields."""
    lines = csv.reader(io.StringIO(text), strict=True)
    rows: list[OmmRow] = []
    try:
        header = [name.strip() for name in next(lines)]
        for name in sorted({name for name in header if header.count(name) > 1}):
            problems.add(1, quoted(name), "the column comes twice", "name each column once")
        for values in lines:
            if not values:
                continue
            if len(values) != len(header):
                wrong = f"the row has {len(values)} values, the first line names {len(header)}"
                problems.add(lines.line_num, "row", wrong, "give one value per column; the file may be cut off")
                continue
            rows.append(OmmRow(line=lines.line_num, fields=dict(zip(header, values, strict=True)), line_of_field={}))
    except csv.Error as error:
        problems.add(lines.line_num, "row", f"not CSV ({error})", "close every quotation mark; the file may be cut off")
    return rows


def read_omm_json(text: str, problems: ProblemList) -> list[OmmRow]:
    """Return the rows of a JSON list of objects, or of one object."""
    decoder = json.JSONDecoder(object_pairs_hook=_unique_pairs, parse_constant=_refused_constant)
    rows: list[OmmRow] = []
    place = _next_place(text, 0)
    is_list = text[place : place + 1] == "["
    place = _next_place(text, place + 1) if is_list else place
    line, counted = 1, 0
    try:
        while text[place : place + 1] != "]":
            line, counted = line + text.count("\n", counted, place), place
            found, place = decoder.raw_decode(text, place)
            rows.extend(_json_row(found, line, problems))
            place = _next_place(text, place)
            if not is_list or text[place : place + 1] == "]":
                break
            if text[place : place + 1] != ",":
                raise ValueError("a comma or ] is missing")
            place = _next_place(text, place + 1)
        rest = text[place + 1 if is_list else place :].strip()
        if rest:
            raise ValueError(f"something follows the end: {quoted(rest)}")
    except (ValueError, RecursionError) as error:
        wrong = f"not JSON ({'nested too deeply' if isinstance(error, RecursionError) else error})"
        problems.add(line, "object", wrong, "give a list of flat objects; the file may be cut off")
    return rows


def _next_place(text: str, place: int) -> int:
    """Return the first place from `place` that is not white space."""
    while text[place : place + 1] and text[place] in _SEPARATORS:
        place += 1
    return place


def _unique_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object, refusing a key that comes twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {quoted(next(name for name in names if names.count(name) > 1))} comes twice")
    return found


def _refused_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which JSON does not have."""
    raise ValueError(f"{name} is no number")


def _json_row(found: object, line: int, problems: ProblemList) -> list[OmmRow]:
    """Return one object as a row, nothing when it is none."""
    if not isinstance(found, dict):
        wrong = f"not an object (got {quoted(found)})"
        problems.add(line, "object", wrong, 'give objects like {"NORAD_CAT_ID": 25544, ...}')
        return []
    fields = {name: "" if value is None else str(value) for name, value in found.items()}
    return [OmmRow(line=line, fields=fields, line_of_field={})]


def read_omm_kvn(text: str, problems: ProblemList) -> list[OmmRow]:
    """Return the messages of a file of `KEYWORD = value` lines; each starts with CCSDS_OMM_VERS."""
    rows: list[OmmRow] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.split()[0] == "COMMENT":
            continue
        match = _KVN_LINE.fullmatch(line)
        if match is None:
            problems.add(
                number, "line", f"not KEYWORD = value (got {quoted(line.strip())})", "give one keyword per line"
            )
            continue
        name, value, unit = match.groups()
        _check_unit(name, unit, number, problems)
        if name == _KVN_START or not rows:
            rows.append(OmmRow(line=number, fields={}, line_of_field={}))
        if name in rows[-1].fields:
            wrong = f"the keyword came before, on line {rows[-1].line_of(name)}"
            problems.add(number, name, wrong, f"start each message with {_KVN_START}")
        rows[-1].fields[name] = value
        rows[-1].line_of_field[name] = number
    return rows


def read_omm_xml(text: str, problems: ProblemList) -> list[OmmRow]:
    """Return the segments of an NDM or OMM in XML; document types, and so entities of one's own, are refused."""
    reader = _XmlReader(problems)
    try:
        reader.parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        wrong = f"not XML ({expat.errors.messages[error.code]})"
        problems.add(error.lineno, "element", wrong, "close every element; the file may be cut off")
        reader.drop_unfinished()
    except ValueError as error:
        problems.add(reader.parser.CurrentLineNumber, "document", str(error), "give a plain NDM/XML file")
    return reader.rows


class _XmlReader:
    """Collects the leaves of each segment."""

    def __init__(self, problems: ProblemList) -> None:
        self.rows: list[OmmRow] = []
        self.problems = problems
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._add_text
        self.parser.buffer_text = True
        self._segment_depth = 0
        self._depth = 0
        self._texts: list[str] = []
        self._is_leaf = False

    def drop_unfinished(self) -> None:
        """Forget a segment that was never closed."""
        if self._segment_depth:
            self.rows.pop()

    def _refuse(self, *_: object) -> None:
        raise ValueError("the file has a DOCTYPE, which could hide entities")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST_XML:
            raise ValueError(f"elements are nested deeper than {_DEEPEST_XML}")
        if _local_name(tag) == "segment":
            self._segment_depth = self._depth
            self.rows.append(OmmRow(line=self.parser.CurrentLineNumber, fields={}, line_of_field={}))
        _check_unit(_local_name(tag), attributes.get("units"), self.parser.CurrentLineNumber, self.problems)
        self._texts, self._is_leaf = [], True

    def _end(self, tag: str) -> None:
        name = _local_name(tag)
        if name == "segment":
            self._segment_depth = 0
        elif self._is_leaf and self._segment_depth and name not in ("COMMENT", "USER_DEFINED"):
            self._keep(name, "".join(self._texts).strip())
        self._is_leaf = False
        self._depth -= 1

    def _keep(self, name: str, value: str) -> None:
        row, line = self.rows[-1], self.parser.CurrentLineNumber
        if name in row.fields:
            wrong = f"the element came before, on line {row.line_of(name)}"
            self.problems.add(line, name, wrong, "give one segment per satellite")
        row.fields[name] = value
        row.line_of_field[name] = line

    def _add_text(self, text: str) -> None:
        self._texts.append(text)


def _check_unit(name: str, unit: str | None, line: int, problems: ProblemList) -> None:
    """Refuse a unit that the standard does not give a keyword; none at all is allowed."""
    right = _UNITS.get(name)
    if unit is not None and right is not None and unit.replace(" ", "").lower() != right.lower():
        problems.add(line, name, f"the unit is wrong (got {quoted(unit)})", f"give the value in {right}")


def _local_name(tag: str) -> str:
    """Return a tag without its namespace prefix."""
    return tag.rpartition(":")[2]
