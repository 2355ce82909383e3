"""All figures of a run or of a comparison, drawn from finished folders; nothing is simulated here."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv as pa_csv
from matplotlib.axes import Axes

from scenarios.plots.completion_time import completion_time_data, plot_completion_time
from scenarios.plots.curves import FigureData
from scenarios.plots.depth_of_discharge import depth_of_discharge_data, plot_depth_of_discharge
from scenarios.plots.lifetime import lifetime_data, plot_lifetime
from scenarios.plots.memory import backlog_data, memory_fill_data, plot_backlog, plot_memory_fill
from scenarios.plots.placement import placement_data, plot_placement
from scenarios.plots.stored_energy import plot_stored_energy, stored_energy_data
from scenarios.plots.style import ONE_COLUMN_IN, TWO_COLUMNS_IN, drawing, legend_below, save_figure
from scenarios.plots.sunlit_share import plot_sunlit_share, sunlit_share_data
from simulator.results import RunTables, read_run
from simulator.results.files import write_durably


@dataclass(frozen=True, slots=True, kw_only=True)
class _FigureKind:
    """A figure: what it shows, how, and how large it is in print; `row_in` is the height that each bar adds."""

    name: str
    data: Callable[[Sequence[RunTables]], FigureData]
    plot: Callable[[FigureData, Axes], Axes]
    width_in: float
    height_in: float
    row_in: float = 0.0
    n_legend_columns: int = 2


FIGURES: Final = (
    _FigureKind(
        name="depth_of_discharge",
        data=depth_of_discharge_data,
        plot=plot_depth_of_discharge,
        width_in=ONE_COLUMN_IN,
        height_in=2.9,
    ),
    _FigureKind(
        name="lifetime",
        data=lifetime_data,
        plot=plot_lifetime,
        width_in=TWO_COLUMNS_IN,
        height_in=2.6,
        n_legend_columns=7,
    ),
    _FigureKind(
        name="completion_time",
        data=completion_time_data,
        plot=plot_completion_time,
        width_in=ONE_COLUMN_IN,
        height_in=2.9,
    ),
    _FigureKind(
        name="stored_energy",
        data=stored_energy_data,
        plot=plot_stored_energy,
        width_in=TWO_COLUMNS_IN,
        height_in=2.6,
        n_legend_columns=7,
    ),
    _FigureKind(
        name="placement",
        data=placement_data,
        plot=plot_placement,
        width_in=ONE_COLUMN_IN,
        height_in=1.5,
        row_in=0.2,
    ),
    _FigureKind(
        name="sunlit_share",
        data=sunlit_share_data,
        plot=plot_sunlit_share,
        width_in=ONE_COLUMN_IN,
        height_in=2.5,
        n_legend_columns=1,
    ),
    _FigureKind(
        name="memory_fill", data=memory_fill_data, plot=plot_memory_fill, width_in=TWO_COLUMNS_IN, height_in=2.6
    ),
    _FigureKind(name="backlog", data=backlog_data, plot=plot_backlog, width_in=TWO_COLUMNS_IN, height_in=2.6),
)


def draw_run(folder: Path, out: Path) -> list[Path]:
    """Draw the figures of one finished run into a folder; returns the files written.

    Raises
    ------
    DamagedRunError
        If the folder is not a finished run or its files were changed.
    """
    return draw_comparison([folder], out)


def draw_comparison(folders: Sequence[Path], out: Path) -> list[Path]:
    """Draw the figures of several finished runs, one curve or bar each: PDF, PNG, and the data shown as CSV.

    A figure for which the runs hold no data is left out. Equal runs give equal bytes.

    Raises
    ------
    ValueError
        If there is no folder.
    DamagedRunError
        If a folder is not a finished run or its files were changed.
    """
    if not folders:
        raise ValueError("folders is empty: name at least one finished run")
    runs = [read_run(folder) for folder in folders]
    out.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for kind in FIGURES:
        data = kind.data(runs)
        if data[""].num_rows:
            size_in = (kind.width_in, kind.height_in + kind.row_in * len(runs))
            paths += draw_figure(
                out / kind.name, data, kind.plot, size_in=size_in, n_legend_columns=kind.n_legend_columns
            )
    return paths


def draw_figure(
    stem: Path,
    data: FigureData,
    plot: Callable[[FigureData, Axes], Axes],
    *,
    size_in: tuple[float, float],
    n_legend_columns: int,
) -> list[Path]:
    """Draw one figure as `<stem>.pdf` and `<stem>.png` with the data that it shows as CSV beside; return the files."""
    with drawing(*size_in) as (figure, ax):
        legend_below(plot(data, ax), n_legend_columns)
        paths = save_figure(figure, stem)
    for part, table in data.items():
        path = stem.with_name(f"{stem.name}{'_' if part else ''}{part}.csv")
        write_durably(path, _csv(table))
        paths.append(path)
    return paths


def _csv(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pa_csv.write_csv(table, buffer, pa_csv.WriteOptions(quoting_style="needed"))
    return buffer.getvalue()
