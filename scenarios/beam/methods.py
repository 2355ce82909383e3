"""Methods by name, with their budgets, and what each achieves on a case."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from onboard_models.beamforming.bounds import certified_bound_bps_hz, interference_free_bps_hz
from onboard_models.beamforming.problem import Solver
from onboard_models.beamforming.quantised import QuantisedSolver
from onboard_models.beamforming.references import REFERENCES
from onboard_models.beamforming.solvers import SOLVERS
from onboard_models.campaign.intervals import Interval, mean_interval
from scenarios.beam.case import BeamCase
from simulator.random_streams import Stream, random_stream

ALL_METHODS: Final = (*SOLVERS, *REFERENCES)
"""Names of all methods; those of `REFERENCES` have no metasurface."""

ACTIVE_BPS_HZ: Final = 0.1
"""A user with at least this rate counts as served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What to change of a solver's budget; None leaves it as it is."""

    n_starts: int | None = None
    n_steps: int | None = None
    n_bits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What a method achieves on the channels of a case.

    Parameters
    ----------
    method : str
    user_rates_bps_hz : (n_channels, n_users)
    n_rate_evaluations : float
        Mean over channels; 0 for references.
    cpu_s : float
        Of the process, for all channels.
    """

    method: str
    user_rates_bps_hz: NDArray[np.float64]
    n_rate_evaluations: float
    cpu_s: float

    @property
    def rates_bps_hz(self) -> NDArray[np.float64]:
        """Sum over users, (n_channels,)."""
        return np.asarray(self.user_rates_bps_hz.sum(axis=-1))

    @property
    def mean_rate(self) -> Interval:
        """Mean over channels with its 95 % interval, bit/s/Hz."""
        return mean_interval(self.rates_bps_hz)

    @property
    def n_active_users(self) -> NDArray[np.int64]:
        """Users with at least `ACTIVE_BPS_HZ`, (n_channels,)."""
        return np.asarray((self.user_rates_bps_hz >= ACTIVE_BPS_HZ).sum(axis=-1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Means over channels of what no method exceeds, bit/s/Hz."""

    certified_bps_hz: float
    interference_free_bps_hz: float


def method_names(text: str) -> list[str]:
    """Return the methods that a text such as `all` or `ao,adam` names.

    Raises
    ------
    ValueError
        If there is no such method, or one comes twice.
    """
    if text.strip() == "all":
        return list(ALL_METHODS)
    names = [part.strip() for part in text.split(",")]
    for name in names:
        if name not in ALL_METHODS:
            raise ValueError(f"method {name!r}: write all, or some of {', '.join(ALL_METHODS)}")
    if len(set(names)) < len(names):
        raise ValueError(f"method {text!r}: name each once")
    return names


def check_budget(methods: Sequence[str], budget: Budget) -> None:
    """Check that every part of a budget is of use to some method.

    Raises
    ------
    ValueError
        If none of the methods takes a part that is given.
    """
    for name, value in _parts(budget).items():
        if not any(name in _options(SOLVERS[method]) for method in methods if method in SOLVERS):
            raise ValueError(f"{name} = {value}: {', '.join(methods)} take none, leave it out or choose other methods")


def solver_of(method: str, budget: Budget) -> Solver:
    """Return a solver with those parts of a budget that it takes."""
    return _with(SOLVERS[method], _parts(budget))


def _parts(budget: Budget) -> dict[str, int]:
    return {name: value for name, value in dataclasses.asdict(budget).items() if value is not None}


def _options(solver: Solver) -> set[str]:
    """Return the names of a solver's options, and of those of a solver within."""
    assert dataclasses.is_dataclass(solver)
    own = {field.name for field in dataclasses.fields(solver)}
    return own | _options(solver.inner) if isinstance(solver, QuantisedSolver) else own


def _with(solver: Solver, changes: Mapping[str, Any]) -> Solver:
    assert dataclasses.is_dataclass(solver) and not isinstance(solver, type)
    own = {field.name for field in dataclasses.fields(solver)}
    fitting = {name: value for name, value in changes.items() if name in own}
    if isinstance(solver, QuantisedSolver):
        fitting["inner"] = _with(solver.inner, changes)
    return dataclasses.replace(solver, **fitting)


