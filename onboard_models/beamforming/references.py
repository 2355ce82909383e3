"""What antennas do without a metasurface: one radio chain each, digital precoding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard_models.beamforming.problem import BeamProblem
from simulator.metasurface.power_allocation import iterative_water_filling, water_filling
from simulator.metasurface.rate import rates_bps_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitalReference:
    """Linear precoding by antennas that stand where atoms of the last layer do.

    Parameters
    ----------
    is_zero_forcing : bool
        Pseudo-inverse of the channel with water filling, so that nobody disturbs anybody; else maximum ratio
        transmission, each stream towards its own user with powers by iterative water filling.
    has_all_antennas : bool
        As many antennas as a layer has atoms, else as many as the stack has: one per user, neighbours in the middle.
    """

    is_zero_forcing: bool
    has_all_antennas: bool

    def rates_bps_hz(self, problem: BeamProblem) -> NDArray[np.float64]:
        """Return the users' rates, (n_channels, n_users)."""
        h = self._seen(problem) @ self.streams(problem)
        return rates_bps_hz(h, np.ones(h.shape[-1]))

    def streams(self, problem: BeamProblem) -> NDArray[np.complex128]:
        """Return what each antenna sends of each stream, (n_channels, n_antennas, n_users), squares in watts."""
        g = self._seen(problem)
        beams = np.linalg.pinv(g) if self.is_zero_forcing else np.swapaxes(g.conj(), -1, -2)
        beams = beams / np.linalg.norm(beams, axis=-2, keepdims=True)
        h = g @ beams
        if self.is_zero_forcing:
            gains = np.abs(np.einsum("ckk->ck", h)) ** 2
            powers_w = water_filling(1.0 / gains, problem.total_power_w)
        else:
            powers_w = iterative_water_filling(h, problem.total_power_w)
        return np.asarray(beams * np.sqrt(powers_w)[:, np.newaxis, :])

    def _seen(self, problem: BeamProblem) -> NDArray[np.complex128]:
        return problem.g if self.has_all_antennas else problem.g[:, :, middle_atoms(problem)]


def middle_atoms(problem: BeamProblem) -> NDArray[np.intp]:
    """Return as many atoms as there are antennas, (n_antennas,): of the middle row first, then of rows beside it."""
    geometry = problem.stack.geometry
    row, column = np.divmod(np.arange(geometry.n_atoms), geometry.n_atoms_x)
    away_x = np.abs(column - 0.5 * (geometry.n_atoms_x - 1))
    away_y = np.abs(row - (geometry.n_atoms_y // 2))
    return np.sort(np.lexsort((away_x, away_y))[: geometry.n_antennas])


REFERENCES = {
    "zf": DigitalReference(is_zero_forcing=True, has_all_antennas=False),
    "mrt": DigitalReference(is_zero_forcing=False, has_all_antennas=False),
    "zf-all-atoms": DigitalReference(is_zero_forcing=True, has_all_antennas=True),
    "mrt-all-atoms": DigitalReference(is_zero_forcing=False, has_all_antennas=True),
}
"""References by name."""
