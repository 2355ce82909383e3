"""Smooth quantities of the magnetic field around the Earth, fast at many places at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats32 = NDArray[np.float32]

REFINEMENT: Final = 2
"""Nodes are stored every 2 degrees of latitude and 3 of longitude and refined once by cubics; straight lines between
the refined ones are then wrong by 1e-4 of the value."""

MEAN_RADIUS_KM: Final = 6_371.2


class FieldGrid:
    """Quantities on geodetic latitude and longitude that are cubics in 6371.2 km over (6371.2 km + height).

    Parameters
    ----------
    cubics : (n_quantities, n_latitudes, n_longitudes, 4) float32
        Coefficients, lowest power first. Latitudes from pole to pole, longitudes once around from zero.
    """

    def __init__(self, cubics: NDArray[np.float32]) -> None:
        n_quantities = cubics.shape[0]
        fine = _refined(_refined(cubics.astype(np.float64), axis=1, is_periodic=False), axis=2, is_periodic=True)
        closed = np.concatenate([fine, fine[:, :, :1]], axis=2)
        self._n_latitudes, self._n_longitudes = closed.shape[1:3]
        # Per node one row of coefficients, by power, so that a place reads four rows.
        rows = np.moveaxis(closed, (1, 2, 3), (0, 1, 2)).reshape(-1, 4 * n_quantities)
        self._rows: Floats32 = np.ascontiguousarray(rows, dtype=np.float32)
        self._n_quantities = n_quantities

    def at(self, latitude_deg: Floats32, longitude_deg: Floats32, altitude_km: Floats32) -> Floats32:
        """Return the quantities (n_quantities, n) at places (n,); longitudes of any turn, latitudes are clipped."""
        row = (np.clip(latitude_deg, -90.0, 90.0) + np.float32(90.0)) * np.float32((self._n_latitudes - 1) / 180.0)
        column = longitude_deg * np.float32((self._n_longitudes - 1) / 360.0)
        column -= np.floor(column / np.float32(self._n_longitudes - 1)) * np.float32(self._n_longitudes - 1)
        i_row = np.minimum(row.astype(np.int32), self._n_latitudes - 2)
        i_column = np.minimum(column.astype(np.int32), self._n_longitudes - 2)
        up, right = row - i_row.astype(np.float32), column - i_column.astype(np.float32)
        node = i_row * np.int32(self._n_longitudes) + i_column
        below = _between(self._rows, node, right)
        above = _between(self._rows, node + np.int32(self._n_longitudes), right)
        above -= below
        above *= up[:, None]
        below += above
        return self._value(below, altitude_km)

    def _value(self, coefficients: Floats32, altitude_km: Floats32) -> Floats32:
        s = np.float32(MEAN_RADIUS_KM) / (np.float32(MEAN_RADIUS_KM) + altitude_km)
        c = coefficients.T.reshape(4, self._n_quantities, -1)
        value: Floats32 = ((c[3] * s + c[2]) * s + c[1]) * s + c[0]
        return value


def _between(rows: Floats32, node: NDArray[np.int32], right: Floats32) -> Floats32:
    left: Floats32 = rows.take(node, axis=0)
    step = rows.take(node + np.int32(1), axis=0)
    step -= left
    step *= right[:, None]
    left += step
    return left


def _refined(values: NDArray[np.float64], axis: int, is_periodic: bool) -> NDArray[np.float64]:
    """Return values with `REFINEMENT` - 1 nodes put between each two, on the cubic through the nearest four."""
    values = np.moveaxis(values, axis, 0)
    n_cells = len(values) if is_periodic else len(values) - 1
    cell = np.arange(n_cells)
    first = cell - 1 if is_periodic else np.clip(cell - 1, 0, len(values) - 4)
    near = [values[(first + k) % len(values)] for k in range(4)]
    pieces = []
    for step in range(REFINEMENT):
        at = np.asarray(cell - first + step / REFINEMENT, dtype=np.float64)
        at = at.reshape((-1,) + (1,) * (values.ndim - 1))
        pieces.append(np.sum([weight * value for weight, value in zip(_lagrange(at), near, strict=True)], axis=0))
    woven = np.stack(pieces, axis=1).reshape((-1, *values.shape[1:]))
    return np.moveaxis(woven if is_periodic else np.concatenate([woven, values[-1:]]), 0, axis)


def _lagrange(x: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the weights of nodes 0, 1, 2, 3 at `x`."""
    return [
        -(x - 1.0) * (x - 2.0) * (x - 3.0) / 6.0,
        x * (x - 2.0) * (x - 3.0) / 2.0,
        -x * (x - 1.0) * (x - 3.0) / 2.0,
        x * (x - 1.0) * (x - 2.0) / 6.0,
    ]
