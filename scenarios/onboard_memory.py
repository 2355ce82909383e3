"""Memory of a satellite's computer: its device in the size asked for, its protection, and what that costs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from radiation.devices import Device
from radiation.memory_protection import (
    Layout,
    MemoryProtection,
    Residual,
    Sweep,
    Unprotected,
    reload_cost,
    residual_of,
    scrub_cost,
)
from radiation.memory_protection.cost import SweepCost
from radiation.upsets import UpsetList

MIB_BYTES: Final = 2**20
MOST_MIB_TRIED: Final = 256
"""How far above the size asked for one is looked for that is a whole number of rows."""

CODE_WORD_BITS: Final = (8, 16, 32, 64)
"""Widths of a device's words that words of a code can be laid over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardMemory:
    """A device as it is on board, and how its memory is stored and looked after.

    Attributes
    ----------
    device : Device
        Large enough for the data and their redundancy: upsets are sampled for all of it.
    protection : MemoryProtection
    data_bytes : int
        Data that the memory holds. A device without memory counts as one word, in which nothing flips.
    word_bits : int
        Width of the device's words, as the protection sees them.
    """

    device: Device
    protection: MemoryProtection
    data_bytes: int
    word_bits: int

    @property
    def is_plain(self) -> bool:
        """Whether words are just stored: then each word of the device stands for one of 64 bits."""
        return _is_plain(self.protection)

    @property
    def layout(self) -> Layout:
        """Where words, copies and check bits lie."""
        return Layout(code=self.protection.code, data_bytes=self.data_bytes)

    def residual_of(self, upsets: UpsetList, end_s: float) -> Residual:
        """Return what the protection leaves of upsets of this memory until `end_s`."""
        return residual_of(
            upsets,
            self.protection,
            data_bytes=self.data_bytes,
            memory_word_bits=self.word_bits,
            end_s=end_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What sweeps over memory cost in the mean.

    Attributes
    ----------
    power_w : float
        Energy of all sweeps over the time between them.
    bandwidth_share : float
        Share of the memory's bandwidth that the sweeps take from tasks, 0 to 1.
    """

    power_w: float = 0.0
    bandwidth_share: float = 0.0


def onboard_memory(device: Device, data_bytes: int | None, protection: MemoryProtection) -> OnboardMemory:
    """Return the memory of a computer.

    Parameters
    ----------
    device : Device
    data_bytes : int, optional
        Data that the memory must hold, redundancy not counted; if left out, the size of the device.
    protection : MemoryProtection

    Raises
    ------
    ValueError
        If the device has no memory to size or protect, or its words or rows do not fit.
    """
    is_plain = _is_plain(protection)
    if device.memory is None:
        if data_bytes is not None or not is_plain:
            what = "protection" if data_bytes is None else "memory_mib"
            raise ValueError(f"{what}: device {device.name!r} has no memory; leave it out, or choose a memory device")
        return OnboardMemory(device=device, protection=protection, data_bytes=8, word_bits=64)
    if data_bytes is None:
        data_bytes = device.memory.n_bits // 8
    if is_plain:
        # without a code nothing depends on how words lie, so each word of the device stands for one of 64 bits
        resized = _resized(device, protection, data_bytes)
        assert resized.memory is not None
        n_words = resized.memory.n_bits // resized.memory.word_bits
        return OnboardMemory(device=resized, protection=protection, data_bytes=8 * n_words, word_bits=64)
    if device.memory.word_bits not in CODE_WORD_BITS:
        widths = ", ".join(map(str, CODE_WORD_BITS))
        raise ValueError(
            f"protection: the words of device {device.name!r} have {device.memory.word_bits} bits, but a code is laid "
            f"over words of {widths}; give the device with another memory.word_bits, or no protection"
        )
    return OnboardMemory(
        device=_resized(device, protection, data_bytes),
        protection=protection,
        data_bytes=data_bytes,
        word_bits=device.memory.word_bits,
    )


def _is_plain(protection: MemoryProtection) -> bool:
    return isinstance(protection.code, Unprotected) and protection.reload is None


def _resized(device: Device, protection: MemoryProtection, data_bytes: int) -> Device:
    """Return the device with room for data and redundancy, in whole rows of cells."""
    try:
        return device.resized(8 * _stored_bytes(protection, data_bytes))
    except ValueError as error:
        remedy = "choose a device with other rows"
        for mib in range(-(-data_bytes // MIB_BYTES), MOST_MIB_TRIED + data_bytes // MIB_BYTES):
            with suppress(ValueError):
                device.resized(8 * _stored_bytes(protection, mib * MIB_BYTES))
                remedy = f"give for example memory_mib: {mib}"
                break
        stored = _stored_bytes(protection, data_bytes)
        raise ValueError(
            f"memory_mib: {data_bytes / MIB_BYTES:.10g} MiB of data, {stored:,} bytes with redundancy, are no whole "
            f"number of rows of device {device.name!r}; {remedy}"
        ) from error


def _stored_bytes(protection: MemoryProtection, data_bytes: int) -> int:
    if isinstance(protection.code, Unprotected):
        return data_bytes
    return Layout(code=protection.code, data_bytes=data_bytes).stored_bytes


def upkeep(memory: OnboardMemory, *, bandwidth_bps: float, access_j_per_bit: float) -> Upkeep:
    """Return what scrubbing and reloads of a memory cost.

    Parameters
    ----------
    bandwidth_bps : float
        Of the memory, shared by sweeps and tasks.
    access_j_per_bit : float
        To read or to write a bit, of the golden copy too.

    Raises
    ------
    ValueError
        If a sweep cannot be done in its time at this bandwidth, or sweeps leave nothing to tasks.

    Notes
    -----
    The words that a scrub writes back are left out: they are some millionths of those that it reads.
    """
    protection, power_w, share = memory.protection, 0.0, 0.0
    for name, sweep in (("scrubbing", protection.scrubbing), ("reload", protection.reload)):
        if sweep is not None:
            cost = scrub_cost(memory.layout) if name == "scrubbing" else reload_cost(memory.layout)
            _check_sweep(name, sweep, cost, bandwidth_bps)
            power_w += cost.energy_j(access_j_per_bit, access_j_per_bit, access_j_per_bit) / sweep.period_s
            share += cost.time_s(bandwidth_bps) / sweep.period_s
    if share >= 1.0:
        raise ValueError(f"protection: sweeps take {share:.3g} of the memory's bandwidth; make their periods longer")
    return Upkeep(power_w=power_w, bandwidth_share=share)


def _check_sweep(name: str, sweep: Sweep, cost: SweepCost, bandwidth_bps: float) -> None:
    needed_s = cost.time_s(bandwidth_bps)
    if needed_s > sweep.duration_s:
        raise ValueError(
            f"protection.{name}.duration_s: a sweep of {sweep.duration_s:g} s is too short, its bits take "
            f"{needed_s:.4g} s at the memory's bandwidth; give it more time, or protection.bandwidth_gbps"
        )
