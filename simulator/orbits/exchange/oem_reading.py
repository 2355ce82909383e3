"""Orbit ephemeris messages (CCSDS 502.0, versions 1 to 3, KVN), read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from simulator.orbits.ephemeris import HERMITE_DEGREE, LAGRANGE_DEGREE, LARGEST_DEGREE, Arc, Ephemeris, Method
from simulator.orbits.exchange.instants import TIME_SYSTEMS, seconds_of_text
from simulator.orbits.exchange.reference_frames import known_frame
from simulator.orbits.exchange.state_rows import StateRows, numbers_of
from simulator.orbits.orbit_file_error import ProblemList, quoted
from simulator.timescale import Epoch

_KEY_VALUE: Final = re.compile(r"\s*([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*")
_REQUIRED: Final = ("OBJECT_NAME", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "START_TIME", "STOP_TIME")
_STATE_FIELDS: Final = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_METRES: Final = 1e3
_INSTANT: Final = "write YYYY-MM-DDThh:mm:ss.ffffff, for example 2026-03-15T06:30:00.5"


@dataclass(slots=True, kw_only=True)
class _Segment:
    """One block of metadata and the states after it."""

    line: int
    fields: dict[str, str] = field(default_factory=dict)
    line_of: dict[str, int] = field(default_factory=dict)
    rows: StateRows = field(default_factory=StateRows)


def read_oem(text: str, epoch: Epoch, problems: ProblemList) -> list[Ephemeris]:
    """Return the satellites of an OEM, each with an arc per segment; what is wrong is added to `problems`.

    Accelerations and covariances are passed over. Without `INTERPOLATION`, polynomials of degree 7 go through positions
    and velocities.
    """
    found: dict[tuple[str, str], list[Arc]] = {}
    for segment in _segments(text, epoch, problems):
        arc = _arc(segment, epoch, problems)
        if arc is not None:
            label = (segment.fields["OBJECT_NAME"], segment.fields.get("OBJECT_ID", ""))
            arcs = found.setdefault(label, [])
            if arcs and arc.usable_s[0] < arcs[-1].usable_s[0]:
                wrong = f"starts before the segment of {label[0]!r} that stands before it"
                problems.add(segment.line, "segment", wrong, "give the segments of a satellite in order of time")
            arcs.append(arc)
    return [Ephemeris(name=name, object_id=object_id, arcs=tuple(arcs)) for (name, object_id), arcs in found.items()]


def _segments(text: str, epoch: Epoch, problems: ProblemList) -> list[_Segment]:
    """Cut a message into segments."""
    segments: list[_Segment] = []
    where = "header"
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.split(None, 1)[0] == "COMMENT":
            continue
        if line == "META_START":
            where = "metadata"
            segments.append(_Segment(line=number))
        elif line == "META_STOP":
            where = "states"
            _check_metadata(segments[-1] if segments else None, number, problems)
        elif line in ("COVARIANCE_START", "COVARIANCE_STOP"):
            where = "covariance" if line.endswith("START") else "states"
        elif where == "metadata":
            _take_field(segments[-1], number, line, problems)
        elif where == "states":
            _take_state(segments[-1], number, line, epoch, problems)
        elif where == "header" and _KEY_VALUE.fullmatch(line) is None:
            problems.add(
                number, "header", f"not KEYWORD = value (got {quoted(line)})", "start segments with META_START"
            )
    if not segments and not problems.problems:
        problems.add(0, "file", "no segment in it", "give an OEM with META_START, META_STOP and states")
    if where == "metadata":
        problems.add(segments[-1].line, "META_START", "no META_STOP follows", "the file may be cut off")
    return segments


def _take_field(segment: _Segment, number: int, line: str, problems: ProblemList) -> None:
    match = _KEY_VALUE.fullmatch(line)
    if match is None:
        problems.add(number, "metadata", f"not KEYWORD = value (got {quoted(line)})", "give one keyword per line")
        return
    name, value = match.groups()
    if name in segment.fields:
        wrong = f"the keyword came before, on line {segment.line_of[name]}"
        problems.add(number, name, wrong, "give it once per segment")
    segment.fields[name], segment.line_of[name] = value, number


def _check_metadata(segment: _Segment | None, number: int, problems: ProblemList) -> None:
    """Note metadata that are missing or that no state could be read with."""
    if segment is None:
        problems.add(number, "META_STOP", "no META_START stands before it", "give both")
        return
    missing = [name for name in _REQUIRED if not segment.fields.get(name)]
    if missing:
        problems.add(segment.line, ", ".join(missing), "missing or empty", "complete the metadata of the segment")
    fields, line_of = segment.fields, segment.line_of
    if fields.get("CENTER_NAME", "EARTH").upper() != "EARTH":
        wrong = f"only the Earth is known (got {quoted(fields['CENTER_NAME'])})"
        problems.add(line_of["CENTER_NAME"], "CENTER_NAME", wrong, "give states from the Earth's centre")
    if fields.get("REF_FRAME") and not known_frame(fields["REF_FRAME"]):
        wrong = f"a frame that is not known (got {quoted(fields['REF_FRAME'])})"
        problems.add(line_of["REF_FRAME"], "REF_FRAME", wrong, "give TEME, EME2000, GCRF, TDR or ITRF")
    if fields.get("TIME_SYSTEM") and fields["TIME_SYSTEM"].upper() not in TIME_SYSTEMS:
        wrong = f"a scale that is not known (got {quoted(fields['TIME_SYSTEM'])})"
        problems.add(line_of["TIME_SYSTEM"], "TIME_SYSTEM", wrong, f"give one of {', '.join(TIME_SYSTEMS)}")


def _take_state(segment: _Segment, number: int, line: str, epoch: Epoch, problems: ProblemList) -> None:
    words = line.split()
    if len(words) not in (7, 10):
        wrong = f"{len(words)} words (got {quoted(line)})"
        problems.add(number, "state", wrong, "give epoch, position and velocity; the file may be cut off")
        return
    t_s = _time(words[0], "epoch", number, segment, epoch, problems)
    numbers = numbers_of(words[1:7], _STATE_FIELDS, number, problems)
    if t_s is not None and numbers is not None:
        segment.rows.add(number, t_s, [_METRES * value for value in numbers], problems)


def _time(text: str, name: str, number: int, segment: _Segment, epoch: Epoch, problems: ProblemList) -> float | None:
    system = segment.fields.get("TIME_SYSTEM", "").upper()
    t_s = seconds_of_text(text, system if system in TIME_SYSTEMS else "UTC", epoch)
    if t_s is None:
        problems.add(number, name, f"not an instant (got {quoted(text)})", _INSTANT)
    return t_s


def _arc(segment: _Segment, epoch: Epoch, problems: ProblemList) -> Arc | None:
    """Return a segment as an arc, None when something of the file is wrong."""
    interpolation = _interpolation(segment, problems)
    usable_s: list[float | None] = []
    for name, spare in (("USEABLE_START_TIME", "START_TIME"), ("USEABLE_STOP_TIME", "STOP_TIME")):
        key = name if segment.fields.get(name) else spare
        text = segment.fields.get(key)
        usable_s.append(None if not text else _time(text, key, segment.line_of[key], segment, epoch, problems))
    if interpolation is None or problems.problems:
        return None
    frame = known_frame(segment.fields["REF_FRAME"])
    return segment.rows.arc(segment.line, epoch, frame, (usable_s[0], usable_s[1]), interpolation, problems)


def _interpolation(segment: _Segment, problems: ProblemList) -> tuple[Method, int] | None:
    """Return method and degree that a segment asks for."""
    fields, line_of = segment.fields, segment.line_of
    method = fields.get("INTERPOLATION", "HERMITE").upper()
    if method not in ("HERMITE", "LAGRANGE", "LINEAR"):
        wrong = f"an interpolation that is not known (got {quoted(method)})"
        problems.add(line_of["INTERPOLATION"], "INTERPOLATION", wrong, "give HERMITE, LAGRANGE or LINEAR")
        return None
    usual = {"HERMITE": HERMITE_DEGREE, "LAGRANGE": LAGRANGE_DEGREE, "LINEAR": 1}[method]
    text = fields.get("INTERPOLATION_DEGREE", str(usual))
    degree = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not 1 <= degree <= LARGEST_DEGREE:
        wrong = f"out of range (got {quoted(text)})"
        remedy = f"give a whole number from 1 to {LARGEST_DEGREE}"
        problems.add(line_of.get("INTERPOLATION_DEGREE", segment.line), "INTERPOLATION_DEGREE", wrong, remedy)
        return None
    # a Hermite polynomial has an odd degree; of an even one we take the next, through one more state
    return ("hermite", degree + 1 - degree % 2) if method == "HERMITE" else ("lagrange", degree)
