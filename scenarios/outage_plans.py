"""From the section `adversity` to the outages of a world: drawn, scheduled, and read from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from scenarios.config.adversity import ArrayOutage, LinkOutage, SatelliteOutage, ScheduledOutage
from scenarios.config.problems import UnfitScenarioError
from scenarios.config.scenario import Scenario
from simulator.network.grid import Topology
from simulator.outages import Outage, OutageKind, OutagePlan, RandomOutages
from simulator.results.tables import TABLES

_COLUMNS: Final = tuple(TABLES["outages"].names)


class OutageFileError(ValueError):
    """A file of outages that cannot be used; the message names file, row, column, and what to write."""


def outage_plan(scenario: Scenario, topology: Topology) -> OutagePlan | None:
    """Return the outages of a scenario, None if nothing is ever out of order.

    Raises
    ------
    OutageFileError
        If the schedule is broken.
    UnfitScenarioError
        If an outage names a satellite, a link or a station that the scenario has not.
    """
    adversity = scenario.adversity
    if adversity is None:
        return None
    places = _Places(topology, [station.name for station in scenario.ground.stations])
    scheduled = [
        places.checked(_scheduled(outage, places), f"adversity.outages[{i_outage}]")
        for i_outage, outage in enumerate(adversity.outages or ())
    ]
    if adversity.schedule is not None:
        scheduled += read_outages(scenario.folder / adversity.schedule, places)
    random = [
        RandomOutages(
            kind=kind,
            mean_time_between_s=section.mean_time_between_s,
            mean_outage_s=section.mean_outage_s,
            root_seed=scenario.seed,
            output=getattr(section, "output", float("nan")),
        )
        for kind, section in (
            (OutageKind.LINK, adversity.link_outages),
            (OutageKind.SATELLITE, adversity.satellite_outages),
            (OutageKind.STATION, adversity.station_outages),
            (OutageKind.ARRAY, adversity.array_outages),
        )
        if section is not None
    ]
    return OutagePlan(scheduled=tuple(scheduled), random=tuple(random)) if scheduled or random else None


class _Places:
    """What there is to be out of order."""

    def __init__(self, topology: Topology, stations: Iterable[str]) -> None:
        self.topology = topology
        self.station_of = {name: index for index, name in enumerate(stations)}

    def checked(self, outage: Outage, where: str) -> Outage:
        """Return an outage of something that exists.

        Raises
        ------
        UnfitScenarioError
            If it does not; `where` begins the message.
        """
        n_sats, n_stations = self.topology.n_sats, len(self.station_of)
        if outage.kind is OutageKind.STATION:
            if not 0 <= outage.first < n_stations:
                known = ", ".join(self.station_of) or "none"
                raise UnfitScenarioError(f"{where}: no such station; known are {known}")
        elif not 0 <= outage.first < n_sats:
            raise UnfitScenarioError(f"{where}: no satellite {outage.first}; write an index from 0 to {n_sats - 1}")
        elif outage.kind is OutageKind.LINK and outage.second not in self.topology.neighbours(outage.first):
            linked = self.topology.neighbours(outage.first)
            raise UnfitScenarioError(
                f"{where}: no link from {outage.first} to {outage.second}; it is linked to {linked}"
            )
        if not 0.0 <= outage.from_s < outage.until_s:
            span = f"from {outage.from_s} s until {outage.until_s} s"
            raise UnfitScenarioError(f"{where}: {span}; write a start of 0 or more, and a later end")
        if outage.kind is OutageKind.ARRAY and not 0.0 <= outage.output < 1.0:
            raise UnfitScenarioError(
                f"{where}: output {outage.output}; write the fraction that is left, 0 or more and below 1"
            )
        return outage


def _scheduled(outage: ScheduledOutage, places: _Places) -> Outage:
    span_s = (outage.from_s, outage.until_s)
    if isinstance(outage, LinkOutage):
        return Outage(OutageKind.LINK, min(outage.between), max(outage.between), *span_s)
    if isinstance(outage, ArrayOutage):
        return Outage(OutageKind.ARRAY, outage.satellite, -1, *span_s, outage.output)
    if isinstance(outage, SatelliteOutage):
        return Outage(OutageKind.SATELLITE, outage.satellite, -1, *span_s)
    return Outage(OutageKind.STATION, places.station_of.get(outage.station, -1), -1, *span_s)


def read_outages(path: Path, places: _Places) -> list[Outage]:
    """Return the outages of a file, in its order.

    Raises
    ------
    OutageFileError
        If it cannot be read, lacks a column, or a row says what cannot be.
    """
    try:
        table = pq.read_table(path) if path.suffix == ".parquet" else pa_csv.read_csv(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise OutageFileError(f"{path}: cannot be read as a table ({error}); write CSV, or Parquet") from error
    missing = [column for column in _COLUMNS if column not in table.column_names]
    if missing:
        raise OutageFileError(f"{path}: column {missing[0]} is missing; the columns are {', '.join(_COLUMNS)}")
    return [_outage(row, f"{path}:{i_row + 2}", places) for i_row, row in enumerate(table.to_pylist())]


def _outage(row: Mapping[str, Any], where: str, places: _Places) -> Outage:
    if row["kind"] not in list(OutageKind):
        raise OutageFileError(f"{where}: kind {row['kind']!r}; write one of {', '.join(OutageKind)}")
    kind = OutageKind(row["kind"])
    station, satellite, neighbour = (_index(row, name, where) for name in ("station", "satellite", "neighbour"))
    from_s, until_s, output = (_number(row, name, where) for name in ("from_s", "until_s", "output_share"))
    first, second = (station, -1) if kind is OutageKind.STATION else (satellite, -1)
    if kind is OutageKind.LINK:
        first, second = min(satellite, neighbour), max(satellite, neighbour)
    try:
        return places.checked(Outage(kind, first, second, from_s, until_s, output), where)
    except UnfitScenarioError as error:
        raise OutageFileError(str(error)) from error


def _index(row: Mapping[str, Any], column: str, where: str) -> int:
    number = -1.0 if row[column] is None else _number(row, column, where)
    if not number.is_integer():  # nan and inf are none either
        raise OutageFileError(f"{where}: {column} {row[column]}; write a whole number, -1 for none")
    return int(number)


def _number(row: Mapping[str, Any], column: str, where: str) -> float:
    value = row[column]
    try:
        return float("nan") if value is None else float(value)
    except ValueError as error:
        raise OutageFileError(f"{where}: {column} {value!r}; write a number, without a unit") from error
