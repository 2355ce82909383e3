"""What the sampled upsets are in the mean, without sampling: their numbers follow Poisson laws with these means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiation.devices.device import Device
from radiation.populations import POPULATIONS
from radiation.upsets.effects import effects_of, event_factors
from radiation.upsets.event_times import cumulative_rate
from radiation.upsets.expected_clusters import (
    expected_bits_per_cluster,
    expected_bits_per_column_upset,
    expected_bits_per_row_upset,
)
from radiation.upsets.upset_list import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedUpsets:
    """Means of the events, and of the bits that they flip.

    Attributes
    ----------
    effects : order of the first axis
    events, bits : (n_effects, n_populations, n_sats), populations in the order of `POPULATIONS`
    """

    effects: tuple[Effect, ...]
    events: NDArray[np.float64]
    bits: NDArray[np.float64]


def expected_upsets(
    device: Device,
    t_s: NDArray[np.float64],
    rates: NDArray[np.floating],
    *,
    where: NDArray[np.bool_] | None = None,
) -> ExpectedUpsets:
    """Return the means of what `sample_upsets` draws from the same rates.

    Parameters
    ----------
    t_s : (n_times,)
    rates : (n_effects, n_populations, n_sats, n_times), 1/s, as for `sample_upsets`
    where : (n_sats, n_times), optional
        Counts the upsets at these instants only, such as those in the South Atlantic Anomaly; an instant stands for
        half a step on either side.

    Raises
    ------
    ValueError
        If times do not ascend, or a rate is negative or not finite.
    """
    counted = np.asarray(rates, dtype=np.float64) if where is None else np.where(where, rates, 0.0)
    per_target = cumulative_rate(t_s, counted)[..., -1]
    events = per_target * np.array(event_factors(device))[..., None]
    return ExpectedUpsets(
        effects=effects_of(device), events=events, bits=events * np.array(_bits_per_event(device))[..., None]
    )


def _bits_per_event(device: Device) -> list[list[float]]:
    return [[_expected_bits(device, effect, i) for i in range(len(POPULATIONS))] for effect in effects_of(device)]


def _expected_bits(device: Device, effect: Effect, i_population: int) -> float:
    if device.memory is None or effect in (Effect.FUNCTIONAL_INTERRUPT, Effect.LOGIC_ERROR):
        return 0.0
    if effect is Effect.ROW:
        return expected_bits_per_row_upset(device.memory)
    if effect is Effect.COLUMN:
        return expected_bits_per_column_upset(device.memory)
    return expected_bits_per_cluster(device.memory, device.multiplicity(POPULATIONS[i_population]))
