"""`export`: orbits and runs in the formats of other tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import finite, note, print_json
from scenarios.cli.progress import progress_of
from scenarios.cli.sky_source import SkySource, chosen_satellites, propagated_satellites, sky_source
from scenarios.exports.run_tables import write_run_tables
from scenarios.exports.run_traces import run_traces
from scenarios.exports.scene import RunTraces, Scene, scene_packets
from simulator.orbits.element_files import read_orbit_file
from simulator.orbits.exchange.elements import difference, elements_of
from simulator.orbits.exchange.oem_writing import oem_lines
from simulator.orbits.exchange.omm_writing import long_designator, omm_lines
from simulator.orbits.exchange.reference_frames import WRITTEN_FRAMES
from simulator.orbits.exchange.state_csv import state_csv_lines
from simulator.orbits.exchange.tle_writing import tle_lines
from simulator.orbits.exchange.tracks import Track, Tracks
from simulator.orbits.omm import UNKNOWN_OBJECT
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.states_model import StatesModel
from simulator.results import RunTables, read_run
from simulator.results.files import part_of, publish

_QUIET_S: Final = 2.0
_DEFAULT_FRAME: Final = "TEME"
FORMATS: Final = ("oem", "czml", "omm", "tle", "csv")
_FORMAT_OF_ENDING: Final = MappingProxyType(
    {".oem": "oem", ".czml": "czml", ".tle": "tle", ".3le": "tle", ".csv": "csv"}
    | dict.fromkeys((".omm", ".kvn", ".xml", ".json"), "omm")
)
_FRAME_OF: Final = MappingProxyType(
    {
        "tle": "elements of a TLE are in TEME",
        "omm": "elements of SGP4 in an OMM are in TEME",
        "czml": "a scene turns with the Earth",
        "csv": "the tables of a run hold no states",
    }
)
_Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What to write, of what, and where."""

    source: str
    output: Path
    format_name: str | None
    step_s: float
    satellites: str | None
    frame: str | None
    start: str | None
    duration: str | None
    overrides: tuple[str, ...]


def export(options: ExportOptions, *, as_json: bool) -> None:
    """Write a file of orbits, or the tables of a run.

    Raises
    ------
    CommandError
        If the format or the frame has another name, or elements have no place in the format.
    """
    format_name = _format(options)
    run = read_run(Path(options.source)) if Path(options.source).is_dir() else None
    _check_frame(options, format_name, is_of_states=format_name == "oem" or (format_name == "csv" and run is None))
    if run is not None and format_name == "csv":
        paths = write_run_tables(run, options.output)
        document: _Document = {"format": "csv", "files": [str(path) for path in paths]}
        told = f"wrote {len(paths)} tables to {options.output}"
    else:
        document = _export_orbits(options, format_name, run)
        told = _sentence(options, document)
    if as_json:
        print_json(document)
    else:
        note(told)


def _export_orbits(options: ExportOptions, format_name: str, run: RunTables | None) -> _Document:
    source = sky_source(options.source, options.start, options.duration, options.overrides)
    chosen = propagated_satellites(source, chosen_satellites(source.positions.names, options.satellites))
    document: _Document = {
        "format": format_name,
        "file": str(options.output),
        "n_satellites": len(chosen),
        "start_utc": source.positions.epoch.utc_text(source.start_s),
        "end_utc": source.positions.epoch.utc_text(source.end_s),
    }
    with progress_of(f"export {format_name}", quiet_s=_QUIET_S) as progress:
        if format_name in ("omm", "tle"):
            return document | _write_elements(options, format_name, source, chosen)
        traces = RunTraces() if run is None or format_name != "czml" else run_traces(run)
        return document | _write_states(options, format_name, source, chosen, (traces, progress))


def _write_elements(options: ExportOptions, format_name: str, source: SkySource, chosen: tuple[int, ...]) -> _Document:
    """Write mean elements, and measure how far SGP4 of them, as read again, is from the model."""
    try:
        records = elements_of(source.positions, chosen)
        ending = options.output.suffix.removeprefix(".")
        notation = ending if ending in ("csv", "json", "xml") else "kvn"
        lines = list(tle_lines(records) if format_name == "tle" else omm_lines(records, notation))
    except ValueError as error:
        raise CommandError(f"{options.source}: {error}", ExitCode.INPUT_REFUSED) from error
    _write(options.output, lines)
    written = read_orbit_file(options.output)
    found = difference(source.positions, chosen, written, source.start_s, source.end_s)
    return {"notation": "tle" if format_name == "tle" else notation, "rms_m": found.rms_m, "max_m": found.max_m}


