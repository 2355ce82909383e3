"""Figures of runs that look real: what they show, that they repeat byte for byte, how they are told apart."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from matplotlib.axes import Axes

from scenarios.plots import (
    completion_time_data,
    depth_of_discharge_data,
    draw_comparison,
    draw_run,
    drawing,
    lifetime_data,
    placement_data,
    plot_completion_time,
    plot_depth_of_discharge,
    plot_lifetime,
    plot_placement,
    plot_stored_energy,
    plot_sunlit_share,
    stored_energy_data,
    sunlit_share_data,
)
from scenarios.plots.curves import (
    distinct_labels,
    distribution,
    extremes,
    labelled_runs,
    looks_by_label,
    rows_by_label,
    scheduler_names,
)
from scenarios.plots.figures import FIGURES
from scenarios.plots.style import SCHEDULER_LOOKS, legend_below, scheduler_look
from schedulers import SCHEDULERS as SHIPPED
from simulator.results import DamagedRunError, RunTables, read_run

SCHEDULERS = ("oec-local", "phoenix", "bent-pipe")
NAMES = ("depth_of_discharge", "lifetime", "completion_time", "stored_energy", "placement", "sunlit_share")


@pytest.fixture(scope="module")
def folders(make_run: Callable[..., Path]) -> list[Path]:
    return [make_run(scheduler) for scheduler in SCHEDULERS]


@pytest.fixture(scope="module")
def runs(folders: list[Path]) -> list[RunTables]:
    return [read_run(folder) for folder in folders]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_comparison_is_the_same_bytes_each_time(folders: list[Path], tmp_path: Path) -> None:
    first = draw_comparison(folders, tmp_path / "first")
    second = draw_comparison(folders, tmp_path / "second")
    expected = {f"{name}.{kind}" for name in NAMES for kind in ("pdf", "png", "csv")} | {"stored_energy_shadow.csv"}
    assert {path.name for path in first} == expected == {path.name for path in (tmp_path / "first").iterdir()}
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_one_run_without_trace_has_no_battery_figure(make_run: Callable[..., Path], tmp_path: Path) -> None:
    names = {path.stem for path in draw_run(make_run("phoenix", n_tasks=200, is_traced=False), tmp_path)}
    assert names == set(NAMES) - {"stored_energy"}


def test_a_run_without_tasks_is_drawn(make_run: Callable[..., Path], tmp_path: Path) -> None:
    names = {path.stem for path in draw_run(make_run("phoenix", n_tasks=0), tmp_path)}
    assert names == {"depth_of_discharge", "lifetime", "stored_energy", "stored_energy_shadow", "sunlit_share"}


def test_unfinished_runs_are_not_drawn(folders: list[Path], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(DamagedRunError, match="not a finished run"):
        draw_comparison([folders[0], tmp_path / "run"], tmp_path / "out")
    with pytest.raises(ValueError, match="name at least one"):
        draw_comparison([], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_saved_data_are_the_depths_of_the_run(folders: list[Path], runs: list[RunTables], tmp_path: Path) -> None:
    draw_comparison(folders, tmp_path)
    rows = [row for row in _rows(tmp_path / "depth_of_discharge.csv") if row["scheduler"] == "oec-local"]
    depths = np.sort(runs[0].table("energy")["max_depth_of_discharge"].to_numpy())
    assert [float(row["max_depth_of_discharge"]) for row in rows] == depths.tolist()
    assert float(rows[-1]["share"]) == 1.0


def test_lifetimes_shown_are_those_of_the_run_and_ratios_those_of_each_satellite(runs: list[RunTables]) -> None:
    rows = [row for row in lifetime_data(runs)[""].to_pylist() if row["label"] == "phoenix"]
    energy = {run.scheduler: run.table("energy") for run in runs}
    shown = {model: [row for row in rows if row["model"] == model] for model in {row["model"] for row in rows}}
    assert set(shown) == {"Xu et al. 2018", "power law", "15-point rule"}
    xu_years = np.sort(energy["phoenix"]["xu_lifetime_years"].to_numpy())
    assert [row["lifetime"] for row in shown["Xu et al. 2018"]] == xu_years.tolist()
    # satellite 0 never cycles: its life by the power law is infinite, so the curve ends below one
    assert shown["power law"][-1]["share"] == 263 / 264
    depth, reference = (energy[name]["max_depth_of_discharge"].to_numpy() for name in ("phoenix", "oec-local"))
    # the first run given is the reference, wherever it stands in the legend
    assert {row["unit"] for row in shown["15-point rule"]} == {"times oec-local"}
    ratios = np.sort(2.0 ** ((reference - depth) / 0.15))
    assert [row["lifetime"] for row in shown["15-point rule"]] == pytest.approx(ratios.tolist(), rel=1e-12)


def test_one_battery_that_hardly_wears_does_not_squeeze_the_others(runs: list[RunTables]) -> None:
    data = lifetime_data(runs[:1])[""]
    model = np.array(data["model"].to_pylist())
    lifetimes = data["lifetime"].to_numpy().copy()
    medians = {name: np.median(lifetimes[model == name]) for name in ("Xu et al. 2018", "power law")}
    lifetimes[np.flatnonzero(model == "power law")[-1]] = 400.0
    column = data.column_names.index("lifetime")
    with drawing(7.16, 3.0) as (figure, ax):
        plot_lifetime({"": data.set_column(column, "lifetime", pa.array(lifetimes))}, ax)
        titles = {panel.get_title(loc="left"): panel.get_xlim()[1] for panel in figure.axes}
    power_law = next(title for title in titles if title.startswith("power law"))
    assert "up to 400" in power_law
    assert titles[power_law] == pytest.approx(4.0 * medians["power law"], rel=0.1), "the median of few may be beside it"
    assert not any("up to" in title for title in titles if title != power_law)


def test_one_run_has_no_ratio_and_an_older_one_no_lifetimes(runs: list[RunTables]) -> None:
    assert set(lifetime_data(runs[:1])[""]["model"].to_pylist()) == {"Xu et al. 2018", "power law"}
    older = SimpleNamespace(summary={"scheduler": "phoenix"})
    assert lifetime_data([runs[0], older])[""].num_rows == 0


def test_undelivered_tasks_keep_the_curve_below_one(runs: list[RunTables]) -> None:
    for label, rows in rows_by_label(completion_time_data(runs)[""]):
        run = next(run for run in runs if run.scheduler == label)
        n_undelivered = run.summary["n_dropped"]
        assert n_undelivered > 0
        # one division each way
        assert rows["share"][-1].as_py() == pytest.approx(1.0 - n_undelivered / run.summary["n_tasks"], rel=1e-14)


def test_the_battery_shown_is_the_one_discharged_deepest(runs: list[RunTables]) -> None:
    data = stored_energy_data(runs)
    stored = [run.table("battery", ["satellite", "stored_j"]) for run in runs]
    lowest = min((row["stored_j"], row["satellite"]) for table in stored for row in table.to_pylist())
    assert set(data[""]["satellite"].to_pylist()) == {lowest[1]}
    assert min(data[""]["stored_j"].to_pylist()) == lowest[0]
    shown_s = data[""]["t_s"].to_numpy()
    assert shown_s.max() - shown_s.min() <= 6.0 * 3600.0
    assert min(data["shadow"]["entry_s"].to_pylist()) >= shown_s.min()


def test_a_run_that_did_not_trace_the_satellite_has_no_curve(
    make_run: Callable[..., Path], runs: list[RunTables]
) -> None:
    other = read_run(make_run("nearest-sunlit", n_tasks=50, is_traced=False))
    assert set(stored_energy_data([*runs, other])[""]["scheduler"].to_pylist()) == set(SCHEDULERS)


def test_bars_sum_to_one_and_agree_with_the_summary(runs: list[RunTables]) -> None:
    for row in placement_data(runs)[""].to_pylist():
        shares = [value for name, value in row.items() if name not in ("label", "scheduler", "n_ran")]
        assert math.fsum(shares) == pytest.approx(1.0, abs=1e-12)  # five divisions
        run = next(run for run in runs if run.scheduler == row["scheduler"])
        assert row["n_ran"] == run.summary["n_tasks"] - run.summary["n_dropped"]


def test_equal_sunlight_is_drawn_once(runs: list[RunTables]) -> None:
    assert len(rows_by_label(sunlit_share_data(runs)[""])) == 1


@pytest.mark.parametrize(
    ("data", "plot"),
    [
        (depth_of_discharge_data, plot_depth_of_discharge),
        (completion_time_data, plot_completion_time),
        (lifetime_data, plot_lifetime),
        (stored_energy_data, plot_stored_energy),
        (placement_data, plot_placement),
        (sunlit_share_data, plot_sunlit_share),
    ],
)
def test_every_axis_has_a_unit_and_no_text_leaves_the_figure(
    data: Callable, plot: Callable, runs: list[RunTables]
) -> None:
    result = data(runs)
    with drawing(7.16 if plot in (plot_stored_energy, plot_lifetime) else 3.5, 3.0) as (figure, ax):
        assert plot(result, ax) is ax
        figure.canvas.draw()
        assert ax.get_xlabel().endswith("]") or "], n = " in ax.get_xlabel()
        if plot is not plot_placement:
            assert "[" in ax.get_ylabel()
        texts = [text for text in (ax._left_title, ax.xaxis.label, ax.yaxis.label) if text.get_text()]
        assert all(_is_inside(text, ax) for text in texts)


def _is_inside(text: object, ax: Axes) -> bool:
    box, frame = text.get_window_extent(), ax.figure.bbox
    return box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= frame.y0 and box.y1 <= frame.y1


def test_labels_are_as_short_as_telling_apart_allows(make_run: Callable[..., Path], runs: list[RunTables]) -> None:
    assert [label for label, _ in labelled_runs(runs)] == ["phoenix", "oec-local", "bent-pipe"]
    other = read_run(make_run("phoenix", n_tasks=50, seed=2))
    assert [label for label, _ in labelled_runs([runs[1], other])] == ["phoenix, seed 1", "phoenix, seed 2"]
    twice = [label for label, _ in labelled_runs([runs[1], read_run(make_run("phoenix", n_tasks=60))])]
    assert len(set(twice)) == 2


def test_looks_differ_and_stay() -> None:
    looks = list(SCHEDULER_LOOKS.values())
    assert len({look.colour for look in looks}) == len(looks)
    assert scheduler_look("my-scheduler") == scheduler_look("my-scheduler")
    assert scheduler_look("my-scheduler").colour not in {look.colour for look in looks}


def test_no_two_shipped_schedulers_look_alike_nor_like_any_other() -> None:
    shipped = [scheduler_look(name) for name in SHIPPED]
    assert len(set(shipped)) == len(shipped)
    assert not set(shipped) & {scheduler_look(f"my_module:Scheduler{i}") for i in range(200)}


def test_distribution_keeps_first_and_last_and_every_rank_in_between() -> None:
    values, share = distribution(np.arange(1000.0)[::-1], 2000, n_points=11)
    assert values[0] == 0.0 and values[-1] == 999.0 and len(values) == 11
    assert share[-1] == 0.5
    np.testing.assert_array_equal(share, (values + 1) / 2000)


def test_titles_name_both_ends() -> None:
    assert extremes({"a": 19.4, "b": 42.0}, "%") == "\n19 % (a) to 42 % (b)"
    assert extremes({"a": 19.4}, "%", digits=1) == " 19.4 %"


def test_titles_name_all_that_look_alike_or_count_them() -> None:
    assert extremes({"a": 18.7, "b": 19.4, "c": 42.0}, "%") == "\n19 % (a, b) to 42 % (c)"
    assert extremes({"a": 18.7, "b": 19.4}, "%") == " 19 %"
    alike = {f"scheduler-{i}": 19.0 for i in range(4)}
    assert extremes({**alike, "oec-local": 42.0}, "%") == "\n19 % (4 of 5) to 42 % (oec-local)"
    assert extremes({**alike, "a" * 50: 42.0}, "%") == "\n19 % to 42 %"
    names = ", ".join(alike)
    assert extremes({**alike, "a": 42.0}, "%", longest_line=100) == f"\n19 % ({names}) to 42 % (a)"


def _drawn(runs: list[RunTables]) -> tuple[str, list[str]]:
    """Return title and legend of the figure of depths."""
    with drawing(3.5, 3.0) as (_, ax):
        plot_depth_of_discharge(depth_of_discharge_data(runs), ax)
        return ax._left_title.get_text(), ax.get_legend_handles_labels()[1]


def _with_share_on_time(run: RunTables, share: float | None) -> SimpleNamespace:
    return SimpleNamespace(
        table=run.table, scheduler=run.scheduler, path=run.path, summary={**run.summary, "share_on_time": share}
    )


def test_the_best_depth_is_of_those_that_complete_about_as_much_as_the_best(runs: list[RunTables]) -> None:
    by_name = {run.scheduler: run for run in runs}
    assert set(by_name) == {"phoenix", "oec-local", "bent-pipe"}
    deepest = {name: run.summary["max_depth_of_discharge"] for name, run in by_name.items()}
    assert deepest["bent-pipe"] < deepest["phoenix"] < deepest["oec-local"]

    def drawn(bent_pipe: float | None) -> tuple[str, list[str]]:
        shares = {"phoenix": 1.0, "oec-local": 0.996, "bent-pipe": bent_pipe}
        return _drawn([_with_share_on_time(by_name[name], share) for name, share in shares.items()])

    title, legend = drawn(0.206)
    assert "(phoenix) to" in title and "(oec-local)" in title and "bent-pipe" not in title
    assert legend == ["phoenix", "oec-local", "bent-pipe (21 % on time)"]
    title, legend = drawn(0.996)
    assert "(bent-pipe) to" in title and legend == ["phoenix", "oec-local", "bent-pipe"]
    assert "(bent-pipe) to" in drawn(None)[0], "without tasks there is nothing to drop"


def test_of_curves_that_coincide_each_is_wider_than_those_after_it(runs: list[RunTables]) -> None:
    with drawing(3.5, 3.0) as (_, ax):
        plot_depth_of_discharge(depth_of_discharge_data(runs), ax)
        widths = [line.get_linewidth() for line in ax.get_lines() if not line.get_label().startswith("_")]
    assert len(widths) == 3
    assert all(wider >= narrower + 0.5 for wider, narrower in pairwise(widths))


def test_batteries_without_wear_are_told(runs: list[RunTables]) -> None:
    result = lifetime_data(runs)
    data = result[""]
    half = pa.array([0.5 if model == "power law" else 1.0 for model in data["model"].to_pylist()])
    column = data.schema.get_field_index("share")
    shrunk = data.set_column(column, "share", pc.multiply(data["share"], half))
    with drawing(7.16, 3.0) as (figure, ax):
        plot_lifetime({"": shrunk}, ax)
        titles = [panel._left_title.get_text() for panel in figure.axes]
    assert titles == ["Xu et al. 2018", "power law (50 % without wear)", "15-point rule"]


def test_classes_of_one_name_keep_their_modules() -> None:
    assert scheduler_names(["phoenix", "a:Mine"]) == {"phoenix": "phoenix", "a:Mine": "Mine"}
    assert scheduler_names(["a:Mine", "b:Mine"]) == {"a:Mine": "a:Mine", "b:Mine": "b:Mine"}


def test_equal_names_are_told_apart_by_what_differs() -> None:
    details = [("s", "load 0.3", "seed 1"), ("s", "load 0.3", "seed 2"), ("s", "load 0.5", "seed 1"), ("t", "", "")]
    assert distinct_labels(["a", "a", "a", "b"], details) == [
        "a, load 0.3, seed 1",
        "a, load 0.3, seed 2",
        "a, load 0.5",
        "b",
    ]
    assert distinct_labels(["a", "b"], [("s",), ("t",)]) == ["a", "b"]


def test_curves_of_one_scheduler_have_its_colour_and_dashes_of_their_own(make_run: Callable[..., Path]) -> None:
    runs = [read_run(make_run("phoenix", n_tasks=50, seed=seed)) for seed in range(6)]
    looks = [look for _, look, _ in looks_by_label(depth_of_discharge_data(runs)[""])]
    assert {look.colour for look in looks} == {SCHEDULER_LOOKS["phoenix"].colour}
    assert len({look.dash for look in looks}) == len(looks)


def test_runs_of_one_constellation_in_two_seasons_are_two_curves(runs: list[RunTables]) -> None:
    table = runs[0].table("energy")
    column = table.schema.get_field_index("sunlit_share")
    darker = table.set_column(column, "sunlit_share", pa.array(table["sunlit_share"].to_numpy() * 0.9))
    other = SimpleNamespace(
        table=lambda _name, columns: darker.select(columns),
        summary={**runs[0].summary, "epoch": "2026-12-21T00:00:00Z"},
        path=runs[0].path,
    )
    curves = rows_by_label(sunlit_share_data([runs[0], other])[""])
    assert len(curves) == 2
    assert all(rows.num_rows == runs[0].table("energy").num_rows for _, rows in curves)


def test_long_labels_stay_inside_the_figure(make_run: Callable[..., Path]) -> None:
    runs = [read_run(make_run(f"my_package.my_module:Scheduler{i}OfAVeryLongName", n_tasks=50)) for i in range(6)]
    for kind in FIGURES:
        if not kind.data(runs)[""].num_rows:
            continue
        with drawing(kind.width_in, kind.height_in + kind.row_in * len(runs)) as (figure, ax):
            legend_below(kind.plot(kind.data(runs), ax), kind.n_legend_columns)
            figure.canvas.draw()
            inside = [ax._left_title, *ax.get_yticklabels(), *figure.legends[0].get_texts()]
            assert [text.get_text() for text in inside if text.get_text() and not _is_inside(text, ax)] == []
