"""Stored energy over time of the traced satellite that is discharged deepest, its shadow shaded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes

from scenarios.plots.curves import (
    LETTERS_IN_TWO_COLUMNS,
    FigureData,
    extremes,
    labelled_runs,
    looks_by_label,
    nested_widths,
)
from scenarios.plots.style import QUIET
from simulator.results import RunTables

_SHOWN_S = 6.0 * 3600.0
"""At most this much is drawn, around the deepest moment: about four orbits, as many as print can hold."""

_SHADES = {"penumbra": "#ececf2", "umbra": "#d8d8e2"}


def stored_energy_data(runs: Sequence[RunTables]) -> FigureData:
    """Return the curve of one satellite in every run, and its shadow; no rows if nothing was traced.

    Columns: `label`, `scheduler`, `satellite`, `name`, `t_s`, `stored_j`, `capacity_j`; table `shadow`: `kind`,
    `entry_s`, `exit_s`.
    """
    labelled = labelled_runs(runs)
    traces = [
        (label, run, run.table("battery", ["satellite", "t_s", "stored_j", "capacity_j"])) for label, run in labelled
    ]
    traces = [trace for trace in traces if trace[2].num_rows]
    if not traces:
        return {"": pa.table({"label": pa.array([], pa.string())})}
    satellite, deepest_s = min(_deepest(rows) for _, _, rows in traces)[1:]
    traces = [(label, run, _of(rows, satellite)) for label, run, rows in traces]
    traces = [trace for trace in traces if trace[2].num_rows]
    start_s, end_s = _shown_span([rows for _, _, rows in traces], deepest_s)
    name = _name(traces[0][1], satellite)
    parts = [_curve(label, run, rows, name, (start_s, end_s)) for label, run, rows in traces]
    return {"": pa.concat_tables(parts), "shadow": _shadow(traces[0][1], satellite, start_s, end_s)}


def plot_stored_energy(result: FigureData, ax: Axes) -> Axes:
    """Draw stored energy of one satellite over time; penumbra and umbra are shaded."""
    data = result[""]
    _shade(result["shadow"], ax)
    floors = {}
    curves = looks_by_label(data)
    for (label, look, rows), width in zip(curves, nested_widths(len(curves)), strict=True):
        hours, stored_kj = rows["t_s"].to_numpy() / 3600.0, rows["stored_j"].to_numpy() / 1e3
        ax.plot(hours, stored_kj, color=look.colour, linestyle=look.dash, linewidth=width, label=label)
        floors[label] = 100.0 * (1.0 - pc.min(pc.divide(rows["stored_j"], rows["capacity_j"])).as_py())
    _set_scales(data, ax)
    ax.set_title(_title(data["name"][0].as_py(), floors))
    ax.set_xlabel("Time since epoch [h]")
    ax.set_ylabel("Stored energy [kJ]")
    ax.grid(visible=False, axis="x")
    return ax


def _set_scales(data: pa.Table, ax: Axes) -> None:
    """Show stored energy on the left, depth of discharge on the right, and where the battery is full."""
    capacity_kj = pc.max(data["capacity_j"]).as_py() / 1e3
    low_kj = pc.min(data["stored_j"]).as_py() / 1e3
    room_kj = max(0.1 * (capacity_kj - low_kj), 0.005 * capacity_kj)
    hours = data["t_s"].to_numpy() / 3600.0
    ax.set_xlim(hours.min(), hours.max())
    ax.set_ylim(max(0.0, low_kj - room_kj), capacity_kj + room_kj)
    ax.axhline(capacity_kj, color=QUIET, lw=0.6, ls=(0, (4, 2)))
    depth_axis = ax.secondary_yaxis(
        "right",
        functions=(
            lambda kj: 100.0 * (1.0 - np.asarray(kj, dtype=np.float64) / capacity_kj),
            lambda percent: capacity_kj * (1.0 - np.asarray(percent, dtype=np.float64) / 100.0),
        ),
    )
    depth_axis.set_ylabel("Depth of discharge [%]")
    depth_axis.spines["right"].set_visible(True)


def _title(name: str, floors: dict[str, float]) -> str:
    span = extremes(floors, "%", longest_line=LETTERS_IN_TWO_COLUMNS)
    return f"Battery of satellite {name}, shadow shaded; deepest discharge shown:{span}"


def _shade(shadow: pa.Table, ax: Axes) -> None:
    for kind in _SHADES:  # penumbra first: the umbra lies inside it
        for row in shadow.to_pylist():
            if row["kind"] == kind:
                ax.axvspan(row["entry_s"] / 3600.0, row["exit_s"] / 3600.0, color=_SHADES[kind], lw=0.0, zorder=0.5)


def _deepest(rows: pa.Table) -> tuple[float, int, float]:
    """Return the smallest stored share of capacity, whose it is, and when."""
    shares = rows["stored_j"].to_numpy() / rows["capacity_j"].to_numpy()
    i_row = int(np.argmin(shares))
    return float(shares[i_row]), rows["satellite"][i_row].as_py(), rows["t_s"][i_row].as_py()


def _of(rows: pa.Table, satellite: int) -> pa.Table:
    return rows.filter(pc.equal(rows["satellite"], satellite))


def _shown_span(curves: list[pa.Table], deepest_s: float) -> tuple[float, float]:
    first_s = min(pc.min(rows["t_s"]).as_py() for rows in curves)
    last_s = max(pc.max(rows["t_s"]).as_py() for rows in curves)
    start_s = max(first_s, min(deepest_s - _SHOWN_S / 2.0, last_s - _SHOWN_S))
    return start_s, min(last_s, start_s + _SHOWN_S)


def _curve(label: str, run: RunTables, rows: pa.Table, name: str, span_s: tuple[float, float]) -> pa.Table:
    """Return a curve inside a span of time, cut by interpolation at both ends, which is exact."""
    t_s, stored_j, capacity_j = (rows[column].to_numpy() for column in ("t_s", "stored_j", "capacity_j"))
    inside = (t_s > span_s[0]) & (t_s < span_s[1])
    shown_s = np.concatenate([span_s[:1], t_s[inside], span_s[1:]])
    n_rows = shown_s.size
    return pa.table(
        {
            "label": [label] * n_rows,
            "scheduler": [run.scheduler] * n_rows,
            "satellite": [rows["satellite"][0].as_py()] * n_rows,
            "name": [name] * n_rows,
            "t_s": shown_s,
            "stored_j": np.interp(shown_s, t_s, stored_j),
            "capacity_j": np.interp(shown_s, t_s, capacity_j),
        }
    )


def _shadow(run: RunTables, satellite: int, start_s: float, end_s: float) -> pa.Table:
    rows = _of(run.table("shadow"), satellite)
    entry_s = np.nan_to_num(rows["entry_s"].to_numpy(), nan=start_s)
    exit_s = np.nan_to_num(rows["exit_s"].to_numpy(), nan=end_s)
    is_shown = (exit_s > start_s) & (entry_s < end_s)
    kinds = rows["kind"].cast(pa.string()).filter(pa.array(is_shown))
    return pa.table(
        {
            "kind": kinds,
            "entry_s": np.maximum(entry_s[is_shown], start_s),
            "exit_s": np.minimum(exit_s[is_shown], end_s),
        }
    )


def _name(run: RunTables, satellite: int) -> str:
    energy = run.table("energy", ["satellite", "name"])
    names = energy.filter(pc.equal(energy["satellite"], satellite))["name"].to_pylist()
    return str(names[0]) if names else str(satellite)
