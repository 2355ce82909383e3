"""Positions between states, against the orbits that the states were taken from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.contacts.passes import solve_passes
from simulator.contacts.stations import GroundStation
from simulator.orbits.ephemeris import Arc, Ephemeris
from simulator.orbits.fitted_elements import fitted_elements
from simulator.orbits.interpolation import hermite, lagrange
from simulator.orbits.model import Frame, PositionModel
from simulator.orbits.sgp4_model import Sgp4Model
from simulator.orbits.states_model import StatesModel
from simulator.orbits.two_body import carried_states
from simulator.sunlight.eclipses import solve_eclipses
from tests.simulator.orbits.exchange.fleets import EPOCH, low_orbits, record, worst_m


def states_of(truth: PositionModel, span_s: tuple[float, float], step_s: float, **changes: object) -> StatesModel:
    """States of a model, by Lagrange unless changed."""
    t_s = np.arange(span_s[0], span_s[1] + step_s / 2.0, step_s)
    satellites = []
    for i_sat, name in enumerate(truth.names):
        position_m, velocity_m_s = truth.states_at(np.full(t_s.size, i_sat), t_s)
        usable_s = (float(t_s[0]), float(t_s[-1]))
        arc = Arc(
            t_s=t_s, position_m=position_m, velocity_m_s=velocity_m_s, usable_s=usable_s, method="lagrange", degree=9
        )
        satellites.append(Ephemeris(name=name, object_id="", arcs=(replace(arc, **changes),)))
    return StatesModel(satellites, EPOCH)


def test_polynomials_are_exact_up_to_their_degree():
    rng = np.random.default_rng(3)
    node_s = np.sort(rng.uniform(0.0, 10.0, (5, 4)), axis=1)
    t_s = rng.uniform(0.0, 10.0, 5)
    for solve, degree in ((lagrange, 3), (hermite, 7)):
        cubic = np.polynomial.Polynomial(rng.normal(size=degree + 1))
        of_nodes = [np.repeat(f(node_s)[..., None], 3, axis=2) for f in (cubic, cubic.deriv())]
        value, slope = solve(t_s, node_s, *of_nodes[: 1 if solve is lagrange else 2])
        # products of up to eight differences of ten seconds, in double precision
        np.testing.assert_allclose(value[:, 0], cubic(t_s), rtol=1e-9, atol=1e-6)
        np.testing.assert_allclose(slope[:, 2], cubic.deriv()(t_s), rtol=1e-9, atol=1e-6)


def test_at_its_states_a_polynomial_is_its_states():
    truth = low_orbits()
    model = states_of(truth, (0.0, 6000.0), 60.0)
    t_s = model.satellites[0].arcs[0].t_s
    i_sat = np.zeros(t_s.size, dtype=np.intp)
    np.testing.assert_allclose(model.at(i_sat, t_s), truth.at(i_sat, t_s), rtol=0.0, atol=1e-8)


@pytest.mark.parametrize(
    ("step_s", "changes", "inner_m", "edge_m"),
    [
        (60.0, {}, 2e-5, 1e-4),  # SGP4 solves Kepler's equation to 1e-12 rad, 7 um
        # the polynomial's: r (n h)^10 / 10! times the product of distances, 872 in the middle and 30,000 at the ends
        (240.0, {}, 0.1, 3.0),
        # SGP4's velocities are not the derivative of its positions: some 1e-5 of them, over an eighth of a step
        (60.0, {"method": "hermite", "degree": 7}, 1.0, 1.0),
        (60.0, {"method": "lagrange", "degree": 1}, 4500.0, 4500.0),  # the arrow of a chord: r (n h)^2 / 8
    ],
)
def test_between_states_satellites_are_where_sgp4_has_them(step_s, changes, inner_m, edge_m):
    truth, end_s = low_orbits(), 12_000.0
    model = states_of(truth, (0.0, end_s), step_s, **changes)
    margin_s = 5.0 * step_s
    inside, whole = worst_m(model, truth, (margin_s, end_s - margin_s)), worst_m(model, truth, (0.0, end_s))
    assert inside < inner_m
    assert whole < edge_m
    if changes.get("degree") == 1:
        assert inside == pytest.approx(6.8e6 * (1.13e-3 * step_s) ** 2 / 8.0, rel=0.1)


def test_of_consistent_velocities_hermite_makes_millimetres_every_four_minutes():
    """On Kepler's circle: r (n h)^8 / 8! times the squared distances to four states, 0.316 h^8 in their middle."""
    position_m, velocity_m_s = np.array([[6.8e6, 0.0, 0.0]]), np.array([[0.0, np.sqrt(3.986004418e14 / 6.8e6), 0.0]])
    t_s = 240.0 * np.arange(4)
    states = [carried_states(position_m, velocity_m_s, t_s[i : i + 1]) for i in range(4)]
    nodes = (t_s[None], np.stack([s[0] for s in states], axis=1), np.stack([s[1] for s in states], axis=1))
    off_m = hermite(np.array([360.0]), *nodes)[0] - carried_states(position_m, velocity_m_s, np.array([360.0]))[0]
    turned_rad = 240.0 * np.sqrt(3.986004418e14 / 6.8e6**3)
    expected_m = 6.8e6 * turned_rad**8 / 40_320.0 * 0.75**4
    assert np.linalg.norm(off_m) == pytest.approx(expected_m, rel=0.05)
    assert 0.001 < expected_m < 0.002  # docs/exchange.md


