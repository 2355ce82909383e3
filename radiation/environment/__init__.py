"""Radiation environment along an orbit: trapped protons, cosmic rays and their cutoff, solar events, shielding."""

from radiation.environment.belt import (
    ANOMALY_FLUX_PER_M2_S,
    ANOMALY_MEV,
    Peak,
    is_in_anomaly,
    peak_flux,
    trapped_flux_per_m2_s,
)
from radiation.environment.cutoff import cutoff_rigidity_gv
from radiation.environment.environment import Environment
from radiation.environment.places import check_orbit_altitude
from radiation.environment.solar_cycle import decimal_year
from radiation.environment.solar_events import BandInRigidity, ExponentialInRigidity, King1972, SolarEvent
from radiation.environment.tables import provenance

__all__ = [
    "ANOMALY_FLUX_PER_M2_S",
    "ANOMALY_MEV",
    "BandInRigidity",
    "Environment",
    "ExponentialInRigidity",
    "King1972",
    "Peak",
    "SolarEvent",
    "check_orbit_altitude",
    "cutoff_rigidity_gv",
    "decimal_year",
    "is_in_anomaly",
    "peak_flux",
    "provenance",
    "trapped_flux_per_m2_s",
]
