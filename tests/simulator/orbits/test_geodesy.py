from __future__ import annotations

import numpy as np
import pytest
from skyfield.api import wgs84

from simulator.orbits.geodesy import (
    earth_fixed_from_geodetic,
    geodetic_from_earth_fixed,
    geodetic_vertical,
)

LATITUDE_DEG, LONGITUDE_DEG = (
    grid.ravel() for grid in np.meshgrid(np.linspace(-90, 90, 37), np.linspace(-175, 180, 24))
)
HEIGHTS_M = np.array([-400.0, 0.0, 8_848.0, 550e3, 36_000e3])


def test_station_positions_agree_with_skyfield():
    for latitude, longitude, height_m in ((78.23, 15.39, 500.0), (-0.18, -78.47, 2850.0), (-90.0, 0.0, 2800.0)):
        ours_m = earth_fixed_from_geodetic(np.radians(latitude), np.radians(longitude), np.float64(height_m))
        theirs_m = wgs84.latlon(latitude, longitude, elevation_m=height_m).itrs_xyz.m
        assert np.abs(ours_m - theirs_m).max() < 1e-6  # the same closed form; rounding of 6.4e6 m and of their au


@pytest.mark.parametrize("height_m", HEIGHTS_M)
def test_geodetic_coordinates_come_back(height_m):
    latitude, longitude = np.radians(LATITUDE_DEG), np.radians(LONGITUDE_DEG)
    position_m = earth_fixed_from_geodetic(latitude, longitude, np.full(latitude.size, height_m))
    latitude_back, longitude_back, height_back_m = geodetic_from_earth_fixed(position_m)
    # a nanometre on the ground is 1.6e-16 rad; rounding of 6.4e6 m allows 1e-15 rad and some 1e-8 m
    assert np.abs(latitude_back - latitude).max() < 1e-14
    is_off_pole = np.abs(LATITUDE_DEG) < 90
    assert np.abs(np.sin(longitude_back - longitude))[is_off_pole].max() < 1e-14
    assert np.abs(height_back_m - height_m).max() < 5e-8


def test_sub_satellite_point_agrees_with_skyfield():
    rng = np.random.default_rng(3)
    direction = rng.normal(size=(20, 3))
    position_m = direction / np.linalg.norm(direction, axis=1)[:, None] * rng.uniform(6.6e6, 8e6, 20)[:, None]
    latitude, longitude, height_m = geodetic_from_earth_fixed(position_m)
    for row in range(20):
        back_m = wgs84.latlon(np.degrees(latitude[row]), np.degrees(longitude[row]), height_m[row]).itrs_xyz.m
        assert np.abs(back_m - position_m[row]).max() < 1e-6  # as above


def test_vertical_is_a_unit_normal():
    latitude, longitude = np.radians(LATITUDE_DEG), np.radians(LONGITUDE_DEG)
    up = geodetic_vertical(latitude, longitude)
    foot_m = earth_fixed_from_geodetic(latitude, longitude, np.zeros(latitude.size))
    above_m = earth_fixed_from_geodetic(latitude, longitude, np.full(latitude.size, 1e5))
    assert np.abs((above_m - foot_m) / 1e5 - up).max() < 1e-13  # rounding of 6e6 m over 1e5 m
