"""Small fleets and places that tests of captures share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulator.orbits.orbit_record import OrbitRecord
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.shell_series import ShellSeriesModel
from simulator.orbits.walker import WalkerShell
from simulator.tasks.observation import Targets
from simulator.timescale import parse_epoch

EPOCH = parse_epoch("2026-06-21T00:00:00Z")


@pytest.fixture(scope="session")
def shell() -> Callable[..., ShellSeriesModel]:
    """Build a shell at 550 km."""

    def build(n_planes: int = 2, n_slots: int = 3, inclination_deg: float = 53.0) -> ShellSeriesModel:
        walker = WalkerShell(
            n_planes=n_planes,
            n_slots=n_slots,
            phasing=1,
            altitude_m=550e3,
            inclination_rad=np.radians(inclination_deg),
            raan_spread_rad=2.0 * np.pi,
            raan_rad=0.3,
        )
        return ShellSeriesModel(walker, EPOCH)

    return build


@pytest.fixture(scope="session")
def mixed_fleet() -> Sgp4Model:
    """A low circle, a retrograde polar orbit, an ellipse with its perigee at 600 km, and half-day and day orbits."""
    elements = [
        (1.0950e-3, 0.0001, 0.925, 0.0),
        (1.0600e-3, 0.0010, 1.703, 2.0),
        (2.0 * np.pi / 20_000.0, 0.50, 0.7, 4.0),
        (2.0 * np.pi / 43_082.0, 0.01, 0.96, 1.0),
        (2.0 * np.pi / 86_164.0, 0.001, 0.1, 5.0),
    ]
    records = [
        OrbitRecord(
            name=f"orbit {number}",
            catalogue_number=number,
            epoch_day=EPOCH.utc_day,
            epoch_day_fraction=EPOCH.utc_day_fraction,
            mean_motion_rad_s=mean_motion_rad_s,
            eccentricity=eccentricity,
            inclination_rad=inclination_rad,
            raan_rad=raan_rad,
            argument_of_perigee_rad=1.0,
            mean_anomaly_rad=0.4,
            bstar_per_earth_radius=0.0,
        )
        for number, (mean_motion_rad_s, eccentricity, inclination_rad, raan_rad) in enumerate(elements)
    ]
    return Sgp4Model(records, EPOCH)


@pytest.fixture(scope="session")
def places() -> Callable[..., Targets]:
    """Build targets from latitudes and longitudes in degrees."""

    def build(
        latitude_deg: object, longitude_deg: object, *, priority: object = 0.0, revisit_s: object = 0.0
    ) -> Targets:
        columns = np.broadcast_arrays(
            *(np.atleast_1d(np.asarray(column, dtype=np.float64)) for column in (latitude_deg, longitude_deg)),
            np.atleast_1d(np.asarray(priority, dtype=np.float64)),
            np.atleast_1d(np.asarray(revisit_s, dtype=np.float64)),
        )
        latitude, longitude, rank, rest_s = (np.ascontiguousarray(column) for column in columns)
        return Targets(
            names=tuple(f"place {i}" for i in range(latitude.size)),
            latitude_rad=np.radians(latitude),
            longitude_rad=np.radians(longitude),
            priority=rank,
            revisit_s=rest_s,
        )

    return build
