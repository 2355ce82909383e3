"""Tables of `sunwise beam` for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from scenarios.beam.methods import ACTIVE_BPS_HZ, Bounds, Outcome
from scenarios.beam.pass_case import PassCase
from scenarios.beam.satellite_pass import PassOutcome, served_record
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
    """Return a row per method and value; fits a terminal of 80 columns."""
    axis = points[0].axis
    table = _table(
        f"{title}: sum rate by {axis}; {points[0].n_channels} channels",
        "Mean with 95 % interval of Student's t. active: users with at least "
        f"{ACTIVE_BPS_HZ:g} bit/s/Hz." + (" time: multiples of the steps of a method." if axis == "time" else ""),
    )
    for heading in (axis, "sum rate\n\\[bit/s/Hz]", "active", "CPU per\nchannel \\[s]"):
        table.add_column(heading, justify="right", no_wrap=True)
    for method, own in groupby(points, key=lambda point: point.method):
        for i, point in enumerate(own):
            table.add_row(
                "" if i else method,
                f"{point.value:g}",
                f"{point.mean_rate_bps_hz:.2f} +- {point.high_bps_hz - point.mean_rate_bps_hz:.2f}",
                f"{point.mean_active_users:.1f}",
                f"{point.cpu_s_per_channel:.4f}",
            )
    return table


def pass_table(case: PassCase, outcome: PassOutcome) -> Table:
    """Return a row per transmitter; fits a terminal of 80 columns with four users."""
    costs = case.costs
    lowest_deg = math.degrees(float(outcome.elevation_rad.min()))
    table = _table(
        f"{case.preset.name}: a pass of {case.duration_s:g} s, elevation from {lowest_deg:.0f} to 90 deg; "
        f"{1e-6 * case.preset.bandwidth_hz:g} MHz",
        f"Assumed: controller {costs.controller_w:g} W, update {costs.update_energy_j:g} J and "
        f"{1e3 * costs.update_time_s:g} ms every {case.retrack_s:g} s, chain {costs.chain_w:g} W, amplifier efficiency "
        f"{costs.amplifier_efficiency:g}; insertion loss {case.preset.insertion_loss_db:g} dB per layer. Same area for "
        "all; equal: the power of amplifiers, or what leaves the stack. The array and the stack know where users are, "
        "not what is scattered; the dish serves users in turn. "
        f"Doppler up to {1e-3 * float(np.abs(outcome.doppler_hz).max()):.0f} kHz is taken away by receivers.",
    )
    for heading in (
        "sum rate\n\\[bit/s/Hz]",
        "\n\\[Mbit/s]",
        "of users\n\\[bit/s/Hz]",
        "radiated\n\\[W]",
        "DC\n\\[W]",
        "DC\n\\[nJ/bit]",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    for served in outcome.served:
        record = served_record(served, case)
        table.add_row(
            served.name,
            f"{record['mean_rate_bps_hz']:.2f}",
            f"{record['mean_rate_mbps']:.0f}",
            " ".join(f"{rate:.1f}" for rate in record["mean_user_rates_bps_hz"]),
            f"{served.radiated_power_w:.2f}",
            f"{served.dc_power_w:.0f}",
            "-" if record["dc_energy_per_bit_j"] is None else f"{1e9 * record['dc_energy_per_bit_j']:.0f}",
        )
    return table


def _table(title: str, caption: str) -> Table:
    table = Table(
        title=title, title_justify="left", caption=caption, caption_justify="left", box=SIMPLE_HEAD, padding=(0, 1)
    )
    table.add_column("", style="bold", overflow="fold")
    return table
