"""How often a device is upset along an orbit, by population of particles."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from radiation.environment import Environment
from radiation.populations import POPULATIONS
from radiation.upsets import DeviceRates, Track
from radiation.upsets.effects import event_factors
from scenarios.plots.curves import FigureData
from scenarios.plots.population_looks import POPULATION_LOOKS, population_text
from scenarios.upset_survey import anomaly_along

LONGEST_SPAN_S: Final = 43_200.0
_DECADES: Final = 5.0
_DAY_S: Final = 86_400.0


def upset_rate_data(rates: DeviceRates, track: Track, environment: Environment, satellite: str) -> FigureData:
    """Return events per day at each instant of the first satellite of a track, by population; at most half a day.

    Columns: `device`, `satellite`, `t_s` (after the first instant), `population`, `events_per_day` (whatever happens to
    the device, added up), `is_in_anomaly` (null outside the tables). Populations that never come are left out.
    """
    is_shown = track.t_s - track.t_s[0] <= LONGEST_SPAN_S
    factors = np.array(event_factors(rates.device))
    per_day = _DAY_S * np.einsum("ept,ep->pt", rates.along(track)[:, :, 0, :], factors)
    is_inside = anomaly_along(environment, track)
    inside = [None] * track.t_s.size if is_inside is None else is_inside[0].tolist()
    times_s = (track.t_s - track.t_s[0])[is_shown]
    parts = [
        pa.table(
            {
                "device": [rates.device.name] * times_s.size,
                "satellite": [satellite] * times_s.size,
                "t_s": times_s,
                "population": [population.name.lower()] * times_s.size,
                "events_per_day": row[is_shown],
                "is_in_anomaly": pa.array(inside, pa.bool_()).slice(0, times_s.size),
            }
        )
        for population, row in zip(POPULATIONS, per_day, strict=True)
        if row.any()
    ]
    return {"": pa.concat_tables(parts)}


def plot_upset_rate(result: FigureData, ax: Axes) -> Axes:
    """Draw the rates against time on a logarithmic scale, the anomaly shaded."""
    data = result[""]
    greatest = max(data["events_per_day"].to_pylist())
    lowest = 10.0**-_DECADES * greatest
    for name, look in POPULATION_LOOKS.items():
        rows = data.filter(pa.array([other == name for other in data["population"].to_pylist()]))
        rate = rows["events_per_day"].to_numpy()
        if np.any(rate > lowest):
            ax.plot(
                rows["t_s"].to_numpy() / 3600.0,
                np.where(rate > 0.0, rate, np.nan),
                color=look.colour,
                linestyle=look.dash,
                linewidth=1.0,
                label=population_text(name),
            )
    _shade_anomaly(data, ax)
    ax.set_yscale("log")
    ax.set_ylim(lowest, 2.0 * greatest)
    ax.set_xlim(0.0, max(data["t_s"].to_pylist()) / 3600.0)
    ax.set_title(f"Upsets of {data['device'][0].as_py()} on board of {data['satellite'][0].as_py()}")
    ax.set_xlabel("Time [h]")
    ax.set_ylabel("Rate [events/day]")
    return ax


def _shade_anomaly(data: pa.Table, ax: Axes) -> None:
    first = data.filter(pa.array([name == data["population"][0].as_py() for name in data["population"].to_pylist()]))
    is_inside = np.array([bool(value) for value in first["is_in_anomaly"].to_pylist()])
    hours = first["t_s"].to_numpy() / 3600.0
    edges = np.flatnonzero(np.diff(is_inside.astype(np.int8), prepend=0, append=0))
    for i_span, (start, end) in enumerate(zip(edges[::2], edges[1::2], strict=True)):
        label = "in the South Atlantic Anomaly" if i_span == 0 else None
        ax.axvspan(hours[start], hours[min(end, hours.size - 1)], color="#e9e4d4", zorder=0.5, linewidth=0, label=label)
