"""From the section `radiation` of a scenario to a device, its memory, its surroundings and its rates."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

from radiation.environment import Environment, ExponentialInRigidity, King1972, SolarEvent
from radiation.environment.solar_events import SolarSpectrum
from radiation.memory_protection import CODES, MemoryProtection, Sweep
from radiation.upsets import DeviceRates, systematic_factors
from scenarios.config.device_source import device_of
from scenarios.config.radiation import ExponentialSpectrum, KingSpectrum, MemorySweep, Protection, Radiation, Spectrum
from scenarios.config.radiation import SolarEvent as SolarEventSection
from scenarios.onboard_memory import OnboardMemory, Upkeep, onboard_memory, upkeep
from scenarios.radiation_tracks import epoch_year
from simulator.timescale import Epoch

_M2_PER_CM2 = 1e-4


def memory_of(section: Radiation, folder: Path) -> OnboardMemory:
    """Return the memory of each computer; `folder` is that of the scenario file.

    Raises
    ------
    ValueError
        If device, size and protection do not go together.
    """
    return onboard_memory(device_of(section.device, folder), section.data_bytes, protection_of(section.protection))


def upkeep_of(section: Radiation, folder: Path) -> Upkeep:
    """Return what looking after memory costs each satellite.

    Raises
    ------
    ValueError
        If sweeps take longer than they may.
    """
    protection = section.protection
    return upkeep(
        memory_of(section, folder),
        bandwidth_bps=protection.bandwidth_bps,
        access_j_per_bit=protection.access_j_per_bit,
    )


def protection_of(section: Protection) -> MemoryProtection:
    """Return the protection of memory that a section describes."""
    return MemoryProtection(
        code=CODES[section.code](),
        scrubbing=_sweep(section.scrubbing),
        reload=_sweep(section.reload),
        reloads_detected=section.reloads_detected,
    )


def environment_of(section: Radiation, epoch: Epoch) -> Environment:
    """Return the surroundings of the orbits.

    Raises
    ------
    ValueError
        If the epoch is outside 1960 to 2100.
    """
    return Environment(
        epoch_year=epoch_year(epoch),
        solar_phase=section.solar_phase,
        modulation=section.modulation,
        solar_events=tuple(_solar_event(event) for event in section.solar_events),
    )


def rates_of(section: Radiation, memory: OnboardMemory, environment: Environment, *, seed: int) -> DeviceRates:
    """Return the rates of everything that can happen to the device, with the models' error drawn if asked for."""
    return DeviceRates(
        memory.device,
        environment,
        shielding_kg_m2=section.shielding_kg_m2,
        factors=systematic_factors(seed) if section.systematic else None,
    )


def needs_environment(memory: OnboardMemory) -> bool:
    """Return whether rates depend on the place; those of a device of constant rates do not."""
    return any(response.proton or response.heavy_ion for response in memory.device.responses().values())


def _sweep(section: MemorySweep | None) -> Sweep | None:
    if section is None:
        return None
    duration_s = section.period_s if section.duration_s is None else section.duration_s
    return Sweep(period_s=section.period_s, duration_s=duration_s)


def _solar_event(section: SolarEventSection) -> SolarEvent:
    return SolarEvent(
        start_s=section.start_s,
        rise_s=section.rise_s,
        decay_s=section.decay_s,
        spectrum=_spectrum(section.spectrum),
        cutoff_factor=section.cutoff_factor,
    )


def _spectrum(section: Spectrum) -> SolarSpectrum:
    if isinstance(section, KingSpectrum):
        return King1972(scale=section.scale)
    if isinstance(section, ExponentialSpectrum):
        return ExponentialInRigidity(total_per_m2=section.total_per_cm2 / _M2_PER_CM2, scale_gv=section.scale_gv)
    assert_never(section)
