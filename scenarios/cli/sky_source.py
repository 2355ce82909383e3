"""The satellites, stations and shadow that a file stands for, be it a scenario or a list of orbit elements."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scenarios.build import ground_stations, shadow_model
from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note
from scenarios.config import Scenario, library_names, load_scenario
from scenarios.config.satellites import FileSatellites
from scenarios.constellation import build_fleet
from scenarios.finished_scenario import scenario_of_run
from scenarios.run_warnings import elements_warnings
from simulator.contacts.stations import GroundStation
from simulator.orbits.element_files import read_orbit_file
from simulator.orbits.exchange.state_files import is_state_file, read_state_file
from simulator.orbits.model import PositionModel
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.states_model import StatesModel
from simulator.sunlight.shadow import ShadowModel
from simulator.timescale import Epoch, parse_epoch

_SCENARIO_SUFFIXES: Final = frozenset({".yaml", ".yml"})
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(s|min|h|d)")
_RANGE: Final = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")
_DEFAULT_SEED: Final = 1
_SECONDS_IN: Final = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_DAY_S: Final = 86_400.0
_MAX_DURATION_S: Final = 400.0 * 86_400.0
_DEFAULT_ELEVATION_DEG: Final = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SkySource:
    """Satellites over a span; `start_s` and `end_s` count from the epoch of `positions`.

    `scenario` is None where the file holds orbits alone; `planes` are the satellites of each plane, each for itself
    where planes are not known.
    """

    positions: PositionModel
    shadow: ShadowModel
    stations: tuple[GroundStation, ...]
    min_elevation_rad: float
    start_s: float
    end_s: float
    planes: Sequence[Sequence[int]]
    scenario: Scenario | None = None

    @property
    def seed(self) -> int:
        """Seed of the scenario; 1 for orbit elements, which have none."""
        return _DEFAULT_SEED if self.scenario is None else self.scenario.seed


def sky_source(file: str, start: str | None, duration: str | None, overrides: Sequence[str] = ()) -> SkySource:
    """Read a scenario (file, library name or finished run), OMM, TLE, OEM or a CSV of states, and the span asked for.

    Without a duration it is a scenario's own, or a day of other files; `overrides` change a scenario.

    Raises
    ------
    CommandError
        If the span is not readable, or the file does not exist.
    """
    start_epoch = epoch_of(start) if start is not None else None
    duration_s = duration_s_of(duration) if duration is not None else None
    if (Path(file) / "done.json").is_file():
        return _scenario_source(scenario_of_run(Path(file), overrides), start_epoch, duration_s)
    if Path(file).suffix in _SCENARIO_SUFFIXES or (not Path(file).exists() and file in library_names()):
        return _scenario_source(load_scenario(file, overrides), start_epoch, duration_s)
    if not Path(file).is_file():
        message = f"{file}: no such file; give a scenario, an OMM, TLE or OEM file, or a library scenario's name"
        raise CommandError(message, ExitCode.INPUT_REFUSED)
    if start_epoch is None:
        message = f"{file} is no scenario, so say when: --start 2026-03-15T00:00:00Z"
        raise CommandError(message, ExitCode.USAGE)
    positions = _positions_of_file(Path(file), start_epoch)
    end_s = _DAY_S if duration_s is None else duration_s
    _tell_old_elements(positions, 0.0, end_s)
    return SkySource(
        positions=positions,
        shadow=ShadowModel(),
        stations=(),
        min_elevation_rad=math.radians(_DEFAULT_ELEVATION_DEG),
        start_s=0.0,
        end_s=end_s,
        planes=[[i_sat] for i_sat in range(positions.n_sats)],
    )


def _positions_of_file(path: Path, epoch: Epoch) -> PositionModel:
    """Return the satellites of a file of states or of mean elements."""
    if is_state_file(path):
        return StatesModel(read_state_file(path, epoch), epoch)
    return Sgp4Model(read_orbit_file(path), epoch)


def _tell_old_elements(positions: PositionModel, start_s: float, end_s: float) -> None:
    for text in elements_warnings(positions, start_s, end_s):
        note(f"warning: {text}")


def chosen_satellites(names: tuple[str, ...], text: str | None) -> tuple[int, ...]:
    """Return the indices that `--satellites` names, in ascending order; all without it.

    Raises
    ------
    CommandError
        If an entry is neither a name, nor an index, nor a range of them.
    """
    if text is None:
        return tuple(range(len(names)))
    chosen: set[int] = set()
    for entry in (part.strip() for part in text.split(",")):
        if entry in names:
            chosen.add(names.index(entry))
            continue
        match = _RANGE.fullmatch(entry)
        first, last = (int(match.group(1)), int(match.group(2) or match.group(1))) if match else (0, -1)
        if not first <= last < len(names):
            message = (
                f"--satellites {text}: {entry!r} is no satellite; write names such as {names[0]}, or numbers from 0 "
            )
            raise CommandError(f"{message}to {len(names) - 1}, for example 0-{len(names) - 1}", ExitCode.USAGE)
        chosen.update(range(first, last + 1))
    return tuple(sorted(chosen))


def propagated_satellites(source: SkySource, satellites: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out, with a note, satellites that cannot be propagated over the span."""
    find_failures = getattr(source.positions, "failures", None)
    failures = find_failures(source.start_s, source.end_s) if find_failures is not None else ()
    failed = {failure.i_sat for failure in failures}
    for failure in failures:
        if failure.i_sat in satellites:
            after_s = failure.t_s - source.start_s
            note(f"{failure.name}: left out: no position from {after_s:.0f} s on: {failure.reason}")
    kept = tuple(i_sat for i_sat in satellites if i_sat not in failed)
    if not kept:
        raise CommandError("no satellite has a position over the whole span; shorten it", ExitCode.INPUT_REFUSED)
    return kept