def outcome_of(case: BeamCase, method: str, budget: Budget) -> Outcome:
    """Return what a method achieves; CPU time is that of the method alone, with channels and stack at hand.

    Raises
    ------
    ValueError
        If the method does not fit the hardware.
    """
    known = case.known_problem
    if method in REFERENCES:
        rates, cpu_s = _timed(lambda: REFERENCES[method].rates_bps_hz(known))
        return Outcome(method=method, user_rates_bps_hz=rates, n_rate_evaluations=0.0, cpu_s=cpu_s)
    return outcome_with(case, method, solver_of(method, budget))


def outcome_with(case: BeamCase, method: str, solver: Solver) -> Outcome:
    """Return what a solver of your own achieves, under a name of your choice.

    Raises
    ------
    ValueError
        If the solver does not fit the hardware.
    """
    rng = random_stream(case.seed, Stream.BEAM_DESIGN)
    design, cpu_s = _timed(lambda: solver.solve(case.known_problem, rng))
    return Outcome(
        method=method,
        user_rates_bps_hz=case.achieved_bps_hz(design),
        n_rate_evaluations=float(design.n_rate_evaluations.mean()),
        cpu_s=cpu_s,
    )


def bounds_of(case: BeamCase) -> Bounds:
    """Return bounds on the true channels of a case."""
    rng = random_stream(case.seed, Stream.BEAM_DESIGN, replication=1)
    return Bounds(
        certified_bps_hz=float(certified_bound_bps_hz(case.problem).mean()),
        interference_free_bps_hz=float(interference_free_bps_hz(case.problem, rng).mean()),
    )


def outcome_record(outcome: Outcome, bandwidth_hz: float) -> dict[str, Any]:
    """Return an outcome for JSON."""
    mean = outcome.mean_rate
    return {
        "method": outcome.method,
        "mean_rate_bps_hz": mean.estimate,
        "mean_rate_bps_hz95": (mean.low, mean.high),
        "mean_rate_mbps": 1e-6 * bandwidth_hz * mean.estimate,
        "mean_user_rates_bps_hz": outcome.user_rates_bps_hz.mean(axis=0).tolist(),
        "mean_active_users": float(outcome.n_active_users.mean()),
        "rates": outcome.rates_bps_hz.tolist(),
        "user_rates_bps_hz": outcome.user_rates_bps_hz.tolist(),
        "active_users": outcome.n_active_users.tolist(),
        "n_rate_evaluations": outcome.n_rate_evaluations,
        "cpu_s": outcome.cpu_s,
    }


def case_record(case: BeamCase, bounds: Bounds) -> dict[str, Any]:
    """Return what was asked, and bounds, for JSON."""
    geometry = case.geometry
    return {
        "preset": case.preset.name,
        "n_layers": geometry.n_layers,
        "n_atoms": geometry.n_atoms,
        "n_users": geometry.n_antennas,
        "total_power_w": case.total_power_w,
        "bandwidth_hz": case.preset.bandwidth_hz,
        "n_channels": case.n_channels,
        "seed": case.seed,
        "impairments": dataclasses.asdict(case.impairments),
        "energy_gain_warning": case.energy_gain_warning,
        "bound_bps_hz": bounds.certified_bps_hz,
        "interference_free_bps_hz": bounds.interference_free_bps_hz,
    }


def outcomes_of(
    case: BeamCase, methods: Sequence[str], budget: Budget, progress: Callable[[float], None]
) -> list[Outcome]:
    """Return what each method achieves, the same channels for all.

    Raises
    ------
    ValueError
        If a method does not fit the hardware, or no method takes a part of the budget.
    """
    check_budget(methods, budget)
    outcomes = []
    for i, method in enumerate(methods, start=1):
        outcomes.append(outcome_of(case, method, budget))
        progress(i / len(methods))
    return outcomes


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start_s = time.process_time()
    result = call()
    return result, time.process_time() - start_s
