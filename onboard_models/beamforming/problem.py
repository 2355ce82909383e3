"""What is to be designed, and a design."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.metasurface.propagation import Complexes, Stack
from simulator.metasurface.rate import rates_bps_hz
from simulator.metasurface.response import effective_channel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeamProblem:
    """A stack, channels to its users, and the power that their streams share.

    Parameters
    ----------
    stack : Stack
    g : (n_channels, n_users, n_atoms), complex128, 1/sqrt(W)
        Channels from the last layer over the root of the noise power. Each is a problem of its own.
    total_power_w : float

    Raises
    ------
    ValueError
        If the shape of `g` does not fit the stack, or the power is not above 0.
    """

    stack: Stack
    g: NDArray[np.complex128]
    total_power_w: float

    def __post_init__(self) -> None:
        geometry = self.stack.geometry
        wanted = (geometry.n_antennas, geometry.n_atoms)
        if self.g.ndim != 3 or self.g.shape[1:] != wanted:
            raise ValueError(
                f"g has the shape {self.g.shape}: the stack asks for (n_channels, {wanted[0]}, {wanted[1]})"
            )
        if not (math.isfinite(self.total_power_w) and self.total_power_w > 0.0):
            raise ValueError(f"total_power_w = {self.total_power_w}: give a power above 0 W")

    @property
    def n_channels(self) -> int:
        """Channels, each to be solved by itself."""
        return int(self.g.shape[0])

    @property
    def n_users(self) -> int:
        """Users, and streams."""
        return int(self.g.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeamDesign:
    """Phases and powers for each channel of a problem, and what they achieve.

    Parameters
    ----------
    phases_rad : (n_channels, n_layers, n_atoms)
    powers_w : (n_channels, n_users)
    rates_bps_hz : (n_channels, n_users)
        In double precision, whatever the solver computes in.
    n_rate_evaluations : (n_channels,), int
        How often rates were computed, with or without a gradient.
    """

    phases_rad: NDArray[np.float64]
    powers_w: NDArray[np.float64]
    rates_bps_hz: NDArray[np.float64]
    n_rate_evaluations: NDArray[np.int64]

    @property
    def sum_rate_bps_hz(self) -> NDArray[np.float64]:
        """Sum over users, (n_channels,)."""
        return np.asarray(self.rates_bps_hz.sum(axis=-1))


class Solver(Protocol):
    """Designs phases and powers; options are attributes."""

    def solve(self, problem: BeamProblem, rng: np.random.Generator) -> BeamDesign:
        """Return a design for each channel; the same generator gives the same design."""
        ...


def evaluated(
    problem: BeamProblem,
    phases_rad: NDArray[Any],
    powers_w: NDArray[Any],
    n_rate_evaluations: NDArray[np.int64] | int,
) -> BeamDesign:
    """Return a design with its rates; phases come back between 0 and 2 pi.

    Parameters
    ----------
    problem : BeamProblem
    phases_rad : (n_channels, n_layers, n_atoms)
    powers_w : (n_channels, n_users)
        Scaled to the total where rounding took them beyond.
    n_rate_evaluations : (n_channels,) or int
    """
    phases_rad = np.mod(np.asarray(phases_rad, dtype=np.float64), 2.0 * math.pi)
    powers_w = np.asarray(powers_w, dtype=np.float64)
    spent_w = powers_w.sum(axis=-1, keepdims=True)
    powers_w = powers_w * np.minimum(1.0, problem.total_power_w / np.maximum(spent_w, np.finfo(float).tiny))
    return BeamDesign(
        phases_rad=phases_rad,
        powers_w=powers_w,
        rates_bps_hz=rates_bps_hz(effective_channel(problem.stack, phases_rad, problem.g), powers_w),
        n_rate_evaluations=np.broadcast_to(np.asarray(n_rate_evaluations, np.int64), (problem.n_channels,)).copy(),
    )


def best_start(
    problem: BeamProblem, phases_rad: NDArray[Any], powers_w: NDArray[Any], n_rate_evaluations: NDArray[np.int64] | int
) -> BeamDesign:
    """Return the best of several designs of each channel, judged in double precision.

    Parameters
    ----------
    problem : BeamProblem
    phases_rad : (n_channels, n_starts, n_layers, n_atoms)
    powers_w : (n_channels, n_starts, n_users)
    n_rate_evaluations : (n_channels,) or int
        Of all starts together, without those of this comparison.
    """
    n_starts = phases_rad.shape[1]
    rates = np.stack(
        [evaluated(problem, phases_rad[:, i], powers_w[:, i], 0).sum_rate_bps_hz for i in range(n_starts)], axis=-1
    )
    channel, best = np.arange(problem.n_channels), np.argmax(rates, axis=-1)
    n_all = np.asarray(n_rate_evaluations) + n_starts
    return evaluated(problem, phases_rad[channel, best], powers_w[channel, best], n_all)


def random_phases(rng: np.random.Generator, problem: BeamProblem, n_starts: int) -> NDArray[np.float64]:
    """Return uniform phases, (n_channels, n_starts, n_layers, n_atoms).

    Channel i draws from the i-th child of the generator: it starts the same, however many channels there are.
    """
    geometry = problem.stack.geometry
    shape = (n_starts, geometry.n_layers, geometry.n_atoms)
    return np.stack([child.uniform(0.0, 2.0 * math.pi, shape) for child in rng.spawn(problem.n_channels)])


def in_single_precision(problem: BeamProblem) -> tuple[Stack, Complexes]:
    """Return stack and channels in single precision, channels scaled so that the powers of all streams sum to 1."""
    scaled = problem.g * math.sqrt(problem.total_power_w)
    return problem.stack.astype(np.complex64), scaled.astype(np.complex64)
