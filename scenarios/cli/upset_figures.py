"""Figures of `sunwise upsets`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from radiation.devices import device_names, find_device
from scenarios.cli.upset_case import UpsetCase
from scenarios.device_comparison import compare_devices
from scenarios.plots.figures import draw_figure
from scenarios.plots.style import TWO_COLUMNS_IN
from scenarios.plots.upset_map import MOST_EVENTS, plot_upset_map, upset_map_data
from scenarios.plots.upset_rate import plot_upset_rate, upset_rate_data
from scenarios.plots.upsets_by_device import plot_upsets_by_device, upsets_by_device_data
from scenarios.radiation_map import radiation_map
from scenarios.upset_survey import anomaly_along


def draw_upsets(case: UpsetCase, table: Path, n_events: int, out: Path) -> list[Path]:
    """Draw the rate along the first orbit, devices of the catalogue in that orbit, and where events happened.

    The last is left out where nothing happened, and the last two where the first satellite leaves the tables.
    """
    out.mkdir(parents=True, exist_ok=True)
    source = case.source
    track = next(replace(case, satellites=case.satellites[:1]).tracks())
    rate = upset_rate_data(case.rates, track, case.environment, source.positions.names[case.satellites[0]])
    paths = draw_figure(out / "upset_rate", rate, plot_upset_rate, size_in=(TWO_COLUMNS_IN, 2.8), n_legend_columns=5)
    if anomaly_along(case.environment, track) is None:
        return paths
    parts = [find_device(name) for name in device_names() if name != case.memory.device.name]
    compared = compare_devices(
        [*parts, case.memory.device], case.environment, track, shielding_kg_m2=case.section.shielding_kg_m2
    )
    by_device, size_in = upsets_by_device_data(compared), (0.8 * TWO_COLUMNS_IN, 1.0 + 0.14 * len(compared))
    paths += draw_figure(
        out / "upsets_by_device", by_device, plot_upsets_by_device, size_in=size_in, n_legend_columns=5
    )
    if n_events:
        where, altitude_m = places_of_events(table, n_events)
        anomaly = radiation_map(case.environment, energy_mev=30.0, altitude_m=altitude_m)
        places = upset_map_data(where, anomaly, n_events)
        paths += draw_figure(
            out / "upset_map", places, plot_upset_map, size_in=(TWO_COLUMNS_IN, 3.7), n_legend_columns=5
        )
    return paths


def places_of_events(table: Path, n_events: int) -> tuple[pa.Table, float]:
    """Return the places of events, every n-th of many, and their mean altitude in metres."""
    every, first, parts = -(-n_events // MOST_EVENTS), 0, []
    with pq.ParquetFile(table) as file:
        for batch in file.iter_batches(columns=["population", "latitude_rad", "longitude_rad", "altitude_m"]):
            parts.append(pa.table(batch).take(pa.array(range(-first % every, batch.num_rows, every), pa.int64())))
            first += batch.num_rows
    population, latitude, longitude, altitude = pa.concat_tables(parts).unify_dictionaries().columns
    where = pa.table(
        {
            "population": population.cast(pa.string()),
            "latitude_deg": np.degrees(latitude.to_numpy()),
            "longitude_deg": np.degrees(longitude.to_numpy()),
        }
    )
    return where, float(altitude.to_numpy().mean())
