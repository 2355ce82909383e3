"""How the sum of the rates changes with every phase and every power, in closed form."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.metasurface.propagation import Complexes, Stack
from simulator.metasurface.response import arriving_at_first, through, transmission

_LN_2: Final = math.log(2.0)


class SumRateGradient(NamedTuple):
    """Rates and the derivatives of their sum.

    Attributes
    ----------
    rates_bps_hz : (..., n_users)
    by_phase : (..., n_layers, n_atoms), bit/s/Hz per radian
    by_power : (..., n_users), bit/s/Hz per watt
    """

    rates_bps_hz: NDArray[Any]
    by_phase: NDArray[Any]
    by_power: NDArray[Any]


def sum_rate_gradient(stack: Stack, phases_rad: NDArray[Any], powers_w: NDArray[Any], g: Complexes) -> SumRateGradient:
    """Return rates, and how their sum changes with phases and powers.

    Parameters
    ----------
    stack : Stack
    phases_rad : (..., n_layers, n_atoms)
    powers_w : (..., n_users)
    g : (..., n_users, n_atoms), complex
        Channel over the root of the noise power; leading axes broadcast against those of the phases.

    Notes
    -----
    The chain rule backwards through the layers (Wirtinger calculus): one pass costs as much as two responses, whatever
    the number of layers. Everything is computed in the precision of the arguments.
    """
    coefficients = transmission(stack, phases_rad)
    arriving, leaving = _fields(stack, coefficients)
    h = g @ np.swapaxes(leaving[-1], -1, -2)
    rates, by_h, by_power = _by_channel(h, powers_w)
    by_leaving: Complexes = np.swapaxes(by_h, -1, -2) @ g.conj()
    by_phase = np.empty(by_leaving.shape[:-2] + phases_rad.shape[-2:], phases_rad.dtype)
    turning = _turning(stack, phases_rad)
    for i_layer in reversed(range(stack.geometry.n_layers)):
        if turning is None:
            products = by_leaving * leaving[i_layer].conj()
            by_phase[..., i_layer, :] = products.imag.sum(axis=-2)
        else:
            products = (by_leaving.conj() * arriving[i_layer]).sum(axis=-2) * turning[..., i_layer, :]
            by_phase[..., i_layer, :] = products.real
        if i_layer:
            by_arriving = by_leaving * coefficients[..., i_layer, np.newaxis, :].conj()
            by_leaving = through(by_arriving, stack.between_layers[i_layer - 1].conj().T)
    return SumRateGradient(rates, by_phase, by_power)


def _fields(stack: Stack, coefficients: Complexes) -> tuple[list[Complexes], list[Complexes]]:
    """Return the fields that arrive at each layer and that leave it, (..., n_antennas, n_atoms) each."""
    arriving = [arriving_at_first(stack)]
    leaving: list[Complexes] = [arriving[0] * coefficients[..., 0, np.newaxis, :]]
    for i_layer, matrix in enumerate(stack.between_layers, start=1):
        arriving.append(through(leaving[-1], matrix))
        leaving.append(arriving[-1] * coefficients[..., i_layer, np.newaxis, :])
    return arriving, leaving


def _turning(stack: Stack, phases_rad: NDArray[Any]) -> Complexes | None:
    """Return the derivative of each atom's transmission by its phase, None where that is j times itself."""
    law = stack.amplitude_law
    if law is None:
        return None
    turning = (law.slope(phases_rad) + 1j * law.amplitude(phases_rad)) * np.exp(1j * phases_rad)
    return np.asarray(turning if stack.atom_amplitude is None else turning * stack.atom_amplitude)


def _by_channel(h: Complexes, powers_w: NDArray[Any]) -> tuple[NDArray[Any], Complexes, NDArray[Any]]:
    """Return rates, and the derivatives of their sum by the conjugate channel (twice) and by the powers.

    With T_k all that user k receives and I_k what disturbs, the sum of log2 T_k - log2 I_k changes with |h_kj|^2 p_j
    by (1 / T_k - [j is not k] / I_k) / ln 2.
    """
    gains = h.real**2 + h.imag**2
    is_own = np.eye(h.shape[-1], dtype=bool)
    received = gains * powers_w[..., np.newaxis, :]
    others = np.where(is_own, received.dtype.type(0), received).sum(axis=-1) + 1.0
    total = others + np.einsum("...kk->...k", received)
    rates = np.log(total / others) / _LN_2
    by_others = np.where(is_own, received.dtype.type(0), (1.0 / others)[..., np.newaxis])
    by_received = ((1.0 / total)[..., np.newaxis] - by_others) / _LN_2
    by_h = 2.0 * powers_w[..., np.newaxis, :] * by_received * h
    return rates, by_h, (by_received * gains).sum(axis=-2)
