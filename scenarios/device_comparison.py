"""The devices of the catalogue, each with the upsets that are expected of it in one orbit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radiation.devices import Device
from radiation.environment import Environment
from radiation.upsets import DeviceRates, Track, expected_upsets

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUpsets:
    """What is expected of one device of its own size.

    Attributes
    ----------
    device : Device
    events_per_day : of all populations, whatever happens to the device
    left_out : particles that upset the device in ways that nobody published
    has_constant_rate : whether some of its rates are the same in every orbit, as published for one
    """

    device: Device
    events_per_day: float
    left_out: tuple[str, ...]
    has_constant_rate: bool


def compare_devices(
    devices: Sequence[Device], environment: Environment, track: Track, *, shielding_kg_m2: float
) -> tuple[DeviceUpsets, ...]:
    """Return what is expected of each device, the mean over the satellites of a track."""
    days = float(track.t_s[-1] - track.t_s[0]) / _DAY_S * track.satellite.size
    found = []
    for device in devices:
        along = DeviceRates(device, environment, shielding_kg_m2=shielding_kg_m2).along(track)
        events = float(expected_upsets(device, track.t_s, along).events.sum())
        found.append(
            DeviceUpsets(
                device=device,
                events_per_day=events / days,
                left_out=_left_out(device),
                has_constant_rate=any(r.constant_rate_per_s > 0.0 for r in device.responses().values()),
            )
        )
    return tuple(found)


def _left_out(device: Device) -> tuple[str, ...]:
    modelled = [response for response in device.responses().values() if response.constant_rate_per_s == 0.0]
    has_every_proton = all(response.proton is not None for response in modelled)
    has_every_ion = all(response.heavy_ion is not None for response in modelled)
    return (*(() if has_every_proton else ("protons",)), *(() if has_every_ion else ("heavy ions",)))
