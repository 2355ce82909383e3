"""Rates of everything that can happen to a device, along orbits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiation.devices.device import Device, Response
from radiation.environment.environment import Environment
from radiation.populations import POPULATIONS, Population
from radiation.rates import DEFAULT_SHIELDING_KG_M2, PopulationRates, draw_systematic_factors
from radiation.streams import FLEET, Purpose, upset_stream
from radiation.upsets.track import Track


class DeviceRates:
    """Upsets per target and second of a device behind a shield; built once, asked for any number of tracks.

    Parameters
    ----------
    device : Device
    environment : Environment, optional
        Not needed by a device that is known by constant rates alone.
    shielding_kg_m2 : float
        Aluminium all around, default 6.86 (100 mil). 1 g/cm2 is 10 kg/m2.
    factors : (n_populations,), optional
        Multiplies the rates of populations, in `POPULATIONS` order; see `systematic_factors`.

    Raises
    ------
    ValueError
        If the device has cross-sections and there is no environment, or the shielding or `factors` are not allowed.
    """

    def __init__(
        self,
        device: Device,
        environment: Environment | None,
        *,
        shielding_kg_m2: float = DEFAULT_SHIELDING_KG_M2,
        factors: ArrayLike | None = None,
    ) -> None:
        self._device = device
        self._responses = tuple(device.responses().values())
        self._folded = [
            _folded(device, response, environment, shielding_kg_m2, factors) for response in self._responses
        ]

    @property
    def device(self) -> Device:
        """Whose rates they are."""
        return self._device

    def along(self, track: Track) -> NDArray[np.float64]:
        """Return upsets per target and second, (n_effects, n_populations, n_sats, n_times).

        Targets are bits for upsets of cells and the device for all others; effects in the order of `effects_of`,
        populations in that of `POPULATIONS`.

        Raises
        ------
        ValueError
            If a place is needed and is not finite or outside 300 to 2,000 km.
        """
        rates = np.zeros((len(self._responses), len(POPULATIONS), track.satellite.size, track.t_s.size))
        for row, response, folded in zip(rates, self._responses, self._folded, strict=True):
            if folded:
                row += folded.at(track.t_s, track.latitude_rad, track.longitude_rad, track.altitude_m)
            row[POPULATIONS.index(Population.UNSPECIFIED)] += response.constant_rate_per_s
        return rates


def systematic_factors(root_seed: int, *, replication: int = 0) -> NDArray[np.float64]:
    """Draw the error of the environment's models: one factor per population for the whole fleet, (n_populations,)."""
    rng = upset_stream(
        root_seed,
        satellite=FLEET,
        population=Population.UNSPECIFIED,
        purpose=Purpose.SYSTEMATIC_FACTOR,
        replication=replication,
    )
    return draw_systematic_factors(rng)


def _folded(
    device: Device,
    response: Response,
    environment: Environment | None,
    shielding_kg_m2: float,
    factors: ArrayLike | None,
) -> PopulationRates | None:
    if response.proton is None and response.heavy_ion is None:
        return None
    if environment is None:
        raise ValueError(f"environment = None: device {device.name!r} has cross-sections; give an environment")
    return PopulationRates(
        environment,
        proton=response.proton,
        heavy_ion=response.heavy_ion,
        shielding_kg_m2=shielding_kg_m2,
        factors=factors,
    )
