"""Devices under radiation: their memory, how often particles upset them, and what is published about real parts."""

from radiation.devices.catalogue import device_from_mapping, device_names, find_device
from radiation.devices.constant_rate import constant_rate_device
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
    "constant_rate_device",
    "device_from_mapping",
    "device_names",
    "find_device",
    "memory_array",
    "tabulated_multiplicity",
    "truncated_geometric",
]
