"""Figures of fault campaigns: what they show, and that they repeat byte for byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from scenarios.plots.accuracy_under_flips import (
    accuracy_under_flips_data,
    plot_accuracy_under_flips,
    plot_trial_drops,
    trial_drops_data,
)
from scenarios.plots.bit_harm import bit_map_data, harm_by_layer_data, plot_bit_map, plot_harm_by_layer
from scenarios.plots.figures import draw_figure
from scenarios.plots.protection_looks import PROTECTION_LOOKS, protection_looks
from scenarios.plots.style import drawing


def row(protection: str, rate: float, drop: float) -> dict:
    return {
        "protection": protection,
        "mean_flips": 1e6 * rate,
        "bit_error_rate": rate,
        "n_trials": 40,
        "n_images": 200,
        "clean_accuracy": 0.9,
        "mean_drop_points": drop,
        "ci95_points": [drop - 1.0, drop + 2.0],
        "worst_drop_points": 3.0 * drop,
    }


ROWS = [row("none", 1e-5, 5.0), row("ours", 1e-5, 0.1), row("none", 1e-4, 20.0), row("ours", 1e-4, 0.2)]
DROPS = {"none": [0.0, 2.0, 10.0, 40.0], "ours": [-0.5, 0.0, 0.0, 0.5]}
TRIALS = pa.table(
    {
        "condition": ["100 flips"] * 8 + ["other"],
        "protection": [name for name, drops in DROPS.items() for _ in drops] + ["none"],
        "drop_points": [drop for drops in DROPS.values() for drop in drops] + [99.0],
    }
)
SINGLE_BITS = pa.table(
    {
        "layer": ["a", "a", "a", "b"],
        "content": ["parameters", "parameters", "parameters", "scale"],
        "bit": [30, 30, 0, 31],
        "silent": [10, 20, 0, 40],
        "n_images": [40] * 4,
    }
)
LAYERS = [
    {"layer": "a", "content": "parameters", "n_bits": 400, "share_of_silent": 0.7, "silent_per_flip": 0.02},
    {"layer": "b", "content": "scale", "n_bits": 100, "share_of_silent": 0.3, "silent_per_flip": 0.03},
]


def test_curves_hold_means_intervals_and_worst_trials() -> None:
    data = accuracy_under_flips_data("net", ROWS)
    first = data[""].to_pylist()[0]
    assert first["mean_accuracy"] == pytest.approx(0.85)
    assert (first["low"], first["high"]) == (pytest.approx(0.83), pytest.approx(0.86))
    assert first["worst"] == pytest.approx(0.75)
    with drawing(3.5, 2.9) as (_, ax):
        plot_accuracy_under_flips(data, ax)
        curves = {line.get_label(): line for line in ax.get_lines() if not line.get_label().startswith("_")}
        assert set(curves) == {"none", "ours"}
        assert curves["none"].get_xdata().tolist() == [1e-5, 1e-4]
        assert curves["none"].get_ydata() == pytest.approx([85.0, 70.0])
        assert curves["none"].get_color() == PROTECTION_LOOKS["none"].colour
        assert ax.get_xlabel() == "Bit error rate" and ax.get_ylabel() == "Accuracy [%]"


def test_the_share_of_trials_that_lose_more() -> None:
    data = trial_drops_data("net", "100 flips", TRIALS)
    assert data[""].num_rows == 8
    with drawing(3.5, 2.9) as (_, ax):
        plot_trial_drops(data, ax)
        (none,) = [line for line in ax.get_lines() if line.get_label() == "none"]
        points, share = (np.asarray(values) for values in none.get_data())
        for limit, expected in ((-0.1, 100.0), (0.0, 75.0), (5.0, 50.0), (10.0, 25.0), (39.9, 25.0), (40.0, 0.0)):
            before = np.flatnonzero(points <= limit)
            assert (share[before[-1]] if before.size else 100.0) == expected
        assert "100 flips" in ax.get_title(loc="left") and "4 trials" in ax.get_title(loc="left")


def test_cells_are_means_over_trials_and_scales_lie_apart() -> None:
    data = bit_map_data("net, none", SINGLE_BITS)
    cells = {(cell["layer"], cell["bit"]): cell for cell in data[""].to_pylist()}
    assert cells[("a", 30)]["silent_share"] == pytest.approx(0.375)
    assert cells[("a", 30)]["n_trials"] == 2
    assert cells[("b scale", 31)]["silent_share"] == 1.0
    with drawing(7.0, 2.0) as (_, ax):
        plot_bit_map(data, ax)
        (mesh,) = ax.collections
        shown = np.ma.filled(mesh.get_array(), np.nan).reshape(2, 32)
        assert shown[0, 30] == pytest.approx(37.5) and shown[0, 0] == 0.0 and shown[1, 31] == 100.0
        assert np.isnan(shown).sum() == 64 - 3
        assert ax.get_xlim()[0] > ax.get_xlim()[1], "the highest bit is on the left, as it is written"
        assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b scale"]


def test_a_layer_has_a_bar_for_its_bits_and_one_for_its_harm() -> None:
    data = harm_by_layer_data("net, none", LAYERS, 1000)
    a, b = data[""].to_pylist()
    assert (a["share_of_bits"], a["share_of_silent"]) == (0.4, 0.7)
    assert a["silent_per_flip"] == 0.02
    assert b["layer"] == "b scale"
    with drawing(4.5, 2.0) as (_, ax):
        plot_harm_by_layer(data, ax)
        widths = [bar.get_width() for bar in ax.patches]
        assert widths == pytest.approx([40.0, 10.0, 70.0, 30.0])
        assert [text.get_text() for text in ax.texts] == ["2 %", "3 %"]


def test_protections_look_different_whoever_made_them() -> None:
    names = [*PROTECTION_LOOKS, "mine:One", "mine:Two", "ours+tmr"]
    looks = protection_looks(names)
    assert len({(look.colour, look.dash) for look in looks.values()}) == len(names)


def test_figures_repeat_byte_for_byte(tmp_path: Path) -> None:
    for name, data, plot in (
        ("accuracy", accuracy_under_flips_data("net", ROWS), plot_accuracy_under_flips),
        ("drops", trial_drops_data("net", "100 flips", TRIALS), plot_trial_drops),
        ("map", bit_map_data("net", SINGLE_BITS), plot_bit_map),
        ("layers", harm_by_layer_data("net", LAYERS, 1000), plot_harm_by_layer),
    ):
        first, again = (
            draw_figure(tmp_path / f"{i}_{name}", data, plot, size_in=(4.0, 2.5), n_legend_columns=2) for i in (0, 1)
        )
        assert len(first) == 3
        assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
