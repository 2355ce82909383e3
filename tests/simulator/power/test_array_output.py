"""Arrays that do not face the Sun: against quadrature on true positions, and against the textbook."""

from __future__ import annotations

from itertools import pairwise
from math import cos, degrees, pi, radians, sin

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from simulator.orbits.shell_series import ShellSeriesModel
from simulator.orbits.walker import WalkerShell
from simulator.power.array_output import solve_array_output
from simulator.power.solar_array import Attitude, Panel, SolarArray, sun_in_body_axes
from simulator.sunlight.illumination import Illumination, solve_illumination
from simulator.sunlight.shadow import ShadowModel
from simulator.sunlight.sun import sun_path
from simulator.timescale import parse_epoch

EARTH_M = 6_371_000.0
LOW_M = EARTH_M + 550e3
POINT_SUN = ShadowModel(body="sphere", radius_m=EARTH_M, sun="point")
NADIR = SolarArray(attitude=Attitude.NADIR)


def fixed(*panels: tuple[tuple[float, float, float], float]) -> SolarArray:
    parts = tuple(Panel(normal=tuple((np.array(n) / np.linalg.norm(n)).tolist()), share=share) for n, share in panels)
    return SolarArray(attitude=Attitude.BODY_FIXED, panels=parts)


CUBESAT = fixed(((1, 0, 0), 0.2), ((-1, 0, 0), 0.2), ((0, 1, 0), 0.3), ((0, 0, -1), 0.2), ((1, -2, -1), 0.1))


def mean_output(array, positions, shadow, end_s, i_sat=0):
    """The mean over [0, end_s) from the closed integrals of the pieces; in constant light without a shadow."""
    light = Illumination(
        start_s=0.0, end_s=end_s, offsets=np.array([0, 2]), time_s=np.array([0.0, end_s]), fraction=np.ones(2)
    )
    illumination = light if shadow is None else solve_illumination(positions, 0.0, end_s, shadow)
    output = solve_array_output(array, positions, np.array([i_sat]), illumination)
    return sum(piece.energy_j(piece.start_s, piece.end_s) for piece in output.supply(0, 1.0)) / end_s


def mean_by_quadrature(array, positions, end_s, *, with_shadow, i_sat=0):
    """The mean from positions and velocities, the Sun and a cylinder of shadow from it, each written out here."""
    sun = sun_path(positions.epoch, 0.0, end_s)

    def geometry(t_s):
        position_m, velocity_m_s = (rows[0] for rows in positions.states_at(np.array([i_sat]), np.array([t_s])))
        to_sun = sun.position_m(t_s) - position_m
        return position_m, velocity_m_s, to_sun / np.linalg.norm(to_sun)

    def panel_cosines(t_s):
        position_m, velocity_m_s, to_sun = geometry(t_s)
        down = -position_m / np.linalg.norm(position_m)
        right = -np.cross(position_m, velocity_m_s)
        right /= np.linalg.norm(right)
        ahead = np.cross(right, down)
        axes = np.stack([ahead, right, down])
        if array.attitude is Attitude.NADIR:
            return [(1.0, float(np.linalg.norm(np.cross(to_sun, right))))]
        return [(panel.share, float(np.array(panel.normal) @ axes @ to_sun)) for panel in array.panels]

    def shadow_depth_m(t_s):
        """Negative behind the Earth, seen from a point Sun: distance of the line of sight from the centre."""
        position_m, _, to_sun = geometry(t_s)
        along_m = float(position_m @ to_sun)
        across_m = np.linalg.norm(position_m - along_m * to_sun) - EARTH_M
        return across_m if along_m < 0.0 else max(across_m, 1.0)

    raster = np.linspace(0.0, end_s, 200).tolist()
    breaks = [0.0, end_s]
    functions = [lambda t_s, k=k: panel_cosines(t_s)[k][1] for k in range(len(panel_cosines(0.0)))]
    for function in [*functions, shadow_depth_m] if with_shadow else functions:
        values = [function(t_s) for t_s in raster]
        for (a_s, a), (b_s, b) in pairwise(zip(raster, values, strict=True)):
            if a * b < 0.0:
                breaks.append(brentq(function, a_s, b_s, xtol=1e-9))
    total = 0.0
    for a_s, b_s in pairwise(sorted(breaks)):
        if with_shadow and shadow_depth_m(0.5 * (a_s + b_s)) < 0.0:
            continue
        lit = [k for k, (_, cosine) in enumerate(panel_cosines(0.5 * (a_s + b_s))) if cosine > 0.0]
        total += quad(
            lambda t_s, lit=lit: sum(panel_cosines(t_s)[k][0] * panel_cosines(t_s)[k][1] for k in lit),
            a_s,
            b_s,
            epsrel=1e-9,
            limit=20,
        )[0]
    return total / end_s


