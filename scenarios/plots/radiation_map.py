"""The South Atlantic Anomaly: flux of trapped protons at one altitude, with the track of an orbit."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from numpy.typing import NDArray

from radiation.upsets import Track
from scenarios.plots.curves import FigureData
from scenarios.plots.style import INK
from scenarios.plots.world_map import draw_track, place_text, world_axes
from scenarios.radiation_map import RadiationMap

Floats = NDArray[np.float64]

_FAINTEST_PER_CM2_S: Final = 0.1
_PER_CM2: Final = 1e-4
_LEVELS_PER_DECADE: Final = 12
_COLOURS: Final = "YlOrRd"  # of ColorBrewer: darker is more, for colour-blind eyes and in grey


def radiation_map_data(result: RadiationMap, track: Track | None = None) -> FigureData:
    """Return the flux at every point of a map, its peak, and the track of the first satellite of `track`.

    Columns: `latitude_deg`, `longitude_deg`, `flux_per_cm2_s`; the peak has `energy_mev`, `altitude_km`, `year` and
    `solar_phase` beside them; the track has `t_s` and no flux.
    """
    north, east = np.meshgrid(np.degrees(result.latitude_rad), np.degrees(result.longitude_rad), indexing="ij")
    data = {
        "": pa.table(
            {
                "latitude_deg": north.ravel(),
                "longitude_deg": east.ravel(),
                "flux_per_cm2_s": _PER_CM2 * result.flux_per_m2_s.ravel(),
            }
        ),
        "peak": pa.table(
            {
                "latitude_deg": [float(np.degrees(result.peak.latitude_rad))],
                "longitude_deg": [float(np.degrees(result.peak.longitude_rad))],
                "flux_per_cm2_s": [_PER_CM2 * result.peak.flux_per_m2_s],
                "energy_mev": [result.energy_mev],
                "altitude_km": [1e-3 * result.altitude_m],
                "year": [result.environment.epoch_year],
                "solar_phase": [float(result.environment.solar_phase_at(0.0))],
            }
        ),
    }
    if track is not None:
        data["track"] = pa.table(
            {
                "t_s": track.t_s,
                "latitude_deg": np.degrees(track.latitude_rad[0]),
                "longitude_deg": np.degrees(track.longitude_rad[0]),
            }
        )
    return data


def plot_radiation_map(result: FigureData, ax: Axes) -> Axes:
    """Draw the flux in colour on a logarithmic scale with a line per power of ten, its peak, and the track if any."""
    peak = result["peak"].to_pylist()[0]
    energy_mev, greatest = peak["energy_mev"], peak["flux_per_cm2_s"]
    colours, lines = _draw_flux(ax, *map_grid(result[""]), greatest)
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    bar = figure.colorbar(colours, ax=ax, pad=0.015, aspect=22, fraction=0.028, ticks=_powers_of_ten(greatest))
    bar.ax.minorticks_off()
    bar.add_lines(lines)
    bar.set_label(f"Protons above {energy_mev:g} MeV [1/(cm² s)]")
    if "track" in result:
        track = result["track"]
        span_h = (track["t_s"][-1].as_py() - track["t_s"][0].as_py()) / 3600.0
        places = (track["latitude_deg"].to_numpy(), track["longitude_deg"].to_numpy())
        draw_track(ax, *places, alpha=0.6, label=f"track of a satellite over {span_h:g} h")
    ax.plot(
        peak["longitude_deg"], peak["latitude_deg"], "+", color="white", markersize=7.0, markeredgewidth=1.2, zorder=4
    )
    ax.set_title(
        f"Trapped protons above {energy_mev:g} MeV at {peak['altitude_km']:,.0f} km in {peak['year']:.1f}, "
        f"{_phase_text(peak['solar_phase'])}:\npeak (+) {greatest:,.0f} per cm² and s at "
        f"{place_text(peak['latitude_deg'], peak['longitude_deg'])}"
    )
    return world_axes(ax)


def map_grid(data: pa.Table) -> tuple[Floats, Floats, Floats]:
    """Return longitudes (n_columns,), latitudes (n_rows,) and flux (n_rows, n_columns) of the table of a map."""
    east, north = (np.unique(data[name].to_numpy()) for name in ("longitude_deg", "latitude_deg"))
    return east, north, data["flux_per_cm2_s"].to_numpy().reshape(north.size, east.size)


def _draw_flux(
    ax: Axes, east: Floats, north: Floats, flux: Floats, greatest: float
) -> tuple[QuadContourSet, QuadContourSet]:
    """Draw colours, and a line per power of ten."""
    top = max(greatest, 10.0 * _FAINTEST_PER_CM2_S)
    n_levels = 1 + round(_LEVELS_PER_DECADE * np.log10(top / _FAINTEST_PER_CM2_S))
    levels = np.geomspace(_FAINTEST_PER_CM2_S, top, n_levels)
    shown = np.clip(flux, 0.01 * _FAINTEST_PER_CM2_S, 0.999 * top)
    colours = ax.contourf(east, north, shown, levels=levels, norm=LogNorm(_FAINTEST_PER_CM2_S, top), cmap=_COLOURS)
    lines = ax.contour(east, north, shown, levels=_powers_of_ten(top), colors=INK, linewidths=0.4, zorder=2)
    return colours, lines


def _powers_of_ten(top: float) -> list[float]:
    return [10.0**power for power in range(-1, 7) if 10.0**power < top]


def _phase_text(phase: float) -> str:
    named = {0.0: "solar minimum", 1.0: "solar maximum"}
    return named.get(phase, f"solar phase {phase:.2f}")
