"""What can happen to a device, in the order of the axis of its rates, and how rates become events."""

from __future__ import annotations

from typing import Final

from radiation.devices.device import Counts, Device
from radiation.populations import POPULATIONS, Population
from radiation.upsets.expected_clusters import expected_bits_per_cluster
from radiation.upsets.upset_list import Effect

EFFECT_OF_RESPONSE: Final = {
    "cells": Effect.CELLS,
    "rows": Effect.ROW,
    "columns": Effect.COLUMN,
    "functional_interrupts": Effect.FUNCTIONAL_INTERRUPT,
    "logic_errors": Effect.LOGIC_ERROR,
}


def effects_of(device: Device) -> tuple[Effect, ...]:
    """Return what can happen to the device: the order of the first axis of its rates."""
    return tuple(EFFECT_OF_RESPONSE[name] for name in device.responses())


def events_per_target(device: Device, effect: Effect, population: Population) -> float:
    """Return the factor from a rate per target, a bit or the device, to events of the device.

    A published rate per bit counts flipped bits, so events are fewer by the bits that one particle flips in the mean;
    those that a cluster loses at the edge of its array are not counted.
    """
    if effect is not Effect.CELLS:
        return 1.0
    assert device.memory, "a device with cells has a memory"
    if device.counts is Counts.EVENTS:
        return float(device.memory.n_bits)
    return device.memory.n_bits / expected_bits_per_cluster(device.memory, device.multiplicity(population))


def event_factors(device: Device) -> list[list[float]]:
    """Return `events_per_target` for all effects of the device and all populations, (n_effects, n_populations)."""
    return [[events_per_target(device, effect, p) for p in POPULATIONS] for effect in effects_of(device)]
