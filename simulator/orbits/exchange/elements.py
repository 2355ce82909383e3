"""Mean elements of any fleet, and how far their SGP4 orbits are from where the fleet is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

import numpy as np

from simulator.orbits.model import Floats, PositionModel
from simulator.orbits.orbit_record import OrbitRecord, records_of_shell
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.shell_series import ShellSeriesModel
from simulator.orbits.states_model import StatesModel

_N_PROBES: Final = 97


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Distances between two fleets over a span: root of the mean square, and most."""

    rms_m: float
    max_m: float


def elements_of(positions: PositionModel, satellites: Sequence[int]) -> tuple[OrbitRecord, ...]:
    """Return mean elements of some satellites.

    Those of SGP4 are given as they are. A Walker shell is a series measured on SGP4, whose elements are circular,
    without drag, at the scenario epoch, and numbered from 1. States of a file are fitted, and numbered from 1.

    Raises
    ------
    ValueError
        If SGP4 has no orbit near the states of a satellite.
    """
    if isinstance(positions, Sgp4Model):
        return tuple(positions.records[i_sat] for i_sat in satellites)
    if isinstance(positions, ShellSeriesModel):
        records = records_of_shell(positions.shell, positions.epoch)
        return tuple(records[i_sat] for i_sat in satellites)
    if not isinstance(positions, StatesModel):
        raise ValueError(f"positions = {type(positions).__name__}: has no mean elements; write states instead")
    fits = [positions.fits[i_sat] for i_sat in satellites]
    for fit in fits:
        if not isfinite(fit.rms_m):
            raise ValueError(f"{fit.record.name}: SGP4 has no orbit near its states; write states instead")
    return tuple(fit.record for fit in fits)


def difference(
    positions: PositionModel, satellites: Sequence[int], records: Sequence[OrbitRecord], start_s: float, end_s: float
) -> Difference:
    """Return how far SGP4 of elements is from satellites over a span, at 97 times, both ends included."""
    t_s: Floats = np.linspace(start_s, end_s, _N_PROBES)
    unnamed = [replace(record, catalogue_number=0) for record in records]
    model = Sgp4Model(unnamed, positions.epoch)
    total, worst = 0.0, 0.0
    for row, i_sat in enumerate(satellites):
        truth_m = positions.at(np.full(t_s.size, i_sat), t_s)
        distance_m = np.linalg.norm(model.at(np.full(t_s.size, row), t_s) - truth_m, axis=1)
        total += float(np.sum(distance_m**2))
        worst = max(worst, float(distance_m.max()))
    return Difference(rms_m=float(np.sqrt(total / (_N_PROBES * len(satellites)))), max_m=worst)
