"""States as CSV: one row per satellite and time, the frame in the names of the columns.

`satellite,utc,x_teme_m,y_teme_m,z_teme_m,vx_teme_m_s,vy_teme_m_s,vz_teme_m_s`; numbers in full, so that they come back
bit by bit. Velocities may be left out, as positions alone are interpolated. Rows of a satellite are in order of time;
satellites may take turns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from simulator.orbits.ephemeris import LAGRANGE_DEGREE, Ephemeris, Method
from simulator.orbits.exchange.instants import seconds_of_text
from simulator.orbits.exchange.reference_frames import WRITTEN_FRAMES, known_frame
from simulator.orbits.exchange.state_rows import StateRows, numbers_of
from simulator.orbits.exchange.tracks import Tracks
from simulator.orbits.orbit_file_error import ProblemList, quoted
from simulator.timescale import Epoch

_EXAMPLE: Final = "satellite,utc,x_teme_m,y_teme_m,z_teme_m,vx_teme_m_s,vy_teme_m_s,vz_teme_m_s"


def state_csv_lines(tracks: Tracks) -> Iterator[str]:
    """Give the lines of a file of states."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="")

    def line(values: list[object]) -> str:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(values)
        return buffer.getvalue()

    yield line(["satellite", "utc", *_columns(tracks.frame)])
    for track in tracks:
        name = line([track.name])
        position_m, velocity_m_s = track.position_m.tolist(), track.velocity_m_s.tolist()
        for utc, (x, y, z), (vx, vy, vz) in zip(tracks.utc, position_m, velocity_m_s, strict=True):
            yield f"{name},{utc}Z,{x!r},{y!r},{z!r},{vx!r},{vy!r},{vz!r}"


def read_state_csv(text: str, epoch: Epoch, problems: ProblemList) -> list[Ephemeris]:
    """Return the satellites of a file of states; what is wrong is added to `problems`.

    Polynomials of degree 9 go through positions.
    """
    lines = csv.reader(io.StringIO(text), strict=True)
    rows: dict[str, StateRows] = {}
    try:
        header = [name.strip() for name in next(lines)]
        frame, columns = _frame_and_columns(header, problems)
        for values in lines if frame else ():
            if values:
                _take_row(dict(zip(header, values, strict=False)), columns, lines.line_num, epoch, rows, problems)
    except csv.Error as error:
        problems.add(lines.line_num, "row", f"not CSV ({error})", "close every quotation mark; the file may be cut off")
    if problems.problems:
        return []
    found = []
    for name, states in rows.items():
        interpolation: tuple[Method, int] = ("lagrange", LAGRANGE_DEGREE)
        arc = states.arc(states.lines[0], epoch, frame, (None, None), interpolation, problems)
        if arc is not None:
            found.append(Ephemeris(name=name, object_id="", arcs=(arc,)))
    if not rows:
        problems.add(0, "file", "no state in it", f"give rows below {_EXAMPLE}")
    return found


def _columns(frame: str) -> tuple[str, ...]:
    frame = frame.lower()
    return (*(f"{axis}_{frame}_m" for axis in "xyz"), *(f"v{axis}_{frame}_m_s" for axis in "xyz"))


def _frame_and_columns(header: list[str], problems: ProblemList) -> tuple[str, tuple[str, ...]]:
    """Return the frame and the columns of a header, an empty frame when there is none that is known."""
    for name in sorted({name for name in header if header.count(name) > 1}):
        problems.add(1, quoted(name), "the column comes twice", "name each column once")
    if "satellite" in header and "utc" in header:
        for written in (*WRITTEN_FRAMES, "ITRF"):
            columns = _columns(written)
            given = tuple(name for name in columns if name in header)
            if given in (columns, columns[:3]):
                return known_frame(written), given
    frames = ", ".join(frame.lower() for frame in (*WRITTEN_FRAMES, "ITRF"))
    remedy = f"write {_EXAMPLE}, or for teme another of {frames}"
    problems.add(1, "header", f"not the columns of states (got {quoted(','.join(header))})", remedy)
    return "", ()


def _take_row(
    row: dict[str, str],
    columns: tuple[str, ...],
    line: int,
    epoch: Epoch,
    rows: dict[str, StateRows],
    problems: ProblemList,
) -> None:
    missing = [name for name in ("satellite", "utc", *columns) if not row.get(name, "").strip()]
    if missing:
        problems.add(line, ", ".join(missing), "missing or empty", "give one value per column; the file may be cut off")
        return
    t_s = seconds_of_text(row["utc"].strip(), "UTC", epoch)
    if t_s is None:
        remedy = "write YYYY-MM-DDThh:mm:ss.ffffffZ, for example 2026-03-15T06:30:00.5Z"
        problems.add(line, "utc", f"not an instant (got {quoted(row['utc'])})", remedy)
    numbers = numbers_of([row[name] for name in columns], columns, line, problems)
    if t_s is not None and numbers is not None:
        rows.setdefault(row["satellite"].strip(), StateRows()).add(line, t_s, numbers, problems)
