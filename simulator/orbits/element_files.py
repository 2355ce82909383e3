"""Satellites from orbit files: TLE, 3LE, and OMM as CSV, JSON, KVN or XML, told apart by what is inside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from simulator.orbits.omm import REQUIRED_FIELDS, records_of_omm
from simulator.orbits.omm_notations import read_omm_csv, read_omm_json, read_omm_kvn, read_omm_xml
from simulator.orbits.orbit_file_error import ProblemList, quoted
from simulator.orbits.orbit_record import OrbitRecord
from simulator.orbits.tle import read_tle

LARGEST_FILE_BYTES: Final = 256 * 1024 * 1024
"""About 100,000 satellites in XML, the wordiest notation."""

_FORMATS: Final = "give TLE or 3LE lines, or an OMM as CSV, JSON, KVN or XML"
_TLE_LINE: Final = re.compile(r"^[12] [ 0-9A-Z]{5}", re.MULTILINE)
_KVN_LINE: Final = re.compile(r"\A\s*(?:COMMENT.*\s+)*[A-Z][A-Z0-9_]*\s*=")
_OMM_NOTATIONS: Final = {"csv": read_omm_csv, "json": read_omm_json, "kvn": read_omm_kvn, "xml": read_omm_xml}


def read_orbit_file(path: Path | str) -> tuple[OrbitRecord, ...]:
    """Return the satellites of an orbit file, in its order.

    The name of a satellite is its name line (`OBJECT_NAME`), else its catalogue number as text. Catalogue numbers
    have up to nine digits.

    Raises
    ------
    OrbitFileError
        If the file cannot be used; its message lists all problems as `path:line: field: what is wrong; remedy`.
    """
    problems = ProblemList(path=Path(path))
    records = records_of_text(text_of_file(Path(path), problems), problems)
    problems.raise_if_any()
    return tuple(records)


def records_of_text(text: str, problems: ProblemList) -> list[OrbitRecord]:
    """Return the satellites in the text of an orbit file; what is wrong is added to `problems`."""
    if problems.problems:
        return []
    notation = _notation(text)
    if notation == "":
        first_line = text.strip().splitlines()[0]
        problems.add(1, "file", f"not an orbit file (it starts with {quoted(first_line)})", _FORMATS)
        return []
    records = (
        read_tle(text, problems)
        if notation == "tle"
        else records_of_omm(_OMM_NOTATIONS[notation](text, problems), problems)
    )
    if not records and not problems.problems:
        problems.add(0, "file", "no satellite in it", _FORMATS)
    return records


def text_of_file(path: Path, problems: ProblemList, formats: str = _FORMATS) -> str:
    """Return the text of a file; an unreadable, oversize, empty or binary one is a problem."""
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_FILE_BYTES else b""
    except OSError as error:
        problems.add(0, "file", f"cannot be read ({error.strerror})", "give the path of an orbit file")
        return ""
    if size > LARGEST_FILE_BYTES:
        problems.add(0, "file", f"{size} bytes are too many", f"split it; the most is {LARGEST_FILE_BYTES} bytes")
        return ""
    return decoded_text(content, problems, formats)


def decoded_text(content: bytes, problems: ProblemList, formats: str = _FORMATS) -> str:
    """Return content as text, free of control characters; `formats` is the remedy where it is none."""
    if not content.strip():
        problems.add(0, "file", "the file is empty", formats)
        return ""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.add(line, "file", f"not text in UTF-8 (byte {content[error.start]:#04x})", formats)
        return ""
    if "\0" in text:
        problems.add(text.count("\n", 0, text.index("\0")) + 1, "file", "binary (a zero byte)", formats)
        return ""
    return text


def _notation(text: str) -> str:
    """Return the notation of a text, empty for none that is known."""
    start = text.lstrip()[:1]
    if start == "<":
        return "xml"
    if start in ("{", "["):
        return "json"
    first_line = text.lstrip().partition("\n")[0]
    if _KVN_LINE.match(text):
        return "kvn"
    if "," in first_line and any(name in first_line for name in REQUIRED_FIELDS):
        return "csv"
    return "tle" if _TLE_LINE.search(text) else ""
