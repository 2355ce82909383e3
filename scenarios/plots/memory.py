"""How full memories are over time, and what waits on board for the ground."""

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
)
from scenarios.plots.style import QUIET
from simulator.results import RunTables

_N_TIMES = 2000
"""Points of a curve; more than print can show."""

_NO_ROWS = {"": pa.table({"label": pa.array([], pa.string())})}


def memory_fill_data(runs: Sequence[RunTables]) -> FigureData:
    """Return the fill of one satellite in every run: of those traced in all, the one whose memory was fullest.

    Columns: `label`, `scheduler`, `satellite`, `t_s`, `stored_bits`, `raw_bits`, `capacity_bits`; no rows if no run
    has memories of finite size and traces.
    """
    traces = [(label, run, run.table("storage_trace")) for label, run in labelled_runs(runs)]
    traces = [trace for trace in traces if trace[2].num_rows]
    if not traces:
        return _NO_ROWS
    satellite = max(_fullest(rows) for _, _, rows in traces)[1]
    return {"": pa.concat_tables([_fill(label, run, rows, satellite) for label, run, rows in traces])}


def plot_memory_fill(result: FigureData, ax: Axes) -> Axes:
    """Draw what lies in the memory of one satellite over time; its capacity is the dashed line."""
    data = result[""]
    peaks = {}
    for label, look, rows in looks_by_label(data):
        hours, stored_gbit = rows["t_s"].to_numpy() / 3600.0, rows["stored_bits"].to_numpy() / 1e9
        ax.plot(hours, stored_gbit, color=look.colour, ls=look.dash, lw=1.2, label=label, drawstyle="steps-post")
        capacity_gbit = rows["capacity_bits"][0].as_py() / 1e9
        ax.axhline(capacity_gbit, color=QUIET, lw=0.6, ls=(0, (4, 2)))
        peaks[label] = 100.0 * stored_gbit.max() / capacity_gbit
    span = extremes(peaks, "%", longest_line=LETTERS_IN_TWO_COLUMNS)
    ax.set_title(f"Memory of satellite {data['satellite'][0].as_py()}, capacity dashed; most of it in use:{span}")
    ax.set_xlabel("Time since epoch [h]")
    ax.set_ylabel("Data in memory [Gbit]")
    ax.set_ylim(bottom=0.0)
    return ax


def backlog_data(runs: Sequence[RunTables]) -> FigureData:
    """Return what waits on board for the ground over time, of the whole fleet.

    Columns: `label`, `scheduler`, `t_s`, `waiting_bits`; no rows if no run has memories of finite size.
    """
    waiting = [
        (label, run, run.table("downlinks", ["size_bits", "created_s", "ended_s"]))
        for label, run in labelled_runs(runs)
    ]
    parts = [_backlog(label, run, rows) for label, run, rows in waiting if rows.num_rows]
    return {"": pa.concat_tables(parts)} if parts else _NO_ROWS


def plot_backlog(result: FigureData, ax: Axes) -> Axes:
    """Draw one curve per run: results, inputs and raw data that wait on board."""
    ends = {}
    for label, look, rows in looks_by_label(result[""]):
        hours, waiting_gbit = rows["t_s"].to_numpy() / 3600.0, rows["waiting_bits"].to_numpy() / 1e9
        ax.plot(hours, waiting_gbit, color=look.colour, ls=look.dash, lw=1.2, label=label)
        ends[label] = float(waiting_gbit[-1])
    span = extremes(ends, "Gbit", longest_line=LETTERS_IN_TWO_COLUMNS)
    ax.set_title(f"Data on board of all satellites that wait for the ground; at the end:{span}")
    ax.set_xlabel("Time since epoch [h]")
    ax.set_ylabel("Data waiting [Gbit]")
    ax.set_ylim(bottom=0.0)
    return ax


def _fullest(rows: pa.Table) -> tuple[float, int]:
    i_row = int(np.argmax(rows["stored_bits"].to_numpy()))
    return rows["stored_bits"][i_row].as_py(), rows["satellite"][i_row].as_py()


def _fill(label: str, run: RunTables, rows: pa.Table, satellite: int) -> pa.Table:
    rows = rows.filter(pc.equal(rows["satellite"], satellite))
    memories = run.table("storage", ["satellite", "capacity_bits"])
    capacity_bits = memories["capacity_bits"].to_numpy()[memories["satellite"].to_numpy() == satellite][0]
    n_rows = rows.num_rows
    return pa.table(
        {
            "label": [label] * n_rows,
            "scheduler": [run.scheduler] * n_rows,
            "satellite": [satellite] * n_rows,
            "t_s": rows["t_s"],
            "stored_bits": rows["stored_bits"],
            "raw_bits": rows["raw_bits"],
            "capacity_bits": [float(capacity_bits)] * n_rows,
        }
    )


def _backlog(label: str, run: RunTables, rows: pa.Table) -> pa.Table:
    """Return what has arisen less what has ended, at times spread evenly over the window and the warm-up."""
    t_s = np.linspace(0.0, run.summary["end_s"], _N_TIMES)
    size_bits = rows["size_bits"].to_numpy()
    waiting_bits = np.zeros(_N_TIMES)
    for column, sign in (("created_s", 1.0), ("ended_s", -1.0)):
        at_s = rows[column].to_numpy()
        order = np.argsort(at_s, kind="stable")  # nan, what goes on waiting, comes last
        summed_bits = np.concatenate([[0.0], np.cumsum(size_bits[order])])
        n_known = int(np.sum(~np.isnan(at_s)))
        waiting_bits += sign * summed_bits[np.searchsorted(at_s[order][:n_known], t_s, side="right")]
    return pa.table(
        {
            "label": [label] * _N_TIMES,
            "scheduler": [run.scheduler] * _N_TIMES,
            "t_s": t_s,
            "waiting_bits": np.maximum(waiting_bits, 0.0),
        }
    )
