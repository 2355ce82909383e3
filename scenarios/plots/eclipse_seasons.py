"""Eclipse seasons: the longest eclipse of every plane and day, as curves of few planes or a map of many."""

from __future__ import annotations

from typing import Final

import matplotlib as mpl
import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from scenarios.plots.curves import FigureData
from scenarios.plots.style import TWO_COLUMNS_IN
from simulator.sunlight.seasons import DailySunlight

SIZE_IN: Final = (TWO_COLUMNS_IN, 3.0)
_MOST_CURVES: Final = 4
_COLOURS: Final = "cividis_r"  # darker is longer; the same for colour-blind eyes
_NOON: Final = np.timedelta64(12, "h")
_DAY: Final = np.timedelta64(24, "h")
_FULLY_LIT: Final = "#ffffff"
_UNKNOWN: Final = "#c8c8c8"
_CURVES: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_DASHES: Final = ("-", (0.0, (6.5, 1.5)), (0.0, (3.0, 1.3)), (0.0, (1.2, 1.2)))


def eclipse_seasons_data(title: str, dates: list[str], days: DailySunlight) -> FigureData:
    """Return a row per plane and day.

    Columns: `title`, `plane`, `date`, `beta_deg`, `longest_eclipse_min`, `sunlit_share`.
    """
    n_planes, n_days = days.beta_rad.shape
    columns = {
        "title": [title] * (n_planes * n_days),
        "plane": np.repeat(np.arange(n_planes), n_days),
        "date": dates * n_planes,
        "beta_deg": np.degrees(days.beta_rad).ravel(),
        "longest_eclipse_min": days.longest_eclipse_s.ravel() / 60.0,
        "sunlit_share": days.sunlit_share.ravel(),
    }
    return {"": pa.table(columns)}


def plot_eclipse_seasons(result: FigureData, ax: Axes) -> Axes:
    """Draw the longest eclipse against the date: a curve per plane of up to four, else a map, days without in white."""
    table = result[""]
    planes = np.unique(table["plane"].to_numpy())
    day = np.array(table["date"].to_pylist(), dtype="datetime64[h]").reshape(planes.size, -1)[0]
    eclipse_min = table["longest_eclipse_min"].to_numpy().reshape(planes.size, -1)
    title = table["title"][0].as_py()
    if planes.size <= _MOST_CURVES:
        _draw_curves(ax, planes, day, eclipse_min)
        ax.set_title(f"{title}: eclipse seasons")
    else:
        _draw_map(ax, day, eclipse_min)
        ax.set_title(f"{title}: longest eclipse of every plane and day (white: no eclipse all day)")
    ax.set_xlim(day[0], day[-1] + _DAY)
    ax.set_xlabel("Date [UTC]")
    return ax


def _draw_curves(
    ax: Axes, planes: NDArray[np.int64], day: NDArray[np.datetime64], eclipse_min: NDArray[np.float64]
) -> None:
    """Draw a curve per plane, broken where there is no eclipse."""
    for row, plane in enumerate(planes.tolist()):
        ax.plot(
            day + _NOON,
            np.where(eclipse_min[row] > 0.0, eclipse_min[row], np.nan),
            color=_CURVES[row],
            linestyle=_DASHES[row % len(_DASHES)],
            label=f"plane {plane}",
        )
        lit = day[eclipse_min[row] == 0.0] + _NOON
        ax.plot(lit, np.full(lit.size, -0.6 * (row + 1)), ".", color=_CURVES[row], markersize=2.5)
    ax.set_ylim(-0.6 * (planes.size + 1.5), None)
    ax.axhline(0.0, color="#6b6b6b", linewidth=0.6)
    ax.set_ylabel("Longest eclipse [min]\n(dots: none all day)")


def _draw_map(ax: Axes, day: NDArray[np.datetime64], eclipse_min: NDArray[np.float64]) -> None:
    """Draw planes as rows; days without an eclipse stay white."""
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    ax.grid(visible=False)
    edges = np.append(day, day[-1] + _DAY)
    rows = np.arange(eclipse_min.shape[0] + 1) - 0.5
    look = mpl.colormaps[_COLOURS].with_extremes(under=_FULLY_LIT, bad=_UNKNOWN)
    top = max(1.0, float(np.nanmax(eclipse_min)))
    shown = np.where(eclipse_min == 0.0, -1.0, eclipse_min)
    colours = ax.pcolormesh(edges, rows, np.ma.masked_invalid(shown), cmap=look, vmin=0.0, vmax=top, rasterized=True)
    bar = figure.colorbar(colours, ax=ax, pad=0.015, aspect=22, fraction=0.028)
    bar.set_label("Longest eclipse [min]")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel("Plane")
