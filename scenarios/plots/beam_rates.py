"""Rates of beam methods: against power, atoms, layers, users, bits or compute time, and user by user."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes

from scenarios.beam.methods import Outcome
from scenarios.beam.sweeps import SweepPoint
from scenarios.plots.curves import FigureData
from scenarios.plots.style import LineLook

_LONG: Final = (0.0, (6.5, 1.5))
_SHORT: Final = (0.0, (3.0, 1.3))
_DOT: Final = (0.0, (6.0, 1.4, 1.2, 1.4))
_DOTTED: Final = (0.0, (1.2, 1.2))

METHOD_LOOKS: Final = MappingProxyType(
    {
        "adam": LineLook(colour="#0072B2", dash="-"),
        "ao": LineLook(colour="#D55E00", dash="-"),
        "ao-as-published": LineLook(colour="#D55E00", dash=_DOTTED),
        "ao-restarts": LineLook(colour="#D55E00", dash=_LONG),
        "lbfgs": LineLook(colour="#56B4E9", dash=_SHORT),
        "wmmse": LineLook(colour="#009E73", dash=_DOT),
        "codebook": LineLook(colour="#B8860B", dash=_DOTTED),
        "quantised": LineLook(colour="#882255", dash=_SHORT),
        "random": LineLook(colour="#7F7F7F", dash=_DOTTED),
        "zf": LineLook(colour="#222222", dash=_SHORT),
        "mrt": LineLook(colour="#222222", dash=_DOTTED),
        "zf-all-atoms": LineLook(colour="#222222", dash="-"),
        "mrt-all-atoms": LineLook(colour="#222222", dash=_DOT),
    }
)
"""One colour and dash per method, after Okabe and Ito (2008) and Tol (2021)."""

_OTHERS: Final = tuple(
    LineLook(colour=colour, dash=dash)
    for dash in ("-", _LONG)
    for colour in ("#CC79A7", "#332288", "#117733", "#999933")
)

_LABELS: Final = MappingProxyType(
    {
        "power": "Effective power [dBm]",
        "atoms": "Atoms per layer",
        "layers": "Layers",
        "users": "Users, and antennas",
        "bits": "Bits per phase",
        "time": "CPU time per channel [s]",
    }
)


def method_looks(names: Sequence[str]) -> dict[str, LineLook]:
    """Return the look of each method of a figure; those that are not in the map take what is left, in order."""
    others = [name for name in names if name not in METHOD_LOOKS]
    return {name: METHOD_LOOKS.get(name) or _OTHERS[others.index(name) % len(_OTHERS)] for name in names}


def beam_sweep_data(title: str, points: Sequence[SweepPoint]) -> FigureData:
    """Return a row per point with the columns of `SweepPoint`, and `title`."""
    names = [field.name for field in dataclasses.fields(SweepPoint)]
    columns = {name: [getattr(point, name) for point in points] for name in names}
    return {"": pa.table({"title": [title] * len(points), **columns})}


def plot_beam_sweep(result: FigureData, ax: Axes) -> Axes:
    """Draw mean rates with their intervals, a curve per method; against CPU time where time was swept."""
    rows = result[""].to_pylist()
    axis = rows[0]["axis"]
    for name, look in method_looks(list(dict.fromkeys(row["method"] for row in rows))).items():
        own = [row for row in rows if row["method"] == name]
        x = np.array([row["cpu_s_per_channel" if axis == "time" else "value"] for row in own])
        mean, low, high = (
            np.array([row[key] for row in own]) for key in ("mean_rate_bps_hz", "low_bps_hz", "high_bps_hz")
        )
        ax.fill_between(x, low, high, color=look.colour, alpha=0.12, linewidth=0.0)
        ax.plot(x, mean, color=look.colour, linestyle=look.dash, marker="o", markersize=2.5, label=name)
    if axis == "time":
        ax.set_xscale("log")
    ax.set_ylim(bottom=0.0)
    ax.set_title(f"{rows[0]['title']}\nmean of {rows[0]['n_channels']} channels, 95 % interval")
    ax.set_xlabel(_LABELS[axis])
    ax.set_ylabel("Sum rate [bit/s/Hz]")
    return ax


def beam_users_data(title: str, outcomes: Sequence[Outcome], bound_bps_hz: float) -> FigureData:
    """Return a row per method and user (from 1) with the mean rate, the number of channels and the bound."""
    rows = [
        {
            "title": title,
            "method": outcome.method,
            "user": k + 1,
            "mean_rate_bps_hz": float(rate),
            "n_channels": outcome.user_rates_bps_hz.shape[0],
            "bound_bps_hz": bound_bps_hz,
        }
        for outcome in outcomes
        for k, rate in enumerate(outcome.user_rates_bps_hz.mean(axis=0))
    ]
    return {"": pa.Table.from_pylist(rows)}


def plot_beam_users(result: FigureData, ax: Axes) -> Axes:
    """Draw a bar per method, made of its users' mean rates; a line marks what no stack can exceed."""
    rows = result[""].to_pylist()
    methods = list(dict.fromkeys(row["method"] for row in rows))
    n_users = max(row["user"] for row in rows)
    left = np.zeros(len(methods))
    for k in range(1, n_users + 1):
        width = np.array([row["mean_rate_bps_hz"] for row in rows if row["user"] == k])
        shade = str(0.15 + 0.7 * (k - 1) / max(1, n_users - 1))
        ax.barh(methods, width, left=left, height=0.7, color=shade, label=f"user {k}")
        left += width
    ax.axvline(rows[0]["bound_bps_hz"], color="#D55E00", linewidth=1.0, linestyle=_SHORT, label="bound with the stack")
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    preset, _, setting = rows[0]["title"].partition(": ")
    ax.set_title(f"{preset}, mean of {rows[0]['n_channels']} channels\n{setting}")
    ax.set_xlabel("Rate [bit/s/Hz]")
    return ax
