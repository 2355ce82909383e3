"""`sunlight --daily`: rows, table and figure of eclipse seasons."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from scenarios.cli.entry import run_command_line
from scenarios.plots.eclipse_seasons import eclipse_seasons_data, plot_eclipse_seasons
from simulator.sunlight.seasons import DailySunlight

DAILY = ["sunlight", "headline-6x11", "--start", "2026-06-21T00:00:00Z", "--daily", "--duration", "3d"]


def test_rows_are_the_same_as_json_and_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line([*DAILY, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert run_command_line([*DAILY, "--csv"]) == 0
    lines = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == len(lines) == 6 * 3
    assert [row["date"] for row in rows[:3]] == ["2026-06-21", "2026-06-22", "2026-06-23"]
    assert {row["plane"] for row in rows} == set(range(6))
    for row, line in zip(rows, lines, strict=True):
        assert {key: type(row[key])(value) for key, value in line.items()} == row
        assert (row["longest_eclipse_s"] == 0.0) == (row["sunlit_share"] == 1.0)
        assert row["longest_umbra_s"] <= row["longest_eclipse_s"] < 2145.0  # the longest at 550 km is 35.7 min


def test_the_table_tells_each_plane_and_the_figure_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line([*DAILY, "--figures", str(tmp_path / "season")]) == 0
    printed = capsys.readouterr().out
    assert all(f"{plane} (p{plane:02d}s00)" in printed for plane in range(6))
    written = sorted(path.name for path in (tmp_path / "season").iterdir())
    assert written == ["eclipse_seasons.csv", "eclipse_seasons.pdf", "eclipse_seasons.png"]


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["sunlight", "iridium", "--csv"], "add --daily"),
        (["sunlight", "iridium", "--figures", "here"], "add --daily"),
        (["sunlight", "iridium", "--daily", "--duration", "2h"], "a day or more"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    arguments: list[str], remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(arguments) == 2
    assert remedy in capsys.readouterr().err


def test_states_that_hold_on_no_whole_day_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    states = str(tmp_path / "states.csv")
    assert run_command_line(["export", "headline-6x11", "--output", states, "--duration", "20min"]) == 0
    assert run_command_line(["sunlight", states, "--start", "2026-06-21T00:00:00Z", "--daily", "--duration", "1d"]) == 4
    assert "no satellite has a position on a whole day; choose another --start" in capsys.readouterr().err


def days_of(n_planes: int) -> DailySunlight:
    eclipse_s = np.tile([0.0, 600.0, 1200.0, np.nan], (n_planes, 1))
    return DailySunlight(
        start_s=86_400.0 * np.arange(4.0),
        beta_rad=np.zeros((n_planes, 4)),
        longest_eclipse_s=eclipse_s,
        longest_umbra_s=eclipse_s,
        sunlit_share=1.0 - eclipse_s / 6000.0,
    )


DATES = ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]


def test_few_planes_are_curves_in_minutes() -> None:
    ax = plot_eclipse_seasons(eclipse_seasons_data("few", DATES, days_of(2)), Figure().add_subplot())
    curve = ax.get_lines()[0].get_ydata()
    assert np.array_equal(np.asarray(curve, dtype=float), [np.nan, 10.0, 20.0, np.nan], equal_nan=True)
    assert ax.get_legend_handles_labels()[1] == ["plane 0", "plane 1"]


def test_many_planes_are_a_map_with_white_days_without_eclipse_and_grey_ones_unknown() -> None:
    ax = plot_eclipse_seasons(eclipse_seasons_data("many", DATES, days_of(9)), Figure().add_subplot())
    (colours,) = ax.collections
    face = colours.to_rgba(np.ma.masked_invalid(np.asarray(colours.get_array(), dtype=float)))
    row = face.reshape(9, 4, 4)[3]
    assert row[0] == pytest.approx([1.0, 1.0, 1.0, 1.0])
    assert not np.allclose(row[1], row[2])
    assert row[3] == pytest.approx([200 / 255] * 3 + [1.0])
