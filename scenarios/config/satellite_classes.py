"""Kinds of satellites by name: array, base load, battery and computer, each number with its source."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from scenarios.config.hardware import Mode, Power, Processor

ClassName = Literal["cubesat", "microsat", "broadband"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteClass:
    """A kind of satellite.

    `power` sets only what the class says; the rest is that of the scenario. `sources` tells per quantity where its
    numbers come from, "assumed" where nothing was published.
    """

    name: str
    model: str
    power: Power
    processor: Processor
    sources: tuple[tuple[str, str], ...]


_ORIN_SPEED = (
    "NVIDIA's data sheets of the modules: {tops} of the 275 TOPS of the Jetson AGX Orin of 60 W, which is speed 1; "
    "that a task scales with them is assumed"
)
_MLPERF = "MLPerf Inference v3.1, closed division, NVIDIA, ResNet-50 offline"
_CAP = "power: the module's cap, all of it drawn (assumed)"

SATELLITE_CLASSES: Final = MappingProxyType(
    {
        record.name: record
        for record in (
            SatelliteClass(
                name="cubesat",
                model="SNIPE, 6U, 10 kg, with a Jetson Orin Nano",
                power=Power(solar_power_w=44.0, base_power_w=8.0, battery_capacity_kj=144.0),
                processor=Processor(
                    modes=(
                        Mode(name="25 W", power_w=25.0, speed=0.24),
                        Mode(name="15 W", power_w=15.0, speed=0.17),
                        Mode(name="7 W", power_w=7.0, speed=0.09),
                    )
                ),
                sources=(
                    ("solar_power_w", "deployable panels of 44 W (SNIPE bus, J. Space Technol. Appl. 2(2), 2022)"),
                    ("battery_capacity_kj", "40 Wh (SNIPE bus)"),
                    ("base_power_w", "assumed; CubeSats have 2 to 8 W (Arnold et al., IEEE Aerospace Conference 2012)"),
                    ("first mode", _ORIN_SPEED.format(tops="67")),
                    (
                        "other modes",
                        f"{_CAP}; speed at 15 W: 0.70 of that at 25 W, measured on the Orin Nano (25 W gives 36 to 47 "
                        "% more tokens per second with eight language models, smolhub.com, 2026); at 7 W: assumed",
                    ),
                ),
            ),
            SatelliteClass(
                name="microsat",
                model="PROBA-V, 140 kg, with a Jetson Orin NX",
                power=Power(solar_power_w=144.0, base_power_w=50.0, battery_capacity_kj=1210.0),
                processor=Processor(
                    modes=(
                        Mode(name="25 W", power_w=25.0, speed=0.36),
                        Mode(name="15 W", power_w=15.0, speed=0.25),
                        Mode(name="10 W", power_w=10.0, speed=0.18),
                    )
                ),
                sources=(
                    ("solar_power_w", "144 W, the most at the end of life (PROBA-V, eoPortal)"),
                    ("battery_capacity_kj", "12 Ah (PROBA-V, eoPortal) at 28 V (assumed)"),
                    (
                        "base_power_w",
                        "assumed: PROBA-2 on the same platform draws 53 to 86 W (Bernaerts and Gantois, ESA, 2007); "
                        "the bus of PROBA-V with its imager is budgeted at 140 W (eoPortal)",
                    ),
                    ("first mode", f"{_ORIN_SPEED.format(tops='100')} (measured without a cap: 0.41, {_MLPERF})"),
                    (
                        "other modes",
                        f"{_CAP}; speed at 15 W: 0.70 of that at 25 W as on the Orin Nano (measured: 0.26 at 15.0 W "
                        f"from the mains, {_MLPERF}); at 10 W: assumed",
                    ),
                ),
            ),
            SatelliteClass(
                name="broadband",
                model="Iridium NEXT, 800 kg, with a Jetson AGX Orin",
                power=Power(solar_power_w=2000.0, base_power_w=700.0, battery_capacity_kj=7200.0),
                processor=Processor(
                    modes=(
                        Mode(name="60 W", power_w=60.0, speed=1.0),
                        Mode(name="30 W", power_w=30.0, speed=0.65),
                    )
                ),
                sources=(
                    ("solar_power_w", "2000 W (Iridium NEXT fact sheet of its integrator, Orbital)"),
                    ("battery_capacity_kj", "assumed: 2 kWh"),
                    ("base_power_w", "assumed: what the array brings on the average, less a margin"),
                    ("first mode", "the reference processor, a Jetson AGX Orin of 60 W"),
                    (
                        "other modes",
                        f"{_CAP}; speed: assumed, a little over the line from 0.55 at 23.7 W from the mains, measured "
                        f"with clocks chosen for it ({_MLPERF}), to 1 at 60 W; NVIDIA's own mode of 30 W runs the GPU "
                        "at 612 of 1300 MHz",
                    ),
                ),
            ),
        )
    }
)
"""Kinds of satellites by name."""


def describe_classes() -> str:
    """Return the classes as a Markdown table and the sources of their numbers as a list."""
    head = "| class | modelled on | array | base load | battery | modes: power, speed |\n|---|---|---|---|---|---|\n"
    return head + "".join(map(_row, SATELLITE_CLASSES.values())) + "\n" + _sources()


def _row(record: SatelliteClass) -> str:
    power = record.power
    modes = "; ".join(f"{mode.power_w:g} W, {mode.speed:g}" for mode in record.processor.modes)
    cells = (
        f"`{record.name}`",
        record.model,
        f"{power.solar_power_w:g} W",
        f"{power.base_power_w:g} W",
        f"{power.battery_capacity_kj:g} kJ",
        modes,
    )
    return f"| {' | '.join(cells)} |\n"


def _sources() -> str:
    lines = []
    for record in SATELLITE_CLASSES.values():
        lines.append(f"- `{record.name}`\n")
        lines += [f"  - {quantity}: {source}\n" for quantity, source in record.sources]
    return "".join(lines)
