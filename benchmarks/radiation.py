"""Upsets along orbits: rates and events of many satellites, in chunks, and the memory that they take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.result import DAY_S, Result, memory_mib
from radiation.cross_sections import FigureOfMerit, WeibullProton
from radiation.devices import Device, Evidence, Response, memory_array
from radiation.devices.engineering_values import engineering_values
from radiation.environment import Environment
from radiation.upsets import DeviceRates, Track, expected_upsets, sample_upsets

STEP_S = 10.0
ALTITUDE_M = 550e3
INCLINATION_RAD = np.radians(53.0)
MEAN_MOTION_RAD_S = 1.0948e-3
EARTH_RATE_RAD_S = 7.2921e-5
CHUNK = 8
"""Satellites whose rates are in memory at once."""
ENVIRONMENT = Environment(epoch_year=2020.0, solar_phase=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """CPU seconds and what came of them."""

    rates_s: float
    events_s: float
    n_events: int
    n_bits: int
    expected_bits: float


def measure(_: int) -> list[Result]:
    """Measure a thousand satellites and a whole shell over a day, once each."""
    before_s = time.process_time()
    rates = DeviceRates(memory_of_64_mib(), ENVIRONMENT)
    built_s = time.process_time() - before_s
    after_imports_mib = memory_mib("VmRSS")
    thousand = live_a_day(rates, n_planes=40, n_slots=25)
    blended_s = rates_of_a_thousand_s(DeviceRates(memory_of_64_mib(), Environment(epoch_year=2022.0)))
    shell = live_a_day(rates, n_planes=72, n_slots=22)
    peak_mib = memory_mib("VmHWM")
    per_bit_day = shell.expected_bits / 1_584 / rates.device.memory.n_bits if rates.device.memory else 0.0
    return [
        Result(
            what="upsets of 1,000 satellite-days at 10 s, rates and events",
            measured=built_s + thousand.rates_s + thousand.events_s,
            unit="s",
            target=10.0,
            note=f"folding {built_s:.2f} s, rates {thousand.rates_s:.2f} s, events {thousand.events_s:.2f} s",
        ),
        Result(
            what="  rates alone, the belt between solar minimum and maximum",
            measured=blended_s,
            unit="s",
            target=6.0,
            note="8,641 instants per satellite, four populations",
        ),
        Result(
            what="upsets of 72 x 22 satellites over a day, 64 MiB each",
            measured=built_s + shell.rates_s + shell.events_s,
            unit="s",
            target=20.0,
            note=f"{shell.n_events:,} events, {shell.n_bits:,} bits at {per_bit_day:.1e} per bit and day",
        ),
        Result(
            what="  their memory",
            measured=peak_mib - after_imports_mib,
            unit="MiB",
            target=500.0,
            note=f"above {after_imports_mib:.0f} MiB after imports and tables; all events kept",
        ),
    ]


def rates_of_a_thousand_s(rates: DeviceRates) -> float:
    """Return CPU seconds of the rates of a thousand satellites over a day."""
    spent_s = 0.0
    for track in tracks(40, 25):
        start_s = time.process_time()
        rates.along(track)
        spent_s += time.process_time() - start_s
    return spent_s


def memory_of_64_mib() -> Device:
    """Return 64 MiB of a memory that sees about 5e-8 upsets per bit and day in the shell's orbit."""
    law = engineering_values(28.0)
    return Device(
        name="memory",
        evidence=Evidence.ESTIMATED,
        source="of the size that flight records have",
        memory=memory_array(n_bits=64 * 2**23),
        proton_multiplicity=law.proton,
        heavy_ion_multiplicity=law.heavy_ion,
        cells=Response(
            proton=WeibullProton(saturation_m2=1.1e-18, threshold_mev=5.0, width_mev=20.0, exponent=2.5),
            heavy_ion=FigureOfMerit(merit_mg2_per_mev2_cm2=5e-10),
        ),
    )


def live_a_day(rates: DeviceRates, *, n_planes: int, n_slots: int) -> Measurement:
    """Draw the upsets of a shell, keep them all, and count the time of rates and of events; positions are given."""
    rates_s = events_s = expected_bits = 0.0
    kept = []
    for track in tracks(n_planes, n_slots):
        start_s = time.process_time()
        along = rates.along(track)
        between_s = time.process_time()
        kept.append(sample_upsets(rates.device, track, along, root_seed=1))
        rates_s, events_s = rates_s + between_s - start_s, events_s + time.process_time() - between_s
        expected_bits += float(expected_upsets(rates.device, track.t_s, along).bits.sum())
    return Measurement(
        rates_s=rates_s,
        events_s=events_s,
        n_events=sum(upsets.n_events for upsets in kept),
        n_bits=sum(upsets.n_bits for upsets in kept),
        expected_bits=expected_bits,
    )


def tracks(n_planes: int, n_slots: int) -> Iterator[Track]:
    """Give circular orbits over a sphere that turns, some satellites at a time."""
    t_s = np.arange(0.0, DAY_S + 0.5 * STEP_S, STEP_S)
    for first in range(0, n_planes * n_slots, CHUNK):
        satellite = np.arange(first, min(first + CHUNK, n_planes * n_slots), dtype=np.int32)
        plane, slot = np.divmod(satellite, n_slots)
        u = MEAN_MOTION_RAD_S * t_s + 2.0 * np.pi * (slot / n_slots)[:, None]
        along = np.arctan2(np.cos(INCLINATION_RAD) * np.sin(u), np.cos(u)) + 2.0 * np.pi * (plane / n_planes)[:, None]
        yield Track(
            satellite=satellite,
            t_s=t_s,
            latitude_rad=np.arcsin(np.sin(INCLINATION_RAD) * np.sin(u)),
            longitude_rad=np.mod(along - EARTH_RATE_RAD_S * t_s + np.pi, 2.0 * np.pi) - np.pi,
            altitude_m=np.full(u.shape, ALTITUDE_M),
        )
