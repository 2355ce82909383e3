"""`sunlight` and `contacts`: shadow edges and passes of a file's satellites."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json_rows
from scenarios.cli.sky_source import SkySource, sky_source, stations_from_text
from simulator.contacts.passes import solve_passes
from simulator.orbits.model import Floats, Indices
from simulator.sunlight.eclipses import solve_eclipses
from simulator.sunlight.shadow import ShadowKind

Row = dict[str, Any]


def sunlight(file: str, start: str | None, duration: str, *, as_json: bool) -> None:
    """Print umbra and penumbra of every satellite."""
    source = sky_source(file, start, duration)
    _tell_failures(source)
    table = solve_eclipses(source.positions, source.start_s, source.end_s, source.shadow)
    names, labels = source.positions.names, {int(kind): kind.label for kind in ShadowKind}
    known, entry_s, exit_s = _known(source, table.i_sat, table.entry_s, table.exit_s)
    columns = zip(table.i_sat[known].tolist(), table.kind[known].tolist(), entry_s, exit_s, strict=True)
    rows = (
        {
            "satellite": names[i_sat],
            "kind": labels[kind],
            "entry_s": entry_s - source.start_s,
            "exit_s": exit_s - source.start_s,
        }
        for i_sat, kind, entry_s, exit_s in columns
    )
    _print_rows(source, rows, ("satellite", "kind"), ("entry_s", "exit_s"), as_json=as_json)


def contacts(
    file: str,
    start: str | None,
    duration: str,
    station_texts: Sequence[str],
    min_elevation_deg: float | None,
    *,
    as_json: bool,
) -> None:
    """Print passes of every satellite over every station."""
    given = stations_from_text(station_texts)
    source = sky_source(file, start, duration)
    stations = given or source.stations
    if not stations:
        message = "no ground station; give one or more, for example --station Dublin,53.4,-6.2,10"
        raise CommandError(message, ExitCode.USAGE)
    _tell_failures(source)
    elevation_rad = source.min_elevation_rad if min_elevation_deg is None else math.radians(min_elevation_deg)
    table = solve_passes(source.positions, stations, source.start_s, source.end_s, elevation_rad)
    names = source.positions.names
    known, rise_s, set_s = _known(source, table.i_sat, table.rise_s, table.set_s)
    columns = zip(table.i_sat[known].tolist(), table.i_station[known].tolist(), rise_s, set_s, strict=True)
    rows = (
        {
            "satellite": names[i_sat],
            "station": stations[i_station].name,
            "rise_s": rise_s - source.start_s,
            "set_s": set_s - source.start_s,
        }
        for i_sat, i_station, rise_s, set_s in columns
    )
    _print_rows(source, rows, ("satellite", "station"), ("rise_s", "set_s"), as_json=as_json)


def _tell_failures(source: SkySource) -> None:
    """Name on stderr the satellites that cannot be propagated over the span."""
    failures = getattr(source.positions, "failures", None)
    for failure in failures(source.start_s, source.end_s) if failures is not None else ():
        note(f"{failure.name}: no position from {failure.t_s - source.start_s:.0f} s on: {failure.reason}")


def _known(
    source: SkySource, i_sat: Indices, first_s: Floats, second_s: Floats
) -> tuple[Indices, list[float], list[float]]:
    """Return the rows that begin or end, in the span asked for, inside the states of a file, and both their edges.

    Searches look beyond the states; an edge found there is nan, as it is no position of the file. Elements have no end.
    """
    is_covered = getattr(source.positions, "is_covered", None)
    if is_covered is None:
        return np.arange(i_sat.size), first_s.tolist(), second_s.tolist()
    has_first, has_second = is_covered(i_sat, first_s), is_covered(i_sat, second_s)
    begins = is_covered(i_sat, np.where(np.isnan(first_s), source.start_s, first_s))
    ends = is_covered(i_sat, np.where(np.isnan(second_s), source.end_s, second_s))
    rows = np.flatnonzero(begins | ends)
    first_s, second_s = np.where(has_first, first_s, np.nan), np.where(has_second, second_s, np.nan)
    return rows, first_s[rows].tolist(), second_s[rows].tolist()


def _print_rows(
    source: SkySource, rows: Iterator[Row], words: tuple[str, str], edges: tuple[str, str], *, as_json: bool
) -> None:
    """Print rows as JSON, or as aligned text with the UTC of the first edge; open ends are null or `-`."""
    if as_json:
        print_json_rows(rows)
        return
    first, second = edges
    sys.stdout.write(f"{words[0]:<24} {words[1]:<20} {first:>12} {second:>12} {'lasts_s':>10}  first_utc\n")
    n_rows = 0
    for row in rows:
        n_rows += 1
        start_s, end_s = row[first], row[second]
        utc = "-" if math.isnan(start_s) else source.positions.epoch.utc_text(source.start_s + start_s)
        sys.stdout.write(
            f"{row[words[0]]:<24} {row[words[1]]:<20} {_cell(start_s):>12} {_cell(end_s):>12} "
            f"{_cell(end_s - start_s):>10}  {utc}\n"
        )
    note(f"{n_rows} rows; {first} and {second} are seconds after {source.positions.epoch.utc_text(source.start_s)}")


def _cell(value_s: float) -> str:
    """Return seconds to the millisecond, a dash for an open end."""
    return "-" if math.isnan(value_s) else f"{value_s:.3f}"
