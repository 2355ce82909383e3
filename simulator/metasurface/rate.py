"""What users get out of their channels: ratios of signal to interference and noise, and rates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.metasurface.propagation import Complexes


def received_powers(h: Complexes, powers_w: NDArray[Any]) -> NDArray[Any]:
    """Return the power that each user receives of each stream over that of noise, (..., n_users, n_users).

    Parameters
    ----------
    h : (..., n_users, n_users), complex
        Channel over the root of the noise power; antenna k carries the stream of user k.
    powers_w : (..., n_users)
        Of the streams.

    Raises
    ------
    ValueError
        If there are not as many antennas as users.
    """
    if h.shape[-1] != h.shape[-2]:
        raise ValueError(f"h has the shape {h.shape}: give as many antennas as users, one stream each")
    return np.asarray((h.real**2 + h.imag**2) * powers_w[..., np.newaxis, :])


def sinr(h: Complexes, powers_w: NDArray[Any]) -> NDArray[Any]:
    """Return each user's ratio of signal to interference and noise, (..., n_users); see `received_powers`.

    Notes
    -----
    |h_kk|^2 p_k / (sum over j of |h_kj|^2 p_j, without k, + 1) (An et al. 2023, equation 6), noise being 1.
    """
    received = received_powers(h, powers_w)
    own = np.einsum("...kk->...k", received)
    others = np.where(np.eye(received.shape[-1], dtype=bool), received.dtype.type(0), received).sum(axis=-1)
    return np.asarray(own / (others + 1.0))


def rates_bps_hz(h: Complexes, powers_w: NDArray[Any]) -> NDArray[Any]:
    """Return each user's rate, log2(1 + SINR), in bit/s/Hz, (..., n_users); see `received_powers`."""
    return np.asarray(np.log1p(sinr(h, powers_w)) / np.log(2.0).item())


def sum_rate_bps_hz(h: Complexes, powers_w: NDArray[Any]) -> NDArray[Any]:
    """Return the sum of the users' rates in bit/s/Hz, (...,); see `received_powers`."""
    return np.asarray(rates_bps_hz(h, powers_w).sum(axis=-1))
