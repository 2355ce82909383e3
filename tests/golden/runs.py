"""The runs whose summaries are stored: small ones, and every scenario of the library as shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scenarios import load_scenario, run
from scenarios.config.library import library_names
from schedulers import SCHEDULERS

STORED = Path(__file__).with_name("summaries.json")
STORED_LIBRARY = Path(__file__).with_name("library.json")
SHORT = ("duration.orbits=0.8", "warm_up.orbits=0.2")
UNLIKE = (
    "radiation={device: carmen-2-rednet, memory_mib: 64, protection: {code: secded, scrubbing: {period_s: 60}}}",
    "fleet.groups[0].terminals={rate_gbps: 0.1, transmit_power_w: 5, standby_power_w: 0.5}",
    "fleet.groups[0].ground_radio={rate_gbps: 0.05, transmit_power_w: 4}",
    "fleet.groups[0].radiation={protection: {code: none}}",
    "fleet.groups[1].terminals={topology: in_plane}",
    "tasks.deliver_to=ground",
)
CASES = {
    **{f"headline-6x11 {name}": ("headline-6x11", (*SHORT, f"scheduler={name}")) for name in SCHEDULERS},
    "iridium": ("iridium", SHORT),
    "real-satellites": ("real-satellites", SHORT),
    "satellites-from-states": ("satellites-from-states", ()),
    "dawn-dusk": ("dawn-dusk", SHORT),
    "adversity-everything": ("adversity-everything", ("duration.orbits=1.2", "warm_up.orbits=0.2")),
    "eo-optical-12x22": ("eo-optical-12x22", SHORT),
    "eo-radar-12x22": ("eo-radar-12x22", SHORT),
    "cubesat-body-fixed": ("cubesat-body-fixed", SHORT),
    "downlink-200mbps-6x11": ("downlink-200mbps-6x11", SHORT),
    "downlink-x-band-6x11": ("downlink-x-band-6x11", SHORT),
    "fleet-mixed": ("fleet-mixed-6x11", SHORT),
    "models": ("models-6x11", SHORT),
    "fleet-unlike": ("fleet-mixed-6x11", (*SHORT, *UNLIKE)),
}


LIBRARY: dict[str, tuple[str, tuple[str, ...]]] = {name: (name, ()) for name in library_names()}


def summary_of(case: tuple[str, tuple[str, ...]], runs_folder: Path) -> dict[str, Any]:
    """Return the summary of a case: a scenario and what is set in it."""
    name, overrides = case
    return dict(run(load_scenario(name, overrides), runs_folder=runs_folder).summary)


def stored(file: Path) -> dict[str, dict[str, Any]]:
    """Return the stored summaries by case."""
    summaries: dict[str, dict[str, Any]] = json.loads(file.read_text()) if file.exists() else {}
    return summaries
