"""Geometry under a satellite at 600 km against published numbers and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.constants import SPEED_OF_LIGHT_M_S
from simulator.metasurface.grouping import channel_correlation, group_users
from simulator.metasurface.line_of_sight import ElementPattern, direct_wave
from simulator.metasurface.path_loss import free_space_gain
from simulator.metasurface.presets import SATELLITE_KA, STATION_KA
from simulator.metasurface.propagation import propagation_matrix
from simulator.metasurface.satellite_view import (
    EARTH_RADIUS_M,
    doppler_shift_hz,
    off_nadir_angle_rad,
    orbital_period_s,
    orbital_speed_m_s,
    seen_from_orbit,
    slant_range_m,
    users_seen,
)
from simulator.metasurface.users import SatelliteUsers

ALTITUDE_M = 600e3
ELEVATION_RAD = np.radians([10.0, 30.0, 50.0, 70.0, 90.0])


def test_ranges_angles_and_losses_by_elevation() -> None:
    """Tabulated to the last digit given, hence half of it as tolerance; losses with c rounded to 3e8."""
    range_m = slant_range_m(ELEVATION_RAD, ALTITUDE_M)
    np.testing.assert_allclose(range_m / 1e3, [1931.6, 1075.1, 760.8, 634.9, 600.0], atol=0.051)
    angle_deg = np.degrees(off_nadir_angle_rad(ELEVATION_RAD, ALTITUDE_M))
    np.testing.assert_allclose(angle_deg, [64.16, 52.32, 35.98, 18.21, 0.0], atol=0.0051)
    loss_db = -10.0 * np.log10(free_space_gain(range_m, SPEED_OF_LIGHT_M_S / 20e9))
    np.testing.assert_allclose(loss_db, [184.18, 179.09, 176.09, 174.52, 174.03], atol=0.012)


def test_speed_and_period() -> None:
    assert orbital_speed_m_s(ALTITUDE_M) == pytest.approx(7561.7, abs=0.06)
    assert orbital_period_s(ALTITUDE_M) / 60.0 == pytest.approx(96.5, abs=0.06)


def test_users_are_seen_where_range_and_elevation_put_them() -> None:
    """A user at a known elevation on the track ahead: distance by the law of cosines, direction by that of sines."""
    off_nadir_rad = off_nadir_angle_rad(ELEVATION_RAD, ALTITUDE_M)
    at_centre_rad = 0.5 * np.pi - ELEVATION_RAD - off_nadir_rad
    ground_m = np.stack([EARTH_RADIUS_M * at_centre_rad, np.zeros(5)], axis=-1)
    direction, distance_m = users_seen(ground_m, np.array(0.0), ALTITUDE_M)
    np.testing.assert_allclose(distance_m, slant_range_m(ELEVATION_RAD, ALTITUDE_M), rtol=1e-9)
    np.testing.assert_allclose(np.arctan2(direction[:, 0], direction[:, 2]), off_nadir_rad, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(direction, axis=-1), 1.0, rtol=1e-12)
    # Going on by an angle is the same as the users going back by it.
    shifted = ground_m - [EARTH_RADIUS_M * 0.01, 0.0]
    np.testing.assert_allclose(
        users_seen(ground_m, np.array(0.01), ALTITUDE_M)[0], users_seen(shifted, 0.0, ALTITUDE_M)[0]
    )


def test_frame_is_right_handed_with_z_down() -> None:
    """Along the track x cross y must be z, the nadir: north of an eastward track lies to the left, -y is left of x."""
    ground_m = np.array([[100e3, 0.0], [0.0, 100e3], [0.0, 0.0]])
    ahead, left, below = users_seen(ground_m, np.array(0.0), ALTITUDE_M)[0]
    assert ahead[0] > 0.0
    assert below[2] == pytest.approx(1.0)
    assert left[1] < 0.0  # seen from above, left of the track; looking down, y points to the right
    np.testing.assert_allclose(np.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]), below, atol=1e-12)


def test_positions_and_velocities_give_the_same_view_in_any_turned_frame() -> None:
    """The closed form of a pass against coordinates: satellite and users placed by hand, then all turned at random."""
    passed_rad = np.array([-0.02, 0.0, 0.015])
    ground_m = np.array([[30e3, 50e3], [-80e3, 10e3], [0.0, -120e3]])
    radius_m = EARTH_RADIUS_M + ALTITUDE_M
    satellite_m = radius_m * np.stack([np.sin(passed_rad), 0.0 * passed_rad, np.cos(passed_rad)], axis=-1)
    velocity_m_s = 7500.0 * np.stack([np.cos(passed_rad), 0.0 * passed_rad, -np.sin(passed_rad)], axis=-1)
    along, across = (ground_m / EARTH_RADIUS_M).T
    user_m = EARTH_RADIUS_M * np.stack(
        [np.cos(across) * np.sin(along), np.sin(across), np.cos(across) * np.cos(along)], axis=-1
    )
    turn, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))
    turn *= np.linalg.det(turn)  # a rotation, not a mirror
    climbing_m_s = velocity_m_s + 3e-3 * satellite_m
    found = seen_from_orbit(satellite_m @ turn.T, climbing_m_s @ turn.T, user_m @ turn.T)
    for value, expected in zip(found, users_seen(ground_m, passed_rad, ALTITUDE_M), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)
    with pytest.raises(ValueError, match="straight up or down"):
        seen_from_orbit(np.array([radius_m, 0.0, 0.0]), np.array([1.0, 0.0, 0.0]), user_m)


def test_a_ground_point_at_nadir_turns_as_speed_over_height() -> None:
    step_rad = 1e-7
    turning = users_seen(np.zeros((1, 2)), np.array([0.0, step_rad]), ALTITUDE_M)[0][:, 0]
    seconds = step_rad * (EARTH_RADIUS_M + ALTITUDE_M) / orbital_speed_m_s(ALTITUDE_M)
    assert np.degrees(-turning[1, 0] / seconds) == pytest.approx(0.660, abs=5e-4)


@pytest.mark.parametrize(("carrier_hz", "shift_hz"), [(2e9, 39.9e3), (20e9, 399.0e3), (28e9, 558.6e3)])
def test_doppler_at_30_degrees_on_an_overhead_pass(carrier_hz: float, shift_hz: float) -> None:
    off_nadir_rad = off_nadir_angle_rad(np.radians(30.0), ALTITUDE_M)
    direction = np.array([np.sin(off_nadir_rad), 0.0, np.cos(off_nadir_rad)])
    # Tabulated with c = 3e8: 0.07 % off, and rounded to 0.1 kHz.
    assert doppler_shift_hz(direction, ALTITUDE_M, carrier_hz) == pytest.approx(shift_hz, rel=3e-3)


def test_doppler_is_the_change_of_the_range() -> None:
    ground_m = np.array([[200e3, 150e3]])
    step_rad = 1e-6
    seconds = step_rad * (EARTH_RADIUS_M + ALTITUDE_M) / orbital_speed_m_s(ALTITUDE_M)
    _, range_m = users_seen(ground_m, np.array([-step_rad, step_rad]), ALTITUDE_M)
    direction, _ = users_seen(ground_m, np.array(0.0), ALTITUDE_M)
    expected = -20e9 / SPEED_OF_LIGHT_M_S * np.diff(range_m[:, 0])[0] / (2.0 * seconds)
    shift_hz = doppler_shift_hz(direction, ALTITUDE_M, 20e9)[0]
    # The satellite also falls around the Earth's centre, but a range depends on where it is alone.
    assert shift_hz == pytest.approx(expected, rel=1e-6)


def test_direct_waves_keep_the_convention_of_propagation() -> None:
    """Waves to a far point by the diffraction formula itself: same phases between atoms, up to a common one."""
    geometry = SATELLITE_KA.geometry(n_atoms=16)
    atom_m = geometry.atom_positions_m()
    direction = np.array([0.3, -0.4, np.sqrt(0.75)])
    far_m = 1e5
    exact = propagation_matrix(atom_m, far_m * direction[np.newaxis], 1.0, geometry.wavelength_m)[0]
    plane = direct_wave(atom_m, direction[np.newaxis], np.array([far_m]), np.ones(1), geometry.wavelength_m)[0]
    # Bent wave fronts add k r^2 / 2 d = 1e-7 rad, rounding of 4e7 rad of path 1e-8.
    np.testing.assert_allclose(exact / exact[0], plane / plane[0], atol=1e-5)


@pytest.mark.parametrize(
    ("side", "correlations"),
    [(10, (0.93, 0.74, 0.21, 0.20)), (7, (0.97, 0.87, 0.54, 0.10)), (5, (0.98, 0.93, 0.75, 0.26))],
)
def test_steering_correlation_by_distance_on_the_ground(side: int, correlations: tuple[float, ...]) -> None:
    """Published to two digits, and the closed form of a uniform array, |sin(n psi / 2) / (n sin(psi / 2))|."""
    geometry = SATELLITE_KA.geometry(n_atoms=side**2)
    users = SATELLITE_KA.users
    assert isinstance(users, SatelliteUsers)
    apart_m = np.array([25e3, 50e3, 100e3, 200e3])
    ground_m = np.stack([np.append(0.0, apart_m), np.zeros(5)], axis=-1)
    found = channel_correlation(users.line_of_sight(geometry, ground_m))[0, 1:]
    np.testing.assert_allclose(found, correlations, atol=0.006)
    direction, _ = users_seen(ground_m[1:], np.array(0.0), ALTITUDE_M)
    half_rad = 0.5 * np.pi * direction[:, 0]
    closed_form = np.abs(np.sin(side * half_rad) / (side * np.sin(half_rad)))
    np.testing.assert_allclose(found, closed_form, atol=1e-7)  # paths of 4e7 rad round to 1e-8


@pytest.mark.parametrize(
    ("side", "width_deg", "footprint_km"), [(5, 20.3, 215), (7, 14.5, 153), (10, 10.2, 107), (16, 6.4, 67)]
)
def test_beams_have_the_width_and_footprint_of_their_aperture(side: int, width_deg: float, footprint_km: float) -> None:
    """Half-power width of a beam to the nadir, searched, and 0.886 wavelengths over the aperture.

    That rule is for a continuous line; a line of n atoms is wider by a share of 0.6 / n^2.
    """
    geometry = SATELLITE_KA.geometry(n_atoms=side**2)
    angle_rad = np.linspace(0.0, np.radians(15.0), 30_001)
    direction = np.stack([np.sin(angle_rad), np.zeros_like(angle_rad), np.cos(angle_rad)], axis=-1)
    ones = np.ones(len(angle_rad))
    waves = direct_wave(geometry.atom_positions_m(), direction, ones, ones, geometry.wavelength_m)
    power = np.abs(waves.sum(axis=-1)) ** 2
    half_rad = angle_rad[np.argmax(power < 0.5 * power[0])]
    assert np.degrees(2.0 * half_rad) == pytest.approx(width_deg * (1.0 + 0.6 / side**2), abs=0.06)
    assert 2.0 * ALTITUDE_M * np.tan(half_rad) / 1e3 == pytest.approx(footprint_km * (1.0 + 0.6 / side**2), abs=0.8)


def test_element_radiates_what_it_is_given() -> None:
    pattern = ElementPattern(peak_gain_db=5.0)
    cosine = (np.arange(100_000) + 0.5) / 100_000
    # Over a half space the solid angle is 2 pi d(cos): the mean gain over it must be 2; midpoints miss by 1e-6.
    assert pattern.gain(cosine).mean() == pytest.approx(2.0, rel=1e-4)
    assert 10.0 * np.log10(pattern.gain(np.array(1.0))) == pytest.approx(5.0)
    assert pattern.gain(np.array(-0.1)) == 0.0
    with pytest.raises(ValueError, match=r"peak_gain_db = 2\.0"):
        ElementPattern(peak_gain_db=2.0)


def test_groups_hold_nobody_alike_and_everybody_once() -> None:
    rng = np.random.default_rng(3)
    g = rng.standard_normal((12, 6)) + 1j * rng.standard_normal((12, 6))
    correlation = channel_correlation(g)
    np.testing.assert_allclose(np.diag(correlation), 1.0)
    np.testing.assert_allclose(
        correlation[2, 5], abs(np.vdot(g[5], g[2])) / np.linalg.norm(g[2]) / np.linalg.norm(g[5])
    )
    groups = group_users(correlation, most_users=4)
    assert sorted(user for group in groups for user in group) == list(range(12))
    for group in groups:
        assert len(group) <= 4
        inside = correlation[np.ix_(group, group)] - np.eye(len(group))
        assert inside.max() < 0.3
    pairs = np.array([[1.0, 0.9, 0.0, 0.0], [0.9, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.9], [0.0, 0.0, 0.9, 1.0]])
    assert group_users(pairs, most_users=4) == [[0, 2], [1, 3]]
    assert group_users(np.eye(3), most_users=2) == [[0, 1], [2]]
    with pytest.raises(ValueError, match="most_users = 0"):
        group_users(np.eye(3), most_users=0)


def test_users_stand_on_the_square() -> None:
    users = SATELLITE_KA.users
    assert isinstance(users, SatelliteUsers)
    corners = users.ground_m(4) / users.side_m
    np.testing.assert_allclose(corners, [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    many = users.ground_m(7) / users.side_m
    np.testing.assert_allclose(np.abs(many).max(axis=-1), 0.5)


def test_users_in_view_are_spread_evenly_over_the_ground() -> None:
    """The higher a satellite stands the stronger its wave, so levels tell elevations: areas are caps of a sphere."""
    preset, n_draws = STATION_KA, 20_000
    geometry = preset.geometry(n_atoms=4)
    g = preset.channels(np.random.default_rng(0), n_draws, geometry)[:, 0]
    level = np.abs(g[:, 0]) ** 2
    cosine = np.cos(off_nadir_angle_rad(ELEVATION_RAD, ALTITUDE_M))
    pattern = ElementPattern(peak_gain_db=5.0)
    loss = free_space_gain(slant_range_m(ELEVATION_RAD, ALTITUDE_M), geometry.wavelength_m)
    at_elevation = pattern.gain(cosine) * 10.0**3.97 * loss / preset.noise_w
    central_rad = 0.5 * np.pi - ELEVATION_RAD - np.arccos(cosine)
    above = np.array([(level > one).mean() for one in at_elevation])
    expected = (1.0 - np.cos(central_rad)) / (1.0 - np.cos(central_rad[0]))
    np.testing.assert_allclose(above, expected, atol=4.0 * 0.5 / np.sqrt(n_draws))
    # neighbours half a wave apart: their phases tell the direction
    along, across = (-np.angle(g[:, i] * g[:, 0].conj()) / np.pi for i in (1, 2))
    widest = np.sin(off_nadir_angle_rad(ELEVATION_RAD[0], ALTITUDE_M))
    assert widest - 0.01 < np.hypot(along, across).max() <= widest + 1e-9
    for side in (along, across):
        assert abs(side.mean()) < 4.0 * side.std() / np.sqrt(n_draws)
