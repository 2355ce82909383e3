"""Where upsets happened."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from scenarios.plots.curves import FigureData
from scenarios.plots.population_looks import MARKERS, POPULATION_LOOKS, population_text
from scenarios.plots.radiation_map import map_grid, radiation_map_data
from scenarios.plots.style import INK
from scenarios.plots.world_map import world_axes
from scenarios.radiation_map import RadiationMap

MOST_EVENTS: Final = 5_000
"""Events drawn; of more, every n-th in order of satellite groups and time."""


def upset_map_data(events: pa.Table, anomaly: RadiationMap, n_events: int) -> FigureData:
    """Return the places of events, and the flux above 30 MeV whose line of 1 per cm2 and s bounds the anomaly.

    Columns: `population`, `latitude_deg`, `longitude_deg`, `n_events` (in all, of which these are drawn).
    """
    places = events.append_column("n_events", pa.array([n_events] * events.num_rows, pa.int64()))
    return {"": places, "anomaly": radiation_map_data(anomaly)[""]}


def plot_upset_map(result: FigureData, ax: Axes) -> Axes:
    """Draw a mark per event by population, and the edge of the anomaly."""
    data = result[""]
    names = np.array(data["population"].to_pylist())
    north, east = data["latitude_deg"].to_numpy(), data["longitude_deg"].to_numpy()
    for name, look in POPULATION_LOOKS.items():
        chosen = names == name
        if chosen.any():
            ax.scatter(
                east[chosen],
                north[chosen],
                s=7.0 if data.num_rows < 1000 else 2.0,
                marker=MARKERS[name],
                color=look.colour,
                linewidths=0.5 if MARKERS[name] == "x" else 0.0,
                alpha=0.8,
                label=f"{population_text(name)} ({np.count_nonzero(chosen):,})",
                zorder=3,
                rasterized=True,
            )
    longitude, latitude, flux = map_grid(result["anomaly"])
    ax.contour(longitude, latitude, flux, levels=[1.0], colors=INK, linewidths=0.8, zorder=2)
    ax.plot([], [], color=INK, linewidth=0.8, label="edge of the anomaly")
    n_events = data["n_events"][0].as_py()
    drawn = "" if n_events == data.num_rows else f", {data.num_rows:,} of them drawn"
    ax.set_title(f"Where {n_events:,} upsets happened{drawn}")
    return world_axes(ax)