def test_velocities_are_the_derivative_of_positions_and_turn_with_the_earth():
    model = states_of(low_orbits(), (0.0, 12_000.0), 60.0)
    t_s, i_sat = np.array([1000.0, 7003.0]), np.array([0, 1])
    for frame in Frame:
        _, velocity_m_s = model.states_at(i_sat, t_s, frame)
        slope_m_s = (model.at(i_sat, t_s + 0.5, frame) - model.at(i_sat, t_s - 0.5, frame)) / 1.0
        # third derivative r n^3 / 24 is 4e-4 m/s
        np.testing.assert_allclose(velocity_m_s, slope_m_s, rtol=0.0, atol=1e-3)


def test_blocks_and_snapshots_agree_with_pairs():
    model = states_of(low_orbits(), (0.0, 6000.0), 60.0)
    t_s = np.array([10.0, 500.0, 5999.0])
    block = model.block(t_s, Frame.EARTH_FIXED)
    assert block.shape == (2, 3, 3)
    np.testing.assert_array_equal(block[1], model.at(np.ones(3, dtype=np.intp), t_s, Frame.EARTH_FIXED))
    out = np.empty((2, 3))
    assert model.all_at(500.0, Frame.EARTH_FIXED, out) is out
    np.testing.assert_array_equal(out, block[:, 1])
    with pytest.raises(ValueError, match="must be"):
        model.block(t_s, out=np.empty((1, 3, 3)))


def test_mean_orbits_start_the_same_searches_as_sgp4s_own():
    truth = low_orbits()
    ours, theirs = states_of(truth, (0.0, 60_000.0), 60.0).mean_orbits, truth.mean_orbits
    # drag is left out of the fit: 200 m of a mean axis that falls, and what that does to the rate in 8 hours
    np.testing.assert_allclose(ours.semi_major_axis_m, theirs.semi_major_axis_m, rtol=0.0, atol=400.0)
    np.testing.assert_allclose(ours.argument_of_latitude_rate_rad_s, theirs.argument_of_latitude_rate_rad_s, rtol=1e-4)
    np.testing.assert_allclose(ours.raan_rate_rad_s, theirs.raan_rate_rad_s, rtol=1e-3)
    np.testing.assert_allclose(ours.inclination_rad, theirs.inclination_rad, atol=1e-4)
    np.testing.assert_allclose(ours.eccentricity, theirs.eccentricity, atol=1e-4)


@pytest.mark.parametrize(
    "changes",
    [
        {"bstar_per_earth_radius": 0.0, "eccentricity": 0.0},
        {"bstar_per_earth_radius": 0.0, "eccentricity": 0.6, "mean_motion_rad_s": 3.0 * 2.0 * np.pi / 86_400.0},
        {"bstar_per_earth_radius": 0.0, "inclination_rad": 0.001, "mean_motion_rad_s": 1.0027 * 2 * np.pi / 86_400.0},
        {"bstar_per_earth_radius": 0.0, "inclination_rad": np.radians(144.0)},
    ],
    ids=["circular", "eccentric", "geostationary", "retrograde"],
)
def test_elements_are_found_again(changes):
    truth = Sgp4Model([record(**changes)], EPOCH)
    t_s = np.linspace(0.0, 86_400.0, 300)
    states = truth.states_at(np.zeros(300, dtype=np.intp), t_s)
    fit = fitted_elements("A", 1, EPOCH, t_s, states[0], states[1][0])
    # SGP4 has 0.1 mm of noise of its own; elements carried over half a day lose metres to long periods
    assert fit.max_m < 300.0, fit
    assert fit.rms_m <= fit.max_m


