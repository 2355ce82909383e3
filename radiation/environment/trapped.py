"""Protons trapped in the inner belt: NASA's AP-8, each phase in its own magnetic field, drifted to the date."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from radiation.environment.places import HIGHEST_KM, LOWEST_KM
from radiation.environment.tables import TrappedTables, trapped_tables

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

MOMENT_GAUSS: Final = 0.311653
"""Dipole moment by which AP-8 counts: B0 = 0.311653 / L^3 gauss at the equator of shell L."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Drift of the South Atlantic Anomaly since the epoch of a model's field.

    The rates were fitted to the geolocated upsets of Flying Laptop, 2017 to 2018 (ECSS-E-ST-10-04C names 0.3 degrees
    a year west alone; the term in latitude halves the misfit).
    """

    epoch_year: float
    west_deg_per_year: float
    north_deg_per_year: float


DRIFTS: Final = {
    "min": Drift(epoch_year=1960.0, west_deg_per_year=0.30, north_deg_per_year=0.08),
    "max": Drift(epoch_year=1970.0, west_deg_per_year=0.35, north_deg_per_year=0.11),
}
"""By model: Jensen and Cain 1960 for AP-8 MIN, GSFC 12/66 of 1970 for MAX."""


class BeltTable:
    """One quantity that depends on shell and field strength alone: the flux above an energy, or a rate.

    Parameters
    ----------
    model : "min" or "max"
    values : (n_shells, n_steps + 1), on the nodes of `TrappedTables`
    """

    def __init__(self, model: str, values: Floats) -> None:
        self._model = model
        tables = trapped_tables(model)
        self._field = tables.field
        self._drift = DRIFTS[model]
        self._reach = _reach(model)
        self._n_steps = np.int32(values.shape[1] - 1)
        self._values = values.astype(np.float32).ravel()
        self._lowest = np.float32(tables.inverse_shell[0])
        self._per_shell = np.float32((len(tables.inverse_shell) - 1) / np.ptp(tables.inverse_shell))
        self._last_shell = np.int32(len(tables.inverse_shell) - 2)
        self._width = (tables.end_of_belt - 1.0).astype(np.float32)

    @property
    def floor(self) -> np.float32:
        """A millionth of the largest value in the belt, below which the quantity counts as zero."""
        return np.float32(1e-6 * float(self._values.max()))

    def at(self, year: Floats, latitude_deg: Floats32, longitude_deg: Floats32, altitude_km: Floats32) -> Floats32:
        """Return the quantity (n,) at decimal years and places (n,)."""
        since = (year - self._drift.epoch_year).astype(np.float32)
        longitude = longitude_deg + np.float32(self._drift.west_deg_per_year) * since
        latitude = latitude_deg - np.float32(self._drift.north_deg_per_year) * since
        value = np.zeros(len(latitude), dtype=np.float32)
        chosen = np.flatnonzero(self._reach.may_be_trapped(latitude, longitude, altitude_km))
        if len(chosen):
            places = (latitude[chosen], longitude[chosen], altitude_km[chosen])
            value[chosen] = self._on_shell(*self._field.at(*places))
        return value

    def _on_shell(self, inverse_shell: Floats32, field_gauss: Floats32) -> Floats32:
        """Return the quantity at 1/L and B: a straight line in each of 1/L and B/B0."""
        shell = (inverse_shell - self._lowest) * self._per_shell
        i_shell = np.clip(shell.astype(np.int32), 0, self._last_shell)
        nearer = np.clip(shell - i_shell.astype(np.float32), 0.0, 1.0)
        width = self._width[i_shell]
        width += nearer * (self._width[i_shell + 1] - width)
        ratio = field_gauss / (np.float32(MOMENT_GAUSS) * inverse_shell**3)
        step = np.clip((ratio - np.float32(1.0)) / width, 0.0, 1.0) * np.float32(self._n_steps)
        i_step = np.minimum(step.astype(np.int32), self._n_steps - 1)
        along = step - i_step.astype(np.float32)
        node = i_shell * (self._n_steps + 1) + i_step
        low = _line(self._values, node, along)
        value: Floats32 = low + nearer * (_line(self._values, node + self._n_steps + 1, along) - low)
        return np.where(shell < 0.0, np.float32(0.0), value)


class _Reach:
    """Boxes of latitude, longitude and altitude in which anything is trapped at all."""

    LATITUDE_STEP_DEG: Final = 2.0
    LONGITUDE_STEP_DEG: Final = 3.0
    ALTITUDE_STEP_KM: Final = 50.0

    def __init__(self, model: str) -> None:
        latitude = np.arange(-90.0, 90.1, self.LATITUDE_STEP_DEG)
        longitude = np.arange(0.0, 360.0, self.LONGITUDE_STEP_DEG)
        altitude = np.arange(LOWEST_KM, HIGHEST_KM + 1.0, self.ALTITUDE_STEP_KM)
        mesh = np.meshgrid(altitude, latitude, longitude, indexing="ij")
        height, north, east = (axis.astype(np.float32).ravel() for axis in mesh)
        inverse_shell, field = trapped_tables(model).field.at(north, east, height)
        is_inside = _is_near_belt(trapped_tables(model), inverse_shell, field).reshape(mesh[0].shape)
        self._boxes = _grown(is_inside)
        self._n_rows, self._n_columns = len(latitude), len(longitude)

    def may_be_trapped(
        self, latitude_deg: Floats32, longitude_deg: Floats32, altitude_km: Floats32
    ) -> NDArray[np.bool_]:
        """Return False where the flux is surely zero."""
        layer = ((altitude_km - np.float32(LOWEST_KM)) / np.float32(self.ALTITUDE_STEP_KM)).astype(np.int32)
        row = ((np.clip(latitude_deg, -90.0, 90.0) + np.float32(90.0)) / np.float32(self.LATITUDE_STEP_DEG)).astype(
            np.int32
        )
        column = np.floor(longitude_deg / np.float32(self.LONGITUDE_STEP_DEG)).astype(np.int32) % self._n_columns
        is_near: NDArray[np.bool_] = self._boxes.take((layer * self._n_rows + row) * self._n_columns + column)
        return is_near


@functools.cache
def _reach(model: str) -> _Reach:
    return _Reach(model)


def _is_near_belt(tables: TrappedTables, inverse_shell: Floats32, field_gauss: Floats32) -> NDArray[np.bool_]:
    end = np.interp(inverse_shell, tables.inverse_shell, tables.end_of_belt)
    ratio = field_gauss / (MOMENT_GAUSS * np.maximum(inverse_shell, 0.05) ** 3)
    is_a_shell = (inverse_shell > tables.inverse_shell[0]) & (inverse_shell < tables.inverse_shell[-1])
    # Beyond two and a half radii the belt is thinner than a box: take in what is near it.
    return np.asarray(is_a_shell & (ratio < np.where(inverse_shell < 0.4, 1.5 * end, end)))


def _grown(is_inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return boxes (by lower corner) of which a corner, or a corner of a neighbour, is inside."""
    grown = is_inside.copy()
    for axis, steps in ((0, (-1,)), (1, (-2, -1, 1)), (2, (-2, -1, 1))):
        spread = grown.copy()
        for step in steps:
            moved = np.roll(grown, step, axis=axis)
            if axis < 2:
                edge = slice(step, None) if step < 0 else slice(0, step)
                moved = moved.swapaxes(0, axis)
                moved[edge] = False
                moved = moved.swapaxes(0, axis)
            spread |= moved
        grown = spread
    return grown


