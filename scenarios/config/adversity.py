"""The section `adversity`: what goes wrong in a run, as data."""

from __future__ import annotations

from pydantic import Field

from scenarios.config.sections import Section


class ArrayFault(Section):
    """Arrays that give less than they should, for the whole run; satellites are drawn by the scenario's seed."""

    share: float = Field(ge=0.0, le=1.0, examples=[0.1], description="of the satellites, rounded to a whole number")
    output: float = Field(ge=0.0, le=1.0, examples=[0.5], description="fraction of the output that is left")


class LinkOutages(Section):
    """Inter-satellite links that fail and recover at random, each by itself; both times are exponential."""

    mean_time_between_s: float = Field(
        ge=1.0, le=1e9, examples=[6000], description="mean time for which a link works between two outages"
    )
    mean_outage_s: float = Field(ge=1e-3, le=1e9, examples=[60], description="mean length of an outage")


class Adversity(Section):
    """What goes wrong; the same for every scheduler."""

    array_fault: ArrayFault | None = Field(
        default=None, examples=["{share: 0.1, output: 0.5}"], description="null: every array is sound"
    )
    link_outages: LinkOutages | None = Field(
        default=None,
        examples=["{mean_time_between_s: 6000, mean_outage_s: 60}"],
        description="null: links never fail",
    )
    forecast_error_s: float = Field(
        default=0.0,
        ge=-3600.0,
        le=3600.0,
        examples=[60],
        description="how late schedulers expect every shadow edge to come; negative: how early. The Sun keeps its time",
    )
