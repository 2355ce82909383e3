"""The three claims of Yang et al. 2024 (arXiv 2408.05756), measured: TD3, atoms, layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from onboard_models.campaign.intervals import Interval, mean_interval
from scenarios.beam.agents import AgentCurve
from scenarios.beam.case import BeamCase
from scenarios.beam.methods import Budget, Outcome, outcome_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Mean of paired differences of sum rates, with its 95 % interval, bit/s/Hz."""

    what: str
    difference: Interval
    n: int

    @property
    def is_shown(self) -> bool:
        """Whether the interval lies above 0."""
        return self.difference.low > 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim under one budget or method, and what speaks for it or against."""

    name: str
    statement: str
    under: str
    comparisons: tuple[Comparison, ...]
    needs_all: bool = True
    """Whether every comparison must be shown, or any one is enough."""

    @property
    def verdict(self) -> str:
        """`holds` if what it needs is shown, `fails` if the opposite is, else `not shown`."""
        shown = [comparison.is_shown for comparison in self.comparisons]
        if all(shown) if self.needs_all else any(shown):
            return "holds"
        reversed_ = [comparison.difference.high < 0.0 for comparison in self.comparisons]
        return "fails" if (any(reversed_) if self.needs_all else all(reversed_)) else "not shown"


def claim_of_agents(
    td3: AgentCurve, ddpg: AgentCurve, reference: Outcome, under: str, *, cpu_s_per_agent: float = math.inf
) -> Claim:
    """Return the claim TD3 > DDPG > AO on fixed channels.

    Parameters
    ----------
    td3, ddpg : AgentCurve
        Agents on one channel are averaged over seeds, so that channels are what is repeated.
    reference : Outcome
        Of alternating optimisation on the same channels.
    under : str
        Which budgets.
    cpu_s_per_agent : float
        The actors after that time count; default: the last ones.
    """
    rates = {curve.algorithm: curve.actors_after(cpu_s_per_agent).mean(axis=0) for curve in (td3, ddpg)}
    return Claim(
        name="C1",
        statement="TD3 reaches more than DDPG, and DDPG more than alternating optimisation",
        under=under,
        comparisons=(
            _compared("td3 - ddpg", rates["td3"], rates["ddpg"]),
            _compared(f"ddpg - {reference.method}", rates["ddpg"], reference.rates_bps_hz),
            _compared(f"td3 - {reference.method}", rates["td3"], reference.rates_bps_hz),
        ),
    )


def n_starts_within(tried: Outcome, n_tried: int, cpu_s_per_channel: float, most_starts: int) -> int:
    """Return how many starts fit into a time, going by an outcome of some; at least one, and at most so many.

    Starts go side by side, so that one alone costs more than its share: try several.
    """
    per_start_s = tried.cpu_s / (len(tried.rates_bps_hz) * n_tried)
    return int(np.clip(cpu_s_per_channel / max(per_start_s, 1e-9), 1, most_starts))


def claim_of_atoms(case: BeamCase, method: str, numbers: Sequence[int], progress: Callable[[float], None]) -> Claim:
    """Return the claim that more atoms always help, for a method."""
    outcomes = _outcomes([replace(case, n_atoms=n) for n in numbers], method, progress)
    pairs = zip(numbers, numbers[1:], outcomes, outcomes[1:], strict=False)
    # other numbers of atoms mean other channels: differences are of channels by number, not of the same ones
    return Claim(
        name="C2",
        statement="more atoms per layer always help",
        under=method,
        comparisons=tuple(_compared(f"{b} - {a} atoms", high, low) for a, b, low, high in pairs),
    )


def claim_of_layers(case: BeamCase, method: str, numbers: Sequence[int], progress: Callable[[float], None]) -> Claim:
    """Return the claim that layers stop helping, for a method: some number is better than the largest one."""
    outcomes = _outcomes([replace(case, n_layers=n) for n in numbers], method, progress)
    last = outcomes[-1]
    return Claim(
        name="C3",
        statement=f"layers do not help for ever: fewer can be better than {numbers[-1]}",
        under=method,
        comparisons=tuple(
            _compared(f"{n} - {numbers[-1]} layers", rates, last)
            for n, rates in zip(numbers[:-1], outcomes, strict=False)
        ),
        needs_all=False,
    )


def _outcomes(cases: Sequence[BeamCase], method: str, progress: Callable[[float], None]) -> list[NDArray[np.float64]]:
    found = []
    for i, case in enumerate(cases, start=1):
        found.append(outcome_of(case, method, Budget()).rates_bps_hz)
        progress(i / len(cases))
    return found


def _compared(what: str, a: NDArray[np.float64], b: NDArray[np.float64]) -> Comparison:
    return Comparison(what=what, difference=mean_interval(a - b), n=len(a))
