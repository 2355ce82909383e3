"""Where the atoms of a stack and the antennas behind it are."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackGeometry:
    """A stack of equal, parallel, centred layers of meta-atoms in front of a line of antennas.

    Parameters
    ----------
    wavelength_m : float
    n_layers : int
    n_atoms_x, n_atoms_y : int
        Columns along x and rows along y of each layer.
    pitch_m : float
        Between neighbouring atoms, along x and y.
    layer_gap_m : float
        Between neighbouring layers, and between the antennas and the first layer.
    n_antennas : int
        A uniform line along x, centred on the axis of the stack.
    antenna_pitch_m : float

    Raises
    ------
    ValueError
        If a count is below 1 or a length is not above 0.
    """

    wavelength_m: float
    n_layers: int
    n_atoms_x: int
    n_atoms_y: int
    pitch_m: float
    layer_gap_m: float
    n_antennas: int
    antenna_pitch_m: float

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.startswith("n_"):
                if value < 1:
                    raise ValueError(f"{field.name} = {value}: give 1 or more")
            elif not (math.isfinite(value) and value > 0.0):
                raise ValueError(f"{field.name} = {value}: give a length above 0 m")

    @property
    def n_atoms(self) -> int:
        """Atoms of one layer."""
        return self.n_atoms_x * self.n_atoms_y

    @property
    def atom_area_m2(self) -> float:
        """Area of one atom: the square of the pitch."""
        return self.pitch_m**2

    @property
    def wavenumber_rad_m(self) -> float:
        """Phase per length, 2 pi over the wavelength."""
        return 2.0 * math.pi / self.wavelength_m

    def atom_positions_m(self) -> Floats:
        """Return the atoms of a layer in its own plane, (n_atoms, 3); atom row * n_atoms_x + column, centred."""
        x_m = _centred(self.n_atoms_x, self.pitch_m)
        y_m = _centred(self.n_atoms_y, self.pitch_m)
        row, column = np.divmod(np.arange(self.n_atoms), self.n_atoms_x)
        return np.stack([x_m[column], y_m[row], np.zeros(self.n_atoms)], axis=-1)

    def antenna_positions_m(self) -> Floats:
        """Return the antennas in their own plane, (n_antennas, 3), centred."""
        x_m = _centred(self.n_antennas, self.antenna_pitch_m)
        return np.stack([x_m, np.zeros(self.n_antennas), np.zeros(self.n_antennas)], axis=-1)


def _centred(n: int, pitch_m: float) -> Floats:
    return np.asarray((np.arange(n) - 0.5 * (n - 1)) * pitch_m, dtype=np.float64)
