"""A year of a scenario: short runs spread over the seasons, and the wear of all of them added up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import degrees
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenarios.config import Scenario
from scenarios.config.satellites import WalkerSatellites
from scenarios.constellation import build_fleet
from scenarios.execution import RunResult, compare
from scenarios.lifetime_ratios import LifetimeRatios
from simulator.ageing import Cycles, FifteenPointRule
from simulator.constants import SECONDS_PER_YEAR
from simulator.results import RunTables, read_run
from simulator.timescale import parse_epoch

_COLUMNS = ("xu_lifetime_years", "power_law_lifetime_years", "max_depth_of_discharge")


@dataclass(frozen=True, slots=True, kw_only=True)
class LifetimeFigures:
    """Years that batteries last, of the one that wears fastest and of the median one, by each model with years."""

    min_xu_years: float
    median_xu_years: float
    min_power_law_years: float
    median_power_law_years: float

    def figures(self) -> tuple[float, ...]:
        """Return the figures in the order of the fields."""
        return tuple(asdict(self).values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """Seasons of one scheduler, and all of them together.

    `ratio` is that of the 15-point rule against the first scheduler: wear 2^(D / 0.15) by the largest depth of
    discharge of each season, added up over the year.
    """

    scheduler: str
    dates: tuple[str, ...]
    folders: tuple[Path, ...]
    seasons: tuple[LifetimeFigures, ...]
    whole: LifetimeFigures
    ratio: LifetimeRatios


def season_scenarios(scenario: Scenario, n_seasons: int) -> list[Scenario]:
    """Return a scenario at epochs evenly spread over the year from its own on.

    The planes of a Walker pattern go on with their nodes: those placed by a right ascension drift at their mean rate,
    those placed by a local time keep it. Satellites from a file go by their own elements.

    Raises
    ------
    ValueError
        If `n_seasons` is less than 1.
    """
    if n_seasons < 1:
        raise ValueError(f"n_seasons = {n_seasons}: at least 1")
    epoch = parse_epoch(scenario.epoch)
    satellites = scenario.satellites
    scenarios = []
    for i_season in range(n_seasons):
        after_s = i_season * SECONDS_PER_YEAR / n_seasons
        changes: dict[str, object] = {}
        if i_season:
            changes["epoch"] = epoch.utc_text(after_s)
        if i_season and isinstance(satellites, WalkerSatellites) and satellites.raan_deg is not None:
            rate_rad_s = float(build_fleet(scenario).positions.mean_orbits.raan_rate_rad_s[0])
            raan_deg = (satellites.raan_deg + degrees(rate_rad_s * after_s)) % 360.0
            changes["satellites"] = satellites.model_copy(update={"raan_deg": raan_deg})
        scenarios.append(scenario.model_copy(update=changes))
    return scenarios


def compare_over_year(
    scenario: Scenario,
    schedulers: Sequence[str],
    n_seasons: int,
    *,
    runs_folder: Path = Path("runs"),
    progress: Callable[[float], None] | None = None,
) -> tuple[list[Year], list[RunResult]]:
    """Run a scenario under several schedulers in each season; return their years, and the runs season by season.

    Raises
    ------
    ValueError
        If the satellites that can be propagated are not the same in all seasons.
    """
    scenarios = season_scenarios(scenario, n_seasons)
    results: list[list[RunResult]] = []
    for i_season, season in enumerate(scenarios):

        def share(done: float, i_season: int = i_season) -> None:
            if progress is not None:
                progress((i_season + done) / n_seasons)

        results.append(compare(season, schedulers, runs_folder=runs_folder, progress=share))
    dates = tuple(season.epoch[:10] for season in scenarios)
    columns = [
        [_wear(read_run(season[i_scheduler].folder)) for season in results] for i_scheduler in range(len(schedulers))
    ]
    years = [
        _year(name, dates, tuple(season[i_scheduler].folder for season in results), columns[i_scheduler], columns[0])
        for i_scheduler, name in enumerate(schedulers)
    ]
    return years, [result for season in results for result in season]


def _wear(run: RunTables) -> NDArray[np.float64]:
    """Return wear per year by Xu and by the power law, and by the 15-point rule in its own unit: (3, n_sats)."""
    table = run.table("energy", list(_COLUMNS))
    xu_years, law_years, depth = (table[column].to_numpy() for column in _COLUMNS)
    rule = FifteenPointRule().cycle_wear(Cycles(depth=depth, mean_state_of_charge=1.0 - 0.5 * depth))
    return np.stack([1.0 / xu_years, 1.0 / law_years, rule])


def _year(
    scheduler: str,
    dates: tuple[str, ...],
    folders: tuple[Path, ...],
    wears: Sequence[NDArray[np.float64]],
    reference: Sequence[NDArray[np.float64]],
) -> Year:
    """Return the year of a scheduler; wear adds up, so that its mean over the seasons is that of the year."""
    if len({wear.shape for wear in (*wears, *reference)}) > 1:
        sizes = ", ".join(f"{date}: {wear.shape[1]}" for date, wear in zip(dates, wears, strict=True))
        raise ValueError(f"satellites differ between seasons ({sizes}): use a file or a date on which all can be told")
    whole, first = np.mean(wears, axis=0), np.mean(reference, axis=0)
    ratio = LifetimeRatios(worst=float(np.max(first[2]) / np.max(whole[2])), by_satellite=first[2] / whole[2])
    return Year(
        scheduler=scheduler,
        dates=dates,
        folders=folders,
        seasons=tuple(_figures(wear) for wear in wears),
        whole=_figures(whole),
        ratio=ratio,
    )


def _figures(wear: NDArray[np.float64]) -> LifetimeFigures:
    """Return shortest and median life of some satellites from their wear per year."""
    with np.errstate(divide="ignore"):
        xu_years, law_years = 1.0 / wear[:2]
    # a satellite's own value: between a finite and an infinite one there is no number to interpolate
    xu_median, law_median = (float(np.quantile(years, 0.5, method="inverted_cdf")) for years in (xu_years, law_years))
    return LifetimeFigures(
        min_xu_years=float(np.min(xu_years)),
        median_xu_years=xu_median,
        min_power_law_years=float(np.min(law_years)),
        median_power_law_years=law_median,
    )