@pytest.mark.parametrize("array", [NADIR, CUBESAT], ids=["nadir", "body-fixed"])
@pytest.mark.parametrize(("inclination_deg", "raan_deg"), [(53.0, 20.0), (97.6, 70.0)])
def test_orbit_average_power_is_that_of_quadrature(array, inclination_deg, raan_deg, kepler_fleet):
    fleet = kepler_fleet(LOW_M, inclination_deg, raan_deg, 40.0)
    end_s = 2.0 * pi / float(fleet.mean_orbits.argument_of_latitude_rate_rad_s[0])
    expected = mean_by_quadrature(array, fleet, end_s, with_shadow=True)
    # edges of a point Sun are 1e-6 s wide; drift of the Sun between sixteenths of an orbit is linear to 1e-9
    assert mean_output(array, fleet, POINT_SUN, end_s) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("array", [NADIR, CUBESAT], ids=["nadir", "body-fixed"])
def test_a_shell_with_precession_and_short_periods_is_nearly_as_good(array):
    shell = WalkerShell(n_planes=1, n_slots=1, altitude_m=550e3, inclination_rad=radians(53.0), raan_rad=1.0)
    positions = ShellSeriesModel(shell, parse_epoch("2026-06-21T00:00:00Z"))
    expected = mean_by_quadrature(array, positions, 5739.0, with_shadow=False)
    # the short periods of J2 turn the body by up to 4e-4 rad twice an orbit, which a straight line over a sixteenth of
    # an orbit misses by (4 pi / 16)^2 / 8 = 8 % in its middle, two thirds of that on average
    assert mean_output(array, positions, None, 5739.0) == pytest.approx(expected, rel=2e-5)


def orbit_with_beta(kepler_fleet, beta_deg: float):
    """A polar orbit at the equinox, when the Sun lies along x: its plane stands `beta_deg` from the Sun."""
    fleet = kepler_fleet(LOW_M, 90.0, beta_deg)
    end_s = 2.0 * pi / float(fleet.mean_orbits.argument_of_latitude_rate_rad_s[0])
    return fleet, end_s


def test_a_flat_panel_turning_with_the_orbit_gives_the_mean_of_a_half_wave(kepler_fleet):
    fleet, end_s = orbit_with_beta(kepler_fleet, 0.0)
    for normal in [(0, 0, -1), (1, 0, 0), (-1, 0, 0)]:
        # 1 / pi: mean of max(0, cos). In an orbit the Sun moves by 1e-3 rad, a sixth of it per part of a turn
        assert mean_output(fixed((normal, 1.0)), fleet, None, end_s) == pytest.approx(1.0 / pi, rel=1e-3)


@pytest.mark.parametrize("beta_deg", [0.0, 30.0, 75.0])
def test_arrays_against_the_closed_forms_of_the_angle_to_the_sun(beta_deg, kepler_fleet):
    fleet, end_s = orbit_with_beta(kepler_fleet, beta_deg)
    beta = radians(beta_deg)
    # drift of the Sun by 1e-3 rad an orbit
    assert mean_output(NADIR, fleet, None, end_s) == pytest.approx(cos(beta), rel=3e-3)
    across = fixed(((0, 1, 0), 0.5), ((0, -1, 0), 0.5))
    assert mean_output(across, fleet, None, end_s) == pytest.approx(0.5 * sin(beta), abs=1e-3)
    zenith = fixed(((0, 0, -1), 1.0))
    assert mean_output(zenith, fleet, None, end_s) == pytest.approx(cos(beta) / pi, abs=1e-3)


def test_a_shadow_takes_nothing_from_the_zenith_and_most_from_the_nadir(kepler_fleet):
    fleet, end_s = orbit_with_beta(kepler_fleet, 0.0)
    zenith, nadir_face = fixed(((0, 0, -1), 1.0)), fixed(((0, 0, 1), 1.0))
    assert mean_output(zenith, fleet, POINT_SUN, end_s) == pytest.approx(1.0 / pi, rel=3e-4)
    # the lower face sees the Sun from where it sinks below the horizontal to the edge of the shadow, twice an orbit:
    # (1 - cos(dip)) / pi with sin(dip) = sqrt(1 - (R / r)^2)
    dip_cosine = EARTH_M / LOW_M
    expected = (1.0 - np.sqrt(1.0 - (1.0 - dip_cosine**2))) / pi
    assert mean_output(nadir_face, fleet, POINT_SUN, end_s) == pytest.approx(expected, rel=1e-3)


def test_the_sun_stands_where_the_axes_say(kepler_fleet):
    fleet, end_s = orbit_with_beta(kepler_fleet, 90.0)  # the Sun along x; the node at y, so the satellite starts at y
    quarter_s = end_s / 4.0
    sun = sun_path(fleet.epoch, 0.0, end_s)
    in_body, up = sun_in_body_axes(fleet, sun, np.zeros(2, dtype=np.intp), np.array([0.0, quarter_s]))
    assert degrees(np.arccos(abs(in_body[0, 1]))) < 0.1  # the orbit along the terminator: the Sun along its normal
    assert up[0] == pytest.approx([0.0, 1.0, 0.0], abs=1e-9)
    normal = np.cross(up[0], up[1])
    assert np.sign(in_body[0, 1]) == -np.sign(normal[0])  # y is the negative orbit normal


