"""Devices that are known by a rate per bit alone."""

from __future__ import annotations

from radiation.devices.device import Device, Evidence, Response
from radiation.devices.memory_array import MemoryArray
from radiation.devices.multiplicity import SINGLE_CELLS, MultiplicityLaw


def constant_rate_device(
    rate_per_bit_s: float, memory: MemoryArray, *, multiplicity: MultiplicityLaw = SINGLE_CELLS
) -> Device:
    """Return a device whose bits flip at one rate everywhere.

    Parameters
    ----------
    rate_per_bit_s : float
        Flipped bits per bit and second. Published means in low Earth orbit lie between 1e-9 and 1e-6 per bit and day.
    memory : MemoryArray
        Where the bits lie.
    multiplicity : MultiplicityLaw
        Cells per particle; the rate of bits stays as given.

    Raises
    ------
    ValueError
        If the rate is not positive and finite.
    """
    return Device(
        name="constant-rate",
        evidence=Evidence.USER_SUPPLIED,
        source="a rate given by the user",
        memory=memory,
        proton_multiplicity=multiplicity,
        heavy_ion_multiplicity=multiplicity,
        cells=Response(constant_rate_per_s=rate_per_bit_s),
    )