def _line(values: Floats32, node: NDArray[np.int32], along: Floats32) -> Floats32:
    left: Floats32 = values.take(node)
    return left + along * (values.take(node + 1) - left)


def flux_above(model: str, energy_mev: float) -> BeltTable:
    """Return the omnidirectional flux above an energy, per cm2 and s, as a table.

    Raises
    ------
    ValueError
        If the energy is outside 5 to 300 MeV.
    """
    tables = trapped_tables(model)
    energies = tables.energy_mev
    if not energies[0] <= energy_mev <= energies[-1]:
        raise ValueError(
            f"energy_mev = {energy_mev}: AP-8 is tabulated from {energies[0]:.0f} to {energies[-1]:.0f} MeV"
        )
    flux = np.exp(_log_flux(tables, np.array([energy_mev]))[0])
    return BeltTable(model, np.where(flux > 2.0 * _NOTHING, flux, 0.0))


def fold(model: str, energy_mev: Floats, area_m2: Floats) -> BeltTable:
    """Return events per target and second as a table: the integral of the cross-section over the spectrum.

    Parameters
    ----------
    energy_mev : (n + 1,)
        Edges of energy intervals, ascending.
    area_m2 : (n,)
        Cross-section to protons that arrive with an energy inside each interval, shielding included.
    """
    flux = np.exp(_log_flux(trapped_tables(model), energy_mev))
    per_m2 = 1e4 * np.tensordot(area_m2, flux[:-1] - flux[1:], axes=1)
    return BeltTable(model, np.maximum(per_m2, 0.0))


_NOTHING: Final = 1e-6
"""Flux that stands for zero in logarithms, a millionth of AP-8's least."""


def _log_flux(tables: TrappedTables, energy_mev: Floats) -> Floats:
    """Return the logarithm of the flux (n_energies, n_shells, n_steps + 1), exponential between AP-8's energies.

    AP-8 ends at 300 MeV; above, the flux goes on with the slope of its last step.
    """
    stored = np.log(np.maximum(tables.flux_cm2_s, _NOTHING))
    knots = tables.energy_mev
    at = np.clip(np.searchsorted(knots, energy_mev, side="right") - 1, 0, len(knots) - 2)
    share = (energy_mev - knots[at]) / (knots[at + 1] - knots[at])
    share = np.where(energy_mev < knots[0], 0.0, share)[:, None, None]
    found: Floats = stored[at] + share * (stored[at + 1] - stored[at])
    return found
