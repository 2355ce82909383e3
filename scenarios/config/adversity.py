"""The section `adversity`: what goes wrong in a run, as data."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from scenarios.config.sections import Section, broken_rule
from scenarios.config.workload import EarthBox

_HOUR_S = 3600.0


class ArrayFault(Section):
    """Arrays that give less than they should, for the whole run; satellites are drawn by the scenario's seed."""

    share: float = Field(ge=0.0, le=1.0, examples=[0.1], description="of the satellites, rounded to a whole number")
    output: float = Field(ge=0.0, le=1.0, examples=[0.5], description="fraction of the output that is left")


class RandomOutages(Section):
    """Things that fail and recover at random, each by itself; both times are exponential."""

    mean_time_between_s: float = Field(
        ge=1.0, le=1e9, examples=[6000], description="mean time for which each works between two outages"
    )
    mean_outage_s: float = Field(ge=1e-3, le=1e9, examples=[60], description="mean length of an outage")


class RandomArrayOutages(RandomOutages):
    """Arrays that fail and recover at random, each by itself; both times are exponential."""

    output: float = Field(
        default=0.0, ge=0.0, lt=1.0, examples=[0.5], description="fraction of the output that is left meanwhile"
    )


class HourSpan(Section):
    """A span of time of the run."""

    from_h: float = Field(ge=0.0, le=1e6, examples=[1.5], description="hours after the epoch")
    until_h: float | None = Field(default=None, gt=0.0, le=1e6, examples=[2], description="null: to the end")

    @model_validator(mode="after")
    def _check_order(self) -> HourSpan:
        if self.until_h is not None and self.until_h <= self.from_h:
            problem = f"ends before it begins ({self.from_h:g} to {self.until_h:g})"
            raise broken_rule(problem, "give a later time, or null for the end of the run", at="until_h")
        return self

    @property
    def from_s(self) -> float:
        """Start after the epoch."""
        return self.from_h * _HOUR_S

    @property
    def until_s(self) -> float:
        """End after the epoch, inf for the end of the run."""
        return float("inf") if self.until_h is None else self.until_h * _HOUR_S


class SatelliteOutage(HourSpan):
    """A satellite in safe mode: its computer and links are off, its base load stays on."""

    kind: Literal["satellite"]
    satellite: int = Field(ge=0, examples=[3], description="index from 0, plane by plane")


class StationOutage(HourSpan):
    """A ground station that is closed."""

    kind: Literal["station"]
    station: str = Field(min_length=1, max_length=64, examples=["Dublin"], description="its name")


class ArrayOutage(HourSpan):
    """An array that gives less than it should."""

    kind: Literal["array"]
    satellite: int = Field(ge=0, examples=[3], description="index from 0, plane by plane")
    output: float = Field(
        default=0.0, ge=0.0, lt=1.0, examples=[0.5], description="fraction of the output that is left"
    )


class LinkOutage(HourSpan):
    """A link that is out of order."""

    kind: Literal["link"]
    between: tuple[int, int] = Field(strict=False, examples=["[3, 4]"], description="satellites at its ends")


ScheduledOutage: TypeAlias = Annotated[
    SatelliteOutage | StationOutage | ArrayOutage | LinkOutage, Field(discriminator="kind")
]


class DemandSurge(HourSpan):
    """More tasks for a while: `factor` times as many of them arise, everywhere or over a part of the Earth."""

    factor: float = Field(gt=1.0, le=1000.0, examples=[3], description="of the rate without surges")
    box: EarthBox | None = Field(
        default=None,
        examples=["{latitude_deg: [36, 60], longitude_deg: [-10, 30]}"],
        description="for satellites above it; null: for the whole fleet",
    )


class Adversity(Section):
    """What goes wrong; the same for every scheduler."""

    array_fault: ArrayFault | None = Field(
        default=None, examples=["{share: 0.1, output: 0.5}"], description="null: every array is sound"
    )
    link_outages: RandomOutages | None = Field(
        default=None,
        examples=["{mean_time_between_s: 6000, mean_outage_s: 60}"],
        description="null: links never fail at random",
    )
    forecast_error_s: float = Field(
        default=0.0,
        ge=-3600.0,
        le=3600.0,
        examples=[60],
        description="how late schedulers expect every shadow edge to come; negative: how early. The Sun keeps its time",
    )
    satellite_outages: RandomOutages | None = Field(
        default=None,
        examples=["{mean_time_between_s: 1e6, mean_outage_s: 3600}"],
        description="safe modes at random; null: none",
    )
    station_outages: RandomOutages | None = Field(
        default=None,
        examples=["{mean_time_between_s: 1e5, mean_outage_s: 1800}"],
        description="closed stations at random; null: none",
    )
    array_outages: RandomArrayOutages | None = Field(
        default=None,
        examples=["{mean_time_between_s: 1e6, mean_outage_s: 600, output: 0}"],
        description="arrays that fail at random; null: none",
    )
    outages: tuple[ScheduledOutage, ...] | None = Field(
        default=None,
        strict=False,
        max_length=10_000,
        examples=["[{kind: station, station: Dublin, from_h: 0.5, until_h: 1.5}]"],
        description="outages at known times; null: none",
    )
    schedule: str | None = Field(
        default=None,
        min_length=1,
        examples=["outages.csv"],
        description="CSV or Parquet file, such as the table `outages` of a run; relative to the scenario file",
    )
    demand_surges: tuple[DemandSurge, ...] | None = Field(
        default=None,
        strict=False,
        max_length=1000,
        examples=["[{from_h: 1, until_h: 1.5, factor: 3}]"],
        description="times of more tasks, of kind poisson; null: none",
    )