def stations_from_text(texts: Sequence[str]) -> tuple[GroundStation, ...]:
    """Return the stations of `NAME,LAT,LON,HEIGHT_M` options; the height may be left out.

    Raises
    ------
    CommandError
        If one is not of that form or stands nowhere on Earth.
    """
    return tuple(_station(text) for text in texts)


def _station(text: str) -> GroundStation:
    """Return one station."""
    name, *numbers = (part.strip() for part in text.split(","))
    example = "write NAME,LAT,LON,HEIGHT_M, for example --station Dublin,53.4,-6.2,10"
    try:
        latitude_deg, longitude_deg, height_m = (
            (*map(float, numbers), 0.0)[:3] if len(numbers) == 2 else map(float, numbers)
        )
        return GroundStation(
            name=name,
            latitude_rad=math.radians(latitude_deg),
            longitude_rad=math.radians(longitude_deg),
            height_m=height_m,
        )
    except ValueError as error:
        told = f" ({error})" if "=" in str(error) else ""
        raise CommandError(f"--station {text}: not a station{told}; {example}", ExitCode.USAGE) from error


def _scenario_source(scenario: Scenario, start: Epoch | None, duration_s: float | None) -> SkySource:
    """Return the sky of a scenario from its own epoch or a given start."""
    epoch = parse_epoch(scenario.epoch)
    start_s = 0.0 if start is None else seconds_from(epoch, start)
    fleet = build_fleet(scenario)
    if duration_s is None:
        _, duration_s = scenario.times_s(fleet.orbital_period_s)
    for failure in fleet.unpropagatable:
        note(f"{failure.name}: left out: {failure.reason}")
    if isinstance(scenario.satellites, FileSatellites):
        _tell_old_elements(fleet.positions, start_s, start_s + duration_s)
    return SkySource(
        positions=fleet.positions,
        shadow=shadow_model(scenario.shadow),
        stations=ground_stations(scenario.ground),
        min_elevation_rad=scenario.ground.minimum_elevation_rad,
        start_s=start_s,
        end_s=start_s + duration_s,
        planes=fleet.topology.planes,
        scenario=scenario,
    )


def epoch_of(text: str, option: str = "--start") -> Epoch:
    """Return the instant that an option gives.

    Raises
    ------
    CommandError
        If it is none.
    """
    try:
        return parse_epoch(text)
    except ValueError as error:
        raise CommandError(f"{option} {text}: {str(error).partition(': ')[2]}", ExitCode.USAGE) from error


def duration_s_of(text: str, option: str = "--duration") -> float:
    """Return the seconds of a time such as `90min`.

    Raises
    ------
    CommandError
        If it is none, or too long.
    """
    match = _DURATION.fullmatch(text.strip())
    duration_s = float(match.group(1)) * _SECONDS_IN[match.group(2)] if match else 0.0
    if not 0.0 < duration_s <= _MAX_DURATION_S:
        message = f"{option} {text}: write a number and s, min, h or d, above 0 and at most 400d, for example 6h"
        raise CommandError(message, ExitCode.USAGE)
    return duration_s


def seconds_from(epoch: Epoch, instant: Epoch) -> float:
    """Return seconds from one instant of UTC to another, leap seconds included."""
    days = (instant.utc_day - epoch.utc_day) + (instant.utc_day_fraction - epoch.utc_day_fraction)
    return days * 86_400.0 + (instant.tt_minus_utc_s - epoch.tt_minus_utc_s)