def _write_states(
    options: ExportOptions,
    format_name: str,
    source: SkySource,
    chosen: tuple[int, ...],
    extras: tuple[RunTraces, Callable[[float], None]],
) -> _Document:
    traces, progress = extras
    tracks = _ToldTracks(
        positions=source.positions,
        satellites=chosen,
        start_s=source.start_s,
        end_s=source.end_s,
        step_s=options.step_s,
        frame="TDR" if format_name == "czml" else options.frame or _DEFAULT_FRAME,
        progress=progress,
    )
    if format_name == "czml":
        scene = Scene(
            name=Path(options.source).stem if source.scenario is None else source.scenario.name,
            tracks=tracks,
            shadow=source.shadow,
            stations=source.stations,
            min_elevation_rad=source.min_elevation_rad,
            traces=traces,
        )
        _write(options.output, _json_lines(scene_packets(scene)))
    else:
        lines = oem_lines(tracks, _object_ids(source)) if format_name == "oem" else state_csv_lines(tracks)
        _write(options.output, lines)
    return {"frame": tracks.frame, "step_s": tracks.step_s, "n_states": int(tracks.t_s.size)}


@dataclass(frozen=True, kw_only=True)
class _ToldTracks(Tracks):
    """Tracks that tell how many satellites they have given."""

    progress: Callable[[float], None]

    def __iter__(self) -> Iterator[Track]:
        for done, track in enumerate(super().__iter__(), start=1):
            yield track
            self.progress(done / len(self.satellites))


def _object_ids(source: SkySource) -> list[str]:
    """Return international designators by satellite, `UNKNOWN` where there is none."""
    positions = source.positions
    if isinstance(positions, Sgp4Model):
        return [long_designator(record.international_designator) for record in positions.records]
    if isinstance(positions, StatesModel):
        return [satellite.object_id or UNKNOWN_OBJECT for satellite in positions.satellites]
    return [UNKNOWN_OBJECT] * positions.n_sats


def _json_lines(packets: Iterable[Any]) -> Iterator[str]:
    """Give the lines of a JSON list, an entry a line."""
    held: str | None = None
    yield "["
    for packet in packets:
        if held is not None:
            yield held + ","
        held = json.dumps(finite(packet), separators=(",", ":"), allow_nan=False)
    yield held or ""
    yield "]"


def _write(path: Path, lines: Iterable[str]) -> None:
    """Write lines to a file that is whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = part_of(path)
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
        publish(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _format(options: ExportOptions) -> str:
    """Return the format asked for, by name or by the ending of the file."""
    if options.output.exists() and not (options.output.is_file() or options.output.is_dir()):
        message = f"--output {options.output}: a device or pipe, which a file would replace; name a file"
        raise CommandError(message, ExitCode.USAGE)
    if options.format_name is None:
        found = _FORMAT_OF_ENDING.get(options.output.suffix.lower(), "")
        if not found:
            message = f"--output {options.output}: its ending names no format; add --format {'|'.join(FORMATS)}"
            raise CommandError(message, ExitCode.USAGE)
        return found
    if options.format_name not in FORMATS:
        raise CommandError(f"--format {options.format_name}: write one of {', '.join(FORMATS)}", ExitCode.USAGE)
    return options.format_name


def _check_frame(options: ExportOptions, format_name: str, *, is_of_states: bool) -> None:
    """Refuse a frame that has another name, or that the format has no choice of."""
    if options.frame is None:
        return
    if options.frame not in WRITTEN_FRAMES:
        message = f"--frame {options.frame}: write {', '.join(WRITTEN_FRAMES)}; TDR is ITRF without polar motion"
        raise CommandError(message, ExitCode.USAGE)
    if not is_of_states:
        message = f"--frame {options.frame}: {_FRAME_OF[format_name]}; leave --frame out, or write states as oem or csv"
        raise CommandError(message, ExitCode.USAGE)


def _sentence(options: ExportOptions, document: _Document) -> str:
    text = f"wrote {document['n_satellites']} satellites to {options.output}"
    if "max_m" in document:
        rest = f"from the model over {document['start_utc']} to {document['end_utc']}"
        return f"{text}: SGP4 of it is {document['rms_m']:.3g} m rms, {document['max_m']:.3g} m at most {rest}"
    return f"{text}: {document['n_states']} states each, every {document['step_s']:g} s, {document['frame']}"
