"""Multiplicities by technology, where nobody measured the part: engineering values, to be swept and not to be cited.

They are chosen to be of the size of what was seen: 1.4 % of upsets of an SRAM of about 2000 in orbit (Alsat-1), a
widest cluster of 7 cells at 20 nm and of 3 cells in 16 nm and 12 nm FinFETs under protons (Sakamoto et al. 2025), 9
cells in a 28 nm FPGA under heavy ions (Gao et al. 2022). Sweep the share of multi-cell events over 0.05 to 0.30.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from radiation.devices.memory_array import BIT_LINE_SHARE_FINFET, BIT_LINE_SHARE_PLANAR
from radiation.devices.multiplicity import MultiplicityLaw, truncated_geometric

FINFET_NM: Final = 16.0
"""Feature size of the first FinFETs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineeringValues:
    """What is assumed of memories down to a feature size."""

    down_to_nm: float
    proton: MultiplicityLaw
    heavy_ion: MultiplicityLaw


_WIDE_HEAVY_ION: Final = truncated_geometric(multi_cell_share=0.4, growth=0.4, largest=12)
_OLD: Final = truncated_geometric(multi_cell_share=0.02, growth=0.1, largest=4)
_BY_TECHNOLOGY: Final = (
    EngineeringValues(down_to_nm=130.0, proton=_OLD, heavy_ion=_OLD),
    EngineeringValues(
        down_to_nm=65.0,
        proton=truncated_geometric(multi_cell_share=0.08, growth=0.2, largest=6),
        heavy_ion=_WIDE_HEAVY_ION,
    ),
    EngineeringValues(
        down_to_nm=28.0,
        proton=truncated_geometric(multi_cell_share=0.15, growth=0.25, largest=8),
        heavy_ion=_WIDE_HEAVY_ION,
    ),
    EngineeringValues(
        down_to_nm=20.0,
        proton=truncated_geometric(multi_cell_share=0.15, growth=0.3, largest=7),
        heavy_ion=_WIDE_HEAVY_ION,
    ),
    EngineeringValues(
        down_to_nm=0.0,
        proton=truncated_geometric(multi_cell_share=0.06, growth=0.15, largest=3),
        heavy_ion=truncated_geometric(multi_cell_share=0.2, growth=0.3, largest=9),
    ),
)


def engineering_values(technology_nm: float) -> EngineeringValues:
    """Return what is assumed of a memory of a feature size; between two rows of the table, the finer one's."""
    return next(row for row in _BY_TECHNOLOGY if technology_nm >= row.down_to_nm)


def engineering_bit_line_share(technology_nm: float | None) -> float:
    """Return the share of steps along the bit line that is assumed for a feature size, planar where it is not known."""
    is_finfet = technology_nm is not None and technology_nm <= FINFET_NM
    return BIT_LINE_SHARE_FINFET if is_finfet else BIT_LINE_SHARE_PLANAR
