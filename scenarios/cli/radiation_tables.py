"""Tables for people: upsets by population, devices of the catalogue."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from radiation.devices import Device
from radiation.populations import POPULATIONS
from scenarios.upset_survey import UpsetSurvey


def upsets_table(title: str, survey: UpsetSurvey) -> Table:
    """Return a row per effect and population that can come, and their sum."""
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD)
    table.add_column("effect")
    table.add_column("population", style="bold")
    for name in ("expected events", "events", "bits", "in the anomaly"):
        table.add_column(name, justify="right")
    for i_effect, effect in enumerate(survey.effects):
        for i_population, population in enumerate(POPULATIONS):
            cell = (i_effect, i_population)
            if survey.expected_events[cell] > 0.0:
                name = population.name.lower().replace("_", " ")
                table.add_row(effect.name.lower().replace("_", " "), name, *_numbers(survey, cell))
    table.add_section()
    table.add_row("all", "all", *_numbers(survey, ...))
    return table


def _numbers(survey: UpsetSurvey, cell: Any) -> tuple[str, str, str, str]:
    expected, inside, events, bits = (
        np.sum(values[cell])
        for values in (survey.expected_events, survey.expected_events_in_anomaly, survey.n_events, survey.n_bits)
    )
    return f"{expected:,.4g}", f"{events:,}", f"{bits:,}", percent(inside / expected if expected > 0.0 else math.nan)


def devices_text(devices: Sequence[Device]) -> str:
    """Return the catalogue: per device a line on what it is and what can happen to it, and one with its source."""
    lines = [f"{'device':<41} {'evidence':<10} {'bits':>13}  what can happen"]
    for device in devices:
        n_bits = f"{device.memory.n_bits:,}" if device.memory else "-"
        effects = ", ".join(device.responses()).replace("_", " ")
        lines += [f"{device.name:<41} {device.evidence.value:<10} {n_bits:>13}  {effects}", f"    {device.source}"]
    return "\n".join(lines)


def percent(share: float) -> str:
    """Return a share in percent, a dash for none."""
    return "-" if math.isnan(share) else f"{100.0 * share:.1f} %"
