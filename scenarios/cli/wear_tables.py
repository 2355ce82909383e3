"""How long batteries last, for people: one run, schedulers side by side, and a year of seasons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from scenarios.lifetime_ratios import LifetimeRatios
from scenarios.seasons import Year
from simulator.ageing import FifteenPointRule, PowerLaw, XuModel
from simulator.constants import SECONDS_PER_YEAR

Summary = Mapping[str, Any]

_MODELS: Final = (("Xu\net al.", ("min", "median")), ("power\nlaw", ("min", "median")))
_RULE: Final = ("15-point\nrule", ("worst", "median"))


def wear_rows(summary: Summary) -> list[tuple[str, str]]:
    """Return the lines of one run's summary: years, each with the name of its model."""
    return [
        (f"{which} battery life{_season(summary)} \\[years], {model.name}", number(summary[f"{key}_lifetime_years"], 2))
        for model, name in ((XuModel, "xu"), (PowerLaw, "power_law"))
        for which, key in (("shortest", f"min_{name}"), ("median", f"median_{name}"))
    ]


def wear_table(summaries: Sequence[Summary], ratios: Sequence[LifetimeRatios]) -> Table:
    """Return how long batteries last under each scheduler, by three models; fits a terminal of 80 columns."""
    title = f"battery wear: years at this load{_season(summaries[0])}, and ratios"
    table = _table(title, _caption(summaries[0]), ("scheduler",))
    for summary, ratio in zip(summaries, ratios, strict=True):
        years = (
            number(summary[f"{statistic}_{model}_lifetime_years"], 2)
            for model in ("xu", "power_law")
            for statistic in ("min", "median")
        )
        table.add_row(str(summary["scheduler"]), *years, number(ratio.worst, 2, " x"), number(ratio.median, 2, " x"))
    return table


def seasons_table(title: str, years: Sequence[Year], summary: Summary) -> Table:
    """Return a row per scheduler and season, and one for its year; fits a terminal of 80 columns."""
    caption = f"{_caption(summary)} year: the wear of all seasons, each for as long as the others."
    title = f"{title}: battery life in years at each season, and over the year"
    table = _table(title, caption, ("scheduler", "season"))
    for year in years:
        for date, season in zip(year.dates, year.seasons, strict=True):
            table.add_row(year.scheduler, date, *(number(value, 2) for value in season.figures()), "", "")
        ratio = (number(year.ratio.worst, 2, " x"), number(year.ratio.median, 2, " x"))
        table.add_row(year.scheduler, "year", *(number(value, 2) for value in year.whole.figures()), *ratio)
        table.add_section()
    return table


def number(value: float | None, n_digits: int, unit: str = "") -> str:
    """Return a number as text, a dash where there is none or it is endless."""
    return "-" if value is None or not math.isfinite(value) else f"{value:.{n_digits}f}{unit}"


def _table(title: str, caption: str, keys: Sequence[str]) -> Table:
    table = Table(
        title=title, title_justify="left", caption=caption, caption_justify="left", box=SIMPLE_HEAD, padding=(0, 1)
    )
    for key in keys:
        table.add_column(key, style="bold", overflow="fold")  # a long name must not crowd out numbers
    for model, statistics in (*_MODELS, _RULE):
        for statistic in statistics:
            table.add_column(f"{model}\n{statistic}", justify="right", no_wrap=True)
    return table


def _season(summary: Summary) -> str:
    """Return words for years that are told from less than one."""
    is_year = summary.get("end_s", 0.0) - summary.get("warm_up_s", 0.0) >= SECONDS_PER_YEAR
    return "" if is_year else " at this season"


def _caption(summary: Summary) -> str:
    """Return which models are shown, with the cells of a run."""
    given = summary.get("ageing")
    law = PowerLaw() if given is None else PowerLaw(**given["power_law"])
    cells = "25 C assumed" if given is None else f"{given['temperature_c']:g} C"
    assumed = " assumed" if given is None else ""
    return (
        f"Xu et al.: {XuModel.name}, rainflow cycles and age, {cells}. {PowerLaw.name}: rainflow cycles, "
        f"{law.cycles_at_full_depth:g} D^-{law.exponent:g} of depth D{assumed}. {FifteenPointRule.name}: life by the "
        "largest depth of discharge, times that of the first row; of the worst satellites, and the median of each "
        "satellite's ratio."
    )
