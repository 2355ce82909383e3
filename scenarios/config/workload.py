"""The section `tasks`: random arrivals, a recorded trace, or captures of targets on the ground."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from scenarios.config.models import ModelShares
from scenarios.config.observation import ObservationTasks
from scenarios.config.sections import NumberOrRange, Range, Section, broken_rule


class UniformPattern(Section):
    """Every satellite sees the same rate."""

    kind: Literal["uniform"]


class HotSpotsPattern(Section):
    """Rates of satellites weighted by Gamma draws of mean 1; a small shape makes few satellites busy."""

    kind: Literal["hot_spots"]
    shape: float = Field(default=2.0, gt=0.0, le=1e4, examples=[2], description="of the Gamma distribution")


class EarthBox(Section):
    """A patch of the Earth between two latitudes and two longitudes."""

    latitude_deg: tuple[float, float] = Field(strict=False, examples=["[36, 60]"], description="south, north")
    longitude_deg: tuple[float, float] = Field(
        strict=False, examples=["[-10, 30]"], description="west, east; west above east crosses the date line"
    )

    @model_validator(mode="after")
    def _check(self) -> EarthBox:
        south, north = self.latitude_deg
        if not -90.0 <= south < north <= 90.0:
            problem = f"latitudes must be south then north, -90 to 90 (got [{south:g}, {north:g}])"
            raise broken_rule(problem, "write for example latitude_deg: [36, 60]", at="latitude_deg")
        if not all(-180.0 <= longitude <= 180.0 for longitude in self.longitude_deg):
            west, east = self.longitude_deg
            problem = f"longitudes must be west then east, -180 to 180 (got [{west:g}, {east:g}])"
            raise broken_rule(problem, "write for example longitude_deg: [-10, 30]", at="longitude_deg")
        return self

    def bounds_rad(self) -> tuple[float, float, float, float]:
        """Return south, north, west and east."""
        south, north, west, east = (math.radians(angle) for angle in (*self.latitude_deg, *self.longitude_deg))
        return south, north, west, east


class Box(EarthBox):
    """A patch of the Earth with tasks."""

    weight: float = Field(gt=0.0, le=1e6, examples=[1.0], description="tasks per unit area, relative to other boxes")


def _box(south: float, north: float, west: float, east: float, weight: float) -> Box:
    return Box(latitude_deg=(south, north), longitude_deg=(west, east), weight=weight)


POPULATED_BOXES = (
    _box(25.0, 50.0, -125.0, -67.0, 0.5),
    _box(8.0, 25.0, -110.0, -60.0, 0.5),
    _box(-35.0, 8.0, -75.0, -35.0, 0.3),
    _box(36.0, 60.0, -10.0, 40.0, 0.8),
    _box(4.0, 15.0, -15.0, 15.0, 0.8),
    _box(-35.0, 15.0, 15.0, 50.0, 0.3),
    _box(15.0, 37.0, 30.0, 62.0, 0.4),
    _box(8.0, 33.0, 68.0, 92.0, 3.0),
    _box(21.0, 41.0, 103.0, 123.0, 2.2),
    _box(-9.0, 20.0, 95.0, 127.0, 1.1),
    _box(31.0, 43.0, 125.0, 146.0, 1.5),
)
"""Where most people live, drawn by hand: weights are rough relative densities by region, no census product."""


class GroundPattern(Section):
    """Rates follow the point below a satellite: `weight` inside a box, `background` elsewhere."""

    kind: Literal["ground"]
    boxes: tuple[Box, ...] = Field(
        default=POPULATED_BOXES, strict=False, min_length=1, max_length=10_000, description="default: populated regions"
    )
    background: float = Field(default=0.05, ge=0.0, le=1e6, examples=[0.05], description="weight outside all boxes")


Pattern: TypeAlias = Annotated[UniformPattern | HotSpotsPattern | GroundPattern, Field(discriminator="kind")]


class PoissonTasks(Section):
    """Independent Poisson arrivals on every satellite."""

    kind: Literal["poisson"]
    load: float | None = Field(
        default=None,
        gt=0.0,
        le=100.0,
        examples=[0.36],
        description="mean arrival rate times mean runtime per satellite: the utilisation if all ran where they arise",
    )
    rate_per_satellite_hz: float | None = Field(
        default=None, gt=0.0, le=1e4, examples=[0.012], description="instead of load: mean arrivals per second"
    )
    pattern: Pattern = Field(default=UniformPattern(kind="uniform"), examples=["{kind: uniform}"])
    runtime_s: NumberOrRange = Field(
        default=Range(low=15.0, high=45.0), examples=["{low: 15, high: 45}"], description="on a processor of speed 1"
    )
    input_mbit: NumberOrRange = Field(
        default=Range(low=100.0, high=300.0),
        examples=["{low: 100, high: 300}"],
        description="sent to where a task runs",
    )
    result_mbit: NumberOrRange = Field(default=Range(low=1.0, high=1.0), examples=[1], description="sent back")
    deadline_s: NumberOrRange = Field(
        default=Range(low=120.0, high=600.0), examples=["{low: 120, high: 600}"], description="counted from arrival"
    )
    deliver_to: Literal["source", "ground"] = Field(default="source", description="where the result must be")
    models: ModelShares | None = Field(
        default=None,
        examples=["{detector: 0.7, segmenter: 0.3}"],
        description="model that each task asks for, with its share of the tasks; null: none",
    )

    @field_validator("runtime_s", "deadline_s")
    @classmethod
    def _check_positive(cls, span: Range) -> Range:
        if span.low <= 0.0:
            raise broken_rule(f"must be greater than 0 (got {span.low:g})", "give a time in seconds", at="low")
        return span

    @model_validator(mode="after")
    def _check(self) -> PoissonTasks:
        if self.load is None and self.rate_per_satellite_hz is None:
            problem = "neither load nor rate_per_satellite_hz is given"
            raise broken_rule(problem, "write for example load: 0.36", at="load")
        if self.load is not None and self.rate_per_satellite_hz is not None:
            problem = "both load and rate_per_satellite_hz are given"
            raise broken_rule(problem, "keep one; null takes the other back", at="rate_per_satellite_hz")
        return self

    @property
    def mean_rate_hz(self) -> float:
        """Mean arrival rate per satellite."""
        if self.rate_per_satellite_hz is not None:
            return self.rate_per_satellite_hz
        assert self.load is not None
        return self.load / self.runtime_s.mean

    @property
    def shortest_runtime_s(self) -> float:
        """Least runtime on a processor of speed 1."""
        return self.runtime_s.low

    @property
    def offered_load(self) -> float:
        """Mean arrival rate per satellite times mean runtime."""
        return self.mean_rate_hz * self.runtime_s.mean

    @property
    def input_bits(self) -> tuple[float, float]:
        """Least and greatest size of an input."""
        return self.input_mbit.scaled(1e6)

    @property
    def result_bits(self) -> tuple[float, float]:
        """Least and greatest size of a result."""
        return self.result_mbit.scaled(1e6)


class TraceTasks(Section):
    """Tasks of a CSV or Parquet file."""

    kind: Literal["trace"]
    path: str = Field(min_length=1, examples=["tasks.csv"], description="relative to the scenario file")
    deliver_to: Literal["source", "ground"] = Field(default="source", description="where the result must be")


Tasks: TypeAlias = Annotated[PoissonTasks | TraceTasks | ObservationTasks, Field(discriminator="kind")]