def test_windows_join_and_mean_output_when_lit_is_energy_over_sunlit_time(kepler_fleet):
    fleet = kepler_fleet([LOW_M, LOW_M], 53.0, [20.0, 140.0], [40.0, 200.0])
    shadow = ShadowModel()
    windows = [solve_illumination(fleet, *span, shadow) for span in ((0.0, 3000.0), (3000.0, 7000.0))]
    whole = solve_illumination(fleet, 0.0, 7000.0, shadow)
    both = np.array([0, 1])
    parts = [solve_array_output(CUBESAT, fleet, both, window) for window in windows]
    longest = solve_array_output(CUBESAT, fleet, both, whole)
    for k in (0, 1):
        pieces = [piece for part in parts for piece in part.supply(k, 20.0)]
        assert all(a.end_s == b.start_s for a, b in pairwise(pieces))
        assert (pieces[0].start_s, pieces[-1].end_s) == (0.0, 7000.0)
        joined_j = sum(piece.energy_j(piece.start_s, piece.end_s) for piece in pieces)
        whole_j = sum(piece.energy_j(piece.start_s, piece.end_s) for piece in longest.supply(k, 20.0))
        assert joined_j == pytest.approx(whole_j, rel=1e-7)
        lit = [piece for piece in longest.supply(k, 1.0) if np.interp(piece.start_s + 1e-3, *whole.knots(k)) == 1.0]
        assert longest.mean_when_lit(k) == pytest.approx(np.mean(_samples(lit)), rel=1e-3)
    permuted = solve_array_output(CUBESAT, fleet, np.array([1]), whole)
    assert permuted.supply(0, 20.0) == longest.supply(1, 20.0)


def _samples(pieces):
    """Power at even times over pieces."""
    return [
        piece.power_w(t_s) for piece in pieces for t_s in np.arange(np.ceil(piece.start_s), piece.end_s, 1.0).tolist()
    ]


def test_power_stays_inside_its_bounds_and_they_are_near(kepler_fleet):
    fleet = kepler_fleet(LOW_M, 53.0, 20.0, 40.0)
    light = solve_illumination(fleet, 0.0, 5739.0, ShadowModel())
    for piece in solve_array_output(CUBESAT, fleet, np.array([0]), light).supply(0, 1.0):
        at_s = np.linspace(piece.start_s, piece.end_s, 50).tolist()
        power_w = [piece.power_w(t_s) for t_s in at_s]
        assert piece.low_w <= min(power_w) + 1e-15
        assert piece.high_w >= max(power_w) - 1e-15
        # (2 pi / 16)^2 / 8 of an amplitude of 1 at most, on either side
        assert max(min(power_w) - piece.low_w, piece.high_w - max(power_w)) < 0.02


def test_penumbra_dims_by_the_visible_fraction(kepler_fleet):
    fleet = kepler_fleet(LOW_M, 53.0, 20.0, 40.0)
    illumination = solve_illumination(fleet, 0.0, 5739.0, ShadowModel())
    output = solve_array_output(CUBESAT, fleet, np.array([0]), illumination)
    sun = sun_path(fleet.epoch, 0.0, 5739.0)
    time_s, fraction = illumination.knots(0)
    ramps = np.flatnonzero(np.diff(fraction) != 0.0)
    assert ramps.size >= 2
    for k in ramps.tolist():
        at_s = time_s[k] + 0.3 * (time_s[k + 1] - time_s[k])
        (piece,) = [piece for piece in output.supply(0, 1.0) if piece.start_s <= at_s < piece.end_s]
        in_body, _ = sun_in_body_axes(fleet, sun, np.array([0]), np.array([at_s]))
        cosines = [panel.share * max(0.0, float(np.dot(panel.normal, in_body[0]))) for panel in CUBESAT.panels]
        # what is left out is the drift of the Sun times the seconds of penumbra
        assert piece.power_w(at_s) == pytest.approx(sum(cosines) * np.interp(at_s, time_s, fraction), abs=1e-5)


def test_arrays_are_checked():
    with pytest.raises(ValueError, match="panels"):
        SolarArray(attitude=Attitude.BODY_FIXED)
    with pytest.raises(ValueError, match="panels"):
        SolarArray(attitude=Attitude.NADIR, panels=CUBESAT.panels)
    with pytest.raises(ValueError, match="sum to 1"):
        SolarArray(attitude=Attitude.BODY_FIXED, panels=(Panel(normal=(1.0, 0.0, 0.0), share=0.5),))
    assert SolarArray(attitude=Attitude.YAW_STEERING).faces_the_sun
    assert not NADIR.faces_the_sun
