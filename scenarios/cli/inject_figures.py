"""Figures of `sunwise inject`."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from scenarios.campaigns.execution import Campaign
from scenarios.campaigns.source import load
from scenarios.campaigns.summary import single_bit_summary, summary_rows
from scenarios.plots.accuracy_under_flips import (
    accuracy_under_flips_data,
    plot_accuracy_under_flips,
    plot_trial_drops,
    trial_drops_data,
)
from scenarios.plots.bit_harm import bit_map_data, harm_by_layer_data, plot_bit_map, plot_harm_by_layer
from scenarios.plots.figures import draw_figure
from scenarios.plots.style import ONE_COLUMN_IN, TWO_COLUMNS_IN


def draw_campaign(campaign: Campaign, out: Path) -> list[Path]:
    """Draw what trials lose, accuracy against flips where there are several numbers, and harm by layer and bit."""
    out.mkdir(parents=True, exist_ok=True)
    name, rows = load(campaign.request.source).name, summary_rows(campaign)
    trials = campaign.folder.table("trials")
    assert trials is not None, "a campaign has trials"
    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    size_in = (ONE_COLUMN_IN, 2.9)
    paths: list[Path] = []
    for i, condition in enumerate(conditions):
        stem = out / ("trial_drops" if len(conditions) == 1 else f"trial_drops_{i + 1}")
        data = trial_drops_data(name, condition, trials)
        paths += draw_figure(stem, data, plot_trial_drops, size_in=size_in, n_legend_columns=3)
    if len(conditions) > 1:
        data = accuracy_under_flips_data(name, rows)
        paths += draw_figure(
            out / "accuracy_under_flips", data, plot_accuracy_under_flips, size_in=size_in, n_legend_columns=3
        )
    return paths + _draw_layers(campaign, name, out)


def _draw_layers(campaign: Campaign, name: str, out: Path) -> list[Path]:
    single_bits, summary = campaign.folder.table("single_bits"), single_bit_summary(campaign)
    if single_bits is None or summary is None:
        return []
    paths: list[Path] = []
    for protection, found in summary["protections"].items():
        title = f"{name}, {protection}"
        ending = "" if len(summary["protections"]) == 1 else f"_{protection.replace(':', '-')}"
        own = single_bits.filter(pc.equal(single_bits["protection"].cast(pa.string()), protection))
        harm = harm_by_layer_data(title, found["layers"], found["n_bits"])
        height_in = 1.0 + 0.17 * harm[""].num_rows
        paths += draw_figure(
            out / f"bit_map{ending}",
            bit_map_data(title, own),
            plot_bit_map,
            size_in=(TWO_COLUMNS_IN, height_in),
            n_legend_columns=1,
        )
        paths += draw_figure(
            out / f"harm_by_layer{ending}",
            harm,
            plot_harm_by_layer,
            size_in=(0.75 * TWO_COLUMNS_IN, height_in + 0.3),
            n_legend_columns=2,
        )
    return paths
