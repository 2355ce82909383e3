"""The shipped tables: whole, small, and telling where they come from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import radiation
from radiation.environment import provenance
from radiation.environment.field_grid import FieldGrid
from radiation.environment.tables import checksum

DATA = Path(radiation.__file__).parent / "data"


def test_tables_are_those_that_were_written():
    assert checksum() == provenance()["sha256"]


def test_provenance_is_complete():
    told = provenance()
    for key in ("origin", "licence", "versions", "epochs", "units", "convention"):
        assert told[key], key
    assert set(told["versions"]) == {"aep8", "radbelt", "numpy"}


def test_tables_fit_in_four_megabytes():
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) <= 4_000_000


def test_fields_follow_a_smooth_function_of_place():
    def value(latitude_deg, longitude_deg, s):
        angle = np.radians(latitude_deg)
        wave = 1.0 + 0.2 * np.cos(np.radians(longitude_deg) - 0.4)
        return np.cos(angle) ** 2 * wave * s + 0.1 * s**3 * np.sin(angle)

    latitude, longitude = np.meshgrid(np.arange(-90.0, 90.1, 2.0), np.arange(0.0, 360.0, 3.0), indexing="ij")
    linear = value(latitude, longitude, 1.0) - 0.1 * np.sin(np.radians(latitude))
    cubic = 0.1 * np.sin(np.radians(latitude))
    cubics = np.stack([0.0 * linear, linear, 0.0 * linear, cubic], axis=-1)[None]
    rng = np.random.default_rng(2)
    north, east = rng.uniform(-90.0, 90.0, 10_000), rng.uniform(-400.0, 800.0, 10_000)
    altitude_km = rng.uniform(300.0, 2_000.0, 10_000)
    found = FieldGrid(cubics.astype(np.float32)).at(*(a.astype(np.float32) for a in (north, east, altitude_km)))[0]
    exact = value(north, east, 6_371.2 / (6_371.2 + altitude_km))
    # Straight lines over one degree: (pi / 180)^2 / 8 times a second derivative of 2, and half of that over longitude.
    assert np.abs(found - exact).max() < 1.5e-4
