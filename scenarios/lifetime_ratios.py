"""How much longer batteries last under one scheduler than under another, by the 15-point rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.ageing import FifteenPointRule, lifetime_ratio
from simulator.results import RunTables


@dataclass(frozen=True, slots=True, kw_only=True)
class LifetimeRatios:
    """Lifetimes of a fleet over those of a reference fleet, from each satellite's largest depth of discharge.

    `worst` compares the deepest discharged satellite of one fleet with that of the other; `by_satellite`, (n_sats,),
    compares each satellite with itself, and is nan where the fleets differ in size.
    """

    worst: float
    by_satellite: NDArray[np.float64]

    @property
    def median(self) -> float:
        """Median over satellites of each one's ratio."""
        return float(np.median(self.by_satellite))


def lifetime_ratios(runs: Sequence[RunTables]) -> list[LifetimeRatios]:
    """Return the ratios of each run against the first."""
    depths = [_largest_depths(run) for run in runs]
    return [_ratios(depth, depths[0]) for depth in depths]


def _largest_depths(run: RunTables) -> NDArray[np.float64]:
    column = "max_depth_of_discharge"
    depths: NDArray[np.float64] = run.table("energy", [column])[column].to_numpy()
    return depths


def _ratios(depth: NDArray[np.float64], reference: NDArray[np.float64]) -> LifetimeRatios:
    rule = FifteenPointRule()
    worst = float(lifetime_ratio(rule, np.max(depth, keepdims=True), np.max(reference, keepdims=True))[0])
    is_same_fleet = depth.shape == reference.shape
    by_satellite = lifetime_ratio(rule, depth, reference) if is_same_fleet else np.full(depth.shape, np.nan)
    return LifetimeRatios(worst=worst, by_satellite=by_satellite)
