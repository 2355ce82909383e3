"""`sunlight --daily`: what the seasons do to each orbital plane."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.table import Table

from scenarios.cli.exit_codes import CommandError, ExitCode
from scenarios.cli.output import note, print_json_rows, result_console
from scenarios.cli.progress import progress_of
from scenarios.cli.sky_source import SkySource, sky_source
from scenarios.cli.tables import captioned_table
from simulator.orbits.model import Floats
from simulator.orbits.selection import SelectedSatellites
from simulator.sunlight.seasons import DAY_S, DailySunlight, solve_daily_sunlight

_QUIET_S: Final = 3.0
_CAPTION: Final = (
    "beta: angle from the orbital plane to the Sun, in the middle of the day. eclipse: penumbra included. "
    "lit share: of a day in full sunlight."
)
_COLUMNS: Final = ("plane", "satellite", "date", "beta_deg", "longest_eclipse_s", "longest_umbra_s", "sunlit_share")


def daily_sunlight(
    file: str, start: str | None, duration: str, figures: Path | None, *, as_json: bool, as_csv: bool
) -> None:
    """Solve every day of the first satellite of every plane, print and draw it."""
    source = sky_source(file, start, duration)
    n_days = round((source.end_s - source.start_s) / DAY_S)
    if n_days < 1:
        raise CommandError(f"--duration {duration}: --daily needs a day or more, such as 365d", ExitCode.USAGE)
    chosen = np.array([plane[0] for plane in source.planes], dtype=np.intp)
    positions = SelectedSatellites(source.positions, chosen)
    with progress_of("days", quiet_s=_QUIET_S) as progress:
        days = solve_daily_sunlight(positions, source.start_s, n_days, source.shadow, progress)
    if np.isnan(days.sunlit_share).all():
        message = f"{file}: no satellite has a position on a whole day; choose another --start, or a longer file"
        raise CommandError(message, ExitCode.INPUT_REFUSED)
    if figures is not None:
        _draw(file, source, days, figures)
    if as_json:
        print_json_rows(_rows(source, positions.names, days))
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(_rows(source, positions.names, days))
    else:
        result_console().print(_table(file, source, positions.names, days))


def _dates(source: SkySource, days: DailySunlight) -> list[str]:
    """Return the UTC date at the start of every day."""
    return [source.positions.epoch.utc_text(start_s)[:10] for start_s in days.start_s.tolist()]


def _rows(source: SkySource, names: tuple[str, ...], days: DailySunlight) -> Iterator[dict[str, Any]]:
    """Yield a row per plane and day."""
    dates = _dates(source, days)
    for plane, name in enumerate(names):
        columns = zip(
            dates,
            np.degrees(days.beta_rad[plane]).tolist(),
            days.longest_eclipse_s[plane].tolist(),
            days.longest_umbra_s[plane].tolist(),
            days.sunlit_share[plane].tolist(),
            strict=True,
        )
        for row in columns:
            yield dict(zip(_COLUMNS, (plane, name, *row), strict=True))


def _table(title: str, source: SkySource, names: tuple[str, ...], days: DailySunlight) -> Table:
    """Return a row per plane: its extremes, and when."""
    dates = _dates(source, days)
    table = captioned_table(f"{title}: {len(dates)} days from {dates[0]}", _CAPTION)
    table.columns[0].header = "plane"
    for heading in (
        "least\nbeta",
        "greatest\nbeta",
        "days with\nno eclipse",
        "longest\neclipse",
        "on",
        "least lit\nshare",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("mean lit\nshare", justify="right", no_wrap=True)
    for plane, name in enumerate(names):
        if np.isnan(days.sunlit_share[plane]).all():
            note(f"{name}: no position on any day; left out")
            continue
        beta_deg, eclipse_s = np.degrees(days.beta_rad[plane]), days.longest_eclipse_s[plane]
        worst = int(np.nanargmax(eclipse_s))
        table.add_row(
            f"{plane} ({name})",
            f"{np.nanmin(beta_deg):.1f} deg",
            f"{np.nanmax(beta_deg):.1f} deg",
            str(np.count_nonzero(eclipse_s == 0.0)),
            f"{eclipse_s[worst] / 60.0:.1f} min",
            dates[worst],
            f"{np.nanmin(days.sunlit_share[plane]):.3f}",
            f"{_mean(days.sunlit_share[plane]):.3f}",
        )
    return table


def _mean(values: Floats) -> float:
    return float(np.nanmean(values))


def _draw(title: str, source: SkySource, days: DailySunlight, folder: Path) -> None:
    """Draw the days of all planes into a folder."""
    from scenarios.plots.eclipse_seasons import SIZE_IN, eclipse_seasons_data, plot_eclipse_seasons
    from scenarios.plots.figures import draw_figure

    folder.mkdir(parents=True, exist_ok=True)
    data = eclipse_seasons_data(Path(title).stem, _dates(source, days), days)
    for path in draw_figure(
        folder / "eclipse_seasons", data, plot_eclipse_seasons, size_in=SIZE_IN, n_legend_columns=4
    ):
        note(f"wrote {path}")
