"""Devices under radiation: their memory, how often particles upset them, and what is published about real parts."""

from radiation.devices.device import Counts, Device, Evidence, Response
from radiation.devices.memory_array import MemoryArray, memory_array
from radiation.devices.multiplicity import (
    SINGLE_CELLS,
    MultiplicityLaw,
    tabulated_multiplicity,
    truncated_geometric,
)

__all__ = [
    "SINGLE_CELLS",
    "Counts",
    "Device",
    "Evidence",
    "MemoryArray",
    "MultiplicityLaw",
    "Response",
    "memory_array",
    "tabulated_multiplicity",
    "truncated_geometric",
]
