"""Battery wear: cycles of the stored energy, and how long a battery lasts under them by three models."""

from simulator.ageing.models import (
    AgeingModels,
    Cycles,
    FifteenPointRule,
    PowerLaw,
    XuModel,
    lifetime_ratio,
    lifetime_years,
)
from simulator.ageing.rainflow import RainflowCounter
from simulator.ageing.wear import FleetWear, WearFigures

__all__ = [
    "AgeingModels",
    "Cycles",
    "FifteenPointRule",
    "FleetWear",
    "PowerLaw",
    "RainflowCounter",
    "WearFigures",
    "XuModel",
    "lifetime_ratio",
    "lifetime_years",
]
