"""Fleets for files of states, and files of them written and read again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from simulator.orbits.constellations import CONSTELLATIONS
from simulator.orbits.exchange.state_files import read_state_file
from simulator.orbits.model import PositionModel
from simulator.orbits.orbit_record import OrbitRecord
from simulator.orbits.position_models import position_model
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.states_model import StatesModel
from simulator.timescale import Epoch, parse_epoch

EPOCH = parse_epoch("2026-03-15T00:00:00Z")


def record(name: str = "A", number: int = 25544, **changes: float) -> OrbitRecord:
    """A satellite at 420 km with some eccentricity and drag, its elements half a day old."""
    elements = {
        "mean_motion_rad_s": 15.5 * 2.0 * np.pi / 86_400.0,
        "eccentricity": 0.0012,
        "inclination_rad": np.radians(51.6),
        "raan_rad": 1.0,
        "argument_of_perigee_rad": 2.0,
        "mean_anomaly_rad": 3.0,
        "bstar_per_earth_radius": 2e-4,
    }
    return OrbitRecord(
        name=name, catalogue_number=number, epoch_day=EPOCH.utc_day - 1.0, epoch_day_fraction=0.5, **elements | changes
    )


def low_orbits() -> Sgp4Model:
    return Sgp4Model([record(), record("B, second", 25545, raan_rad=2.0, eccentricity=0.01)], EPOCH)


def shell(name: str = "iridium") -> PositionModel:
    return position_model(CONSTELLATIONS[name].shell_at(EPOCH), EPOCH)


def read_again(lines: Iterable[str], path: Path, epoch: Epoch = EPOCH) -> StatesModel:
    path.write_text("\n".join(lines) + "\n")
    return StatesModel(read_state_file(path, epoch), epoch)


def worst_m(ours: PositionModel, truth: PositionModel, span_s: tuple[float, float], n: int = 400) -> float:
    """Largest distance between the first satellites of two models at times in between their states."""
    t_s = np.random.default_rng(1).uniform(*span_s, n)
    i_sat = np.arange(n) % ours.n_sats
    return float(np.linalg.norm(ours.at(i_sat, t_s) - truth.at(i_sat, t_s), axis=1).max())
