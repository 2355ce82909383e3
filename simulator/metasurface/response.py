"""What users receive of each antenna through a stack whose phases are set."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.metasurface.propagation import Complexes, Stack


def transmission(stack: Stack, phases_rad: NDArray[Any]) -> Complexes:
    """Return the complex transmission of each atom, (..., n_layers, n_atoms), in the precision of the phases."""
    values = np.empty(phases_rad.shape, np.complex64 if phases_rad.dtype == np.float32 else np.complex128)
    np.cos(phases_rad, out=values.real)
    np.sin(phases_rad, out=values.imag)
    if stack.amplitude_law is not None:
        values *= stack.amplitude_law.amplitude(phases_rad)
    if stack.atom_amplitude is not None:
        values *= stack.atom_amplitude
    return values


def effective_channel(stack: Stack, phases_rad: NDArray[Any], g: Complexes) -> Complexes:
    """Return the channel from each antenna to each user, (..., n_users, n_antennas).

    Parameters
    ----------
    stack : Stack
    phases_rad : (..., n_layers, n_atoms)
    g : (..., n_users, n_atoms), complex
        Channel from the last layer to the users; leading axes broadcast against those of the phases.

    Notes
    -----
    H = G Phi_L W Phi_(L-1) W ... Phi_1 W_1 with Phi_l = diag(exp(j theta_l)) (An et al. 2023, equation 4). Computed
    from the antennas outwards, so that only blocks of n_atoms by n_antennas are multiplied.
    """
    leaving = leaving_field(stack, phases_rad)
    return np.asarray(g @ np.swapaxes(leaving, -1, -2))


def leaving_field(stack: Stack, phases_rad: NDArray[Any]) -> Complexes:
    """Return the field that leaves the last layer for each antenna, (..., n_antennas, n_atoms).

    Its squares times the powers of the streams are what atoms radiate, in watts.
    """
    coefficients = transmission(stack, phases_rad)
    field = arriving_at_first(stack) * coefficients[..., 0, np.newaxis, :]
    for i_layer, matrix in enumerate(stack.between_layers, start=1):
        field = through(field, matrix) * coefficients[..., i_layer, np.newaxis, :]
    return field


def through(field: Complexes, matrix: Complexes) -> Complexes:
    """Return a field (..., n_antennas, n_sources) after a propagation matrix (n_targets, n_sources), as one product."""
    return np.asarray((field.reshape(-1, field.shape[-1]) @ matrix.T).reshape(*field.shape[:-1], matrix.shape[0]))


def arriving_at_first(stack: Stack) -> Complexes:
    """Return the field at the first layer, (n_antennas, n_atoms): fields have the atoms last."""
    return np.ascontiguousarray(stack.from_antennas.T)
