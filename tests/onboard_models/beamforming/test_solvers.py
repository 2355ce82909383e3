"""Laws of every solver, and what each must do besides."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from onboard_models.beamforming.adam import AdamSolver
from onboard_models.beamforming.alternating import AlternatingSolver
from onboard_models.beamforming.bounds import certified_bound_bps_hz, interference_free_bps_hz
from onboard_models.beamforming.codebook import CodebookSolver
from onboard_models.beamforming.lbfgs import LbfgsSolver
from onboard_models.beamforming.problem import BeamProblem, Solver
from onboard_models.beamforming.quantised import QuantisedSolver
from onboard_models.beamforming.solvers import DEFAULT_SOLVER, SOLVERS
from onboard_models.beamforming.wmmse import WmmseSolver
from simulator.metasurface.amplitude import AmplitudeLaw
from simulator.metasurface.decibels import watts_of_dbm
from simulator.metasurface.presets import AN_2023
from simulator.metasurface.propagation import build_stack
from simulator.metasurface.rate import rates_bps_hz
from simulator.metasurface.response import effective_channel

QUICK: dict[str, Solver] = {
    "adam": AdamSolver(n_starts=2, n_steps=40),
    "ao": AlternatingSolver(n_steps=5),
    "ao-as-published": AlternatingSolver(n_steps=5, is_guarded=False),
    "ao-restarts": AlternatingSolver(n_starts=2, n_steps=5),
    "lbfgs": LbfgsSolver(n_starts=2, n_steps=20),
    "wmmse": WmmseSolver(n_steps=4),
    "codebook": CodebookSolver(n_starts=8),
    "quantised": QuantisedSolver(n_sweeps=1, inner=AdamSolver(n_starts=1, n_steps=20)),
    "random": SOLVERS["random"],
}
"""The same code with smaller budgets."""


def problem(n_channels: int, *, n_atoms: int = 9, n_layers: int = 3, power_dbm: float = 25.0) -> BeamProblem:
    geometry = AN_2023.geometry(n_atoms=n_atoms, n_layers=n_layers)
    g = AN_2023.channels(np.random.default_rng(11), n_channels, geometry)
    return BeamProblem(stack=AN_2023.stack(geometry), g=g, total_power_w=watts_of_dbm(power_dbm))


def test_every_solver_is_under_the_laws() -> None:
    assert QUICK.keys() == SOLVERS.keys()
    assert all(type(QUICK[name]) is type(SOLVERS[name]) for name in SOLVERS)
    assert DEFAULT_SOLVER in SOLVERS


@pytest.mark.parametrize("name", QUICK)
def test_laws(name: str) -> None:
    asked = problem(3)
    g_before = asked.g.copy()
    design = QUICK[name].solve(asked, np.random.default_rng(4))
    np.testing.assert_array_equal(asked.g, g_before)  # leaves its problem alone
    assert design.phases_rad.shape == (3, 3, 9)
    assert np.all((design.phases_rad >= 0.0) & (design.phases_rad < 2.0 * np.pi))
    assert np.all(design.powers_w >= 0.0)
    assert np.all(design.powers_w.sum(axis=-1) <= asked.total_power_w * (1.0 + 1e-12))
    rates = rates_bps_hz(effective_channel(asked.stack, design.phases_rad, asked.g), design.powers_w)
    np.testing.assert_allclose(design.rates_bps_hz, rates, rtol=1e-12)  # tells the truth
    assert np.all(design.sum_rate_bps_hz <= certified_bound_bps_hz(asked))
    assert np.all(design.n_rate_evaluations > 0)
    again = QUICK[name].solve(asked, np.random.default_rng(4))
    for field in dataclasses.fields(design):
        np.testing.assert_array_equal(getattr(design, field.name), getattr(again, field.name))  # same bytes
    alone = QUICK[name].solve(dataclasses.replace(asked, g=asked.g[:1]), np.random.default_rng(4))
    # A channel is solved the same alone or among others, up to the order of sums: steps amplify 1e-7 of each.
    np.testing.assert_allclose(alone.sum_rate_bps_hz, design.sum_rate_bps_hz[:1], rtol=1e-2)


@pytest.mark.parametrize("name", sorted(QUICK.keys() - {"random", "codebook"}))
def test_solvers_beat_their_random_starts(name: str) -> None:
    asked = problem(4)
    start = QUICK["codebook"].solve(asked, np.random.default_rng(4)).sum_rate_bps_hz.mean()
    assert QUICK[name].solve(asked, np.random.default_rng(4)).sum_rate_bps_hz.mean() > 1.2 * start


def test_bounds_are_in_order_and_reached_by_one_user() -> None:
    asked = problem(3)
    estimate = interference_free_bps_hz(asked, np.random.default_rng(0))
    assert np.all(estimate <= certified_bound_bps_hz(asked))
    geometry = AN_2023.geometry(n_atoms=9, n_layers=2, n_users=1)
    g = AN_2023.channels(np.random.default_rng(2), 3, geometry)
    one = BeamProblem(stack=AN_2023.stack(geometry), g=g, total_power_w=1.0)
    found = AdamSolver(n_starts=8, n_steps=400).solve(one, np.random.default_rng(0)).sum_rate_bps_hz
    # Without interference both search the same maximum, in ways that share no code; 400 steps leave 1e-4.
    np.testing.assert_allclose(found, interference_free_bps_hz(one, np.random.default_rng(0)), rtol=1e-3)


def test_one_layer_for_one_user_has_a_known_optimum() -> None:
    """All paths in phase: the gain is the square of the sum of their amplitudes."""
    geometry = AN_2023.geometry(n_atoms=9, n_layers=1, n_users=1)
    stack = AN_2023.stack(geometry)
    g = AN_2023.channels(np.random.default_rng(2), 3, geometry)
    asked = BeamProblem(stack=stack, g=g, total_power_w=1e-3)  # little signal, so that WMMSE takes large steps
    reach = np.sum(np.abs(g[:, 0] * stack.from_antennas[:, 0]), axis=-1)
    known = np.log2(1.0 + asked.total_power_w * reach**2)
    np.testing.assert_allclose(interference_free_bps_hz(asked, np.random.default_rng(0)), known, rtol=1e-9)
    for solver in (AdamSolver(n_starts=2, n_steps=400), WmmseSolver(), LbfgsSolver(n_starts=1)):
        design = solver.solve(asked, np.random.default_rng(0))
        np.testing.assert_allclose(design.sum_rate_bps_hz, known, rtol=1e-4)


def test_guarded_alternation_never_falls_and_the_published_one_may() -> None:
    asked = problem(6, power_dbm=30.0)
    guarded = AlternatingSolver(n_steps=15).rates_by_round(asked, np.random.default_rng(0))
    assert np.all(np.diff(guarded, axis=0) >= 0.0)
    free = AlternatingSolver(n_steps=15, is_guarded=False)
    assert np.any(np.diff(free.rates_by_round(asked, np.random.default_rng(0)), axis=0) < 0.0)


def test_wmmse_never_falls_with_more_sweeps() -> None:
    asked = problem(5)
    rates = [
        WmmseSolver(n_steps=n, least_change=0.0).solve(asked, np.random.default_rng(0)).sum_rate_bps_hz
        for n in (1, 2, 4, 8, 16)
    ]
    assert np.all(np.diff(rates, axis=0) >= -1e-9)


def test_restarts_never_hurt() -> None:
    asked = problem(5)
    one, three = (
        AlternatingSolver(n_starts=n, n_steps=8).solve(asked, np.random.default_rng(0)).sum_rate_bps_hz for n in (1, 3)
    )
    assert np.all(three >= one - 1e-9)  # the first start of three is that of one


def test_the_basin_of_one_user() -> None:
    """At high power alternation gives all of it to one user and stays there; the default gets out: at least double."""
    asked = problem(3, n_atoms=49, n_layers=4, power_dbm=35.0)
    default = SOLVERS[DEFAULT_SOLVER].solve(asked, np.random.default_rng(0)).sum_rate_bps_hz.mean()
    alternating = SOLVERS["ao"].solve(asked, np.random.default_rng(0)).sum_rate_bps_hz.mean()
    assert default >= 2.0 * alternating


def test_quantised_phases_are_levels_and_sweeps_help() -> None:
    asked = problem(3)
    inner = AdamSolver(n_starts=2, n_steps=100)
    rates = {}
    for n_bits, n_sweeps in ((1, 0), (1, 2), (3, 0)):
        design = QuantisedSolver(n_bits=n_bits, n_sweeps=n_sweeps, inner=inner).solve(asked, np.random.default_rng(0))
        steps = design.phases_rad / (2.0 * np.pi / 2**n_bits)
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
        rates[n_bits, n_sweeps] = design.sum_rate_bps_hz
    assert np.all(rates[1, 2] >= rates[1, 0])
    assert rates[3, 0].mean() > rates[1, 0].mean()
    with pytest.raises(ValueError, match="n_bits = 0: give 1 to 16"):
        QuantisedSolver(n_bits=0)


def test_impaired_atoms_are_designed_for() -> None:
    """Whoever knows the law of amplitudes loses less to it than whoever is told afterwards."""
    plain = problem(4)
    law = AmplitudeLaw(least=0.2)
    impaired = dataclasses.replace(plain, stack=dataclasses.replace(plain.stack, amplitude_law=law))
    solver = AdamSolver(n_starts=4, n_steps=300)
    unaware = solver.solve(plain, np.random.default_rng(0))
    h = effective_channel(impaired.stack, unaware.phases_rad, plain.g)
    surprised = rates_bps_hz(h, unaware.powers_w).sum(axis=-1).mean()
    aware = solver.solve(impaired, np.random.default_rng(0)).sum_rate_bps_hz.mean()
    assert aware > 1.5 * surprised
    with pytest.raises(ValueError, match="take adam or lbfgs"):
        WmmseSolver().solve(impaired, np.random.default_rng(0))


def test_dead_atoms_keep_wmmse_and_bounds_right() -> None:
    geometry = AN_2023.geometry(n_atoms=9, n_layers=2)
    alive = np.ones((2, 9))
    alive[0, 2] = alive[1, 7] = 0.0
    g = AN_2023.channels(np.random.default_rng(11), 3, geometry)
    asked = BeamProblem(stack=build_stack(geometry, atom_amplitude=alive), g=g, total_power_w=0.1)
    design = WmmseSolver().solve(asked, np.random.default_rng(0))
    adam = AdamSolver(n_starts=8).solve(asked, np.random.default_rng(0))
    bound = interference_free_bps_hz(asked, np.random.default_rng(0))
    assert np.all(design.sum_rate_bps_hz <= bound)
    assert np.all(adam.sum_rate_bps_hz <= bound)
    assert design.sum_rate_bps_hz.mean() == pytest.approx(adam.sum_rate_bps_hz.mean(), rel=0.15)


def test_wrong_problems_are_named() -> None:
    asked = problem(2)
    with pytest.raises(ValueError, match=r"g has the shape \(2, 4, 8\): the stack asks for \(n_channels, 4, 9\)"):
        dataclasses.replace(asked, g=asked.g[:, :, :8])
    with pytest.raises(ValueError, match=r"total_power_w = 0\.0"):
        dataclasses.replace(asked, total_power_w=0.0)
