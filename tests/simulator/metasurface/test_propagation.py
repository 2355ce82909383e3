from __future__ import annotations

import cmath
import math

import numpy as np
import pytest

from simulator.metasurface.geometry import StackGeometry
from simulator.metasurface.presets import PRESETS
from simulator.metasurface.propagation import EnergyGainWarning, Stack, build_stack

AN = PRESETS["an2023"]


def straight_from_the_formula(geometry: StackGeometry, from_antennas: bool) -> np.ndarray:
    """Every path by itself, atom (column, row) at its own place, without the package's arrays."""
    wavelength, gap, pitch = geometry.wavelength_m, geometry.layer_gap_m, geometry.pitch_m
    atoms = [
        ((column - (geometry.n_atoms_x - 1) / 2) * pitch, (row - (geometry.n_atoms_y - 1) / 2) * pitch)
        for row in range(geometry.n_atoms_y)
        for column in range(geometry.n_atoms_x)
    ]
    n, antenna_pitch = geometry.n_antennas, geometry.antenna_pitch_m
    sources = [((m - (n - 1) / 2) * antenna_pitch, 0.0) for m in range(n)] if from_antennas else atoms
    matrix = np.empty((len(atoms), len(sources)), dtype=complex)
    for p, (x, y) in enumerate(atoms):
        for q, (u, v) in enumerate(sources):
            d = math.sqrt((x - u) ** 2 + (y - v) ** 2 + gap**2)
            leaning = pitch**2 * (gap / d) / d
            matrix[p, q] = (
                leaning * (1 / (2 * math.pi * d) - 1j / wavelength) * cmath.exp(2j * math.pi * d / wavelength)
            )
    return matrix


@pytest.mark.parametrize(("n_x", "n_y", "n_layers"), [(3, 3, 2), (4, 2, 3), (1, 1, 2)])
def test_matrices_equal_the_formula_written_path_by_path(n_x: int, n_y: int, n_layers: int) -> None:
    geometry = StackGeometry(
        wavelength_m=0.01,
        n_layers=n_layers,
        n_atoms_x=n_x,
        n_atoms_y=n_y,
        pitch_m=0.004,
        layer_gap_m=0.02,
        n_antennas=3,
        antenna_pitch_m=0.006,
    )
    stack = build_stack(geometry)
    # Both are exact; phases of some ten radians leave some ten roundings.
    np.testing.assert_allclose(stack.from_antennas, straight_from_the_formula(geometry, True), rtol=1e-13)
    for matrix in stack.between_layers:
        np.testing.assert_allclose(matrix, straight_from_the_formula(geometry, False), rtol=1e-13)


@pytest.mark.parametrize(("n_atoms", "n_layers", "gain"), [(100, 8, 1.0425), (49, 9, 1.0148), (25, 11, 1.0167)])
def test_thin_stacks_gain_energy_and_say_so(n_atoms: int, n_layers: int, gain: float) -> None:
    geometry = AN.geometry(n_atoms=n_atoms, n_layers=n_layers)
    with pytest.warns(EnergyGainWarning, match=f"{gain:.4f}.*is_passive=True"):
        stack = build_stack(geometry)
    passive = build_stack(geometry, is_passive=True)
    for matrix, tamed in zip(stack.between_layers, passive.between_layers, strict=True):
        np.testing.assert_allclose(matrix, tamed * np.linalg.svd(matrix)[1][0], rtol=1e-12)
    build_stack(AN.geometry(n_atoms=n_atoms, n_layers=n_layers - 2))  # no warning: warnings are errors here


def test_passive_leaves_alone_what_gains_nothing() -> None:
    geometry = AN.geometry(n_atoms=25)
    free, passive = build_stack(geometry), build_stack(geometry, is_passive=True)
    np.testing.assert_array_equal(free.between_layers, passive.between_layers)
    np.testing.assert_array_equal(free.from_antennas, passive.from_antennas)


def test_every_layer_costs_its_insertion_loss() -> None:
    geometry = AN.geometry(n_atoms=9, n_layers=3)
    free, lossy = build_stack(geometry), build_stack(geometry, insertion_loss_db=20.0)
    np.testing.assert_allclose(lossy.from_antennas, 0.1 * free.from_antennas, rtol=1e-15)
    np.testing.assert_allclose(lossy.between_layers, 0.1 * free.between_layers, rtol=1e-15)


def test_own_transfer_matrices_are_taken_for_all_layers_or_one_each() -> None:
    geometry = AN.geometry(n_atoms=4, n_layers=3)
    own = 0.1 * np.arange(2 * 16).reshape(2, 4, 4) / 32.0 * (1 + 1j)
    np.testing.assert_array_equal(build_stack(geometry, between_layers=own).between_layers, own)
    np.testing.assert_array_equal(build_stack(geometry, between_layers=own[0]).between_layers, own[[0, 0]])
    with pytest.raises(
        ValueError, match=r"between_layers has the shape \(1, 4, 4\): give \(4, 4\) for all or \(2, 4, 4\)"
    ):
        build_stack(geometry, between_layers=own[:1])
    with pytest.raises(ValueError, match=r"between_layers has the shape \(3, 3\)"):
        build_stack(geometry, between_layers=own[0, :3, :3])


def test_wrong_numbers_are_named() -> None:
    geometry = AN.geometry(n_atoms=4, n_layers=1)
    with pytest.raises(ValueError, match=r"insertion_loss_db = -1\.0: give 0 dB or more"):
        build_stack(geometry, insertion_loss_db=-1.0)
    with pytest.raises(ValueError, match="n_layers = 0: give 1 or more"):
        StackGeometry(**{**_fields(geometry), "n_layers": 0})
    with pytest.raises(ValueError, match=r"pitch_m = 0\.0: give a length above 0 m"):
        StackGeometry(**{**_fields(geometry), "pitch_m": 0.0})
    with pytest.raises(ValueError, match="n_atoms = 24: give a square, such as 16 or 25"):
        AN.geometry(n_atoms=24)
    with pytest.raises(ValueError, match=r"from_antennas has the shape \(3, 4\)"):
        Stack(geometry=geometry, between_layers=np.empty((0, 4, 4), complex), from_antennas=np.ones((3, 4), complex))


def _fields(geometry: StackGeometry) -> dict:
    return {name: getattr(geometry, name) for name in geometry.__dataclass_fields__}
