"""Places on the ground that somebody wants images of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.contacts.stations import StationGeometry
from simulator.orbits.geodesy import earth_fixed_from_geodetic, geodetic_vertical
from simulator.orbits.model import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Places on the WGS84 ellipsoid; every array has shape (n_targets,).

    Latitudes are geodetic, longitudes east. Of two captures that exclude each other the target of higher `priority`
    gets its own. `revisit_s` is the least time from one capture of a target to the next, 0 for none.

    Raises
    ------
    ValueError
        If shapes differ, there is no target, or a number is outside its range.
    """

    names: tuple[str, ...]
    latitude_rad: Floats
    longitude_rad: Floats
    priority: Floats
    revisit_s: Floats

    def __post_init__(self) -> None:
        if not self.names:
            raise ValueError("names = (): give at least one target")
        for field in ("latitude_rad", "longitude_rad", "priority", "revisit_s"):
            values = getattr(self, field)
            if values.shape != (len(self.names),) or not np.isfinite(values).all():
                raise ValueError(f"{field} has shape {values.shape}: one finite number for each of {len(self.names)}")
        if np.abs(self.latitude_rad).max() > np.pi / 2:
            raise ValueError(f"latitude_rad reaches {np.abs(self.latitude_rad).max()}: within pi/2 of the equator")
        if self.revisit_s.min() < 0.0:
            raise ValueError(f"revisit_s falls to {self.revisit_s.min()}: at least 0")

    @property
    def n_targets(self) -> int:
        """Number of targets."""
        return len(self.names)

    def geometry(self) -> StationGeometry:
        """Return places and verticals, Earth-fixed."""
        return StationGeometry(
            position_m=earth_fixed_from_geodetic(self.latitude_rad, self.longitude_rad, np.zeros(self.n_targets)),
            up=geodetic_vertical(self.latitude_rad, self.longitude_rad),
        )


def grid_targets(
    step_rad: float, latitude_rad: tuple[float, float], *, is_even: bool, revisit_s: float = 0.0
) -> Targets:
    """Return targets at the middles of the cells of a grid of latitude and longitude, all of priority 0.

    Parameters
    ----------
    step_rad : float
        Side of a cell; rows and columns are as many as fit best, so that cells fill the band.
    latitude_rad : (float, float)
        South and north of the band.
    is_even : bool
        True: each row has as many cells as its length along the parallel asks for, so that targets are about equally
        dense everywhere. False: all rows have as many, so that cells crowd towards the poles.
    revisit_s : float
        Least time between two captures of a target.

    Raises
    ------
    ValueError
        If the step is not positive or the band is empty.
    """
    south, north = latitude_rad
    if not 0.0 < step_rad <= np.pi or not -np.pi / 2 <= south < north <= np.pi / 2:
        raise ValueError(f"step_rad = {step_rad}, latitude_rad = {latitude_rad}: a positive step and south below north")
    n_rows = max(1, round((north - south) / step_rad))
    row_latitude = south + (north - south) * (np.arange(n_rows) + 0.5) / n_rows
    length_rad = 2.0 * np.pi * (np.cos(row_latitude) if is_even else np.ones(n_rows))
    n_columns = np.maximum(np.rint(length_rad / step_rad), 1.0).astype(np.intp)
    row = np.repeat(np.arange(n_rows), n_columns)
    column = np.arange(row.size) - np.repeat(np.cumsum(n_columns) - n_columns, n_columns)
    longitude = 2.0 * np.pi * (column + 0.5) / n_columns[row] - np.pi
    return Targets(
        names=tuple(f"r{i:03d}c{j:04d}" for i, j in zip(row.tolist(), column.tolist(), strict=True)),
        latitude_rad=row_latitude[row],
        longitude_rad=longitude,
        priority=np.zeros(row.size),
        revisit_s=np.full(row.size, revisit_s),
    )
