"""The shipped tables, read once: AP-8 by shell and field strength, and magnetic fields around the Earth."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiation.environment.field_grid import FieldGrid

Floats = NDArray[np.float64]

TABLES = Path(__file__).parents[1] / "data" / "trapped_and_cutoff.npz"
LOG10_STEP = 1e-4
"""Quantum of the stored logarithm of the flux; code 1 is one proton per cm2 and s, the least that AP-8 gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrappedTables:
    """AP-8 at one phase of the solar cycle.

    Attributes
    ----------
    energy_mev : (n_energies,)
    inverse_shell : (n_shells,), 1/L, evenly spaced, ascending
    end_of_belt : (n_shells,), B/B0 where the belt ends
    flux_cm2_s : (n_energies, n_shells, n_steps + 1), omnidirectional flux above each energy, at equal steps of B/B0
        from 1 to the end of the belt
    field : FieldGrid of 1/L and B [gauss] in the model's own magnetic field
    """

    energy_mev: Floats
    inverse_shell: Floats
    end_of_belt: Floats
    flux_cm2_s: Floats
    field: FieldGrid


@functools.cache
def trapped_tables(model: str) -> TrappedTables:
    """Return the tables of AP-8 `min` or `max`."""
    arrays = _arrays()
    codes = arrays[f"{model}_codes"]
    flux = np.where(codes > 0, 10.0 ** ((codes.astype(np.float64) - 1.0) * LOG10_STEP), 0.0)
    return TrappedTables(
        energy_mev=arrays["energy_mev"],
        inverse_shell=arrays["inverse_shell"],
        end_of_belt=arrays[f"{model}_end"],
        flux_cm2_s=flux,
        field=FieldGrid(arrays[f"{model}_cubics"]),
    )


@functools.cache
def cutoff_field() -> FieldGrid:
    """Return 1/L in the present magnetic field."""
    return FieldGrid(_arrays()["cutoff_cubics"])


def provenance() -> dict[str, Any]:
    """Return where the shipped tables come from: origin, licence, versions, epochs, units, convention, checksum."""
    found: dict[str, Any] = json.loads(str(_arrays()["provenance"]))
    return found


def checksum() -> str:
    """Return the SHA-256 of the shipped arrays, to be compared with that in `provenance`."""
    digest = hashlib.sha256()
    arrays = _arrays()
    for name in sorted(set(arrays) - {"provenance"}):
        digest.update(name.encode() + arrays[name].tobytes())
    return digest.hexdigest()


@functools.cache
def _arrays() -> dict[str, NDArray[Any]]:
    with np.load(TABLES) as stored:
        return {name: stored[name] for name in stored.files}
