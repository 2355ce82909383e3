from __future__ import annotations

import numpy as np
import pytest

from simulator.contacts import GroundStation, elevation_margin_m, station_geometry


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("name", ""),
        ("latitude_rad", np.radians(95.0)),
        ("latitude_rad", float("nan")),
        ("longitude_rad", np.radians(361.0)),
        ("height_m", 2.0e4),
        ("height_m", float("inf")),
        ("n_channels", 0),
    ],
)
def test_refuses_impossible_stations(argument: str, value: object) -> None:
    fields = {"name": "Quito", "latitude_rad": 0.0, "longitude_rad": 0.0, argument: value}
    with pytest.raises(ValueError, match=argument):
        GroundStation(**fields)


def test_latitude_of_95_deg_is_named_in_degrees() -> None:
    with pytest.raises(ValueError, match=r"95 deg.*within 90 deg"):
        GroundStation(name="north", latitude_rad=np.radians(95.0), longitude_rad=0.0)


def test_geometry_at_equator_and_pole() -> None:
    geometry = station_geometry(
        [
            GroundStation(name="equator", latitude_rad=0.0, longitude_rad=np.pi / 2, height_m=100.0),
            GroundStation(name="pole", latitude_rad=np.pi / 2, longitude_rad=0.0),
        ]
    )
    # WGS84: a = 6378137 m, b = 6356752.3142 m; rounding of coordinates
    np.testing.assert_allclose(geometry.position_m, [[0, 6_378_237, 0], [0, 0, 6_356_752.3142]], rtol=0, atol=1e-4)
    np.testing.assert_allclose(geometry.up, [[0, 1, 0], [0, 0, 1]], atol=1e-15)


def test_margin_vanishes_on_the_mask() -> None:
    station_m, up = np.array([[6_378_137.0, 0.0, 0.0]]), np.array([[1.0, 0.0, 0.0]])
    for elevation_deg, sign in ((24.999, -1), (25.001, 1)):
        elevation = np.radians(elevation_deg)
        satellite_m = station_m + 1.0e6 * np.array([[np.sin(elevation), np.cos(elevation), 0.0]])
        assert np.sign(elevation_margin_m(satellite_m, station_m, up, np.sin(np.radians(25.0)))) == sign


def test_no_stations() -> None:
    assert station_geometry([]).n_stations == 0
