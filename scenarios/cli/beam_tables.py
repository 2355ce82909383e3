"""Tables of `sunwise beam` for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from scenarios.beam.methods import ACTIVE_BPS_HZ, Bounds, Outcome
from scenarios.beam.sweeps import SweepPoint


def method_table(title: str, outcomes: Sequence[Outcome], bounds: Bounds, bandwidth_hz: float) -> Table:
    """Return what each method achieves; fits a terminal of 80 columns with four users."""
    n_channels = len(outcomes[0].rates_bps_hz)
    table = _table(
        f"{title}; {n_channels} channels, {1e-6 * bandwidth_hz:g} MHz",
        f"sum rate: mean with 95 % interval of Student's t. active: users with at least {ACTIVE_BPS_HZ:g} bit/s/Hz. No "
        f"stack exceeds {bounds.certified_bps_hz:.2f} bit/s/Hz (proven); if users did not disturb each other, about "
        f"{bounds.interference_free_bps_hz:.2f}. Methods named zf and mrt have no stack.",
    )
    for heading in (
        "sum rate\n\\[bit/s/Hz]",
        "\n\\[Mbit/s]",
        "of users\n\\[bit/s/Hz]",
        "active",
        "CPU per\nchannel \\[s]",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    for outcome in outcomes:
        mean = outcome.mean_rate
        table.add_row(
            outcome.method,
            f"{mean.estimate:.2f} +- {mean.high - mean.estimate:.2f}",
            f"{1e-6 * bandwidth_hz * mean.estimate:.1f}",
            " ".join(f"{rate:.1f}" for rate in outcome.user_rates_bps_hz.mean(axis=0)),
            f"{outcome.n_active_users.mean():.1f}",
            f"{outcome.cpu_s / n_channels:.4f}",
        )
    return table


def sweep_table(title: str, points: Sequence[SweepPoint]) -> Table:
    """Return a row per value, a column per method."""
    axis = points[0].axis
    methods = list(dict.fromkeys(point.method for point in points))
    table = _table(
        f"{title}: sum rate by {axis} \\[bit/s/Hz]; {points[0].n_channels} channels",
        "Mean with 95 % interval of Student's t."
        + (
            " time: multiples of each method's steps; CPU seconds per channel behind the rate."
            if axis == "time"
            else ""
        ),
    )
    for method in methods:
        table.add_column(method, justify="right", no_wrap=True)
    for value in dict.fromkeys(point.value for point in points):
        own = {point.method: point for point in points if point.value == value}
        table.add_row(f"{value:g}", *(_cell(own[method]) for method in methods))
    return table


def _cell(point: SweepPoint) -> str:
    rate = f"{point.mean_rate_bps_hz:.2f} +- {point.high_bps_hz - point.mean_rate_bps_hz:.2f}"
    return f"{rate} ({point.cpu_s_per_channel:.4f})" if point.axis == "time" else rate


def _table(title: str, caption: str) -> Table:
    table = Table(
        title=title, title_justify="left", caption=caption, caption_justify="left", box=SIMPLE_HEAD, padding=(0, 1)
    )
    table.add_column("", style="bold", overflow="fold")
    return table
