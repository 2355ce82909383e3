"""Upsets of a DRAM as the radiation emulator behind RedNet makes them.

Written from its published description (RedNet: arXiv 2407.11853; joannahuadu/radiation-error-emulator), not from its
code.
"""

from radiation.upsets.rednet_emulator.along_orbits import with_rednet_clusters
from radiation.upsets.rednet_emulator.cluster_walks import ClusterShape
from radiation.upsets.rednet_emulator.emulator import WORST_BIT, RedNetEmulator
from radiation.upsets.rednet_emulator.event_sizes import (
    draw_event_sizes,
    expected_events_by_size,
    rednet_multiplicity,
)
from radiation.upsets.rednet_emulator.mappings import MAPPINGS, AddressMapping, DramPlace
from radiation.upsets.rednet_emulator.memory_image import MemoryImage, paged_image

__all__ = [
    "MAPPINGS",
    "WORST_BIT",
    "AddressMapping",
    "ClusterShape",
    "DramPlace",
    "MemoryImage",
    "RedNetEmulator",
    "draw_event_sizes",
    "expected_events_by_size",
    "paged_image",
    "rednet_multiplicity",
    "with_rednet_clusters",
]
