"""Stacked intelligent metasurface: layers of meta-atoms whose phases form beams; physics alone, in numpy."""

from simulator.metasurface.geometry import StackGeometry
from simulator.metasurface.gradient import SumRateGradient, sum_rate_gradient
from simulator.metasurface.presets import PRESETS, Preset
from simulator.metasurface.propagation import EnergyGainWarning, Stack, build_stack, propagation_matrix
from simulator.metasurface.rate import rates_bps_hz, sinr, sum_rate_bps_hz
from simulator.metasurface.response import effective_channel

__all__ = [
    "PRESETS",
    "EnergyGainWarning",
    "Preset",
    "Stack",
    "StackGeometry",
    "SumRateGradient",
    "build_stack",
    "effective_channel",
    "propagation_matrix",
    "rates_bps_hz",
    "sinr",
    "sum_rate_bps_hz",
    "sum_rate_gradient",
]
