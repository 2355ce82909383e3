"""Supply from arrays that do not always face the Sun, solved a window ahead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan

import numpy as np

from simulator.engine.world import World
from simulator.orbits.model import Indices
from simulator.power.array_output import solve_array_output
from simulator.power.solar_array import SolarArray
from simulator.power.supply_piece import SupplyPiece
from simulator.sunlight.illumination import Illumination


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSupply:
    """Supply of one satellite over a window, and its mean output in full sunlight at one au (None: none is met)."""

    i_sat: int
    pieces: list[SupplyPiece]
    sunlit_power_w: float | None


class ArraySupply:
    """The arrays of a world that do not face the Sun at all times, satellites of one kind solved together."""

    def __init__(self, world: World) -> None:
        members: dict[SolarArray, list[int]] = {}
        for i_sat, array in enumerate(world.arrays):
            if not array.faces_the_sun:
                members.setdefault(array, []).append(i_sat)
        self._groups: list[tuple[SolarArray, Indices]] = [
            (array, np.array(satellites, dtype=np.intp)) for array, satellites in members.items()
        ]
        self._positions = world.positions
        self._solar_power_w = world.solar_power_w
        self.satellites = tuple(i_sat for satellites in members.values() for i_sat in satellites)

    def solve(self, illumination: Illumination, flux_factor: float) -> Iterator[WindowSupply]:
        """Yield the supply of each of these satellites over a window of illumination."""
        for array, satellites in self._groups:
            output = solve_array_output(array, self._positions, satellites, illumination)
            for k, i_sat in enumerate(satellites.tolist()):
                full_w, mean = self._solar_power_w[i_sat], output.mean_when_lit(k)
                yield WindowSupply(
                    i_sat=i_sat,
                    pieces=output.supply(k, full_w * flux_factor),
                    sunlit_power_w=None if isnan(mean) else full_w * mean,
                )