def test_shadows_and_passes_of_states_are_those_of_the_orbit_they_came_from():
    """Also at the edges of the file: the first passage began before it."""
    truth = low_orbits()
    eclipses = solve_eclipses(truth, 0.0, 12_000.0)
    middle_s = float(eclipses.entry_s[np.isfinite(eclipses.entry_s)][0]) + 600.0
    model = states_of(truth, (middle_s, middle_s + 15_000.0), 60.0)
    span_s = (middle_s, middle_s + 12_000.0)
    ours, theirs = (solve_eclipses(m, *span_s) for m in (model, truth))
    np.testing.assert_array_equal(ours.i_sat, theirs.i_sat)
    assert np.isnan(ours.entry_s[0])
    # 0.1 mm at the edges of the file at 7 km/s
    np.testing.assert_allclose(ours.entry_s, theirs.entry_s, rtol=0.0, atol=1e-5)
    np.testing.assert_allclose(ours.exit_s, theirs.exit_s, rtol=0.0, atol=1e-5)
    stations = [GroundStation(name="Quito", latitude_rad=0.0, longitude_rad=k, height_m=0.0) for k in (0.0, 2.0, 4.0)]
    passes = [solve_passes(m, stations, *span_s, np.radians(5.0)) for m in (model, truth)]
    assert passes[0].rise_s.size == passes[1].rise_s.size > 2
    np.testing.assert_allclose(passes[0].rise_s, passes[1].rise_s, rtol=0.0, atol=1e-4)


def test_beyond_its_ends_a_satellite_goes_on_for_three_revolutions():
    truth = low_orbits()
    model = states_of(truth, (0.0, 6000.0), 60.0)
    first = np.zeros(3, dtype=np.intp)
    ahead_m = np.linalg.norm(
        model.at(first, np.array([6001.0, 6600.0, 8800.0])) - truth.at(first, np.array([6001.0, 6600.0, 8800.0])),
        axis=1,
    )
    # the flattening of the Earth: 0.01 m/s^2, so 5 mm in a second and 2 km in ten minutes at most
    assert ahead_m[0] < 0.02
    assert ahead_m[1] < 4000.0
    assert ahead_m[2] < 60_000.0
    assert np.isnan(model.at(first, np.full(3, 30_000.0))).all()


def test_a_keplerian_orbit_comes_round():
    """Carried by a whole period a state is itself; carried forth and back too."""
    position_m = np.array([[7e6, 0.0, 0.0], [7e6, 1e5, 2e5]])
    velocity_m_s = np.array([[0.0, 7600.0, 500.0], [-400.0, 9500.0, 100.0]])
    mu = 3.986004418e14
    axis_m = 1.0 / (2.0 / np.linalg.norm(position_m, axis=1) - (velocity_m_s**2).sum(axis=1) / mu)
    period_s = 2.0 * np.pi * np.sqrt(axis_m**3 / mu)
    whole = carried_states(position_m, velocity_m_s, period_s)
    there = carried_states(position_m, velocity_m_s, np.array([-1234.5, 9000.0]))
    back = carried_states(*there, np.array([1234.5, -9000.0]))
    for states in (whole, back):
        np.testing.assert_allclose(states[0], position_m, rtol=0.0, atol=1e-5)
        np.testing.assert_allclose(states[1], velocity_m_s, rtol=0.0, atol=1e-8)
    assert np.linalg.norm(there[0] - position_m, axis=1).min() > 1e6
    assert np.isnan(carried_states(position_m, 2.0 * velocity_m_s, period_s)[0]).all()


def test_arcs_are_used_in_their_own_spans_and_gaps_are_told():
    """After a manoeuvre at 6,000 s the satellite is on another orbit; the second file has a gap."""
    before, after = low_orbits(), Sgp4Model([record(raan_rad=1.001), record("B, second", 2, raan_rad=2.001)], EPOCH)
    first, second = states_of(before, (0.0, 6300.0), 60.0), states_of(after, (5700.0, 12_000.0), 60.0)
    arcs = tuple(
        replace(model.satellites[0].arcs[0], usable_s=usable_s)
        for model, usable_s in ((first, (0.0, 6000.0)), (second, (6000.0, 12_000.0)))
    )
    model = StatesModel([Ephemeris(name="A", object_id="", arcs=arcs), second.satellites[1]], EPOCH)
    i_sat, t_s = np.array([0, 0, 0, 1]), np.array([5999.0, 6000.0, 9000.0, 9000.0])
    truth_m = np.concatenate((before.at(i_sat[:1], t_s[:1]), after.at(i_sat[1:], t_s[1:])))
    np.testing.assert_allclose(model.at(i_sat, t_s), truth_m, rtol=0.0, atol=1e-4)
    assert model.failures(100.0, 11_000.0)[0].name == "B, second"
    failures = model.failures(6000.0, 12_001.0)
    assert [(failure.i_sat, failure.t_s) for failure in failures] == [(0, 12_000.0), (1, 12_000.0)]
    assert "2026-03-15T00:00:00.000Z to 2026-03-15T01:40:00.000Z and" in failures[0].reason
    gap = replace(arcs[1], usable_s=(7000.0, 12_000.0))
    torn = StatesModel([Ephemeris(name="A", object_id="", arcs=(arcs[0], gap))], EPOCH)
    assert torn.failures(0.0, 12_000.0)[0].t_s == 6000.0
    assert torn.failures(7000.0, 12_000.0) == ()
