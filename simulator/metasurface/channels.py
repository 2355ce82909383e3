"""Random channels from the last layer of a stack to its users.

All return (n_channels, n_users, n_atoms), complex128: amplitudes, so that their mean squares are gains of power. Divide
by the root of the noise power to get the `g` of the other modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.metasurface.geometry import Floats


def rayleigh(rng: np.random.Generator, n_channels: int, gain: Floats, root: Floats) -> NDArray[np.complex128]:
    """Return channels of scattered waves alone.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_channels : int
    gain : (n_users,) or (n_channels, n_users)
        Mean gain of power to each user.
    root : (n_atoms, n_atoms)
        Symmetric root of the correlation between atoms.

    Notes
    -----
    g_k = sqrt(gain_k) w R^(1/2), w circular normal of unit variance (An et al. 2023, equation 3).
    """
    shape = (n_channels, gain.shape[-1], root.shape[0])
    parts = rng.standard_normal((*shape, 2)) * np.sqrt(0.5)
    return np.asarray(np.sqrt(gain)[..., np.newaxis] * ((parts[..., 0] + 1j * parts[..., 1]) @ root))


def rician(
    rng: np.random.Generator,
    n_channels: int,
    line_of_sight: NDArray[np.complex128],
    root: Floats,
    *,
    k_factor: float,
) -> NDArray[np.complex128]:
    """Return channels of a direct wave and scattered ones, together as strong as the direct wave alone was.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_channels : int
    line_of_sight : (n_users, n_atoms), complex
        See `simulator.metasurface.line_of_sight`.
    root : (n_atoms, n_atoms)
        Symmetric root of the correlation between atoms.
    k_factor : float, 0 or more
        Power of the direct wave over that of the scattered ones, as a ratio.

    Raises
    ------
    ValueError
        If `k_factor` is negative.
    """
    if not k_factor >= 0.0:
        raise ValueError(f"k_factor = {k_factor}: give a ratio of 0 or more")
    scattered = rayleigh(rng, n_channels, _mean_gain(line_of_sight), root)
    return np.asarray(
        np.sqrt(k_factor / (k_factor + 1.0)) * line_of_sight + np.sqrt(1.0 / (k_factor + 1.0)) * scattered
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadowing:
    """How much of a direct wave trees and roofs let through.

    Parameters
    ----------
    scattered_half_power : float, above 0
        b: scattered waves have 2 b of the unshadowed power.
    severity : float, above 0
        m: the amplitude of the direct wave follows Nakagami's law with it; infinite for no shadowing.
    direct_power : float, above 0
        Omega: mean power of the direct wave over the unshadowed power.

    Raises
    ------
    ValueError
        If a number is not above 0.
    """

    scattered_half_power: float
    severity: float
    direct_power: float

    def __post_init__(self) -> None:
        for name in ("scattered_half_power", "severity", "direct_power"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} = {getattr(self, name)}: give a number above 0")


SHADOWINGS: Final = MappingProxyType(
    {
        "light": Shadowing(scattered_half_power=0.158, severity=19.4, direct_power=1.29),
        "average": Shadowing(scattered_half_power=0.126, severity=10.1, direct_power=0.835),
        "heavy": Shadowing(scattered_half_power=0.063, severity=0.739, direct_power=8.97e-4),
    }
)
"""Abdi, Lau, Alouini, Kaveh 2003. Powers are as published: with light shadowing more arrives than without any."""


def shadowed_rician(
    rng: np.random.Generator,
    n_channels: int,
    line_of_sight: NDArray[np.complex128],
    root: Floats,
    shadowing: Shadowing,
) -> NDArray[np.complex128]:
    """Return channels whose direct wave is shadowed at random, the same for all atoms, and scattered waves.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_channels : int
    line_of_sight : (n_users, n_atoms), complex
        Of the unshadowed direct wave.
    root : (n_atoms, n_atoms)
        Symmetric root of the correlation between atoms.
    shadowing : Shadowing

    Notes
    -----
    Abdi, Lau, Alouini, Kaveh 2003, "A new simple model for land mobile satellite channels". The square of a Nakagami
    amplitude is a gamma value of shape m and mean Omega.
    """
    half, severity, mean = shadowing.scattered_half_power, shadowing.severity, shadowing.direct_power
    scattered = rayleigh(rng, n_channels, 2.0 * half * _mean_gain(line_of_sight), root)
    shape = (n_channels, line_of_sight.shape[0], 1)
    power = rng.gamma(severity, mean / severity, shape) if np.isfinite(severity) else mean
    return np.asarray(np.sqrt(power) * line_of_sight + scattered)


def _mean_gain(line_of_sight: NDArray[np.complex128]) -> Floats:
    return np.asarray(np.mean(np.abs(line_of_sight) ** 2, axis=-1))
