"""Rates of transmitters while a satellite passes over its users."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from scenarios.beam.satellite_pass import PassOutcome
from scenarios.plots.curves import FigureData
from scenarios.plots.style import LineLook

_SHORT: Final = (0.0, (3.0, 1.3))
_DOT: Final = (0.0, (6.0, 1.4, 1.2, 1.4))

_LOOKS: Final = MappingProxyType(
    {
        "metasurface, retracked": LineLook(colour="#0072B2", dash="-"),
        "metasurface, fixed": LineLook(colour="#56B4E9", dash=_SHORT),
        "array, equal amplifier": LineLook(colour="#222222", dash="-"),
        "dish, equal amplifier": LineLook(colour="#D55E00", dash="-"),
        "array, equal radiated": LineLook(colour="#222222", dash=_DOT),
        "dish, equal radiated": LineLook(colour="#D55E00", dash=_DOT),
    }
)


def beam_pass_data(title: str, outcome: PassOutcome) -> FigureData:
    """Return a row per time and transmitter: `title`, `t_s`, `elevation_deg`, `transmitter`, `rate_bps_hz`."""
    n_times = len(outcome.t_s)
    columns = {
        "title": [title] * (n_times * len(outcome.served)),
        "t_s": np.tile(outcome.t_s, len(outcome.served)),
        "elevation_deg": np.tile(np.degrees(outcome.elevation_rad), len(outcome.served)),
        "transmitter": np.repeat([one.name for one in outcome.served], n_times).tolist(),
        "rate_bps_hz": np.concatenate([one.user_rates_bps_hz.sum(axis=-1) for one in outcome.served]),
    }
    return {"": pa.table(columns)}


def plot_beam_pass(result: FigureData, ax: Axes) -> Axes:
    """Draw sum rates against time, a curve per transmitter."""
    rows = result[""].to_pylist()
    for name, look in _LOOKS.items():
        own = [row for row in rows if row["transmitter"] == name]
        ax.plot(
            [row["t_s"] for row in own],
            [row["rate_bps_hz"] for row in own],
            color=look.colour,
            linestyle=look.dash,
            label=name,
        )
    ax.set_ylim(bottom=0.0)
    ax.set_title(f"{rows[0]['title']}: a pass, elevation at least {min(row['elevation_deg'] for row in rows):.0f} deg")
    ax.set_xlabel("Time from overhead [s]")
    ax.set_ylabel("Sum rate [bit/s/Hz]")
    return ax
