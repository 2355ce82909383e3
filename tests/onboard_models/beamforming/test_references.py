from __future__ import annotations

import numpy as np
import pytest

from onboard_models.beamforming.problem import BeamProblem
from onboard_models.beamforming.references import REFERENCES, middle_atoms
from simulator.metasurface.decibels import watts_of_dbm
from simulator.metasurface.presets import AN_2023

N_CHANNELS = 500


def problem(n_atoms: int, power_dbm: float) -> BeamProblem:
    geometry = AN_2023.geometry(n_atoms=n_atoms)
    g = AN_2023.channels(np.random.default_rng(1), N_CHANNELS, geometry)
    return BeamProblem(stack=AN_2023.stack(geometry), g=g, total_power_w=watts_of_dbm(power_dbm))


@pytest.mark.parametrize(
    ("name", "n_atoms", "power_dbm", "measured", "n_measured"),
    [
        ("zf-all-atoms", 25, 15.0, 16.0, 5),
        ("zf-all-atoms", 25, 25.0, 28.4, 5),
        ("zf-all-atoms", 49, 15.0, 19.8, 5),
        ("zf-all-atoms", 49, 25.0, 32.7, 5),
        ("zf", 25, 15.0, 5.65, 10),
        ("zf", 25, 25.0, 12.1, 5),
        ("mrt", 25, 15.0, 5.8, 10),
        ("mrt", 25, 25.0, 6.2, 10),
    ],
)
def test_references_agree_with_another_implementation(
    name: str, n_atoms: int, power_dbm: float, measured: float, n_measured: int
) -> None:
    """Means of few channels from a separate program: within three standard errors of such a mean."""
    rates = REFERENCES[name].rates_bps_hz(problem(n_atoms, power_dbm)).sum(axis=-1)
    assert rates.mean() == pytest.approx(measured, abs=3.0 * rates.std() / np.sqrt(n_measured))


def test_zero_forcing_by_hand() -> None:
    asked = problem(9, 30.0)
    rates = REFERENCES["zf-all-atoms"].rates_bps_hz(asked)
    for g, found in zip(asked.g[:3], rates[:3], strict=True):
        gain = 1.0 / np.diag(np.linalg.inv(g @ g.conj().T)).real
        level = max((asked.total_power_w + np.sum(1 / np.sort(gain)[-n:])) / n for n in (4,))
        np.testing.assert_allclose(found, np.log2(np.maximum(gain * level, 1.0)), rtol=1e-9)


def test_middle_atoms_are_a_line_where_it_fits() -> None:
    assert middle_atoms(problem(25, 15.0)).tolist() == [10, 11, 12, 13]
    assert middle_atoms(problem(9, 15.0)).tolist() == [1, 3, 4, 5]
