"""A plain map of the Earth: longitude against latitude, with a graticule and tracks."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from scenarios.plots.style import INK

_GRATICULE: Final[dict[str, Any]] = {"color": "#9a9a9a", "linewidth": 0.4, "alpha": 0.6}


def world_axes(ax: Axes, *, lowest_deg: float = -90.0, highest_deg: float = 90.0) -> Axes:
    """Give axes the shape and the graticule of a map in degrees: a degree is as long in both directions."""
    ax.set_xlim(-180.0, 180.0)
    ax.set_ylim(lowest_deg, highest_deg)
    ax.set_aspect("equal")
    ax.set_xticks(np.arange(-180, 181, 60), [_longitude(value) for value in range(-180, 181, 60)])
    ax.set_yticks(np.arange(-60, 61, 30), [_latitude(value) for value in range(-60, 61, 30)])
    ax.grid(False)
    for longitude in range(-150, 180, 30):
        ax.axvline(longitude, zorder=1.5, **_GRATICULE)
    for latitude in range(-60, 90, 30):
        ax.axhline(latitude, zorder=1.5, **_GRATICULE)
    ax.set_xlabel("Longitude")
    ax.set_ylabel("Latitude")
    return ax


def draw_track(ax: Axes, latitude_deg: NDArray[np.float64], longitude_deg: NDArray[np.float64], **look: Any) -> None:
    """Draw a ground track, cut where it crosses the date line."""
    turned = (longitude_deg + 180.0) % 360.0 - 180.0
    cuts = np.flatnonzero(np.abs(np.diff(turned)) > 180.0) + 1
    east, north = (np.insert(values, cuts, np.nan) for values in (turned, latitude_deg))
    ax.plot(east, north, **{"color": INK, "linewidth": 0.6, "zorder": 2.5, **look})


def place_text(latitude_deg: float, longitude_deg: float) -> str:
    """Return a place in whole degrees, such as `34° S, 53° W`."""
    return f"{_latitude(round(latitude_deg))}, {_longitude(round(longitude_deg))}"


def _latitude(degrees: int) -> str:
    return f"{abs(degrees)}°{' S' if degrees < 0 else ' N' if degrees > 0 else ''}"


def _longitude(degrees: int) -> str:
    side = "" if degrees in (0, 180, -180) else " W" if degrees < 0 else " E"
    return f"{abs(degrees)}°{side}"
