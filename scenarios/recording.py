"""The recorder that writes what an engine reports into the tables of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.engine.accounts import EnergyRow
from simulator.engine.ground_beams import GroundBeams
from simulator.engine.model_fetches import ModelFetches
from simulator.engine.storage import Storage
from simulator.engine.transport import Transport
from simulator.engine.world import DownlinkRow, ModelFetchRow, TaskRow, World
from simulator.outages import Outage, OutageKind
from simulator.results import RunFolder
from simulator.results.tables import AGEING
from simulator.sunlight.illumination import Illumination

_TABLES = ("tasks", "energy", "battery", "shadow", "links", "stations", "events")


def _of_features(world: World) -> list[str]:
    """Return the names of the tables that only some worlds have."""
    names = [] if world.beam is None else ["beams"]
    names += [] if world.storage is None else ["storage", "storage_trace", "downlinks"]
    names += [] if world.models is None else ["models", "model_fetches"]
    return names if world.outages is None else [*names, "outages"]


class RunRecorder:
    """Writes rows as they come; traced satellites get their stored energy, sunlight and shadow besides."""

    def __init__(self, folder: RunFolder, world: World) -> None:
        self._world = world
        features = (
            ("radiation", world.computer_faults),
            ("models", world.models),
            ("observation", world.payload),
            (AGEING, world.ageing),
        )
        sections = [section for section, feature in features if feature is not None]
        names = (*_TABLES, *_of_features(world))
        self._tables = {name: folder.table(name, sections) for name in names}
        self._add_task = self._tables["tasks"].append
        self._sunlight: dict[int, list[tuple[NDArray[np.float64], NDArray[np.float64]]]] = {
            i_sat: [] for i_sat in world.traced
        }
        self._open_shadow: dict[tuple[int, str], float] = {}

    def task(self, row: TaskRow) -> None:
        """Write the end of a task."""
        self._add_task(row)

    def event(self, t_s: float, satellite: int, kind: str, detail: str) -> None:
        """Write an event."""
        self._tables["events"].append((t_s, satellite, kind, detail))

    def outage(self, outage: Outage) -> None:
        """Write an outage, in the form in which a scenario takes it back."""
        is_station = outage.kind is OutageKind.STATION
        satellite, station = (-1, outage.first) if is_station else (outage.first, -1)
        row = (outage.kind.value, satellite, outage.second, station, outage.from_s, outage.until_s, outage.output)
        self._tables["outages"].append(row)

    def illumination(self, illumination: Illumination) -> None:
        """Keep the sunlight of the traced satellites until their batteries have passed it."""
        for i_sat, windows in self._sunlight.items():
            knots = illumination.knots(i_sat)
            windows.append(knots)
            self._note_shadow(i_sat, *knots)

    def battery(self, satellite: int, points: list[tuple[float, float]]) -> None:
        """Write stored energy of a traced satellite with the sunlight at the same times."""
        windows = self._sunlight[satellite]
        t_s = np.array([point[0] for point in points])
        time_s = np.concatenate([times for times, _ in windows])
        fraction = np.concatenate([fractions for _, fractions in windows])
        seen = np.interp(t_s, time_s, fraction).tolist()
        capacity_j = self._world.batteries[satellite].capacity_j
        table = self._tables["battery"]
        for (at_s, stored_j), illumination in zip(points, seen, strict=True):
            table.append((satellite, at_s, stored_j, capacity_j, illumination))
        self._sunlight[satellite] = [window for window in windows if window[0][-1] > points[-1][0]]

    def storage(self, satellite: int, points: list[tuple[float, float, float]]) -> None:
        """Write what lay in the memory of a traced satellite."""
        for point in points:
            self._tables["storage_trace"].append((satellite, *point))

    def downlink(self, row: DownlinkRow) -> None:
        """Write what became of data that were to go down."""
        self._tables["downlinks"].append(row)

    def model_fetch(self, row: ModelFetchRow) -> None:
        """Write what became of a model that was asked for."""
        self._tables["model_fetches"].append(row)

    def finish(
        self, energy: Sequence[EnergyRow], transport: Transport, storage: Storage | None, models: ModelFetches | None
    ) -> None:
        """Write what is known only at the end, and close all tables."""
        if models is not None:
            for cache in models.rows():
                self._tables["models"].append(cache)
        if storage is not None:
            for memory in storage.rows():
                self._tables["storage"].append(memory)
        for row in energy:
            self._tables["energy"].append(row)
        for (satellite, kind), entry_s in self._open_shadow.items():
            self._tables["shadow"].append((satellite, kind, entry_s, np.nan))
        self._write_links(transport)
        self._write_stations(transport)
        if transport.ground.beams is not None:
            self._write_beams(transport.ground.beams)
        for table in self._tables.values():
            table.close()

    def _note_shadow(self, satellite: int, time_s: NDArray[np.float64], fraction: NDArray[np.float64]) -> None:
        """Write shadow passages that end in a window; one that is still open is kept for the next."""
        for kind, is_dark in (("penumbra", fraction < 1.0), ("umbra", fraction <= 0.0)):
            open_since_s = self._open_shadow.pop((satellite, kind), None)
            # a penumbra reaches from the last fully lit knot to the next one, an umbra over its own dark knots
            dark_span = is_dark[:-1] | is_dark[1:] if kind == "penumbra" else is_dark[:-1] & is_dark[1:]
            edges = np.flatnonzero(np.diff(np.concatenate([[False], dark_span, [False]])))
            for first, last in edges.reshape(-1, 2).tolist():
                entry_s = float(time_s[first])
                if first == 0:
                    entry_s = np.nan if open_since_s is None else open_since_s
                if last == len(time_s) - 1:
                    self._open_shadow[satellite, kind] = entry_s
                else:
                    self._tables["shadow"].append((satellite, kind, entry_s, float(time_s[last])))

    def _write_links(self, transport: Transport) -> None:
        calendar = transport.links
        for i_link, (a, b) in enumerate(self._world.topology.links.tolist()):
            for directed, (sender, receiver) in ((2 * i_link, (a, b)), (2 * i_link + 1, (b, a))):
                if calendar.n_transfers[directed]:
                    self._tables["links"].append(
                        (
                            sender,
                            receiver,
                            calendar.n_transfers[directed],
                            calendar.bits[directed],
                            calendar.busy_s[directed],
                        )
                    )

    def _write_stations(self, transport: Transport) -> None:
        channels = transport.ground.channels
        for i_station, station in enumerate(self._world.stations):
            row = (channels.n_transfers[i_station], channels.bits[i_station], channels.busy_s[i_station])
            self._tables["stations"].append((i_station, station.name, *row))

    def _write_beams(self, beams: GroundBeams) -> None:
        for _, use in sorted(beams.uses.items()):
            if use.n_transfers:
                place = (use.satellite, use.station, use.rise_s)
                sent = (use.n_transfers, use.bits, use.busy_s, use.bits / use.busy_s)
                self._tables["beams"].append((*place, *sent, use.n_updates, use.energy_j))
