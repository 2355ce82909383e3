"""How waves go from the antennas through the layers of a stack: the part of a transmitter that cannot be tuned."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from simulator.metasurface.amplitude import AmplitudeLaw
from simulator.metasurface.geometry import Floats, StackGeometry

Complexes: TypeAlias = NDArray[np.complexfloating]

_MOST_GAIN: Final = 1.001
"""A largest singular value above this is told: a passive surface gives no energy."""


class EnergyGainWarning(UserWarning):
    """Propagation between layers gives out more energy than it takes in, which no passive device does."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stack:
    """A stack as its phases see it; `build_stack` makes one from a geometry.

    Parameters
    ----------
    geometry : StackGeometry
    between_layers : (n_layers - 1, n_atoms, n_atoms), complex
        Row i is what atom i of the next layer receives of each atom of the layer before.
    from_antennas : (n_atoms, n_antennas), complex
        What atoms of the first layer receive of each antenna.
    amplitude_law : AmplitudeLaw, optional
        Amplitude that an atom transmits at each phase; default: 1 at all.
    atom_amplitude : (n_layers, n_atoms), optional
        Factor on the amplitude of each atom, from 0 (dead) to 1; default: 1 for all.

    Raises
    ------
    ValueError
        If a shape does not fit the geometry, or an amplitude is not from 0 to 1.
    """

    geometry: StackGeometry
    between_layers: Complexes
    from_antennas: Complexes
    amplitude_law: AmplitudeLaw | None = None
    atom_amplitude: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        n_layers, n_atoms = self.geometry.n_layers, self.geometry.n_atoms
        shapes = {
            "between_layers": (n_layers - 1, n_atoms, n_atoms),
            "from_antennas": (n_atoms, self.geometry.n_antennas),
            "atom_amplitude": (n_layers, n_atoms),
        }
        for name, shape in shapes.items():
            given = getattr(self, name)
            if given is not None and given.shape != shape:
                raise ValueError(f"{name} has the shape {given.shape}: the geometry asks for {shape}")
        if self.atom_amplitude is not None and not np.all((self.atom_amplitude >= 0) & (self.atom_amplitude <= 1)):
            raise ValueError("atom_amplitude goes beyond 0 to 1: atoms amplify nothing")

    def astype(self, dtype: DTypeLike) -> Stack:
        """Return the same stack in another complex precision."""
        real = np.empty(0, dtype).real.dtype
        return replace(
            self,
            between_layers=self.between_layers.astype(dtype),
            from_antennas=self.from_antennas.astype(dtype),
            atom_amplitude=None if self.atom_amplitude is None else self.atom_amplitude.astype(real),
        )


def propagation_matrix(
    source_m: Floats, target_m: Floats, atom_area_m2: float, wavelength_m: float
) -> NDArray[np.complex128]:
    """Return what points of one plane receive from points of a plane behind, (n_targets, n_sources).

    Parameters
    ----------
    source_m : (n_sources, 3)
    target_m : (n_targets, 3)
        The planes stand upright on z.
    atom_area_m2 : float
        Area of a radiating element.
    wavelength_m : float

    Notes
    -----
    w = A cos(chi) / d (1 / (2 pi d) - j / lambda) exp(j 2 pi d / lambda), with distance d and cos(chi) = dz / d: the
    Rayleigh-Sommerfeld diffraction formula, first kind (Lin et al. 2018, Science 361, equation 1), with time going as
    exp(-j w t). An et al. 2023 ("Stacked intelligent metasurfaces for multiuser downlink beamforming in the wave
    domain") use it between layers and from the antennas.
    """
    apart_m = target_m[:, np.newaxis, :] - source_m[np.newaxis, :, :]
    distance_m = np.linalg.norm(apart_m, axis=-1)
    cosine = apart_m[..., 2] / distance_m
    spreading = 1.0 / (2.0 * math.pi * distance_m) - 1j / wavelength_m
    wave = np.exp(2j * math.pi / wavelength_m * distance_m)
    return np.asarray(atom_area_m2 * cosine / distance_m * spreading * wave)


def build_stack(
    geometry: StackGeometry,
    *,
    is_passive: bool = False,
    insertion_loss_db: float = 0.0,
    between_layers: Complexes | None = None,
    amplitude_law: AmplitudeLaw | None = None,
    atom_amplitude: Floats | None = None,
) -> Stack:
    """Return the stack of a geometry.

    Parameters
    ----------
    geometry : StackGeometry
    is_passive : bool
        Divide each matrix by its largest singular value where that is above 1.
    insertion_loss_db : float
        Lost in each layer, 0 or more; every matrix carries that of the layer to which it leads.
    between_layers : (n_atoms, n_atoms) or (n_layers - 1, n_atoms, n_atoms), optional
        Transfer matrices of your own, for instance from a full-wave solver; default: diffraction in free space.
    amplitude_law, atom_amplitude
        As in `Stack`.

    Raises
    ------
    ValueError
        If the loss is negative or a shape does not fit.

    Warns
    -----
    EnergyGainWarning
        If the largest singular value of a matrix is above 1.001 and `is_passive` is not asked for. Diffraction between
        small, close apertures is written for distances of several wavelengths, and gains energy when they are less.
    """
    if not (math.isfinite(insertion_loss_db) and insertion_loss_db >= 0.0):
        raise ValueError(f"insertion_loss_db = {insertion_loss_db}: give 0 dB or more")
    gap_m = np.array([0.0, 0.0, geometry.layer_gap_m])
    atom_m, antenna_m = geometry.atom_positions_m(), geometry.antenna_positions_m()
    area_m2, wavelength_m = geometry.atom_area_m2, geometry.wavelength_m
    n_atoms, n_gaps = geometry.n_atoms, geometry.n_layers - 1
    if between_layers is None:
        between_layers = propagation_matrix(atom_m, atom_m + gap_m, area_m2, wavelength_m)
    matrices = np.array(between_layers, dtype=np.complex128)
    if matrices.shape not in {(n_atoms, n_atoms), (n_gaps, n_atoms, n_atoms)}:
        shapes = f"{(n_atoms, n_atoms)} for all or {(n_gaps, n_atoms, n_atoms)} for one each"
        raise ValueError(f"between_layers has the shape {matrices.shape}: give {shapes}")
    from_antennas = propagation_matrix(antenna_m, atom_m + gap_m, area_m2, wavelength_m)
    amplitude = 10.0 ** (-insertion_loss_db / 20.0)
    if n_gaps:
        matrices = amplitude * _checked(matrices, is_passive)
    return Stack(
        geometry=geometry,
        between_layers=np.broadcast_to(matrices, (n_gaps, n_atoms, n_atoms)).copy(),
        from_antennas=amplitude * _checked(from_antennas, is_passive),
        amplitude_law=amplitude_law,
        atom_amplitude=atom_amplitude,
    )


def _checked(matrices: NDArray[np.complex128], is_passive: bool) -> NDArray[np.complex128]:
    """Return matrices that give no energy, or warn that they do."""
    gain = np.linalg.norm(matrices, ord=2, axis=(-2, -1))
    if is_passive:
        return np.asarray(matrices / np.maximum(1.0, gain)[..., np.newaxis, np.newaxis])
    if np.any(gain > _MOST_GAIN):
        warnings.warn(
            f"propagation between layers has a largest singular value of {float(gain.max()):.4f}, so the stack gains "
            "energy; use fewer layers, a wider gap, or is_passive=True",
            EnergyGainWarning,
            stacklevel=3,
        )
    return matrices
