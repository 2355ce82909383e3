"""Tables of `sunwise inject` for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.table import Table

from onboard_models.campaign.exposure import REFERENCE_RATE_PER_BIT_DAY
from scenarios.cli.tables import captioned_table
from scenarios.config.hardware import Mode

Row = Mapping[str, Any]

_OUTCOMES: Final = ("silent", "critical", "detected", "non_finite", "crashed")


def drop_table(condition: str, rows: Sequence[Row]) -> Table:
    """Return what each protection loses."""
    first = rows[0]
    table = captioned_table(
        f"{condition}: {first['n_trials']} trials of {first['n_images']} images",
        "accuracy: without flips. drop: points of accuracy lost to flips, mean with 95 % interval, and worst trial. "
        "bad: trials that lose more than 5 points; their share is below the bound with 95 % confidence.",
    )
    headings = (
        "accuracy\n[%]",
        "mean drop\n[points]",
        "worst\n[points]",
        "bad\n[%]",
    )
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        low, high = row["ci95_points"]
        table.add_row(
            row["protection"],
            f"{100 * row['clean_accuracy']:.1f}",
            f"{row['mean_drop_points']:.2f} ({low:.2f} to {high:.2f})",
            f"{row['worst_drop_points']:.1f}",
            f"{100 * row['share_above_5_points']:.1f} (< {100 * row['share_above_5_points_upper95']:.1f})",
        )
    return table


def cost_table(rows: Sequence[Row], mode: Mode) -> Table:
    """Return what each protection costs without flips."""
    table = captioned_table(
        "cost of an image, one at a time and 16 at once",
        f"time: of one core of this machine. energy: at the {mode.power_w:g} W of the processor mode {mode.name!r}, as "
        "if the board were as fast. speed-up, memory: against none.",
    )
    for heading in ("time\n[ms]", "energy\n[mJ]", "speed-up", "memory\n[%]"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row["protection"],
            *(_both(row, key, scale) for key, scale in (("time_{}_s", 1e3), ("energy_{}_j", 1e3), ("speedup_{}", 1.0))),
            f"{100 * row['memory_overhead']:+.2f}",
        )
    return table


def outcome_table(condition: str, rows: Sequence[Row]) -> Table:
    """Return what came of inferences, in percent of them."""
    table = captioned_table(
        f"{condition}: inferences [%]",
        "silent: other answer than without flips, no alarm; critical: of those, right without flips. 95 % intervals "
        "over trials, whose inferences share their flips.",
    )
    for outcome in _OUTCOMES:
        table.add_column(outcome.replace("_", "-"), justify="right", no_wrap=True)
    for row in rows:
        cells = (row["outcomes"][outcome] for outcome in _OUTCOMES)
        table.add_row(row["protection"], *(_share(cell["share"], cell["over_trials95"]) for cell in cells))
    return table


def exposure_table(condition: str, rows: Sequence[Row]) -> Table:
    """Return flips, bit error rate and days."""
    table = captioned_table(
        f"{condition}: how much that is", "days: until so many flips are expected, without a reload."
    )
    rates = dict.fromkeys((REFERENCE_RATE_PER_BIT_DAY, rows[0]["rate_per_bit_day"]))
    days = [f"days at\n{rate:.3g}" for rate in rates]
    for heading in ("bits of\nthe image", "mean\nflips", "bit error\nrate", *days):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row["protection"],
            f"{row['n_bits']:,}",
            f"{row['mean_flips']:.1f}",
            f"{row['bit_error_rate']:.2e}",
            *(f"{row['bit_error_rate'] / rate:.3g}" for rate in rates),
        )
    return table


def layer_table(protection: str, found: Row, *, margin: float) -> Table:
    """Return what flips in each layer do under one protection."""
    low, high = found["silent_per_flip95"]
    table = captioned_table(
        f"{protection}: {found['n_trials']:,} bits flipped one by one",
        f"silent: share of inferences that a flip corrupts silently. bad: flips that cost more than 5 points. share: "
        f"of all silent corruption at a uniform rate. Margin {100 * margin:g} points at 95 % in every class of bits, "
        f"{100 * found['error_margin']:.2g} for the whole image: {100 * found['silent_per_flip']:.3g} % silent "
        f"({100 * low:.3g} to {100 * high:.3g}), {100 * found['bad_bits_share']:.3g} % of bits bad.",
    )
    for heading in ("bits", "drawn", "silent [%]", "bad [%]", "share [%]"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found["layers"]:
        table.add_row(
            row["layer"] if row["content"] == "parameters" else f"{row['layer']} {row['content']}",
            f"{row['n_bits']:,}",
            str(row["n_trials"]),
            _share(row["silent_per_flip"], row["silent_per_flip95"]),
            _share(row["bad_bits_share"], row["bad_bits_share95"]),
            f"{100 * row['share_of_silent']:.1f}",
        )
    return table


def _both(row: Row, key: str, scale: float) -> str:
    values = [scale * row[key.format(batch)] for batch in ("batch1", "batch16")]
    return ", ".join("-" if math.isnan(value) else f"{value:.3g}" for value in values)


def _share(share: float, bounds: Sequence[float]) -> str:
    low, high = (100 * bound for bound in bounds)
    return f"{100 * share:.1f} ({low:.1f}-{high:.1f})"
